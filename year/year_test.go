package year_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"punte/minicrm/minicrmsim"
	"punte/store/storetest"
)

// TestAYear is the promise: whatever happens in a year, MiniCRM shows what it should.
func TestAYear(t *testing.T) {
	if raced {
		t.Skip("it has one goroutine and much to do: it runs without the race detector")
	}
	storetest.EachKind(t, func(t *testing.T, kind string) {
		(&year{world: newWorld(t, kind, begin(), switches{})}).live()
	})
}

// year is the script. Its orders have ids of their own for each chapter.
type year struct {
	*world
	open, packed, done, failed string // the shop's own statuses, as id|name
}

func (y *year) live() {
	y.probe()
	for _, s := range y.shop.Statuses() {
		text := s.ID + "|" + s.Name
		switch {
		case s.Type == "open_normal" && y.open == "":
			y.open = text
		case s.Type == "open_prepare" && y.packed == "":
			y.packed = text
		case s.Type == "close_ok":
			y.done = text
		case s.Type == "close_fault":
			y.failed = text
		}
	}
	for _, chapter := range []func(){
		y.january, y.february, y.march, y.april, y.may, y.june, y.august, y.october, y.december,
	} {
		chapter()
	}
	y.unharmed()
}

// guest is an order of somebody without an account.
func (y *year) guest(id int, items ...item) *sale {
	return &sale{
		id: id, key: fmt.Sprintf("71823-%d", 100_000+id), status: y.open, items: items,
		email: fmt.Sprintf("vevo%d@example.com", id), name: fmt.Sprintf("Kovács %d Éva", id),
	}
}

// regular is an order of a registered customer.
func (y *year) regular(id, customer int, items ...item) *sale {
	s := y.guest(id, items...)
	s.customer, s.email, s.name = customer, fmt.Sprintf("torzs%d@example.com", customer), fmt.Sprintf("Nagy %d Pál", customer)
	return s
}

// january: the first import, with orders from before the start date in the shop.
func (y *year) january() {
	var sales []*sale
	for i := range 24 {
		var s *sale
		switch i % 4 {
		case 0:
			s = y.guest(1000+i, coffee("2"), shipping("1490"))
		case 1:
			s = y.regular(1000+i, 40+i%3, shirt("1", "L"), shirt("2", "M"), shipping("990"))
		case 2:
			s = y.regular(1000+i, 50, cable("2.5"), discount("-100.5"))
			s.company = "Bolt & Társa Kft."
		default:
			s = y.guest(1000+i, book("3"), coffee("1"), coffee("1"))
			s.comment = "Kérem <csomagolva> & \"gyorsan\""
		}
		s.placed = y.moment("2026-01-02 09:00:00").Add(time.Duration(i) * 7 * time.Hour)
		sales = append(sales, s)
	}
	for i := range 3 {
		old := y.guest(900+i, coffee("1"))
		old.placed = y.moment("2025-12-31 23:59:57").Add(time.Duration(i) * time.Second)
		sales = append(sales, old)
	}
	first := y.guest(903, coffee("1"))
	first.placed = y.moment("2026-01-01 00:00:00")
	shared := y.guest(904, book("1"))
	shared.email, shared.placed = "Kozos@example.com", y.moment("2026-01-03 12:00:00")
	nobody := y.guest(905, book("1"))
	nobody.email, nobody.placed = "", y.moment("2026-01-03 12:00:00")
	y.place(append(sales, first, shared, nobody)...)
	y.settle("the first import")
}

// february: the ordinary life of orders, and people at work in MiniCRM.
func (y *year) february() {
	y.off("2026-02-01 07:00:00")
	y.change(func(s *sale) { s.status = y.packed }, 1000, 1001, 1002, 1003)
	y.settle("packed")
	y.change(func(s *sale) { s.status, s.awb = y.done, "AWB-"+s.key }, 1000, 1001)
	y.change(func(s *sale) { s.status = y.failed }, 1002)
	y.change(func(s *sale) { s.items[0].quantity = "5" }, 1003, 1004)
	y.change(func(s *sale) { s.items = s.items[1:] }, 1005)
	y.change(func(s *sale) { s.comment = "Mégis hétfőre" }, 1006)
	y.change(func(s *sale) { s.comment = "" }, 1007)
	y.settle("sent, cancelled, more and fewer lines")

	y.edit(1008, "Observatii", "A kollégám írta át")
	y.edit(1009, "AWB", "kézzel")
	y.edit(1009, "StatusUnas", "kézzel")
	y.move(1010, "Completed", "2903")
	y.run(time.Hour)
	y.compare("what people wrote")
	y.change(func(s *sale) { s.items[0].quantity = "7" }, 1008, 1009, 1010) // nothing of what they wrote
	y.settle("a change beside what people wrote")
	y.change(func(s *sale) { s.comment = "A bolt szerint" }, 1008)
	y.change(func(s *sale) { s.status, s.awb = y.packed, "AWB-9" }, 1009)
	y.change(func(s *sale) { s.status = y.failed }, 1010)
	y.settle("a change of what people wrote")
}

// march: the night without an hour between two and three.
func (y *year) march() {
	y.off("2026-03-29 01:40:00")
	for i, at := range []string{"2026-03-29 01:59:59", "2026-03-29 03:00:00", "2026-03-29 03:00:01"} {
		y.until(at)
		y.place(y.guest(1100+i, coffee("1")))
	}
	y.settle("the night that has no hour from two to three")
}

// april: a status that nobody mapped, renames, and one that stays away.
func (y *year) april() {
	y.off("2026-04-02 10:00:00")
	y.status("77", "Egyeztetés alatt", "open_normal")
	waiting := y.guest(1200, coffee("1"))
	waiting.status = "77|Egyeztetés alatt"
	y.place(waiting)
	y.change(func(s *sale) { s.status, s.awb = "77|Egyeztetés alatt", "közben" }, 1011)
	y.run(30 * time.Minute)
	y.compare("an unmapped status")

	pairs := y.document["status_map"].(map[string]any)
	pairs["Egyeztetés alatt"] = "Draft"
	y.status("78", "Teszt", "open_normal")
	pairs["Teszt"] = nil
	y.configure()
	y.settle("mapped, which releases it")

	test := y.guest(1201, coffee("1"))
	test.status = "78|Teszt"
	y.place(test)
	y.change(func(s *sale) { s.status = "78|Teszt" }, 1012)
	y.settle("orders that are not to be brought")
	y.change(func(s *sale) { s.status = y.done }, 1201, 1012)
	y.settle("and then are")

	y.status("77", "Egyeztetünk", "open_normal")
	y.change(func(s *sale) { s.status, s.comment = "77|Egyeztetünk", "új név" }, 1200)
	y.settle("a renamed status")
	id, name, _ := strings.Cut(y.packed, "|")
	y.status(id, strings.ToUpper(name), "open_prepare")
	y.packed = id + "|" + strings.ToUpper(name)
	y.change(func(s *sale) { s.status = y.packed }, 1013, 1200)
	y.settle("a name in capitals")
}

// may: orders that merge, split, are taken back, deleted, and whose number is given out
// again.
func (y *year) may() {
	y.off("2026-05-04 14:00:00")
	a, b := y.guest(1300, coffee("1")), y.guest(1301, coffee("2"))
	b.email = a.email
	whole, gone := y.regular(1303, 60, coffee("3"), book("2")), y.guest(1305, book("1"))
	reused := y.guest(1306, book("2"))
	y.place(a, b, whole, gone, reused, y.guest(1308, shirt("2", "S")))
	y.settle("before they merge and split")

	both := y.guest(1302, coffee("3"))
	both.email, both.merged = a.email, []string{a.key, b.key}
	y.place(both)
	y.delete(1300, 1301)
	part := y.regular(1304, 60, book("2"))
	part.from = []string{whole.key}
	y.place(part)
	y.change(func(s *sale) { s.items = s.items[:1] }, 1303)
	back := y.guest(1309, shirt("-2", "S"))
	back.email, back.returned = y.sales[1308].email, []string{y.sales[1308].key}
	y.place(back)
	y.delete(1305, 1306)
	again := y.guest(1307, coffee("9"))
	again.key = reused.key
	y.place(again)
	y.until("2026-05-05 08:00:00") // a night later
	y.found(1300, 1301, 1305, 1306)
	y.settle("merged, split, taken back, deleted, given out again")
}

// june: a field of the module is removed and put back, and the owner changes.
func (y *year) june() {
	y.off("2026-06-01 09:00:00")
	y.module(`{"category":4,"remove_field":"AWB"}`)
	y.run(20 * time.Minute)
	y.change(func(s *sale) { s.awb = "nyáron" }, 1014)
	y.run(time.Hour)
	y.module(`{"category":4,"add_field":{"name":"AWB","type":"Text(128)"}}`)
	y.settle("a field that was gone for a while")

	y.document["owner"] = 100002
	y.model.Owner = "Kiss Béla"
	y.configure()
	y.place(y.guest(1400, coffee("1")))
	y.change(func(s *sale) { s.comment = "régi tulajdonos" }, 1015)
	y.settle("another owner, for new cards only")
}

// august: another map of fields counts for what changes from now on.
func (y *year) august() {
	y.off("2026-08-12 16:00:00")
	y.document["field_map"] = map[string]any{"Observatii": "payment.name", "AWB": "shipping.package_number"}
	y.configure()
	y.run(time.Hour)
	y.compare("a changed map changes nothing by itself")
	y.change(func(s *sale) { s.awb = "most" }, 1016)
	y.place(y.guest(1500, coffee("1")))
	y.settle("a changed map counts from now on")
}

// october: the night in which an hour comes twice.
func (y *year) october() {
	y.off("2026-10-25 01:50:00")
	y.until("2026-10-25 02:10:00")
	y.place(y.guest(1600, coffee("1")), y.guest(1601, coffee("1")))
	y.run(10 * time.Minute)
	y.change(func(s *sale) { s.items[0].quantity = "2" }, 1600)
	y.run(time.Hour) // the same hour once more
	y.change(func(s *sale) { s.items[0].quantity = "3" }, 1600)
	y.place(y.guest(1602, coffee("1")))
	y.settle("the night that has two hours from two to three")
}

// december: the machine was off in the busiest week.
func (y *year) december() {
	y.off("2026-11-23 12:00:00")
	y.kill()
	for i := range 40 {
		y.clock.advance(3 * time.Hour)
		y.place(y.regular(1700+i, 40+i%5, coffee("1"), shipping("1490")))
		if i >= 5 {
			y.change(func(s *sale) { s.status = y.done }, 1700+i-5)
		}
	}
	y.start()
	y.begin()
	y.settle("the busiest week, after the machine was off")
}

func (y *year) module(body string) {
	y.t.Helper()
	y.ask(y.crm, "POST", "/_sim/module", body)
}

var _ minicrmsim.State // the words of an order's state
