package engine

import (
	"bytes"
	"context"

	"punte"
	"punte/minicrm"
	"punte/store"
)

// feedOf writes cards without orders as one document.
func feedOf(parts []cardPart) ([]byte, []store.Handover, error) {
	var out bytes.Buffer
	feed := minicrm.NewFeedWriter(&out)
	hand := make([]store.Handover, 0, len(parts))
	for _, part := range parts {
		if err := feed.WriteProject(part.project); err != nil {
			return nil, nil, err
		}
		hand = append(hand, part.handover())
	}
	if err := feed.Close(); err != nil {
		return nil, nil, err
	}
	return out.Bytes(), hand, nil
}

// whose finds out whose the new ones of these cards are in MiniCRM. Cards for which too
// much would have to be asked wait for the next document.
func (w *Work) whose(ctx context.Context, m *mapper, cards []store.Card, facts *facts) ([]store.Card, map[int64]cardPerson, error) {
	byID := make(map[int64]store.Card, len(cards))
	groups := make([][]store.Duty, 0, len(cards))
	for _, card := range cards {
		byID[card.ID] = card
		groups = append(groups, []store.Duty{dutyOfCard(card)})
	}
	ask := w.newAsker(facts)
	if err := ask.checkIDs(ctx, m, groups); err != nil {
		return nil, nil, err
	}
	groups, who, err := ask.people(ctx, groups, byID)
	if err != nil {
		return nil, nil, err
	}
	kept := make([]store.Card, 0, len(groups))
	for _, duties := range groups {
		kept = append(kept, byID[duties[0].Card])
	}
	return kept, who, nil
}

// dutyOfCard shows a card without orders as if its customer had one.
func dutyOfCard(card store.Card) store.Duty {
	buyer := card.Buyer
	if card.Read {
		buyer = card.Customer.Buyer
	}
	return store.Duty{
		Ref: "card:" + card.Ref, Key: customerName(card), Card: card.ID, CardBuyer: buyer, CardFirst: card.Sent == 0,
		Rounds: card.Rounds, Order: punte.Order{Buyer: buyer},
	}
}
