package store_test

import (
	"fmt"
	"testing"
	"time"

	"punte"
	"punte/store"
	"punte/store/storetest"
)

// numbered gives secret-1, secret-2 and so on.
func numbered() func() string {
	n := 0
	return func() string {
		n++
		return fmt.Sprintf("secret-%d", n)
	}
}

func TestASheetKeepsItsAddressUntilItIsRevoked(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx, now, fresh := t.Context(), time.UnixMilli(1_000_000), numbered()
		save(t, s, page(1, row("1", 1, punte.Owed), row("2", 1, punte.Owed)))
		first, err := s.Sheets(ctx, "c1", []string{"1", "2"}, fresh, now)
		if err != nil || first["1"] != "secret-1" || first["2"] != "secret-2" {
			t.Fatalf("Sheets = %v, %v; want secret-1 and secret-2", first, err)
		}
		again, err := s.Sheets(ctx, "c1", []string{"2", "1"}, fresh, now)
		if err != nil || again["1"] != first["1"] || again["2"] != first["2"] {
			t.Fatalf("Sheets once more = %v, %v; want %v", again, err, first)
		}
		connection, ref, err := s.SheetBySecret(ctx, "secret-2")
		if err != nil || connection != "c1" || ref != "2" {
			t.Errorf("SheetBySecret = %q, %q, %v; want order 2", connection, ref, err)
		}
		if revoked, err := s.RevokeSheet(ctx, "c1", "2", now); err != nil || !revoked {
			t.Fatalf("RevokeSheet = %v, %v; want true", revoked, err)
		}
		if revoked, err := s.RevokeSheet(ctx, "c1", "2", now); err != nil || revoked {
			t.Errorf("RevokeSheet once more = %v, %v; want false", revoked, err)
		}
		for _, secret := range []string{"secret-2", "", "secret-9"} {
			if _, _, err := s.SheetBySecret(ctx, secret); punte.ErrorCode(err) != punte.NotFound {
				t.Errorf("SheetBySecret(%q): %v; want %s", secret, err, punte.NotFound)
			}
		}
		later, err := s.Sheets(ctx, "c1", []string{"1", "2"}, fresh, now)
		if err != nil || later["1"] != "secret-1" || later["2"] == "secret-2" {
			t.Errorf("Sheets after revoking = %v, %v; want another for 2 only", later, err)
		}
		if n, err := s.RevokeSheets(ctx, "c1", now); err != nil || n != 2 {
			t.Errorf("RevokeSheets = %d, %v; want 2", n, err)
		}
		if _, _, err := s.SheetBySecret(ctx, "secret-1"); punte.ErrorCode(err) != punte.NotFound {
			t.Errorf("SheetBySecret after revoking all: %v; want %s", err, punte.NotFound)
		}
	})
}

func TestTheSheetOfAnUnknownOrderIsNotServed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx, now := t.Context(), time.UnixMilli(1_000_000)
		if _, err := s.Sheets(ctx, "c1", []string{"77"}, numbered(), now); err != nil {
			t.Fatalf("Sheets: %v", err)
		}
		if _, _, err := s.SheetBySecret(ctx, "secret-1"); punte.ErrorCode(err) != punte.NotFound {
			t.Errorf("SheetBySecret: %v; want %s", err, punte.NotFound)
		}
		save(t, s, page(1, row("77", 1, punte.Owed)))
		if _, _, err := s.SheetBySecret(ctx, "secret-1"); err != nil {
			t.Errorf("SheetBySecret of a stored order: %v", err)
		}
		if err := s.DropSheets(ctx, "c1", []string{"77", "78"}); err != nil {
			t.Fatalf("DropSheets: %v", err)
		}
		if _, _, err := s.SheetBySecret(ctx, "secret-1"); punte.ErrorCode(err) != punte.NotFound {
			t.Errorf("SheetBySecret of a dropped sheet: %v; want %s", err, punte.NotFound)
		}
	})
}

func TestWhatAShopTellsOfItselfIsKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		if shop, err := s.Shop(ctx, "c1"); err != nil || shop.Name != "" {
			t.Errorf("Shop of nobody = %v, %v; want nothing", shop, err)
		}
		for _, told := range []struct {
			name string
			at   int64
		}{{"Old", 2000}, {"New", 3000}, {"Older", 1000}} {
			if err := s.SaveShop(ctx, "c1", punte.Shop{Name: told.name}, time.UnixMilli(told.at)); err != nil {
				t.Fatalf("SaveShop: %v", err)
			}
		}
		if shop, err := s.Shop(ctx, "c1"); err != nil || shop.Name != "New" {
			t.Errorf("Shop = %v, %v; want New", shop, err)
		}
	})
}

func TestARevokedSheetOwesItsOrderOnceMore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		addConnection(t, s, "c1")
		save(t, s, page(1, row("1", 1, punte.Owed), row("2", 1, punte.Owed), row("3", 1, punte.Held), row("4", 1, punte.Owed)))
		if _, err := s.Sheets(ctx, "c1", []string{"1", "2", "3", "4"}, numbered(), noon); err != nil {
			t.Fatalf("Sheets: %v", err)
		}
		confirm(t, s, "1", 1)
		send(t, s, "d2", "2")
		for _, ref := range []string{"1", "2", "3", "4"} {
			if _, err := s.RevokeSheet(ctx, "c1", ref, noon); err != nil {
				t.Fatalf("RevokeSheet(%s): %v", ref, err)
			}
		}
		for _, want := range []struct {
			ref     string
			state   punte.DutyState
			version int64
		}{{"1", punte.Owed, 2}, {"2", punte.Sent, 2}, {"3", punte.Held, 1}, {"4", punte.Owed, 1}} {
			if got := order(t, s, want.ref).Duty; got.State != want.state || got.Wanted != want.version || got.Version != want.version {
				t.Errorf("order %s is %s, wanted %d of %d; want %s, %d", want.ref, got.State, got.Wanted, got.Version, want.state, want.version)
			}
		}
		// The document that was on its way wrote the old address: the order stays owed.
		if d := settle(t, s, store.Outcome{Ref: "2", Version: 1, State: punte.Confirmed}); d.State != punte.Owed {
			t.Errorf("order 2 is %s after its document was shown; want %s", d.State, punte.Owed)
		}
		// The shop's next equal answer changes nothing of it.
		if changed := save(t, s, page(2, row("1", 1, punte.Owed))); changed != 0 {
			t.Errorf("an equal answer changed %d orders; want 0", changed)
		}
		if due, err := s.Due(ctx, noon.Add(time.Minute)); err != nil || len(due) != 1 {
			t.Errorf("Due = %v, %v; want the connection", due, err)
		}
	})
}
