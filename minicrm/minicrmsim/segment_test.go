package minicrmsim

import (
	"fmt"
	"testing"
	"time"
)

const aDay = 24 * time.Hour

// The clock stands at noon of 10 March in Budapest, the orders are of the 9th.
func TestSegmentsMoveWithTheClockAlone(t *testing.T) {
	issued := func(ids ...int) string {
		var all []string
		for _, id := range ids {
			all = append(all, bought(id, `<Status>Issued</Status>`))
		}
		return orders(all...)
	}
	for _, test := range []struct {
		what, inner string
		days        []int // since the order
		want        []string
	}{
		{"one order", issued(1), []int{1, 30, 31, 60, 61, 400}, []string{"New", "New", "Passive", "Passive", "Lost", "Lost"}},
		{"two orders", issued(1, 2), []int{60, 61, 90, 91}, []string{"Promising", "Passive", "Passive", "Lost"}},
		{"three orders", issued(1, 2, 3), []int{60, 61, 90, 91}, []string{"Promising", "Passive", "Passive", "Lost"}},
		{"four orders", issued(1, 2, 3, 4), []int{90, 91, 365, 366}, []string{"Loyal", "Passive loyal", "Passive loyal", "Lost loyal"}},
		{"registered", "", []int{1, 61, 62}, []string{"Registered", "Registered", "Inactive"}}, // since the 10th
		{"a subscriber", "<StatusId>Subscriber</StatusId>", []int{1, 400}, []string{"Subscriber", "Subscriber"}},
		{"who unsubscribed", "<StatusId>Unsubscribed</StatusId>", []int{1, 400}, []string{"Unsubscribed", "Unsubscribed"}},
		{"a disabled one", "<WebshopDisabled>1</WebshopDisabled>" + issued(1), []int{1, 31}, []string{"New", "Passive"}},
		{"a subscriber who buys", "<StatusId>Subscriber</StatusId>" + issued(1), []int{1}, []string{"New"}},
		{"one called Loyal", "<StatusId>Loyal</StatusId>", []int{1}, []string{"Registered"}},
	} {
		b := start(t, Options{})
		b.taken(customer(1, test.inner))
		passed := 1
		for i, days := range test.days {
			b.clock.advance(time.Duration(days-passed) * aDay)
			passed = days
			if got := b.want("GET", "/Api/R3/Project/1", "")["StatusId"]; got != test.want[i] {
				t.Errorf("%s, %d days after: %v; want %s", test.what, days, got, test.want[i])
			}
		}
	}
}

func TestADayBeginsAtMidnightOfBudapest(t *testing.T) {
	b := start(t, Options{})
	b.taken(customer(1, orders(bought(1, `<Status>Issued</Status>`))))
	b.clock.advance(29*aDay + 12*time.Hour - time.Hour - time.Second) // 8 April 23:59:59, in summer time
	if got := b.card(1).Status; got != "New" {
		t.Errorf("a second before the 31st day the card is %s; want New", got)
	}
	b.clock.advance(time.Second)
	if got := b.card(1).Status; got != "Passive" {
		t.Errorf("on the 31st day the card is %s; want Passive", got)
	}
	detail := b.want("GET", "/Api/R3/Project/1", "")
	if detail["UpdatedAt"] != "2026-04-09 00:00:00" || detail["StatusUpdatedAt"] != "2026-04-09 00:00:00" {
		t.Errorf("UpdatedAt %v, StatusUpdatedAt %v; want both at midnight", detail["UpdatedAt"], detail["StatusUpdatedAt"])
	}
	if got := b.want("GET", "/Api/R3/Project?CategoryId=5&UpdatedSince=2026-04-09", "")["Count"]; got != 1.0 {
		t.Errorf("UpdatedSince finds %v cards; want the one that moved by itself", got)
	}
}

func TestWhatInactiveCountsFromIsASwitch(t *testing.T) {
	old := "<StatusId>Registered</StatusId><WebshopRegistrationDate>2025-01-01</WebshopRegistrationDate>"
	for byDate, want := range map[bool]string{false: "Registered", true: "Inactive"} {
		b := start(t, Options{Switches: Switches{InactiveByRegistration: byDate}})
		b.taken(customer(1, old))
		if got := b.card(1).Status; got != want {
			t.Errorf("InactiveByRegistration %t: registered a year ago is %s; want %s", byDate, got, want)
		}
	}
}

func TestComputedFieldsFollowTheOrders(t *testing.T) {
	b := start(t, Options{})
	state := func() string {
		f := b.card(1).Fields
		return fmt.Sprint(f["WebshopOrderCount"], " ", f["WebshopTurnover"], " ", f["WebshopLastOrder"])
	}
	at := func(when string) string {
		return fmt.Sprintf(`<Order Id="2"><Performance>%s</Performance>%s<Status>Paid</Status>%s</Order>`, when, invoiceTo, products(item(71, "1", "1", "0%")))
	}
	for _, step := range []struct{ order, want string }{
		{bought(1), "0 0 "},
		{bought(1, `<Status>Issued</Status>`), "1 151.25 2026-03-09 10:15:00"},
		{at("2026-03-01"), "2 152.25 2026-03-09 10:15:00"},
		{at("2026-03-10 01:00:00"), "2 152.25 2026-03-10 01:00:00"},
		{bought(1, `<Status>Failed</Status>`), "1 1 2026-03-10 01:00:00"},
	} {
		b.taken(customer(1, orders(step.order)))
		if got := state(); got != step.want {
			t.Errorf("after %s: %s; want %s", step.order, got, step.want)
		}
	}
	b.want("POST", "/Api/Order/1/Paid", "")
	if got := state(); got != "2 152.25 2026-03-10 01:00:00" {
		t.Errorf("after a change by REST: %s", got)
	}
	if log := b.send(customer(1, "<WebshopTurnover>9</WebshopTurnover>")); !became(log, "read-only") {
		t.Errorf("writing a computed field: %+v; want it refused", log)
	}
}

func TestWhatCountsAsAnOrderIsASwitch(t *testing.T) {
	for paidOnly, want := range map[bool]string{false: "2", true: "1"} {
		b := start(t, Options{Switches: Switches{SegmentsByPaidOnly: paidOnly}})
		b.taken(customer(1, orders(bought(1, `<Status>Completed</Status>`), bought(2, `<Status>Paid</Status>`))))
		if got := b.card(1).Fields["WebshopOrderCount"]; got != want {
			t.Errorf("SegmentsByPaidOnly %t: WebshopOrderCount = %s; want %s", paidOnly, got, want)
		}
	}
}

func TestSegmentsMayBeOff(t *testing.T) {
	for off, want := range map[bool]string{false: "Registered", true: "Loyal"} {
		b := start(t, Options{Switches: Switches{SegmentsOff: off}})
		b.taken(customer(1, `<StatusId>Loyal</StatusId>`))
		if got := b.card(1).Status; got != want {
			t.Errorf("SegmentsOff %t: the card is %s; want %s", off, got, want)
		}
	}
	b := start(t, Options{Switches: Switches{SegmentsOff: true}})
	b.taken(customer(1, `<StatusId>Loyal</StatusId>`))
	b.want("POST", "/_sim/switches", `{"segments_off":false}`)
	if got := b.card(1).Status; got != "Registered" {
		t.Errorf("when segments come on the card is %s; want it moved at once", got)
	}
}

// A basket is left behind and taken up again.
func TestALostBasketIsWrittenAndCleared(t *testing.T) {
	b := start(t, Options{})
	b.taken(customer(1, `<WebshopRegistrationDate>2026-02-10 09:30:00</WebshopRegistrationDate><WebshopLostBasketContent>2 x Mug</WebshopLostBasketContent><WebshopLostBasketDate>2026-03-09 20:00:00</WebshopLostBasketDate><WebshopLostBasketValue>120.50</WebshopLostBasketValue>`))
	if f := b.card(1).Fields; f["WebshopLostBasketContent"] != "2 x Mug" || f["WebshopLostBasketDate"] != "2026-03-09 20:00:00" || f["WebshopLostBasketValue"] != "120.5" || f["WebshopRegistrationDate"] != "2026-02-10 09:30:00" {
		t.Errorf("fields = %v", f)
	}
	b.taken(customer(1, `<WebshopLostBasketContent/><WebshopLostBasketDate></WebshopLostBasketDate><WebshopLostBasketValue></WebshopLostBasketValue>`))
	if f := b.card(1).Fields; f["WebshopLostBasketContent"]+f["WebshopLostBasketDate"]+f["WebshopLostBasketValue"] != "" {
		t.Errorf("after empty elements fields = %v; want the basket gone", f)
	}
}
