package unassim

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// mostOrders is the page size of getOrder when none is asked, and its highest ("Megrendelések lekérdezése").
const mostOrders = 500

// query is a getOrder request as the shop understands it. All conditions have to hold.
type query struct {
	key              string
	placed, modified span
	conditions       []func(*order) bool
	sort             string
	count, start     int
	markBilled       bool
	customerLang     bool
	documented       bool // orders look as in the documentation's example
}

// getOrder answers the endpoint of that name ("Megrendelések lekérdezése").
func (s *Shop) getOrder(c *call) ([]byte, error) {
	s.mu.Lock()
	q, err := s.queryFrom(c.params)
	if err != nil {
		s.mu.Unlock()
		return nil, err
	}
	page, err := s.pageOf(q)
	if err == nil && q.markBilled {
		err = s.markBilled(page)
		for i := range page {
			if s.options.Switches.AutoSetShown {
				page[i] = s.orders[page[i].id]
			}
		}
	}
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	inner := make([][]byte, len(page))
	for i, o := range page {
		inner[i] = o.raw
		if q.customerLang && o.lang == "ro" {
			inner[i] = inRomanian(o.raw)
		}
		if q.documented {
			inner[i] = documented(inner[i])
		}
	}
	return listing("Orders", "Order", inner), nil
}

var statusType = regexp.MustCompile(`\s*<StatusType>[^<]*</StatusType>`)

// documented is an order as the documentation's example of getOrder prints it: with two elements of setOrder,
// and without StatusType, which working clients read and no document names.
func documented(raw []byte) []byte {
	return slices.Concat([]byte("\n\t\t<Action>modify</Action>\n\t\t<StatusEmail>no</StatusEmail>"), statusType.ReplaceAll(raw, nil))
}

func (s *Shop) queryFrom(p *node) (query, error) {
	f := filters{params: p, lenient: s.options.Switches.IgnoreBadFilters}
	q := query{key: p.at("Key"), sort: p.at("Order"), customerLang: s.options.Switches.CustomerLang, documented: s.options.Switches.DocumentedOrder}
	s.addStatusConditions(&q, p)
	if email := p.at("Email"); email != "" {
		q.conditions = append(q.conditions, func(o *order) bool { return strings.EqualFold(o.email, email) })
	}
	if state := f.oneOf("InvoiceStatus", "0", "1", "2"); state != "" {
		q.conditions = append(q.conditions, func(o *order) bool { return o.invoice == state })
	}
	auto := f.oneOf("InvoiceAutoSet", "0", "1")
	q.markBilled = auto == "1" || auto == "0" && s.options.Switches.AutoSetByZero
	if lang := f.oneOf("Lang", "base", "customer"); lang != "" {
		q.customerLang = lang == "customer"
	}
	inward := s.inward()
	q.placed.narrow(f.seconds("TimeStart", inward), f.seconds("TimeEnd", -inward))
	q.modified.narrow(f.seconds("TimeModStart", inward), f.seconds("TimeModEnd", -inward))
	q.placed.narrow(f.day("DateStart", s.options.Zone, 0), f.day("DateEnd", s.options.Zone, 1))
	if word := s.options.Switches.StatusTimeFilter; word != "" {
		var changed span
		changed.narrow(f.seconds(word+"Start", inward), f.seconds(word+"End", -inward))
		q.conditions = append(q.conditions, func(o *order) bool { return !changed.bounded() || changed.has(o.statusChanged) })
	}
	q.count, q.start = f.page(mostOrders)
	if q.count > mostOrders {
		if s.options.Switches.LimitNumError {
			f.bad("LimitNum")
		}
		q.count = mostOrders
	}
	return q, f.err
}

// addStatusConditions understands the three ways to ask for statuses: Status is a status' position or type,
// StatusName names between pipes, StatusID ids between commas.
func (s *Shop) addStatusConditions(q *query, p *node) {
	if asked := p.at("Status"); asked != "" {
		wanted := map[string]bool{}
		for _, st := range s.statuses {
			if st.kind == asked || strconv.Itoa(st.position) == asked {
				wanted[st.id] = true
			}
		}
		q.conditions = append(q.conditions, func(o *order) bool { return wanted[o.statusID] })
	}
	if asked := p.at("StatusName"); asked != "" {
		names := trimmed(strings.Split(asked, "|"))
		q.conditions = append(q.conditions, func(o *order) bool { return slices.Contains(names, o.status) })
	}
	if asked := p.at("StatusID"); asked != "" {
		ids := trimmed(strings.Split(asked, ","))
		q.conditions = append(q.conditions, func(o *order) bool { return slices.Contains(ids, o.statusID) })
	}
}

func trimmed(list []string) []string {
	for i, text := range list {
		list[i] = strings.TrimSpace(text)
	}
	return list
}

// pageOf is the orders to answer. It walks the index that is sorted as asked and stops when the page is full;
// where a time window holds few orders and another sort is asked, it sorts the window instead.
func (s *Shop) pageOf(q query) ([]*order, error) {
	x := s.sortedAs(q.sort)
	rows := x.list
	switch {
	case q.key != "":
		rows = sorted(s.ordersByKey(q.key), x)
	case x == &s.byModified:
		rows = x.within(q.modified, orderModified)
	case x == &s.byPlaced:
		rows = x.within(q.placed, orderPlaced)
	case q.modified.bounded() || q.placed.bounded():
		rows = s.byModified.within(q.modified, orderModified)
		if other := s.byPlaced.within(q.placed, orderPlaced); len(other) < len(rows) {
			rows = other
		}
		if len(rows) > len(x.list)/8 {
			rows = x.list
		} else {
			rows = sorted(rows, x)
		}
	}
	backwards := x == &s.byID && s.options.Switches.NewestFirst
	var page []*order
	matched := 0
	for i := range rows {
		o := rows[i]
		if backwards {
			o = rows[len(rows)-1-i]
		}
		if !q.has(o) {
			continue
		}
		matched++
		if matched > q.start {
			page = append(page, o)
		}
		if len(page) == q.count {
			break
		}
	}
	if len(page) == 0 && q.start > 0 && s.options.Switches.EndOfRangeError {
		return nil, failure(s.say(pastTheEnd))
	}
	return page, nil
}

func orderModified(o *order) int64 { return o.modified }
func orderPlaced(o *order) int64   { return o.placed }

// sortedAs is the index for a value of Order. Without one, or with one it does not know, UNAS lists by id as
// far as anybody has seen.
func (s *Shop) sortedAs(order string) *index {
	if s.options.Switches.IgnoreOrder {
		return &s.byID
	}
	switch order {
	case "modify_time_asc":
		return &s.byModified
	case "order_time_asc":
		return &s.byPlaced
	}
	return &s.byID
}

func sorted(rows []*order, x *index) []*order {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, x.compare)
	return rows
}

func (q *query) has(o *order) bool {
	if !q.placed.has(o.placed) || !q.modified.has(o.modified) {
		return false
	}
	for _, holds := range q.conditions {
		if !holds(o) {
			return false
		}
	}
	return true
}

// markBilled is the side effect of InvoiceAutoSet=1: the orders of this answer become billed ("Számlázva").
// The answer itself still shows them as they were.
func (s *Shop) markBilled(page []*order) error {
	batch := make([]*order, 0, len(page))
	for _, o := range page {
		next, sh, err := s.changed(o)
		if err != nil {
			return err
		}
		sh = setInvoiceState(next, sh, "2")
		sh = s.stamp(next, sh, s.now())
		next.raw = sh.bytes()
		batch = append(batch, next)
	}
	s.storeOrders(batch)
	return nil
}

// filters reads the parameters of a get request and remembers the first unreadable one. No document says what
// UNAS answers to one; the text is ours.
type filters struct {
	params  *node
	lenient bool
	err     error
}

func (f *filters) bad(name string) {
	if f.err == nil && !f.lenient {
		f.err = failure(fmt.Sprintf("Parameter Error: %s", name))
	}
}

// oneOf is the value if it is among the known ones, "" if there is none.
func (f *filters) oneOf(name string, known ...string) string {
	value := f.params.at(name)
	if value == "" || slices.Contains(known, value) {
		return value
	}
	f.bad(name)
	return ""
}

// seconds is a moment in unix seconds moved by the given number, nil if there is none.
func (f *filters) seconds(name string, moved int64) *int64 {
	value := f.params.at(name)
	if value == "" {
		return nil
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		f.bad(name)
		return nil
	}
	n += moved
	return &n
}

// day is the first second of a local day, with later = 1 its last one. Days are written with points; at
// least one client sends dashes, so both are taken.
func (f *filters) day(name string, zone *time.Location, later int) *int64 {
	value := f.params.at(name)
	if value == "" {
		return nil
	}
	t, err := time.ParseInLocation("2006.01.02", strings.ReplaceAll(value, "-", "."), zone)
	if err != nil {
		f.bad(name)
		return nil
	}
	n := t.AddDate(0, 0, later).Unix() - int64(later)
	return &n
}

// page is LimitNum and LimitStart. LimitStart is a 0-based offset and counts only together with LimitNum.
func (f *filters) page(standard int) (count, start int) {
	value := f.params.at("LimitNum")
	if value == "" {
		return standard, 0
	}
	count, err := strconv.Atoi(value)
	if err != nil || count < 1 {
		f.bad("LimitNum")
		return standard, 0
	}
	value = f.params.at("LimitStart")
	if value == "" {
		return count, 0
	}
	start, err = strconv.Atoi(value)
	if err != nil || start < 0 {
		f.bad("LimitStart")
		return count, 0
	}
	return count, start
}
