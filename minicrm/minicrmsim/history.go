package minicrmsim

import (
	"slices"
	"strconv"
)

// A statusChange is one move of a card between the statuses of its module.
type statusChange struct {
	ID   int64  `json:"id"`
	From int64  `json:"from"` // 0 for the first status of a card
	To   int64  `json:"to"`
	At   string `json:"at"` // as the wire has it
}

// projectHistory prints the status changes of a card, the newest first. What
// happened over the API or by itself has the user 0.
func (c *CRM) projectHistory(k call) (any, error) {
	card := c.cards[k.id(2)]
	if card == nil || card.deleted {
		return nil, c.notFound()
	}
	if kind := k.query.Get("Type"); kind != "" && kind != "StatusHistory" {
		return nil, c.badOption("Type", kind)
	}
	page, err := c.pageOf(k)
	if err != nil {
		return nil, err
	}
	all := c.register.History[card.id]
	label := func(id int64) string {
		if s := card.module.status(id); s != nil {
			return s.name
		}
		return ""
	}
	var rows object
	for i, change := range slices.Backward(all) {
		if place := len(all) - 1 - i; place < page*pageSize || place >= (page+1)*pageSize {
			continue
		}
		old := ""
		if change.From != 0 {
			old = wireID(change.From)
		}
		rows = rows.with(wireID(change.ID), object{
			{"Id", wireID(change.ID)},
			{"ProjectId", wireID(card.id)},
			{"Type", "StatusHistory"},
			{"UserId", "0"},
			{"ClosedAt", change.At},
			{"Status_Old_Id", old},
			{"Status_New_Id", wireID(change.To)},
			{"Status_Old_Name", label(change.From)},
			{"Status_New_Name", label(change.To)},
		})
	}
	body := c.results(len(all), rows)
	return object{{"Count", strconv.Itoa(len(all))}, body[1]}, nil // this list prints its count as a string
}
