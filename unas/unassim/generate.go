package unassim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// generatedDays is how far back generated orders reach.
const generatedDays = 60

// Generate fills the shop with invented orders of the last sixty days, the newest a few minutes old. It is the
// same for the same seed, counts, clock and options. customers is the number of people, a quarter of them guests;
// a tenth of the registered ones never ordered. Every kind of order occurs again and again
// by its place in the row (see kindsOf), so that shops of a hundred orders hold them all.
func (s *Shop) Generate(seed uint64, orders, customers int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := &maker{s: s, rng: rand.New(rand.NewPCG(seed, 0x50756e7465)), now: second(s.now())}
	registered, guests := m.people(customers)
	batch := make([]*learned, 0, orders)
	first := map[*person]time.Time{}
	for i := range orders {
		placed := m.placed(i, orders)
		p := m.buyer(i, registered, guests)
		if _, bought := first[p]; !bought {
			first[p] = placed
		}
		whole := m.order(i, p, placed)
		o, err := s.facts(whole, m.now)
		if err != nil {
			panic("generated order: " + err.Error()) // Id and Key are always given
		}
		o.raw = inner(whole.kids...)
		batch = append(batch, &learned{order: o})
		s.lastNumber++
		s.lastID += 1 + uint64(m.rng.IntN(5))
	}
	list := make([]*customer, 0, len(registered))
	for _, p := range registered {
		list = append(list, m.customer(p, first[p]))
	}
	s.storeCustomers(list)
	s.people = slices.Concat(s.people, registered, guests)
	s.admitOrders(batch)
}

// maker makes people and orders for a shop whose lock is held.
type maker struct {
	s   *Shop
	rng *rand.Rand
	now time.Time
}

func (m *maker) pick(list []string) string { return list[m.rng.IntN(len(list))] }

// chance is true in the given percentage of cases.
func (m *maker) chance(percent int) bool { return m.rng.IntN(100) < percent }

// placed spreads the orders over the days before now, one to each equal slot; the slots end ten minutes ago and
// the last order is newer than that.
func (m *maker) placed(i, orders int) time.Time {
	if i == orders-1 {
		return m.now.Add(-time.Duration(2+m.rng.IntN(7)) * time.Minute)
	}
	whole := generatedDays * 24 * time.Hour
	slot := (whole - 10*time.Minute) / time.Duration(orders)
	within := time.Duration(m.rng.Int64N(int64(max(slot, 1))))
	at := m.now.Add(-whole + slot*time.Duration(i) + within)
	return second(at)
}

// buyer chooses who places order i.
func (m *maker) buyer(i int, registered, guests []*person) *person {
	k := kindsOf(i)
	if k.marketplace {
		return m.marketplaceBuyer()
	}
	if k.withoutEmail {
		p := m.person()
		p.email = ""
		return p
	}
	buying := len(registered) - len(registered)/10
	if buying > 0 && (len(guests) == 0 || m.chance(62)) {
		return registered[m.rng.IntN(buying)]
	}
	return guests[m.rng.IntN(len(guests))]
}

// kinds are the rarer things about an order. They depend on its place, not on chance.
type kinds struct {
	marketplace, withoutEmail, upperCase, euro             bool
	gift, discountAmount, discountPercent, variants, parts bool
	coupon, comment, orderType, storno                     bool
}

func kindsOf(i int) kinds {
	return kinds{
		marketplace: i%17 == 5, withoutEmail: i%29 == 9, upperCase: i%4 == 3, euro: i%19 == 8,
		gift: i%13 == 4, discountAmount: i%11 == 3, discountPercent: i%9 == 2, variants: i%5 == 1, parts: i%7 == 3,
		coupon: i%18 == 2, comment: i%3 == 0, orderType: i%31 == 7, storno: i%2 == 0,
	}
}

// order makes the Order element. The order of its elements is that of the documentation's example.
func (m *maker) order(i int, p *person, placed time.Time) *node {
	k := kindsOf(i)
	st := m.status(placed)
	changed := m.changedAt(st, placed)
	t := m.tender(p, k)
	lines := m.lines(i, k, t)
	sum := sure(sumOf(lines))
	key := m.s.options.ShopID + "-" + strconv.Itoa(m.s.lastNumber+1)
	internalKey := ""
	if k.marketplace {
		internalKey, key = key, strconv.Itoa(440000000+m.rng.IntN(9000000)*10+i%10)
	}
	closed := st.kind == "close_ok"
	weight := strconv.Itoa(m.rng.IntN(9)) + "." + strconv.Itoa(1+m.rng.IntN(9))
	return branch("Order",
		leaf("Key", key), optional("InternalKey", internalKey), leaf("Id", strconv.FormatUint(m.s.lastID+1, 10)),
		leaf("Date", m.s.print(placed)), leaf("DateMod", m.s.print(changed)), leaf("Lang", p.lang),
		p.element(k.upperCase), leaf("Currency", t.currency), leaf("PriceRounding", strconv.Itoa(t.digits)),
		optional("ExchangeValue", t.exchange), optional("VatCountryCode", t.vatCountry),
		optional("Type", when(k.orderType && len(m.s.orderTypes) > 1, "Garanciális csere")),
		leaf("Status", st.name), leaf("StatusDetails", ""), leaf("StatusDateMod", m.s.print(changed)),
		leaf("StatusID", st.id), leaf("StatusType", st.kind), leaf("Authenticated", "yes"),
		m.payment(t, st, sum), m.shipping(closed || st.name == "Kiszállítás alatt"), m.invoice(st, placed),
		m.stornoOf(st, k), m.params(), leaf("Referer", when(m.chance(30), "kereso.example")),
		optional("Coupon", when(k.coupon, "TAVASZ10")), leaf("Weight", weight), m.comments(k, p),
		leaf("SumPriceGross", plain(sum)), branch("Items", lines...),
	)
}

// status chooses one by the age of the order: what is old is closed.
func (m *maker) status(placed time.Time) *status {
	age := m.now.Sub(placed)
	kind := "open_normal"
	switch dice := m.rng.IntN(100); {
	case age > 10*24*time.Hour && dice < 86, age > 3*24*time.Hour && dice < 45:
		kind = "close_ok"
	case age > 2*24*time.Hour && dice > 91:
		kind = "close_fault"
	case dice >= 86 && dice < 90:
		kind = "open_prepare"
	}
	list := m.ofKind(kind)
	if len(list) == 0 {
		list = m.ofKind("open_normal")
	}
	switch {
	case len(list) == 0:
		return &status{}
	case kind != "open_normal":
		return list[0]
	case age < time.Hour:
		return list[0]
	}
	return list[m.rng.IntN(len(list))]
}

func (m *maker) ofKind(kind string) []*status {
	var list []*status
	for _, st := range m.s.statuses {
		if st.kind == kind {
			list = append(list, st)
		}
	}
	return list
}

// changedAt is when the order was last changed: when placed if it stands in the first status, else within the
// days after, never in the future.
func (m *maker) changedAt(st *status, placed time.Time) time.Time {
	if st.position <= 1 {
		return placed
	}
	after := placed.Add(time.Duration(1+m.rng.IntN(5*24*60)) * time.Minute)
	if latest := m.now.Add(-time.Minute); after.After(latest) {
		after = latest
	}
	if after.Before(placed) {
		return placed
	}
	return second(after)
}

func (m *maker) payment(t *tender, st *status, sum amount) *node {
	paid := amount{}
	method := m.method("payment")
	state := "unpaid"
	switch {
	case st.kind == "close_ok", st.kind == "open_normal" && strings.HasPrefix(method.subKind, "bankcard"):
		paid, state = sum, "paid"
	case st.kind == "open_normal" && m.chance(8) && sum.Sign() > 0:
		paid, state = t.half(sum), "partly paid"
	}
	return branch("Payment",
		leaf("Id", method.id), leaf("Name", method.name), leaf("Type", method.subKind), leaf("Status", state),
		leaf("Paid", plain(paid)), leaf("Pending", "0"), leaf("Unpaid", plain(sure(sum.Sub(paid)))))
}

func (m *maker) shipping(sent bool) *node {
	method := m.method("shipping")
	n := branch("Shipping", leaf("Id", method.id), leaf("Name", method.name))
	if sent {
		number := fmt.Sprintf("CSG%08d", m.rng.IntN(100000000))
		n.put("PackageNumber", number)
		n.put("TrackingUrl", "https://kovetes.example/"+number+"?nyelv=hu&reszletes=1")
	}
	return n
}

// method chooses a way to pay or to ship among the shop's own.
func (m *maker) method(kind string) *method {
	var list []*method
	for _, known := range m.s.methods {
		if known.kind == kind {
			list = append(list, known)
		}
	}
	if len(list) == 0 {
		return &method{}
	}
	return list[m.rng.IntN(len(list))]
}

func (m *maker) invoice(st *status, placed time.Time) *node {
	state, number, url := "0", "", ""
	switch {
	case st.kind == "close_ok" && m.chance(85):
		m.s.invoices++
		state = "2"
		number = fmt.Sprintf("PB-%d-%06d", placed.Year(), m.s.invoices)
		url = fmt.Sprintf("https://szamla.example/pdf/%s.pdf?kod=%08x&v=1", number, m.rng.Uint32())
	case st.kind == "close_ok":
		state = "1"
	}
	return branch("Invoice", leaf("Status", state), leaf("StatusText", invoiceStates[state]), leaf("Number", number), leaf("Url", url))
}

func (m *maker) stornoOf(st *status, k kinds) *node {
	if st.kind != "close_fault" || !k.storno {
		return nil
	}
	m.s.invoices++
	number := fmt.Sprintf("PB-S-%06d", m.s.invoices)
	return branch("Storno", leaf("Number", number), leaf("Url", "https://szamla.example/pdf/"+number+".pdf"))
}

func (m *maker) params() *node {
	if !m.chance(20) {
		return nil
	}
	return branch("Params", branch("Param", leaf("Id", "88101"), leaf("Name", "Honnan ismer minket?"),
		leaf("Value", m.pick([]string{"Ismerőstől", "Hirdetésből", "Kiállításról"}))))
}

func (m *maker) comments(k kinds, p *person) *node {
	if !k.comment {
		return nil
	}
	texts := hungarianComments
	if p.lang == "ro" {
		texts = romanianComments
	}
	n := branch("Comments", branch("Comment", leaf("Type", "customer"), leaf("Text", m.pick(texts))))
	if m.chance(25) {
		n.kids = append(n.kids, branch("Comment", leaf("Type", "admin"), leaf("Text", "Visszahívni: raktárban utolsó darab.")))
	}
	return n
}

func when(holds bool, text string) string {
	if holds {
		return text
	}
	return ""
}

// inRomanian is an order with the shop's own texts in Romanian, as Lang=customer gives it to a customer who
// ordered in that language.
func inRomanian(raw []byte) []byte { return []byte(romanianTexts.Replace(string(raw))) }

var romanianTexts = newRomanianTexts()

func newRomanianTexts() *strings.Replacer {
	pairs := make([]string, 0, 2*(len(translations)+len(catalogue)))
	quoted := func(hungarian, romanian string) {
		pairs = append(pairs, "<![CDATA["+hungarian+"]]>", "<![CDATA["+romanian+"]]>")
	}
	for _, t := range translations {
		quoted(t[0], t[1])
	}
	for _, p := range catalogue {
		quoted(p.name, p.romanian)
	}
	return strings.NewReplacer(pairs...)
}
