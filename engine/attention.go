package engine

import (
	"context"

	"punte"
	"punte/store"
)

// Attention is an order that asks for a person.
type Attention struct {
	Order string `json:"order"` // its key, empty for what concerns the connection
	Kind  string `json:"kind"`  // account, held, parked, total_differs, amount_differs
	Code  string `json:"code,omitempty"`
	Field string `json:"field,omitempty"`
	Text  string `json:"text"`
}

// Kinds of attention.
const (
	attentionAccount = "account" // MiniCRM lacks something; orders wait for it

	attentionHeld   = "held"
	attentionParked = "parked"
	attentionTotal  = "total_differs"
	attentionAmount = "amount_differs"
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
	return list, nil
}

func orderName(d store.Duty) string {
	if d.Key != "" {
		return d.Key
	}
	return d.Ref
}

func sentence(p punte.Problem) string {
	if p.Field == "" {
		return p.Reason
	}
	return p.Field + ": " + p.Reason
}
