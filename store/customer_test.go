package store_test

import (
	"context"
	"testing"
	"time"

	"punte"
	"punte/store"
	"punte/store/storetest"
)

func customer(id int64, name string, state punte.DutyState) store.CustomerRow {
	return store.CustomerRow{
		Ref: punte.CustomerRef(id), ID: id, Card: id, CardSource: "customer:" + punte.CustomerRef(id), Readable: true, State: state,
		Customer: punte.Customer{ID: id, Buyer: punte.Buyer{CustomerID: id, Name: name}, Registered: noon.Add(-time.Hour), BasketTold: true},
	}
}

func saveCustomers(t *testing.T, s *store.Store, asked int64, now time.Time, rows ...store.CustomerRow) {
	t.Helper()
	_, err := s.SaveCustomers(context.Background(), store.CustomerPage{Connection: "c1", Asked: asked, Rows: rows, Now: now})
	must(t, "SaveCustomers", err)
}

func card(t *testing.T, s *store.Store, id int64) store.Card {
	t.Helper()
	cards, err := s.Cards(context.Background(), "c1", []int64{id})
	must(t, "Cards", err)
	c, ok := cards[id]
	if !ok {
		t.Fatalf("there is no card %d", id)
	}
	return c
}

// sendCard puts a card in flight and, unless it is to stay there, has MiniCRM show it.
func sendCard(t *testing.T, s *store.Store, document string, id int64, shown bool) {
	t.Helper()
	c := card(t, s, id)
	_, err := s.MakeDocument(context.Background(), store.Document{ID: document, Connection: "c1", Delivery: "push", Expires: noon.Add(time.Hour), Cards: 1},
		[]store.Handover{{Card: true, Ref: c.Ref, Version: c.Wanted, Pending: []byte(`{"name":"x"}`), Due: noon.Add(time.Minute)}}, noon)
	must(t, "MakeDocument", err)
	must(t, "MarkTaken", s.MarkTaken(context.Background(), document, noon.Add(time.Minute), noon))
	if !shown {
		return
	}
	must(t, "SettleCards", s.SettleCards(context.Background(), "c1",
		[]store.CardOutcome{{Ref: c.Ref, Version: c.Wanted, Document: document, State: punte.Confirmed, CRMID: 70 + id}}, noon))
}

func TestACardIsOwedWhenItsCustomerChanges(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		saveCustomers(t, s, 1, noon, customer(7, "Ana", punte.Owed), customer(8, "Ion", punte.Left))
		owed, err := s.OwedCards(context.Background(), "c1", noon, 10)
		if err != nil || len(owed) != 1 || owed[0].ID != 7 || owed[0].Customer.Buyer.Name != "Ana" {
			t.Fatalf("OwedCards = %+v, %v; want that of customer 7", owed, err)
		}
		sendCard(t, s, "d1", 7, true)
		saveCustomers(t, s, 2, noon, customer(7, "Ana", punte.Owed))
		if c := card(t, s, 7); c.State != punte.Confirmed || c.Shown != c.Wanted || c.CRMID != 77 {
			t.Errorf("the same record read again: %+v; want it confirmed", c)
		}
		saveCustomers(t, s, 3, noon, customer(7, "Anna", punte.Owed))
		saveCustomers(t, s, 2, noon, customer(7, "Old", punte.Owed)) // an answer asked for earlier
		if c := card(t, s, 7); c.State != punte.Owed || c.Customer.Buyer.Name != "Anna" || c.Wanted == c.Shown {
			t.Errorf("a changed record: %+v; want it owed with the newest name", c)
		}
	})
}

func TestAChangeWhileACardIsInFlightStaysOwed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		saveCustomers(t, s, 1, noon, customer(7, "Ana", punte.Owed))
		sendCard(t, s, "d1", 7, false)
		before := card(t, s, 7)
		saveCustomers(t, s, 2, noon, customer(7, "Anna", punte.Owed))
		if c := card(t, s, 7); c.State != punte.Sent {
			t.Errorf("in flight it is %s; want sent", c.State)
		}
		must(t, "SettleCards", s.SettleCards(context.Background(), "c1",
			[]store.CardOutcome{{Ref: "7", Version: before.Wanted, Document: "d1", State: punte.Confirmed}}, noon))
		if c := card(t, s, 7); c.State != punte.Owed || c.Shown != before.Wanted || string(c.Written) == "" {
			t.Errorf("after its round it is %+v; want the newer version owed", c)
		}
	})
}

func TestALostCardDocumentOwesTheCardAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		saveCustomers(t, s, 1, noon, customer(7, "Ana", punte.Owed), customer(8, "Ion", punte.Left))
		for id, want := range map[int64]punte.DutyState{7: punte.Owed, 8: punte.Left} {
			c := card(t, s, id)
			_, err := s.MakeDocument(context.Background(), store.Document{ID: "d" + c.Ref, Connection: "c1", Delivery: "push", Expires: noon},
				[]store.Handover{{Card: true, Ref: c.Ref, Version: c.Wanted, Pending: []byte(`{}`), Due: noon}}, noon)
			must(t, "MakeDocument", err)
			must(t, "DropDocument", s.DropDocument(context.Background(), "d"+c.Ref, noon, noon))
			if got := card(t, s, id); got.State != want || got.Pending != nil {
				t.Errorf("card %d is %+v; want it %s", id, got, want)
			}
		}
	})
}

func TestAGoneCustomerIsMarkedUntilReadAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		saveCustomers(t, s, 1, noon, customer(7, "Ana", punte.Owed))
		sendCard(t, s, "d1", 7, true)
		must(t, "LoseCustomer", s.LoseCustomer(context.Background(), "c1", 2, customer(7, "", ""), noon))
		if c := card(t, s, 7); !c.Gone || c.State != punte.Owed || c.Customer.Buyer.Name != "Ana" {
			t.Errorf("a customer who is gone: %+v; want the card owed, with the last name", c)
		}
		// One whom MiniCRM never showed gets no card for being gone.
		must(t, "LoseCustomer", s.LoseCustomer(context.Background(), "c1", 2, customer(9, "", ""), noon))
		if c := card(t, s, 9); c.State != punte.Left {
			t.Errorf("a customer never shown is %s; want left", c.State)
		}
		saveCustomers(t, s, 3, noon, customer(7, "Ana", punte.Owed))
		if c := card(t, s, 7); c.Gone || c.State != punte.Owed {
			t.Errorf("a customer who is back: %+v; want the card owed", c)
		}
	})
}

func TestABasketIsOneUntilItChangesOrIsOrdered(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		full := customer(7, "Ana", punte.Owed)
		full.Customer.Basket = []punte.BasketLine{{SKU: "A", Quantity: "1"}}
		untold := customer(7, "Ana", punte.Owed)
		untold.Customer.BasketTold = false
		saveCustomers(t, s, 1, noon, full)
		saveCustomers(t, s, 2, noon.Add(time.Hour), full)
		saveCustomers(t, s, 3, noon.Add(time.Hour), untold)
		baskets, err := s.Baskets(ctx, "c1", noon, 5)
		if err != nil || len(baskets) != 1 || !baskets[0].Seen.Equal(noon) {
			t.Fatalf("Baskets = %+v, %v; want the one seen at noon", baskets, err)
		}
		must(t, "LoseBasket", s.LoseBasket(ctx, "c1", baskets[0], "1 x A", "10", noon))
		if c := card(t, s, 7); c.Basket.Content != "1 x A" || c.Basket.Value != "10" || !c.Basket.Seen.Equal(noon) {
			t.Errorf("the basket is %+v; want the abandoned one", c.Basket)
		}
		ordered := row("1", 1, punte.Owed)
		ordered.Placed = noon.Add(2 * time.Hour)
		save(t, s, page(4, ordered))
		saveCustomers(t, s, 5, noon.Add(3*time.Hour), full) // the shop has not emptied it yet
		if c := card(t, s, 7); c.Basket != (store.LostBasket{}) {
			t.Errorf("after an order the basket is %+v; want none", c.Basket)
		}
		if o, err := s.Outlook(ctx, "c1", noon); o.Basket.Some || err != nil {
			t.Errorf("Outlook = %+v, %v; want no basket", o, err)
		}
	})
}

func TestAnUnreadableRecordKeepsTheLastGoodOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		saveCustomers(t, s, 1, noon, customer(7, "Ana", punte.Owed))
		bad := customer(7, "", punte.Parked)
		bad.Readable, bad.Raw, bad.Problem = false, []byte("<Customer>odd</Customer>"), punte.Problem{Code: "order.field", Field: "Id", Reason: "odd"}
		saveCustomers(t, s, 2, noon, bad)
		if c := card(t, s, 7); c.State != punte.Parked || c.Customer.Buyer.Name != "Ana" {
			t.Errorf("the card is %+v; want it parked with the last good record", c)
		}
		nobody := bad
		nobody.Ref, nobody.ID, nobody.Card = "raw:1", 0, 0
		saveCustomers(t, s, 3, noon, nobody)
		parked, err := s.ParkedCards(context.Background(), "c1")
		if err != nil || len(parked) != 2 {
			t.Errorf("ParkedCards = %+v, %v; want both", parked, err)
		}
		saveCustomers(t, s, 4, noon, customer(7, "Ana", punte.Owed))
		if c := card(t, s, 7); c.State != punte.Owed {
			t.Errorf("after a good record the card is %s; want owed", c.State)
		}
	})
}

func TestAnotherChoiceOfCustomersLeavesThoseInFlightAndGoneAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		saveCustomers(t, s, 1, noon, customer(7, "Ana", punte.Left), customer(8, "Ion", punte.Left), customer(9, "Gone", punte.Left))
		sendCard(t, s, "d1", 7, false)
		must(t, "LoseCustomer", s.LoseCustomer(ctx, "c1", 2, customer(9, "", ""), noon))
		must(t, "ChooseCards", s.ChooseCards(ctx, "c1", true, noon.Add(-24*time.Hour), noon))
		for id, want := range map[int64]punte.DutyState{7: punte.Sent, 8: punte.Owed, 9: punte.Left} {
			if c := card(t, s, id); c.State != want {
				t.Errorf("card %d is %s; want %s", id, c.State, want)
			}
		}
		flights, err := s.CardFlights(ctx, "c1")
		if err != nil || len(flights) != 1 || !flights[0].Due.Equal(noon.Add(time.Minute)) {
			t.Errorf("CardFlights = %+v, %v; want the round's end where it was", flights, err)
		}
		must(t, "ChooseCards", s.ChooseCards(ctx, "c1", false, noon, noon))
		if c := card(t, s, 8); c.State != punte.Left {
			t.Errorf("with buyers only card 8 is %s; want left", c.State)
		}
	})
}
