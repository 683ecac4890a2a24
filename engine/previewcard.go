package engine

import (
	"context"
	"fmt"
	"strings"

	"punte/minicrm"
)

// PreviewCard is what an order would write on its customer's card, if the shop's own
// record of the customer does not say otherwise.
type PreviewCard struct {
	Status    string   `json:"status,omitempty"` // of a new card
	Person    string   `json:"person,omitempty"`
	Emails    []string `json:"emails,omitempty"`
	Phones    []string `json:"phones,omitempty"`
	Company   string   `json:"company,omitempty"`
	TaxNumber string   `json:"tax_number,omitempty"`
}

func previewCard(project minicrm.FeedProject) *PreviewCard {
	card := &PreviewCard{Status: project.StatusID}
	for _, c := range project.Contacts {
		card.Person = strings.TrimSpace(c.FirstName + " " + c.LastName)
		card.Emails, card.Phones = c.Emails, c.Phones
	}
	if b := project.Business; b != nil {
		card.Company, card.TaxNumber = b.Name, b.VatNumber
	}
	return card
}

// whose tells an order of ours from one that somebody else brought: ours is known to the
// store, or lies on the card of our customer's person.
func (p *previewer) whose(ctx context.Context, v *Preview, row minicrm.OrderRow, customer lookup) error {
	ours, err := p.engine.Store.CRMOrders(ctx, p.id, []int64{row.ID})
	if err != nil || len(ours) > 0 {
		return err
	}
	if customer.there {
		own, err := p.crm.Project(ctx, row.ProjectID)
		if err != nil && !isNotFound(err) {
			return fmt.Errorf("looking whose order %s in MiniCRM is: %w", v.Key, err)
		}
		if err == nil && samePerson(own, customer.card) {
			return nil
		}
	}
	v.Action, v.Reason = actionAlone, fmt.Sprintf(`already in MiniCRM as document %d, which is not of this connection; "existing": "adopt" takes it over`, row.ID)
	if p.conn.Existing == existingAdopt {
		v.Action, v.Reason = actionAdopt, fmt.Sprintf("already in MiniCRM as document %d, which is not of this connection; it is taken over once one such order was seen to land on its old document", row.ID)
	}
	return nil
}
