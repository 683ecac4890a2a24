package store_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"punte"
	"punte/store"
	"punte/store/storetest"
)

func TestWhatIsWrittenOnACardIsThatOfItsShownOrders(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		elsewhere := row("4", 1, punte.Owed)
		elsewhere.Card, elsewhere.CardSource = 8, "customer:8"
		save(t, s, page(1, row("1", 1, punte.Owed), row("2", 1, punte.Owed), row("3", 1, punte.Owed), elsewhere))
		confirm(t, s, "1", 1)
		confirm(t, s, "2", 1)
		send(t, s, "d3", "3")
		save(t, s, page(2, row("2", 2, punte.Owed)))
		confirm(t, s, "2", 2)

		var cards []int64
		for card := int64(7); card < 300; card++ { // more than one statement asks about
			cards = append(cards, card)
		}
		got, err := s.WrittenOnCards(context.Background(), "c1", cards)
		must(t, "WrittenOnCards", err)
		notes := map[int64][]string{}
		for card, all := range got {
			for _, note := range all {
				notes[card] = append(notes[card], string(note))
			}
			slices.Sort(notes[card])
		}
		if diff := cmp.Diff(map[int64][]string{7: {`{"v":1}`, `{"v":2}`}}, notes); diff != "" {
			t.Errorf("WrittenOnCards (-want +got):\n%s", diff)
		}
		if got, err := s.WrittenOnCards(context.Background(), "c2", cards); len(got) != 0 || err != nil {
			t.Errorf("WrittenOnCards of another connection = %v, %v; want none", got, err)
		}
	})
}
