package unassim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"
)

// generatedDays is how far back orders of Generate reach.
const generatedDays = 60

// Generate fills the shop with invented orders of the last sixty days, the newest a few minutes old. It is the
// same for the same seed, counts, clock and options. customers is the number of people, a quarter of them guests;
// a tenth of the registered ones never ordered. Every kind of order occurs again and again
// by its place in the row (see kindsOf), so that shops of a hundred orders hold them all.
func (s *Shop) Generate(seed uint64, orders, customers int) {
	s.GenerateOver(seed, orders, customers, generatedDays)
}

// GenerateOver is Generate for so many days, at least one. Orders follow the year, the week and the day of
// shops: the weeks before Christmas are the busiest, with Black Friday on top, the summer is quiet.
func (s *Shop) GenerateOver(seed uint64, orders, customers, days int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	days = max(days, 1)
	m := &maker{s: s, rng: rand.New(rand.NewPCG(seed, 0x50756e7465)), now: second(s.now()), past: map[int]made{}}
	m.roles = m.cast(orders, days)
	m.times = m.moments(orders, days)
	registered, guests := m.people(customers)
	batch := make([]*learned, 0, orders)
	first := map[*person]time.Time{}
	for i, placed := range m.times {
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
	m.subscribers(customers / 20)
	s.admitOrders(batch)
}

// maker makes people and orders for a shop whose lock is held.
type maker struct {
	s   *Shop
	rng *rand.Rand
	now time.Time

	// Of a batch, empty for a single order:
	roles map[int]*role // by place: orders that came from each other
	past  map[int]made  // by place: the orders that others take over
	times []time.Time   // when each was placed
}

func (m *maker) pick(list []string) string { return list[m.rng.IntN(len(list))] }

// chance is true in the given percentage of cases.
func (m *maker) chance(percent int) bool { return m.rng.IntN(100) < percent }

// moments are when the orders are placed, one in each equal share of the calendar's weight, so that they rise;
// the shares end ten minutes ago and the last order is newer than that.
func (m *maker) moments(orders, days int) []time.Time {
	times := make([]time.Time, orders)
	c := newCalendar(m.now, days, m.s.options.Zone)
	const parts = 1000
	for i := range times {
		times[i] = c.at(int64(i)*parts+m.rng.Int64N(parts), int64(orders)*parts)
	}
	if orders > 0 {
		times[orders-1] = m.now.Add(-time.Duration(2+m.rng.IntN(7)) * time.Minute)
	}
	return times
}

// buyer chooses who places order i: few customers order again and again, most once or twice.
func (m *maker) buyer(i int, registered, guests []*person) *person {
	k := kindsOf(i)
	if r := m.roles[i]; r != nil && len(r.from) > 0 {
		return m.past[r.from[0]].p
	}
	if k.marketplace {
		return m.marketplaceBuyer()
	}
	if k.withoutEmail {
		p := m.person()
		p.email = ""
		return p
	}
	u := m.rng.Float64()
	buying := len(registered) - len(registered)/10
	if buying > 0 && (len(guests) == 0 || m.chance(62)) {
		return registered[int(float64(buying)*u*u)]
	}
	return guests[int(float64(len(guests))*u*u)]
}

// subscribers are people who only want the newsletter.
func (m *maker) subscribers(count int) {
	for i := range count {
		p := m.person()
		unique := "h" + strconv.Itoa(len(m.s.world.Subscribers)+i)
		m.s.world.Subscribers = append(m.s.world.Subscribers, subscriber{
			Email: mailbox(p.name, unique, p.country), Name: p.name, Lang: p.lang, Authorized: m.chance(85),
			Since: m.now.Add(-time.Duration(m.rng.IntN(365*24*60)) * time.Minute),
		})
	}
}

// kinds are the rarer things about an order. They depend on its place, not on chance.
type kinds struct {
	marketplace, withoutEmail, upperCase, euro             bool
	gift, discountAmount, discountPercent, variants, parts bool
	coupon, comment, orderType, storno                     bool
	allOff, twice, label, reverse                          bool
}

func kindsOf(i int) kinds {
	return kinds{
		marketplace: i%17 == 5, withoutEmail: i%29 == 9, upperCase: i%4 == 3, euro: i%19 == 8,
		gift: i%13 == 4, discountAmount: i%11 == 3, discountPercent: i%9 == 2, variants: i%5 == 1, parts: i%7 == 3,
		coupon: i%18 == 2, comment: i%3 == 0, orderType: i%31 == 7, storno: i%2 == 0,
		allOff: i%97 == 40, twice: i%71 == 33, label: i%43 == 21, reverse: i%2 == 1,
	}
}

// order makes the Order element. The order of its elements is that of the documentation's example.
func (m *maker) order(i int, p *person, placed time.Time) *node {
	k, r := kindsOf(i), m.roles[i]
	if r == nil {
		r = &role{}
	}
	st := m.status(placed, r.status)
	changed := m.changedAt(st, placed, r)
	pay, ship := m.method("payment"), m.method("shipping")
	t := m.tender(p, k)
	if len(r.from) > 0 {
		t = m.past[r.from[0]].t
	}
	lines := m.inherited(r)
	if lines == nil {
		lines = m.lines(i, k, t, pay, ship)
	}
	if r.first {
		lines = m.remember(i, r, made{p, t, lines})
	}
	sum := sure(sumOf(lines))
	key, internalKey := m.s.options.ShopID+"-"+strconv.Itoa(m.s.lastNumber+1), ""
	if k.marketplace {
		internalKey, key = key, m.marketplaceKey(i, p)
	}
	modified := changed
	if later := changed.Add(time.Duration(m.rng.IntN(60*48)) * time.Minute); m.chance(10) && later.Before(m.now.Add(-time.Minute)) {
		modified = later // somebody edited it without moving it
	}
	return branch("Order",
		leaf("Key", key), optional("InternalKey", internalKey), leaf("Id", strconv.FormatUint(m.s.lastID+1, 10)),
		leaf("Date", m.s.print(placed)), leaf("DateMod", m.s.print(modified)), leaf("Lang", p.lang),
		p.element(k.upperCase, m.point(ship, p)), leaf("Currency", t.currency), leaf("PriceRounding", strconv.Itoa(t.digits)),
		optional("ExchangeValue", t.exchange), optional("VatCountryCode", t.vatCountry),
		optional("Type", when(k.orderType && len(m.s.orderTypes) > 1, "Garanciális csere")),
		leaf("Status", st.name), leaf("StatusDetails", when(m.chance(4), "---")), leaf("StatusDateMod", m.s.print(changed)),
		leaf("StatusID", st.id), leaf("StatusType", st.kind), leaf("Authenticated", yesNo(st.kind != "open_normal" || !m.chance(2))),
		m.payment(t, st, sum, pay, placed), m.shipping(ship, st.kind == "close_ok" || st.name == "Kiszállítás alatt"), m.invoice(st, placed),
		m.stornoOf(st, k, r), m.params(p), leaf("Referer", m.referer(k, p)), m.campaign(),
		optional("Coupon", when(k.coupon, "TAVASZ10")), leaf("Weight", m.weight()), r.info, m.comments(k, p),
		leaf("SumPriceGross", plain(sum)), branch("Items", lines...),
	)
}

// remember keeps what later orders of the group take over, and returns the lines that stay with this one.
func (m *maker) remember(i int, r *role, whole made) []*node {
	lines := whole.lines
	if r.splits {
		part := m.productLines(catalogue[0], false, whole.t)
		whole.lines = slices.Concat(lines, part)
	}
	if m.past != nil {
		m.past[i] = whole
	}
	return lines
}

// marketplaceKey is an external order number as the marketplaces of the country write them.
func (m *maker) marketplaceKey(i int, p *person) string {
	if p.country == "hu" && i%2 == 0 {
		return fmt.Sprintf("AK%d-%07d", m.now.Year(), m.s.lastNumber)
	}
	return strconv.Itoa(440000000 + m.s.lastNumber*37 + m.rng.IntN(37))
}

func (m *maker) weight() string {
	return strconv.Itoa(m.rng.IntN(9)) + "." + strconv.Itoa(1+m.rng.IntN(9))
}

func (m *maker) referer(k kinds, p *person) string {
	switch {
	case k.marketplace && p.country == "ro":
		return "www.emag.example"
	case k.marketplace:
		return "www.arkereso.example"
	}
	return when(m.chance(30), m.pick([]string{"kereso.example", "www.kereso.example/search?q=ásó&hl=hu", "kozosseg.example"}))
}

// campaign is what brought the buyer to the shop, with the blanks in it that newsletters have.
func (m *maker) campaign() *node {
	if !m.chance(12) {
		return nil
	}
	return branch("UTM", leaf("Source", m.pick([]string{"hirlevel", "kereso", "kozosseg"})), leaf("Medium", m.pick([]string{"email", "cpc"})),
		leaf("Campaign", m.pick([]string{"tavaszi akció", "black-friday", "primăvară"})), leaf("Content", ""))
}

// point is where a parcel waits if it is sent to a machine.
func (m *maker) point(ship *method, p *person) *point {
	if ship.id != "6120422" {
		return nil
	}
	if p.country == "ro" {
		return &point{"RO-" + digits(m.rng.IntN(4000), 4), "easybox"}
	}
	return &point{"hu" + digits(100+m.rng.IntN(900), 4), "Csomagautomaták"}
}

// status chooses one by the age of the order, unless it must be of some kind: what is old is closed.
func (m *maker) status(placed time.Time, wanted string) *status {
	age := m.now.Sub(placed)
	kind := "open_normal"
	switch dice := m.rng.IntN(100); {
	case wanted != "":
		kind = wanted
	case age > 30*24*time.Hour && dice < 92, age > 10*24*time.Hour && dice < 86, age > 3*24*time.Hour && dice < 45:
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

// changedAt is when the order last came into another status: when placed if it stands in the first one, else at
// work within the days after, not before what a later order did to it, never in the future.
func (m *maker) changedAt(st *status, placed time.Time, r *role) time.Time {
	if st.position <= 1 && r.to == 0 {
		return placed
	}
	latest := m.now.Add(-time.Minute)
	after := atWork(placed.Add(time.Duration(1+m.rng.IntN(5*24*60))*time.Minute), m.s.options.Zone)
	if r.to > 0 && after.Before(m.times[r.to]) {
		after = m.times[r.to].Add(time.Minute)
	}
	earliest := placed
	if r.to > 0 {
		earliest = m.times[r.to]
	}
	if after.After(latest) {
		after = earliest.Add(time.Duration(m.rng.Int64N(int64(max(latest.Sub(earliest), 1)))))
	}
	if after.Before(earliest) {
		return earliest
	}
	return second(after)
}

// payment is as far along as the order: cards pay at once, cash when the parcel arrives, transfers in between,
// now and then in part or too much.
func (m *maker) payment(t *tender, st *status, sum amount, method *method, placed time.Time) *node {
	paid := amount{}
	state := "unpaid"
	card := strings.HasPrefix(method.subKind, "bankcard") || method.subKind == "qvik"
	switch {
	case sum.IsZero():
		state = "paid"
	case st.kind == "close_ok" && method.subKind == "transfer" && m.chance(2):
		paid, state = sure(sum.Add(t.price(decimal.MustNew(100, 0)))), "overpaid"
	case st.kind == "close_ok", st.kind == "open_normal" && card:
		paid, state = sum, "paid"
	case st.kind == "open_normal" && m.chance(16) && sum.Sign() > 0:
		paid, state = t.half(sum), "partly paid"
	}
	unpaid := sure(sum.Sub(paid))
	if state == "overpaid" {
		unpaid = amount{}
	}
	n := branch("Payment",
		leaf("Id", method.id), leaf("Name", method.name), leaf("Type", method.subKind), leaf("Status", state),
		leaf("Paid", plain(paid)), leaf("Pending", "0"), leaf("Unpaid", plain(unpaid)))
	if card && state == "paid" && sum.Sign() > 0 {
		at := m.s.print(second(placed.Add(time.Duration(20+m.rng.IntN(70)) * time.Second)))
		n.kids = append(n.kids, branch("Transactions", branch("Transaction", leaf("Id", strconv.Itoa(900000000+m.rng.IntN(90000000))),
			leaf("AuthCode", digits(m.rng.IntN(1000000), 6)), leaf("Status", "finish"), leaf("Date", at), leaf("Amount", plain(sum)), leaf("AmountRefund", "0"))))
	}
	return n
}

func (m *maker) shipping(method *method, sent bool) *node {
	n := branch("Shipping", leaf("Id", method.id), leaf("Name", method.name))
	if sent && method.name != "Személyes átvétel" {
		number := m.pick([]string{"CSG", "PNVT", "MPL"}) + digits(m.rng.IntN(100000000), 8)
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
