package store_test

import (
	"testing"

	"punte"
	"punte/store"
	"punte/store/storetest"
)

// A page counts once, whoever reads it; what a whole pass did not meet is dropped.
func TestAPageOfPeopleCountsOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		const account = "crm/1"
		person := func(id int64, address string) store.Person {
			return store.Person{Contact: id, Mail: store.MailHash(account, address)}
		}
		r, err := s.StartReading(ctx, account, store.ReadingPeople, minutes(1))
		must(t, "StartReading", err)
		page := []store.Person{person(1, "a@example.com"), person(2, "b@example.com")}
		must(t, "SavePeople", s.SavePeople(ctx, r, page, 3, minutes(2)))
		must(t, "SavePeople", s.SavePeople(ctx, r, page, 3, minutes(2))) // by another process
		if r, err = s.StartReading(ctx, account, store.ReadingPeople, minutes(9)); err != nil || r.Page != 1 || r.Met != 2 || r.Fresh != 2 || r.Moved || !r.Begun.Equal(minutes(1)) {
			t.Errorf("Reading = %+v, %v; want one page of two", r, err)
		}
		must(t, "SavePeople", s.SavePeople(ctx, r, []store.Person{person(2, "b@example.com"), person(3, "a@example.com")}, 4, minutes(3)))
		if r, err = s.Reading(ctx, account, store.ReadingPeople); err != nil || r.Met != 3 || r.Fresh != 3 || !r.Moved {
			t.Errorf("Reading = %+v, %v; want three met and the list moved", r, err)
		}
		must(t, "NextPass", s.NextPass(ctx, r, false))
		must(t, "NextPass", s.NextPass(ctx, r, false)) // by another process
		if r, err = s.Reading(ctx, account, store.ReadingPeople); err != nil || r.Pass != 2 || r.First != 1 || r.Page != 0 || r.Met != 0 || r.Pages != 2 {
			t.Errorf("Reading = %+v, %v; want the second pass", r, err)
		}
		must(t, "SavePeople", s.SavePeople(ctx, r, page, 2, minutes(4)))
		if r, err = s.Reading(ctx, account, store.ReadingPeople); err != nil || r.Met != 2 || r.Fresh != 0 {
			t.Errorf("Reading = %+v, %v; want nothing new", r, err)
		}
		must(t, "DropNotMet", s.DropNotMet(ctx, r))
		if people, err := s.PeopleOfMail(ctx, account, store.MailHash(account, "A@example.com")); err != nil || len(people) != 1 || people[0].Contact != 1 {
			t.Errorf("PeopleOfMail = %+v, %v; want the one that is left", people, err)
		}
		if people, err := s.PeopleOfMail(ctx, "crm/2", store.MailHash(account, "a@example.com")); err != nil || len(people) != 0 {
			t.Errorf("PeopleOfMail of another system = %+v, %v; want none", people, err)
		}
		if n, err := s.ForgetMail(ctx, account, " a@EXAMPLE.com"); err != nil || n != 1 {
			t.Errorf("ForgetMail = %d, %v; want one", n, err)
		}
	})
}

func TestOneConnectionReadsForAll(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		r, err := s.StartReading(ctx, "crm/1", store.ReadingPeople, minutes(0))
		must(t, "StartReading", err)
		for _, hold := range []struct {
			who        string
			until, now int
			want       bool
		}{
			{"c1", 2, 0, true},
			{"c2", 3, 1, false},
			{"c1", 3, 1, true},
			{"c2", 5, 3, true},
			{"c1", 4, 2, true}, // the clock went back: nobody holds it that far ahead
		} {
			if got, err := s.HoldReading(ctx, r, hold.who, minutes(hold.until), minutes(hold.now)); got != hold.want || err != nil {
				t.Errorf("HoldReading by %s at %d = %v, %v; want %v", hold.who, hold.now, got, err, hold.want)
			}
		}
	})
}

func TestVerdictsOutliveAnotherPass(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		r, err := s.StartReading(ctx, "c1", store.ReadingExisting, minutes(0))
		must(t, "StartReading", err)
		page := []store.Existing{{CRMID: 7, CRMCard: 17, Number: "A"}, {CRMID: 8, CRMCard: 18, Number: "A"}, {CRMID: 9, CRMCard: 19, Number: "B"}}
		must(t, "SaveExisting", s.SaveExisting(ctx, r, page, 3))
		must(t, "JudgeExisting", s.JudgeExisting(ctx, "c1", []int64{8}, store.Ours))
		must(t, "NextPass", s.NextPass(ctx, r, false))
		r, err = s.Reading(ctx, "c1", store.ReadingExisting)
		must(t, "Reading", err)
		must(t, "SaveExisting", s.SaveExisting(ctx, r, page[:2], 2))
		must(t, "DropNotMet", s.DropNotMet(ctx, r))
		there, err := s.ExistingByNumber(ctx, "c1", []string{"A", "B", "C"})
		if err != nil || len(there) != 1 || len(there["A"]) != 2 || there["A"][0].Verdict != "" || there["A"][1].Verdict != store.Ours {
			t.Errorf("ExistingByNumber = %+v, %v; want the two of A, one of them ours", there, err)
		}
		if ours, err := s.AnyOurs(ctx, "c1"); !ours || err != nil {
			t.Errorf("AnyOurs = %v, %v; want true", ours, err)
		}
		if ours, err := s.AnyOurs(ctx, "c2"); ours || err != nil {
			t.Errorf("AnyOurs of another connection = %v, %v; want false", ours, err)
		}
	})
}

func TestDecisionsAboutCardsAndTrialsAreKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		must(t, "SaveMatch", s.SaveMatch(ctx, "c1", store.Match{Card: 5, Kind: store.MatchSeveral, People: 2}, minutes(0)))
		must(t, "SaveMatch", s.SaveMatch(ctx, "c1", store.Match{Card: 5, Kind: store.MatchAttached, Contact: 3, Company: true, People: 1}, minutes(1)))
		if m, err := s.CardMatch(ctx, "c1", 5); err != nil || m != (store.Match{Card: 5, Kind: store.MatchAttached, Contact: 3, Company: true, People: 1}) {
			t.Errorf("CardMatch = %+v, %v; want the later decision", m, err)
		}
		if m, err := s.CardMatch(ctx, "c1", 6); err != nil || m.Kind != "" {
			t.Errorf("CardMatch of another card = %+v, %v; want none", m, err)
		}
		must(t, "LeaveExisting", s.LeaveExisting(ctx, "c1", "nobody", punte.Problem{Code: punte.ProblemExisting}, minutes(1)))
		if list, n, err := s.LeftExisting(ctx, "c1", 5); len(list) != 0 || n != 0 || err != nil {
			t.Errorf("LeftExisting = %v, %d, %v; want none", list, n, err)
		}
		if a, err := s.Adoption(ctx, "c1"); a.State != "" || err != nil {
			t.Errorf("Adoption = %+v, %v; want none", a, err)
		}
		must(t, "SaveAdoption", s.SaveAdoption(ctx, "c1", store.Adoption{Ref: "1", CRMID: 2, State: store.AdoptionTrying, Tries: 1}, minutes(1)))
		must(t, "SaveAdoption", s.SaveAdoption(ctx, "c1", store.Adoption{Ref: "1", CRMID: 2, State: store.AdoptionProven, Tries: 1}, minutes(2)))
		if a, err := s.Adoption(ctx, "c1"); a.State != store.AdoptionProven || !a.Begun.Equal(minutes(1)) || err != nil {
			t.Errorf("Adoption = %+v, %v; want it proven and begun at 1", a, err)
		}
	})
}
