package engine

import (
	"context"
	"fmt"
	"time"

	"punte"
	"punte/minicrm"
	"punte/store"
)

// This file deals with what is in MiniCRM and not ours: order documents that are left
// alone or taken over, and cards that answer to our ids.

// What the setting existing says.
const (
	existingAdopt = "adopt"

	codeAdoption = "minicrm.adoption"
	codeForeign  = "minicrm.foreign_card"
)

const (
	// followEvery is how often the order that is tried is looked at.
	followEvery = 10 * time.Second
	// mostTrials is how many orders are tried that can't be: held, parked meanwhile.
	mostTrials = 3
)

// adopts says whether an order goes over a document that somebody else made. The
// others wait until one was tried.
func (w *Work) adopts(ctx context.Context, c candidate) (bool, error) {
	s, now := w.engine.Store, w.engine.Now()
	if w.conn.Existing != existingAdopt {
		return false, s.LeaveExisting(ctx, w.saved.ID, c.Ref, punte.Problem{
			Code:   punte.ProblemExisting,
			Reason: fmt.Sprintf("already in MiniCRM as document %d, which is not of this connection; left alone", c.documents[0].CRMID),
		}, now)
	}
	trial, err := s.Adoption(ctx, w.saved.ID)
	if err != nil {
		return false, err
	}
	switch {
	case trial.State == store.AdoptionProven, trial.State == store.AdoptionTrying && trial.Ref == c.Ref:
		return true, nil
	case trial.State == store.AdoptionFailed:
		return false, adoptionFailed(trial)
	case trial.State == "" && w.fitsTrial(c):
		trial = store.Adoption{Ref: c.Ref, CRMID: c.documents[0].CRMID, State: store.AdoptionTrying, Tries: trial.Tries + 1}
		return true, s.SaveAdoption(ctx, w.saved.ID, trial, now)
	}
	return false, s.LeaveExisting(ctx, w.saved.ID, c.Ref, punte.Problem{
		Code:   punte.ProblemExisting,
		Reason: fmt.Sprintf("already in MiniCRM as document %d; it is taken over once one such order was seen to land on its old document", c.documents[0].CRMID),
	}, now)
}

// fitsTrial says that it can be seen where the order lands: one document has its
// number, and it is not to become a draft, which no list shows.
func (w *Work) fitsTrial(c candidate) bool {
	state, _, _ := w.conn.Decide(c.Order.Status)
	return len(c.documents) == 1 && state != punte.Draft
}

func adoptionFailed(trial store.Adoption) error {
	return &ExistingError{
		Code: codeAdoption, Text: trial.Reason,
		Next: `put the newer of the two documents into MiniCRM's Trash if there are two, and write "existing": "leave"`,
	}
}

// followTrial looks how the order that is tried ended: on its old document, on a new
// one, or not at all.
func (w *Work) followTrial(ctx context.Context) error {
	s, now := w.engine.Store, w.engine.Now()
	trial, err := s.Adoption(ctx, w.saved.ID)
	if err != nil {
		return err
	}
	if trial.State == store.AdoptionFailed {
		return adoptionFailed(trial)
	}
	order, err := s.Order(ctx, w.saved.ID, trial.Ref)
	if err != nil {
		return err
	}
	switch order.Duty.State {
	case punte.Owed, punte.Sent:
		if order.Duty.CRMID == 0 || order.Duty.CRMID == trial.CRMID {
			return w.setDue(ctx, dueExisting, now.Add(followEvery))
		}
	case punte.Confirmed:
	default:
		return w.otherTrial(ctx, trial, order)
	}
	landed, err := w.landed(ctx, trial, order)
	if err != nil {
		return err
	}
	if landed != trial.CRMID {
		trial.State = store.AdoptionFailed
		trial.Reason = fmt.Sprintf("order %s was to land on MiniCRM's document %d and made a new one, %d, so the others are not sent",
			order.Key, trial.CRMID, landed)
		if err := s.SaveAdoption(ctx, w.saved.ID, trial, now); err != nil {
			return err
		}
		return adoptionFailed(trial)
	}
	trial.State = store.AdoptionProven
	if err := s.SaveAdoption(ctx, w.saved.ID, trial, now); err != nil {
		return err
	}
	return w.takeUp(ctx, order.Key)
}

// landed is the document that shows the order that was tried: its old one, or another
// with its number that is there since.
func (w *Work) landed(ctx context.Context, trial store.Adoption, order store.SavedOrder) (int64, error) {
	if order.Duty.CRMID != trial.CRMID {
		return order.Duty.CRMID, nil
	}
	since := trial.Begun.Add(w.crm.Now().Sub(w.engine.Now())).Add(-listOverlap)
	for row, err := range w.crm.Orders(ctx, minicrm.OrderFilter{UpdatedSince: since, UnderOffer: w.found.is(findList, "offer")}) {
		if err != nil {
			return 0, fmt.Errorf("looking for a second document of order %s: %w", order.Key, err)
		}
		if row.Number == order.Key && row.ID != trial.CRMID {
			return row.ID, nil
		}
	}
	return trial.CRMID, nil
}

// otherTrial gives up an order that can't be tried after all and lets the next be.
func (w *Work) otherTrial(ctx context.Context, trial store.Adoption, order store.SavedOrder) error {
	s, now := w.engine.Store, w.engine.Now()
	trial.State, trial.Ref, trial.CRMID = "", "", 0
	if trial.Tries >= mostTrials {
		trial.State = store.AdoptionFailed
		trial.Reason = fmt.Sprintf("%d orders were to be sent over their documents in MiniCRM, and none could be confirmed there, the last %s (%s)",
			trial.Tries, order.Key, order.Duty.State)
		if err := s.SaveAdoption(ctx, w.saved.ID, trial, now); err != nil {
			return err
		}
		return adoptionFailed(trial)
	}
	if err := s.SaveAdoption(ctx, w.saved.ID, trial, now); err != nil {
		return err
	}
	_, err := s.TakeUpExisting(ctx, w.saved.ID, now)
	return err
}

// takeUp sends the orders that waited for the one that was tried.
func (w *Work) takeUp(ctx context.Context, key string) error {
	taken, err := w.engine.Store.TakeUpExisting(ctx, w.saved.ID, w.engine.Now())
	if err == nil {
		w.engine.notice(w.saved.ID, fmt.Sprintf("order %s landed on its old document in MiniCRM; %d more are taken over", key, taken))
	}
	return err
}

// takeUpLeft decides anew about orders that were left alone, in case the setting says
// now that they are taken over.
func (w *Work) takeUpLeft(ctx context.Context) error {
	if w.conn.Existing != existingAdopt {
		return nil
	}
	trial, err := w.engine.Store.Adoption(ctx, w.saved.ID)
	if err != nil || trial.State == store.AdoptionFailed || trial.State == store.AdoptionTrying {
		return err
	}
	_, err = w.engine.Store.TakeUpExisting(ctx, w.saved.ID, w.engine.Now())
	return err
}

// checkIDs looks up external ids of cards before they are written: some of the first
// document, one of each later one that makes many, those of registered customers of one
// that makes few, and every id that two things wanted. A card that answers and is not
// ours stops the connection; nothing is written to it.
func (a *asker) checkIDs(ctx context.Context, m *mapper, groups [][]store.Duty) error {
	w := a.work
	_, begun, err := w.engine.Store.Cursor(ctx, w.saved.ID, cursorIDs)
	if err != nil {
		return err
	}
	var made, asked [][]store.Duty
	for _, duties := range groups {
		switch first := duties[0]; {
		case first.Card == 0 || !first.CardFirst:
		case first.Card != w.conn.CardIdentity(first.Order).Candidate(0):
			asked = append(asked, duties)
		default:
			made = append(made, duties)
		}
	}
	anew := false
	if begun {
		if anew, err = a.begunAnew(ctx); err != nil {
			return err
		}
	}
	asked = append(asked, someOf(made, begun, anew)...)
	for _, duties := range asked {
		if err := a.checkID(ctx, m, duties); err != nil {
			return err
		}
	}
	if begun || len(made) == 0 {
		return nil
	}
	return w.engine.Store.SetCursor(ctx, w.saved.ID, cursorIDs, w.engine.Now())
}

// someOf picks the cards whose ids are looked up: registered customers first, whose ids
// are small numbers that others use, too. Of few registered customers, as they come day
// by day, all are, unless MiniCRM had cards of ours before our database began (anew):
// those may look like nobody's by now.
func someOf(made [][]store.Duty, begun, anew bool) [][]store.Duty {
	most := firstIDs
	if begun {
		most = min(1, len(made)/2/firstIDs)
	}
	var registered [][]store.Duty
	for _, duties := range made {
		if duties[0].Order.Buyer.CustomerID > 0 {
			registered = append(registered, duties)
		}
	}
	if begun && !anew && len(registered) > 0 && len(registered) <= fewIDs {
		return registered
	}
	if len(registered) >= most {
		made = registered
	}
	if len(made) <= most || most == 0 {
		return made[:min(most, len(made))]
	}
	some := make([][]store.Duty, 0, most)
	for i := range most {
		some = append(some, made[i*len(made)/most])
	}
	return some
}

// checkID looks up one card's id. Ours is one on which an order of ours is, or that
// has the name we give it or a person with the buyer's address.
func (a *asker) checkID(ctx context.Context, m *mapper, duties []store.Duty) error {
	w, first := a.work, duties[0]
	found, err := a.lookUp(ctx, first.Card)
	if err != nil {
		return err
	}
	module := a.module(found.card)
	if !found.there || module == w.conn.OrdersCategory { // an order's own card: those have ids of their own
		return nil
	}
	ours := anyOf(duties, a.known)
	if !ours && module == w.conn.WebshopCategory {
		if ours, err = a.sameBuyer(ctx, m, first, found.card); err != nil {
			return err
		}
	}
	if !ours {
		return &ExistingError{
			Code: codeForeign,
			Text: fmt.Sprintf("MiniCRM answers to the id %d, which is of the buyer of order %s, with a card that is not of this connection: %s (module %d)",
				first.Card, first.Key, w.cardLink(found.card.ID, module), module),
			Next: "something else feeds this MiniCRM with the same ids: switch it off and remove its cards, or give this shop a shop_number of its own (1 to 99) with a new database",
		}
	}
	return w.engine.Store.SetCursor(ctx, w.saved.ID, cursorAnew, w.engine.Now())
}

// sameBuyer says that a card shows the buyer.
func (a *asker) sameBuyer(ctx context.Context, m *mapper, d store.Duty, card minicrm.Card) (bool, error) {
	if card.Name == m.cut("Name", d.CardBuyer.CardName(d.Order.Key), cardNameLength) {
		return true, nil
	}
	address := punte.PlainAddress(d.CardBuyer.Email)
	if !punte.IsAddress(address) || card.ContactID == 0 {
		return false, nil
	}
	a.asked++
	person, err := a.work.crm.Contact(ctx, card.ContactID)
	if err != nil && !isNotFound(err) {
		return false, fmt.Errorf("asking MiniCRM for a card's person: %w", err)
	}
	return punte.PlainAddress(person.Email) == address, nil
}

// cardLink is where a person sees a card.
func (w *Work) cardLink(id, module int64) string {
	return fmt.Sprintf("%s/%s/#Project-%d/%d", w.conn.MiniCRM.BaseURL, w.conn.MiniCRM.SystemID, module, id)
}
