package engine

import (
	"context"
	"strings"

	"punte"
	"punte/store"
)

// Attention is an order that asks for a person, or an alert of the connection.
type Attention struct {
	Order string `json:"order"` // its key, empty for what concerns the connection
	Kind  string `json:"kind"`  // account, held, status_kept, parked, total_differs, amount_differs, existing, several_people, alert
	Code  string `json:"code,omitempty"`
	Field string `json:"field,omitempty"`
	Text  string `json:"text"`
}

// Asks says that a person has to do something. What was met in MiniCRM that is not ours
// is only told.
func (a Attention) Asks() bool {
	return a.Kind != attentionExisting && a.Kind != attentionSeveral
}

// mostListed bounds lists of what needs no answer.
const mostListed = 200

// Kinds of attention.
const (
	attentionAccount = "account" // MiniCRM lacks something; orders wait for it

	attentionHeld   = "held"
	attentionKept   = "status_kept" // in MiniCRM with a status of before; its own has no pair
	attentionParked = "parked"
	attentionTotal  = "total_differs"
	attentionAmount = "amount_differs"

	attentionExisting = "existing"       // already in MiniCRM, left alone
	attentionSeveral  = "several_people" // several people there have the buyer's address
	attentionAlert    = "alert"          // of the connection, not of one order
)

// Attention lists the orders of a connection that ask for a person.
func (e *Engine) Attention(ctx context.Context, id string) ([]Attention, error) {
	var list []Attention
	troubles, err := e.Store.Troubles(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, t := range troubles {
		list = append(list, Attention{Kind: attentionAccount, Code: t.Code, Text: t.Text + "; " + t.Next})
	}
	for _, part := range []struct {
		kind string
		read func(context.Context, string) ([]store.Duty, error)
	}{{attentionHeld, e.Store.Held}, {attentionParked, e.Store.Parked}} {
		duties, err := part.read(ctx, id)
		if err != nil {
			return nil, err
		}
		for _, d := range duties {
			list = append(list, Attention{
				Order: orderName(d), Kind: part.kind, Code: d.Problem.Code, Field: d.Problem.Field, Text: sentence(d.Problem),
			})
		}
	}
	kept, err := e.withheldAttention(ctx, id)
	if err != nil {
		return nil, err
	}
	list = append(list, kept...)
	alerts, err := e.Store.Alerts(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, a := range alerts {
		list = append(list, Attention{Kind: attentionAlert, Code: a.Code, Text: a.Text})
	}
	cards, err := e.customersAttention(ctx, id)
	if err != nil {
		return nil, err
	}
	list = append(list, cards...)
	differing, err := e.Store.Differing(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, d := range differing {
		if d.Total != "" {
			list = append(list, Attention{Order: d.Key, Kind: attentionTotal, Text: d.Total})
		}
		if d.Amount != "" {
			list = append(list, Attention{Order: d.Key, Kind: attentionAmount, Text: d.Amount})
		}
	}
	return e.foreign(ctx, id, list)
}

// foreign adds what was met in MiniCRM that is not ours.
func (e *Engine) foreign(ctx context.Context, id string, list []Attention) ([]Attention, error) {
	left, _, err := e.Store.LeftExisting(ctx, id, mostListed)
	if err != nil {
		return nil, err
	}
	for _, o := range left {
		list = append(list, Attention{Order: o.Key, Kind: attentionExisting, Code: punte.ProblemExisting, Text: o.Reason})
	}
	several, err := e.Store.SeveralPeople(ctx, id, mostListed)
	if err != nil {
		return nil, err
	}
	for _, s := range several {
		list = append(list, Attention{Order: s.Key, Kind: attentionSeveral, Text: severalPeople(s.People)})
	}
	return list, nil
}

func orderName(d store.Duty) string {
	if d.Key != "" {
		return d.Key
	}
	if strings.HasPrefix(d.Ref, unnamed) {
		return "order without a number"
	}
	return d.Ref
}

func sentence(p punte.Problem) string {
	if p.Field == "" {
		return p.Reason
	}
	return p.Field + ": " + p.Reason
}
