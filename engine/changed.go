package engine

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"punte/minicrm"
	"punte/store"
)

// What a person changed in MiniCRM is looked for in the rows that are read anyway to
// confirm what was sent: no call is made for it. The list of documents goes two hours
// back, so another state or amount is seen if something of ours is read back within
// two hours of it. The list of cards begins with the document in flight, so another
// owner is seen only if it was set meanwhile.

// changedRows notes what people changed of the orders of a page, which owe nothing.
func (c *confirmation) changedRows(ctx context.Context, rows []minicrm.OrderRow) error {
	w := c.work
	byID := make(map[int64]*minicrm.OrderRow, len(rows))
	ids := make([]int64, 0, len(rows))
	for i := range rows {
		if rows[i].ID != 0 {
			byID[rows[i].ID] = &rows[i]
			ids = append(ids, rows[i].ID)
		}
	}
	shown, err := w.engine.Store.ShownByDocument(ctx, w.saved.ID, ids)
	if err != nil {
		return err
	}
	var changes []store.Change
	for _, s := range shown {
		owner := ownerMark(s.Changed) // the list of documents does not tell it
		text := joinMarks(w.changedByPerson(s, byID[s.CRMID]), owner)
		if text != s.Changed {
			changes = append(changes, store.Change{Ref: s.Ref, Version: s.Version, Text: text})
		}
	}
	_, err = w.engine.Store.MarkChanged(ctx, w.saved.ID, changes, w.engine.Now())
	return err
}

// changedCards does so for the owners of the cards of a page.
func (c *confirmation) changedCards(ctx context.Context, rows []minicrm.ProjectRow) error {
	w := c.work
	owners := make(map[int64]int64, len(rows))
	ids := make([]int64, 0, len(rows))
	for _, row := range rows {
		if row.UserID != 0 {
			owners[row.ID] = row.UserID
			ids = append(ids, row.ID)
		}
	}
	shown, err := w.engine.Store.ShownByCard(ctx, w.saved.ID, ids)
	if err != nil {
		return err
	}
	var changes []store.Change
	for _, s := range shown {
		rest, _, _ := strings.Cut(s.Changed, ownerWord)
		rest = strings.TrimSuffix(rest, "; ")
		owner := ""
		written, is := readNote(s.Written).Fields["UserId"], strconv.FormatInt(owners[s.CRMCard], 10)
		if _, err := strconv.ParseInt(written, 10, 64); err == nil && written != is {
			owner = ownerWord + is
		}
		if text := joinMarks(rest, owner); text != s.Changed {
			changes = append(changes, store.Change{Ref: s.Ref, Version: s.Version, Text: text})
		}
	}
	_, err = w.engine.Store.MarkChanged(ctx, w.saved.ID, changes, w.engine.Now())
	return err
}

// ownerWord begins the mark of a changed owner, which is the last one.
const ownerWord = "owner is now user "

func ownerMark(changed string) string {
	_, id, found := strings.Cut(changed, ownerWord)
	if !found {
		return ""
	}
	return ownerWord + id
}

func joinMarks(marks ...string) string {
	var said []string
	for _, mark := range marks {
		if mark != "" {
			said = append(said, mark)
		}
	}
	return strings.Join(said, "; ")
}

// changedByPerson says what MiniCRM shows otherwise than we wrote it last: state and
// amount. A state that can't be read, or was never written, is not compared.
func (w *Work) changedByPerson(shown store.Shown, row *minicrm.OrderRow) string {
	s := sighting{wrote: readNote(shown.Written), row: row, stateOf: w.stateOf}
	amount := s.amountDiffers()
	if amount == shown.Differs { // from the start, or not at all
		amount = ""
	}
	if amount != "" {
		amount = "amount: " + amount
	}
	return joinMarks(s.otherState(), amount)
}

// otherState says that MiniCRM shows another state than we wrote last.
func (s *sighting) otherState() string {
	if s.row == nil || s.wrote.State == "" {
		return ""
	}
	is, ok := s.stateOf(s.row.Status)
	if !ok || is == s.wrote.State {
		return ""
	}
	return fmt.Sprintf("status is %s (%s), last written %s", is, s.row.Status, s.wrote.State)
}
