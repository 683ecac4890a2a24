package minicrm

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
)

// OrderAction moves an order document from one state to another.
type OrderAction string

// The actions and what they lead from and to. Any other move is NotAllowed. Source: MiniCRM Integrations Manual,
// "Editing the status of an order"; of Storno it says Completed or Unsuccessful, which must mean Successful.
const (
	ActionFinalize OrderAction = "Finalize" // Draft to Issued; gives the document its number
	ActionEdit     OrderAction = "Edit"     // Issued to Draft
	ActionComplete OrderAction = "Complete" // Issued to Completed
	ActionPaid     OrderAction = "Paid"     // Completed or Failed to Paid
	ActionStorno   OrderAction = "Storno"   // Completed or Paid to Failed
)

const (
	orderActionEndpoint  = "Order/Action"
	orderProjectEndpoint = "Order/Project"
)

// MoveOrder moves the document id. No published source shows the answer: where it is the document, as other writing
// calls answer, Order would say the same. An action that the document's state does not allow is an Error of the kind
// NotAllowed; after a Silence it may be done all the same.
func (c *Client) MoveOrder(ctx context.Context, id int64, action OrderAction) (Answer, error) {
	switch action {
	case ActionFinalize, ActionEdit, ActionComplete, ActionPaid, ActionStorno:
	default:
		return Answer{}, fmt.Errorf("moving an order in MiniCRM: there is no action %.40q", action)
	}
	path := "Order/" + strconv.FormatInt(id, 10) + "/" + string(action)
	return c.post(ctx, orderActionEndpoint, id, path, new(body))
}

// SetOrderFields writes custom fields of the card of the document id, which is not the card's id, in any state of it.
// They are written even if they are empty; a choice by its id or label, see Field.Value. Source: MiniCRM Integrations
// Manual, "Editing custom order fields".
func (c *Client) SetOrderFields(ctx context.Context, id int64, fields []FeedField) (Answer, error) {
	b := new(body)
	b.fields(fields)
	if len(fields) == 0 {
		return Answer{}, fmt.Errorf("calling MiniCRM's %s: %w", orderProjectEndpoint, errNothing)
	}
	return c.post(ctx, orderProjectEndpoint, id, "Order/"+strconv.FormatInt(id, 10)+"/Project", b)
}

func (c *Client) post(ctx context.Context, endpoint string, id int64, path string, b *body) (Answer, error) {
	if id <= 0 {
		return Answer{}, fmt.Errorf("calling MiniCRM's %s: %d is not the id of a document", endpoint, id)
	}
	a, err := c.send(ctx, endpoint, http.MethodPost, path, b)
	if err != nil {
		return Answer{}, err
	}
	return feedAnswer(a), nil
}
