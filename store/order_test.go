package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"punte"
	"punte/store"
	"punte/store/storetest"
)

func addConnection(t *testing.T, s *store.Store, id string) {
	t.Helper()
	must(t, "SaveConnection", s.SaveConnection(context.Background(), store.Connection{
		ID: id, Name: "Shop " + id, Document: []byte(`{}`), StartDate: "2026-01-01",
		UNASKey: punte.NewSecret("unas-key-" + id), MiniCRMKey: punte.NewSecret("minicrm-key-" + id),
	}, noon))
}

// row is order ref as of one content: two rows with one content are one version.
func row(ref string, content int, state punte.DutyState) store.OrderRow {
	var id int64
	_, _ = fmt.Sscan(ref, &id)
	order := punte.Order{
		ID: id, Key: "K-" + ref, Placed: minutes(int(id % 1000)), Modified: minutes(content), Currency: "RON",
		Buyer:  punte.Buyer{CustomerID: 7, Email: "ana@example.com", Name: fmt.Sprintf("Ana %d", content)},
		Status: punte.ShopStatus{ID: "1", Name: "New"}, Gross: decimal.MustParse("119.90"),
		Lines: []punte.Line{{Item: "5", Name: "Tea", Quantity: decimal.MustParse("2.5"), Gross: decimal.MustParse("47.960")}},
	}
	return store.OrderRow{
		Ref: ref, Order: order, Readable: true, Raw: []byte("<Order>" + ref + "</Order>"), ID: id, External: id,
		Card: 7, CardSource: "customer:7", Key: order.Key, Placed: order.Placed, Modified: order.Modified,
		Digest: fmt.Appendf(nil, "content %d", content), State: state,
	}
}

func page(asked int64, rows ...store.OrderRow) store.Page {
	return store.Page{Connection: "c1", Asked: asked, Rows: rows, Now: noon}
}

func save(t *testing.T, s *store.Store, p store.Page) int {
	t.Helper()
	changed, err := s.SavePage(context.Background(), p)
	must(t, "SavePage", err)
	return changed
}

func order(t *testing.T, s *store.Store, ref string) store.SavedOrder {
	t.Helper()
	saved, err := s.Order(context.Background(), "c1", ref)
	must(t, "Order", err)
	return saved
}

func owed(t *testing.T, s *store.Store, now time.Time) []store.Duty {
	t.Helper()
	duties, err := s.Owed(context.Background(), "c1", now, 1000)
	must(t, "Owed", err)
	return duties
}

func TestAnOrderComesBackAsItWasSaved(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		in := row("9999999999", 1, punte.Owed)
		in.Order.InternalKey, in.Differs = "M-1", "1.00 RON"
		if changed := save(t, s, page(1, in)); changed != 1 {
			t.Errorf("SavePage = %d changed; want 1", changed)
		}
		got := order(t, s, in.Ref)
		if diff := cmp.Diff(in.Order, got.Duty.Order, cmp.Comparer(sameDecimal)); diff != "" {
			t.Errorf("Order (-saved +read):\n%s", diff)
		}
		if string(got.Raw) != string(in.Raw) || got.InternalKey != "M-1" || got.Differs != in.Differs || !got.Readable || got.ID != in.ID {
			t.Errorf("Order = %+v; want what was saved", got)
		}
		d := got.Duty
		if d.State != punte.Owed || d.Wanted != 1 || d.Version != 1 || d.Shown != 0 || d.External != in.External || !d.Due.Equal(noon) {
			t.Errorf("duty = %+v; want version 1 owed at once", d)
		}
		if !d.CardFirst || d.CardBuyer.Name != "Ana 1" || d.CardSource != "customer:7" || d.CardOrders != 1 {
			t.Errorf("card: first %v, %+v, %s, %d orders", d.CardFirst, d.CardBuyer, d.CardSource, d.CardOrders)
		}
		byKey, err := s.OrdersByKey(context.Background(), "c1", "K-9999999999")
		must(t, "OrdersByKey", err)
		if len(byKey) != 1 || byKey[0].Duty.Ref != in.Ref {
			t.Errorf("OrdersByKey = %+v; want the one order", byKey)
		}
		_, err = s.Order(context.Background(), "c2", in.Ref)
		wantCode(t, "Order of another connection", err, punte.NotFound)
	})
}

func sameDecimal(a, b decimal.Decimal) bool { return a.String() == b.String() }

func TestALateOlderPageChangesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		save(t, s, page(5, row("1", 2, punte.Held)))
		before := order(t, s, "1")
		if changed := save(t, s, page(4, row("1", 1, punte.Owed))); changed != 0 {
			t.Errorf("SavePage of an older question = %d changed; want 0", changed)
		}
		if diff := cmp.Diff(before, order(t, s, "1"), cmp.Comparer(sameDecimal)); diff != "" {
			t.Errorf("the older page changed (-before +after):\n%s", diff)
		}
	})
}

func TestAnEqualOrderIsNotSentAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		save(t, s, page(1, row("1", 1, punte.Owed)))
		confirm(t, s, "1", 1)
		again := row("1", 1, punte.Owed)
		again.Modified, again.Order.Modified = minutes(50), minutes(50)
		if changed := save(t, s, page(2, again)); changed != 0 {
			t.Errorf("SavePage of an equal order = %d changed; want 0", changed)
		}
		got := order(t, s, "1")
		if got.Duty.State != punte.Confirmed || got.Duty.Version != 1 {
			t.Errorf("duty = %s, version %d; want confirmed, 1", got.Duty.State, got.Duty.Version)
		}
		if !got.Modified.Equal(minutes(50)) || got.Asked != 2 {
			t.Errorf("Modified, Asked = %v, %d; want the newer question's", got.Modified, got.Asked)
		}
		if changed := save(t, s, page(3, row("1", 2, punte.Owed))); changed != 1 {
			t.Errorf("SavePage of a changed order = %d changed; want 1", changed)
		}
		if d := order(t, s, "1").Duty; d.State != punte.Owed || d.Wanted != 2 || d.Shown != 1 {
			t.Errorf("duty = %s, wanted %d, shown %d; want owed, 2, 1", d.State, d.Wanted, d.Shown)
		}
	})
}

func TestANewDecisionReleasesAHeldOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		held := row("1", 1, punte.Held)
		held.Problem = punte.Problem{Code: punte.ProblemUnmapped, Field: "Status", Reason: "map it"}
		save(t, s, page(1, held))
		if d := order(t, s, "1").Duty; d.State != punte.Held || d.Problem != held.Problem {
			t.Errorf("duty = %s, %+v; want held with its problem", d.State, d.Problem)
		}
		if changed := save(t, s, page(2, row("1", 1, punte.Owed))); changed != 1 {
			t.Errorf("SavePage decided otherwise = %d changed; want 1", changed)
		}
		if d := order(t, s, "1").Duty; d.State != punte.Owed || d.Wanted != 1 || d.Problem != (punte.Problem{}) {
			t.Errorf("duty = %s, wanted %d, %+v; want owed, 1 and no problem", d.State, d.Wanted, d.Problem)
		}
	})
}

func TestAKnownOrderThatIsLeftStaysLeft(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		save(t, s, page(1, row("1", 1, punte.Owed)))
		confirm(t, s, "1", 1)
		save(t, s, page(2, row("1", 2, punte.Left)))
		if d := order(t, s, "1").Duty; d.State != punte.Left || d.Shown != 1 || d.CardOrders != 0 {
			t.Errorf("duty = %s, shown %d, %d orders of its card; want left, 1, 0", d.State, d.Shown, d.CardOrders)
		}
		if got := owed(t, s, minutes(60)); len(got) != 0 {
			t.Errorf("Owed = %d orders; want none", len(got))
		}
	})
}

func TestAnUnreadableOrderIsKeptWithItsXML(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		bad := store.OrderRow{
			Ref: "key:7", Key: "7", Raw: []byte("<Order><Key>7</Key></Order>"), State: punte.Parked,
			Problem: punte.Problem{Code: punte.ProblemField, Field: "Items", Reason: "there are none"},
		}
		save(t, s, page(1, bad, row("1", 1, punte.Owed)))
		parked, err := s.Parked(context.Background(), "c1")
		must(t, "Parked", err)
		if len(parked) != 1 || parked[0].Problem != bad.Problem || parked[0].CardOrders != 0 {
			t.Fatalf("Parked = %+v; want the order with its problem", parked)
		}
		got := order(t, s, "key:7")
		if got.Readable || string(got.Raw) != string(bad.Raw) {
			t.Errorf("Readable, Raw = %v, %q; want false and the XML", got.Readable, got.Raw)
		}
		dropped, more, err := s.DropRaw(context.Background(), "c1", minutes(1))
		must(t, "DropRaw", err)
		again, _, err := s.DropRaw(context.Background(), "c1", minutes(1))
		if dropped != 1 || more || again != 0 || err != nil {
			t.Errorf("DropRaw = %d, %t, then %d, %v; want 1, false, then 0", dropped, more, again, err)
		}
		if got := order(t, s, "1"); got.Raw != nil || !got.RawAt.IsZero() {
			t.Errorf("Raw = %q after DropRaw; want nil", got.Raw)
		}
		if got := order(t, s, "key:7"); got.Raw == nil {
			t.Error("a parked order lost its XML, which tells what is wrong with it")
		}
		must(t, "Redecide", s.Redecide(context.Background(), "c1", "key:7", punte.Left, punte.Problem{}, noon))
		if dropped, _, err = s.DropRaw(context.Background(), "c1", minutes(1)); dropped != 1 || err != nil {
			t.Errorf("DropRaw of an order that is parked no more = %d, %v; want 1", dropped, err)
		}
	})
}

func TestWhichOrderDescribesACard(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		at := func(ref, name, source string, card int64, placed int) store.OrderRow {
			r := row(ref, placed, punte.Owed)
			r.Order.Buyer.Name, r.Card, r.CardSource, r.Placed = name, card, source, minutes(placed)
			return r
		}
		// Each card's orders come in every order of time but the natural one.
		save(t, s, page(1,
			at("12", "second", "customer:1", 1, 20), at("11", "first", "customer:1", 1, 10), at("13", "third", "customer:1", 1, 30),
			at("22", "second", "guest:a", 2, 20), at("23", "third", "guest:a", 2, 30), at("21", "first", "guest:a", 2, 10)))
		buyer := func(ref string) string { return order(t, s, ref).Duty.CardBuyer.Name }
		if got := buyer("11"); got != "third" {
			t.Errorf("registered customer = %q; want the order placed last", got)
		}
		if got := buyer("22"); got != "first" {
			t.Errorf("guest = %q; want the order placed first", got)
		}
		// The describing order may change what it says, the others not.
		changed := at("13", "third, moved", "customer:1", 1, 30)
		changed.Digest = []byte("moved")
		save(t, s, page(2, changed, at("11", "first, again", "customer:1", 1, 10)))
		if got := buyer("12"); got != "third, moved" {
			t.Errorf("registered customer = %q; want what its last order says now", got)
		}
	})
}

func TestAnOrderNeverMovesToAnotherCard(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		save(t, s, page(1, row("1", 1, punte.Owed)))
		moved := row("1", 2, punte.Owed)
		moved.Card, moved.CardSource, moved.External = 8, "guest:b", 2
		save(t, s, page(2, moved))
		if d := order(t, s, "1").Duty; d.Card != 7 || d.CardSource != "customer:7" || d.External != 1 || d.Wanted != 2 {
			t.Errorf("card %d (%s), external %d, version %d; want 7 (customer:7), 1, 2", d.Card, d.CardSource, d.External, d.Wanted)
		}
	})
}

func TestTheCursorMovesOnlyForwardAndOnlyWithItsPage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		if _, known, err := s.Cursor(ctx, "c1", "orders"); known || err != nil {
			t.Errorf("Cursor of a new connection = %v, %v; want unknown", known, err)
		}
		p := page(1, row("1", 1, punte.Owed))
		p.Cursor = &store.Cursor{Kind: "orders", At: minutes(10)}
		save(t, s, p)
		wantCursor(t, s, minutes(10))

		p.Cursor.At = minutes(5)
		save(t, s, p)
		wantCursor(t, s, minutes(10))

		// A page that can't be saved leaves neither its orders nor its cursor.
		bad := page(2, row("2", 1, punte.Owed), row("3", 1, punte.Owed))
		bad.Rows[1].Key = "a\x00b" // PostgreSQL refuses it in the middle of the transaction
		bad.Cursor = &store.Cursor{Kind: "orders", At: minutes(20)}
		if s.Postgres() {
			if _, err := s.SavePage(ctx, bad); err == nil {
				t.Error("SavePage with a zero byte in a key = nil; want an error")
			}
		} else {
			stop, cancel := context.WithCancel(ctx)
			cancel()
			if _, err := s.SavePage(stop, bad); err == nil {
				t.Error("SavePage with a context that ended = nil; want an error")
			}
		}
		wantCursor(t, s, minutes(10))
		_, err := s.Order(ctx, "c1", "2")
		wantCode(t, "Order of a page that failed", err, punte.NotFound)

		p.Cursor = &store.Cursor{Kind: "orders", At: minutes(3), Reset: true}
		save(t, s, p)
		wantCursor(t, s, minutes(3))
		must(t, "SetCursor", s.SetCursor(ctx, "c1", "orders", minutes(1)))
		wantCursor(t, s, minutes(1))
	})
}

func wantCursor(t *testing.T, s *store.Store, want time.Time) {
	t.Helper()
	at, known, err := s.Cursor(context.Background(), "c1", "orders")
	if err != nil || !known || !at.Equal(want) {
		t.Errorf("Cursor = %v, %v, %v; want %v", at, known, err, want)
	}
}

func TestANewVersionCanNotBeSent(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite)
	_, err := s.SavePage(context.Background(), page(1, row("1", 1, punte.Sent)))
	wantCode(t, "SavePage", err, punte.Internal)
}

// bigPage is 500 new orders of as many buyers, of a size that is usual.
func bigPage(asked int64, first int) store.Page {
	p := page(asked)
	raw := []byte("<Order><Key>1</Key>" + longText(6000) + "</Order>")
	for i := range 500 {
		r := row(fmt.Sprint(first+i), 1, punte.Owed)
		r.Card, r.CardSource, r.Raw = int64(first+i), "customer:"+r.Ref, raw
		for len(r.Order.Lines) < 6 {
			r.Order.Lines = append(r.Order.Lines, r.Order.Lines[0])
		}
		p.Rows = append(p.Rows, r)
	}
	p.Cursor = &store.Cursor{Kind: "orders", At: minutes(int(asked))}
	return p
}

// longText is n bytes that compress about as well as XML does.
func longText(n int) string {
	var text []byte
	for i := 0; len(text) < n; i++ {
		text = fmt.Appendf(text, "<Item><Id>%d</Id><Name>Tea number %d</Name><Price>%d</Price></Item>", i*7919, i*31, i*104729%1000)
	}
	return string(text[:n])
}

func TestAPageOf500OrdersIsSavedWhole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if changed := save(t, s, bigPage(1, 1)); changed != 500 {
			t.Errorf("SavePage = %d changed; want 500", changed)
		}
		if got := owed(t, s, noon); len(got) != 500 {
			t.Errorf("Owed = %d; want 500", len(got))
		}
		if changed := save(t, s, bigPage(2, 1)); changed != 0 {
			t.Errorf("SavePage again = %d changed; want 0", changed)
		}
	})
}

func BenchmarkSavePage(b *testing.B) {
	for _, kind := range []string{storetest.SQLite, storetest.Postgres} {
		b.Run(kind, func(b *testing.B) {
			s := storetest.Open(b, kind)
			asked := int64(0)
			for b.Loop() {
				asked++
				if _, err := s.SavePage(context.Background(), bigPage(asked, int(asked)*500)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOwed(b *testing.B) {
	for _, kind := range []string{storetest.SQLite, storetest.Postgres} {
		b.Run(kind, func(b *testing.B) {
			s := storetest.Open(b, kind)
			for asked := range int64(20) {
				if _, err := s.SavePage(context.Background(), bigPage(asked, int(asked)*500)); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				if _, err := s.Owed(context.Background(), "c1", noon, 500); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
