package store_test

import (
	"testing"
	"time"

	"punte"
	"punte/store"
	"punte/store/storetest"
)

func TestWhatAListingDidNotShowIsMissing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		save(t, s, page(1, row("10", 1, punte.Owed), row("11", 1, punte.Owed), row("12", 1, punte.Owed), row("900", 1, punte.Owed)))
		must(t, "BeginDay", s.BeginDay(ctx, "c1", "2026-06-10", 5, noon))
		save(t, s, page(5, row("10", 1, punte.Owed))) // equal: it was shown all the same
		day := store.Day{Date: "2026-06-10", First: 5, Skip: 500, Sums: []byte(`{}`)}
		must(t, "TurnDay", s.TurnDay(ctx, "c1", day))
		save(t, s, page(6, row("12", 2, punte.Owed)))

		found, known, err := s.MissingOnDay(ctx, "c1", minutes(0), minutes(60), 5, 10)
		must(t, "MissingOnDay", err)
		if len(found) != 1 || found[0].Ref != "11" || found[0].Key != "K-11" || known != 3 {
			t.Errorf("MissingOnDay = %+v, %d; want 11 of 3", found, known)
		}
		days, err := s.Days(ctx, "c1")
		must(t, "Days", err)
		if len(days) != 1 || days[0].Skip != 500 || days[0].First != 5 || !days[0].Read.IsZero() {
			t.Errorf("Days = %+v; want one in progress", days)
		}
		day.Known, day.Missing = known, len(found)
		ask := []store.Question{{Kind: store.QuestionOrder, Key: "K-11", Reason: store.ReasonMissing, Due: noon}}
		stale := day
		stale.First = 4
		must(t, "EndDay", s.EndDay(ctx, "c1", stale, ask, noon)) // of a reading that was given up
		if q, err := s.Questions(ctx, "c1", noon, 10); len(q) != 0 || err != nil {
			t.Errorf("Questions = %+v, %v; want none", q, err)
		}
		must(t, "EndDay", s.EndDay(ctx, "c1", day, ask, noon))
		days, err = s.Days(ctx, "c1")
		must(t, "Days", err)
		if d := days[0]; d.First != 0 || d.Asked != 5 || !d.Read.Equal(noon) || d.Known != 3 || d.Missing != 1 {
			t.Errorf("day = %+v; want it read", d)
		}
		if q, err := s.Questions(ctx, "c1", noon, 10); len(q) != 1 || err != nil {
			t.Errorf("Questions = %+v, %v; want one", q, err)
		}
	})
}

// gone finds an order deleted by the question of that number and acts upon it.
func gone(t *testing.T, s *store.Store, ref string, asked int64, fail bool) store.Duty {
	t.Helper()
	d := store.Deletion{Ref: ref, Key: "K-" + ref, Reason: "hook", Asked: asked, Due: noon}
	must(t, "FindDeleted", s.FindDeleted(t.Context(), "c1", []store.Deletion{d}, store.Question{Kind: store.QuestionOrder, Key: d.Key}, noon))
	must(t, "Delete", s.Delete(t.Context(), "c1", d, fail, minutes(5)))
	must(t, "Delete again", s.Delete(t.Context(), "c1", d, fail, minutes(6)))
	return order(t, s, ref).Duty
}

func TestADeletionFollowsWhereTheOrderStands(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, tt := range []struct {
			name       string
			ref        string
			stand      func(ref string)
			fail, keep punte.DutyState
		}{
			{"owed and never sent", "1", func(ref string) { save(t, s, page(1, row(ref, 1, punte.Owed))) }, punte.Left, punte.Left},
			{"held", "2", func(ref string) { save(t, s, page(1, row(ref, 1, punte.Held))) }, punte.Left, punte.Left},
			{"parked", "3", func(ref string) { save(t, s, page(1, row(ref, 1, punte.Parked))) }, punte.Left, punte.Left},
			{"confirmed", "4", func(ref string) {
				save(t, s, page(1, row(ref, 1, punte.Owed)))
				confirm(t, s, ref, 1)
			}, punte.Owed, punte.Confirmed},
			{"changed since it was confirmed", "5", func(ref string) {
				save(t, s, page(1, row(ref, 1, punte.Owed)))
				confirm(t, s, ref, 1)
				save(t, s, page(2, row(ref, 2, punte.Owed)))
			}, punte.Owed, punte.Left},
			{"in flight", "6", func(ref string) {
				save(t, s, page(1, row(ref, 1, punte.Owed)))
				send(t, s, "d"+ref, ref)
			}, punte.Sent, punte.Sent},
		} {
			for fail, want := range map[bool]punte.DutyState{true: tt.fail, false: tt.keep} {
				ref := tt.ref + "00"
				if fail {
					ref = tt.ref + "01"
				}
				tt.stand(ref)
				before := order(t, s, ref).Duty
				d := gone(t, s, ref, 9, fail)
				if d.State != want || !d.Deleted.Equal(minutes(5)) {
					t.Errorf("%s, fail %t: %s, deleted %v; want %s", tt.name, fail, d.State, d.Deleted, want)
				}
				if fail != (d.Wanted == before.Wanted+1) {
					t.Errorf("%s, fail %t: version %d after %d", tt.name, fail, d.Wanted, before.Wanted)
				}
				if err := s.Redecide(t.Context(), "c1", ref, punte.Owed, punte.Problem{}, noon); punte.ErrorCode(err) != punte.Conflict {
					t.Errorf("%s: Redecide = %v; want a conflict", tt.name, err)
				}
				// An answer of an earlier question brings nothing back, a later one does.
				save(t, s, page(3, row(ref, 3, punte.Owed)))
				if d := order(t, s, ref).Duty; fail && d.Deleted.IsZero() {
					t.Errorf("%s: an older answer brought it back", tt.name)
				}
				save(t, s, page(12, row(ref, 3, punte.Owed)))
				if d := order(t, s, ref).Duty; !d.Deleted.IsZero() || d.State != punte.Owed && d.State != punte.Sent {
					t.Errorf("%s: %s, deleted %v after it was read again; want it to live", tt.name, d.State, d.Deleted)
				}
			}
		}
	})
}

func TestAnOrderReadSinceItsQuestionIsNotDeleted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		save(t, s, page(1, row("1", 1, punte.Owed)))
		must(t, "FindDeleted", s.FindDeleted(t.Context(), "c1", []store.Deletion{{Ref: "1", Key: "K-1", Asked: 4, Due: noon}}, store.Question{}, noon))
		save(t, s, page(5, row("1", 1, punte.Owed)))
		must(t, "Delete", s.Delete(t.Context(), "c1", store.Deletion{Ref: "1", Key: "K-1", Asked: 4}, true, noon))
		if d := order(t, s, "1").Duty; !d.Deleted.IsZero() || d.State != punte.Owed {
			t.Errorf("duty = %+v; want it owed", d)
		}
		must(t, "FindDeleted", s.FindDeleted(t.Context(), "c1", []store.Deletion{{Ref: "1", Key: "K-1", Asked: 4, Due: noon}}, store.Question{}, noon))
		if list, err := s.PendingDeletions(t.Context(), "c1"); len(list) != 0 || err != nil {
			t.Errorf("PendingDeletions = %+v, %v; want none", list, err)
		}
	})
}

func TestACertificateAndAnAlertAreKeptOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		if _, err := s.LastCertificate(ctx, "c1"); punte.ErrorCode(err) != punte.NotFound {
			t.Errorf("LastCertificate = %v; want NotFound", err)
		}
		for n, data := range []string{"1", "2"} {
			must(t, "SaveCertificate", s.SaveCertificate(ctx, "c1", store.Certificate{Night: "2026-06-11", Made: minutes(n), Data: []byte(data)}, nil))
			must(t, "Alert", s.Alert(ctx, "c1", store.AlertNoOrders, data, minutes(n)))
		}
		if c, err := s.LastCertificate(ctx, "c1"); string(c.Data) != "2" || err != nil {
			t.Errorf("LastCertificate = %+v, %v; want the second", c, err)
		}
		list, err := s.Alerts(ctx, "c1")
		must(t, "Alerts", err)
		if len(list) != 1 || list[0].Text != "2" || !list[0].Since.Equal(minutes(0)) || !list[0].Updated.Equal(minutes(1)) {
			t.Errorf("Alerts = %+v; want one with the second text since the first", list)
		}
		must(t, "SaveCertificate", s.SaveCertificate(ctx, "c1", store.Certificate{Night: "2027-07-11", Made: noon.Add(400 * 24 * time.Hour), Data: []byte("3")}, nil))
		must(t, "EndAlert", s.EndAlert(ctx, "c1", store.AlertNoOrders))
		if list, err := s.Alerts(ctx, "c1"); len(list) != 0 || err != nil {
			t.Errorf("Alerts = %+v, %v; want none", list, err)
		}
	})
}
