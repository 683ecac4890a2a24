package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"punte"
	"punte/store"
	"punte/store/storetest"
)

func TestTheNewestFindingOfASystemCounts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		finding := func(value string, at int) store.Finding {
			return store.Finding{Name: "lines.missing", Value: value, Evidence: "seen", Sure: store.Sure, Found: minutes(at)}
		}
		must(t, "SaveFindings", s.SaveFindings(ctx, "a", []store.Finding{finding("go", 5)}))
		must(t, "SaveFindings", s.SaveFindings(ctx, "a", []store.Finding{finding("stay", 7), {Name: "b", Sure: store.Unknown, Found: minutes(7)}}))
		must(t, "SaveFindings", s.SaveFindings(ctx, "a", []store.Finding{finding("go", 6)})) // a slow process
		must(t, "SaveFindings", s.SaveFindings(ctx, "other", []store.Finding{finding("go", 9)}))
		got, err := s.Findings(ctx, "a")
		must(t, "Findings", err)
		want := []store.Finding{{Name: "b", Sure: store.Unknown, Found: minutes(7)}, finding("stay", 7)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Findings (-want +got):\n%s", diff)
		}
	})
}

func TestOneProbeOfASystemAtATime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		conflict := func(doing string, err error) {
			t.Helper()
			if punte.ErrorCode(err) != punte.Conflict {
				t.Errorf("%s: %v; want a conflict", doing, err)
			}
		}
		if _, err := s.LastProbe(ctx, "a"); punte.ErrorCode(err) != punte.NotFound {
			t.Errorf("LastProbe before the first: %v; want NotFound", err)
		}
		must(t, "BeginProbe", s.BeginProbe(ctx, "a", "p1", minutes(0)))
		must(t, "BeginProbe of another system", s.BeginProbe(ctx, "b", "p1", minutes(0)))
		conflict("BeginProbe beside another", s.BeginProbe(ctx, "a", "p2", minutes(9)))
		must(t, "SeeProbe", s.SeeProbe(ctx, "a", "p1", minutes(9)))
		conflict("BeginProbe beside one that lives", s.BeginProbe(ctx, "a", "p2", minutes(18)))
		must(t, "BeginProbe after a killed one", s.BeginProbe(ctx, "a", "p2", minutes(20)))
		conflict("SeeProbe of one taken for dead", s.SeeProbe(ctx, "a", "p1", minutes(20)))
		conflict("EndProbe of one taken for dead", s.EndProbe(ctx, "a", "p1", nil, minutes(20)))
		last, err := s.LastProbe(ctx, "a")
		must(t, "LastProbe", err)
		if diff := cmp.Diff(store.Probe{Stamp: "p2", Begun: minutes(20), Seen: minutes(20), Dirty: []string{"p1", "p2"}}, last); diff != "" {
			t.Errorf("LastProbe (-want +got):\n%s", diff)
		}
		must(t, "EndProbe", s.EndProbe(ctx, "a", "p2", []string{"p1"}, minutes(21)))
		must(t, "BeginProbe after its end", s.BeginProbe(ctx, "a", "p3", minutes(22)))
		last, err = s.LastProbe(ctx, "a")
		must(t, "LastProbe", err)
		if diff := cmp.Diff([]string{"p1", "p3"}, last.Dirty); diff != "" {
			t.Errorf("Dirty (-want +got):\n%s", diff)
		}
		// A clock that was far ahead once blocks nothing.
		must(t, "SeeProbe", s.SeeProbe(ctx, "a", "p3", minutes(6000)))
		must(t, "BeginProbe after a clock far ahead", s.BeginProbe(ctx, "a", "p4", minutes(30)))
	})
}
