package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"punte"
	"punte/store"
	"punte/store/storetest"
)

// small gives few ids, so that things clash.
func small(n int) func(string) func(int) int64 {
	return func(source string) func(int) int64 {
		sum := 0
		for _, c := range source {
			sum = sum*31 + int(c)
		}
		return func(try int) int64 { return 5_000_000_000 + int64((sum+try*7)%n) }
	}
}

func TestAThingKeepsItsIDForEver(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		one := func(int) int64 { return 1 }
		oneThenTwo := func(try int) int64 { return int64(1 + try) }
		for range 2 {
			id, clash, err := s.Ref(ctx, "acc", "card", "guest:a", one)
			if id != 1 || clash || err != nil {
				t.Errorf("Ref(guest:a) = %d, %v, %v; want 1", id, clash, err)
			}
			id, clash, err = s.Ref(ctx, "acc", "card", "guest:b", oneThenTwo)
			if id != 2 || !clash || err != nil {
				t.Errorf("Ref(guest:b) = %d, %v, %v; want 2 after a clash", id, clash, err)
			}
		}
		for _, elsewhere := range [][2]string{{"acc", "item"}, {"other", "card"}} {
			id, clash, err := s.Ref(ctx, elsewhere[0], elsewhere[1], "guest:b", oneThenTwo)
			if id != 1 || clash || err != nil {
				t.Errorf("Ref in %v = %d, %v, %v; want 1", elsewhere, id, clash, err)
			}
		}
		_, _, err := s.Ref(ctx, "acc", "card", "guest:c", one)
		wantCode(t, "Ref with no other candidate", err, punte.Internal)
	})
}

func TestTwoThingsNeverGetOneID(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		dsn := storetest.Database(t, kind)
		candidates := small(1009)
		var mu sync.Mutex
		owner := map[int64]string{}
		var wg sync.WaitGroup
		for process := range 3 {
			s := storetest.At(t, dsn, store.Options{})
			wg.Go(func() {
				var asks []store.RefAsk
				for i := range 150 { // the processes share most of their things
					source := fmt.Sprint("item:", i+process*25)
					asks = append(asks, store.RefAsk{Kind: "item", Source: source, Candidate: candidates(source)})
				}
				asks = append(asks, asks[0]) // asked twice
				ids, err := s.Refs(context.Background(), "acc", asks)
				if err != nil || len(ids) != len(asks) || ids[0] != ids[150] {
					t.Errorf("Refs = %d ids, %v; want %d, the last as the first", len(ids), err, len(asks))
					return
				}
				mu.Lock()
				defer mu.Unlock()
				for i, id := range ids {
					if other, ok := owner[id.ID]; ok && other != asks[i].Source {
						t.Errorf("id %d belongs to %s and to %s", id.ID, other, asks[i].Source)
					}
					owner[id.ID] = asks[i].Source
				}
			})
		}
		wg.Wait()
		if len(owner) != 200 {
			t.Errorf("%d ids for 200 things", len(owner))
		}
	})
}

func BenchmarkRefs(b *testing.B) {
	for _, kind := range []string{storetest.SQLite, storetest.Postgres} {
		for _, which := range []string{"new", "known"} {
			b.Run(kind+"/"+which, func(b *testing.B) {
				s := storetest.Open(b, kind)
				account := 0
				for b.Loop() {
					if which == "new" {
						account++
					}
					var asks []store.RefAsk
					for i := range 2000 {
						asks = append(asks, store.RefAsk{Kind: "item", Source: fmt.Sprint("item:", i), Candidate: func(try int) int64 { return int64(i + 10_000*try) }})
					}
					if _, err := s.Refs(context.Background(), fmt.Sprint(account), asks); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
