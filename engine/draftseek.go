package engine

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"punte/minicrm"
	"punte/store"
)

// seeker looks for the cards of orders that no list shows.
type seeker struct {
	work    *Work
	facts   *facts
	persons map[int64]int64 // of customers' cards, by external id; 0 if the card is not there
}

// find looks for an order by what is known of it: its document, its card, its external
// id where MiniCRM finds cards by it, else among the cards of its customer's person.
func (s *seeker) find(ctx context.Context, d store.Duty) (draftSight, error) {
	w := s.work
	switch {
	case d.CRMID != 0:
		return s.byDocument(ctx, d)
	case d.CRMCard != 0:
		card, err := w.crm.Project(ctx, d.CRMCard)
		if isNotFound(err) {
			return gone(), nil
		}
		if err != nil {
			return draftSight{}, err
		}
		return s.verdict(ctx, d, card)
	case w.found.is(findOrderRef, isYes):
		return s.byReference(ctx, d)
	}
	return s.byPerson(ctx, d)
}

func gone() draftSight {
	return draftSight{end: draftMissing, why: "MiniCRM took the order's document and does not have its card; look into its sync log for the reason"}
}

// byDocument reads an order that was listed before: what is on it says more than its
// card.
func (s *seeker) byDocument(ctx context.Context, d store.Duty) (draftSight, error) {
	document, err := s.work.crm.Order(ctx, d.CRMID)
	if isNotFound(err) {
		return gone(), nil
	}
	if err != nil {
		return draftSight{}, err
	}
	wrote := written(d)
	row := minicrm.OrderRow{
		ID: document.ID, ProjectID: document.ProjectID, CurrencyCode: document.CurrencyCode, Amount: document.Amount,
		Status: s.label(document.Project["StatusId"]),
	}
	shows := sighting{Flight: store.Flight{Duty: d}, wrote: wrote, row: &row, stateOf: s.work.stateOf, found: s.work.found}
	amount := shows.amountDiffers()
	if shows.otherState() == "" && amount == "" && s.otherField(wrote, document.Project) == "" {
		return draftSight{end: draftThere, crmID: document.ID, crmCard: document.ProjectID}, nil
	}
	card, err := s.work.crm.Project(ctx, document.ProjectID)
	if isNotFound(err) {
		return gone(), nil
	}
	if err != nil {
		return draftSight{}, err
	}
	seen, err := s.verdict(ctx, d, card)
	seen.crmID, seen.differs = document.ID, amount
	return seen, err
}

// byReference asks for the card by the order's external id. A customer may have the same
// number, so only the module of orders is asked.
func (s *seeker) byReference(ctx context.Context, d store.Duty) (draftSight, error) {
	card, found, err := s.work.crm.ProjectByReferenceIn(ctx, s.work.conn.OrdersCategory, d.External)
	switch {
	case err != nil:
		return draftSight{}, err
	case !found:
		return gone(), nil
	case card.CategoryID != 0 && card.CategoryID != s.work.conn.OrdersCategory:
		return draftSight{why: "MiniCRM answers the order's id with a card of another module"}, nil
	}
	return s.verdict(ctx, d, card)
}

// byPerson looks through the cards of orders that the customer's person has.
func (s *seeker) byPerson(ctx context.Context, d store.Duty) (draftSight, error) {
	w := s.work
	person, err := s.person(ctx, d.Card)
	if err != nil {
		return draftSight{}, err
	}
	if person == 0 {
		return gone(), nil // its customer is not there either
	}
	filter := minicrm.ProjectFilter{CategoryID: w.conn.OrdersCategory, ContactID: person}
	free, whole, err := s.free(ctx, filter, d)
	if err != nil {
		return draftSight{}, err
	}
	one, sure := only(free, d.Key)
	if one == nil && whole && len(free) == 0 {
		filter.Deleted = true
		trash, whole, err := s.free(ctx, filter, d)
		if err != nil {
			return draftSight{}, err
		}
		if whole && len(trash) == 0 {
			return gone(), nil
		}
		one, sure = only(trash, d.Key)
	}
	if one == nil {
		return s.unsure(ctx, d)
	}
	card, err := w.crm.Project(ctx, one.ID)
	if isNotFound(err) {
		return draftSight{end: draftWaits, why: "its card vanished while it was looked at"}, nil
	}
	if err != nil {
		return draftSight{}, err
	}
	if !sure && !s.evident(written(d), card.Values) {
		return s.unsure(ctx, d)
	}
	return s.verdict(ctx, d, card)
}

// unsure is the end of a look that found several cards or none that can be told.
func (s *seeker) unsure(ctx context.Context, d store.Duty) (draftSight, error) {
	seen := draftSight{why: "MiniCRM does not list the order, and its customer has several cards of which none can be told to be it"}
	underway, err := s.work.engine.Store.OrdersUnderway(ctx, s.work.saved.ID, d.Card)
	if underway {
		seen.end = draftWaits
	}
	return seen, err
}

// person is whom a customer's card belongs to in MiniCRM, 0 if it is not there.
func (s *seeker) person(ctx context.Context, card int64) (int64, error) {
	if id, known := s.persons[card]; known {
		return id, nil
	}
	found, ok, err := s.work.crm.ProjectByReferenceIn(ctx, s.work.found.module(s.work.conn.WebshopCategory), card)
	if err != nil {
		return 0, err
	}
	if ok {
		s.persons[card] = found.ContactID
	} else {
		s.persons[card] = 0
	}
	return s.persons[card], nil
}

// free are the cards that belong to no other order of ours; whole is false if there are
// more than one page tells.
func (s *seeker) free(ctx context.Context, filter minicrm.ProjectFilter, d store.Duty) (free []minicrm.ProjectRow, whole bool, err error) {
	w := s.work
	page, err := w.crm.ProjectPage(ctx, filter, 0)
	if err != nil {
		return nil, false, err
	}
	ids := make([]int64, 0, len(page.Rows))
	for _, row := range page.Rows {
		ids = append(ids, row.ID)
	}
	ours, err := w.engine.Store.OrdersOfCards(ctx, w.saved.ID, ids)
	if err != nil {
		return nil, false, err
	}
	for _, row := range page.Rows {
		if ref, taken := ours[row.ID]; !taken || ref == d.Ref {
			free = append(free, row)
		}
	}
	return free, lastPage(len(page.Rows), page.Count, 0), nil
}

// only is the one card whose name has the order's number, or the one card there is: then
// something else must tell that it is the order's.
func only(free []minicrm.ProjectRow, number string) (one *minicrm.ProjectRow, sure bool) {
	var named []minicrm.ProjectRow
	for _, row := range free {
		if hasWord(row.Name, number) {
			named = append(named, row)
		}
	}
	switch {
	case len(named) == 1:
		return &named[0], true
	case len(named) == 0 && len(free) == 1:
		return &free[0], false
	}
	return nil, false
}

// hasWord says that a word stands in a text by itself.
func hasWord(text, word string) bool {
	if word == "" {
		return false
	}
	part := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_' || r == '/'
	}
	for rest := text; ; {
		at := strings.Index(rest, word)
		if at < 0 {
			return false
		}
		before, after := rest[:at], rest[at+len(word):]
		if !strings.ContainsFunc(lastRune(before), part) && !strings.ContainsFunc(firstRune(after), part) {
			return true
		}
		rest = after
	}
}

func firstRune(text string) string {
	for _, r := range text {
		return string(r)
	}
	return ""
}

func lastRune(text string) string {
	all := []rune(text)
	if len(all) == 0 {
		return ""
	}
	return string(all[len(all)-1])
}

// otherField names a text field that shows otherwise than it was written. Choices, files
// and numbers are shown in other forms than they are written, and not compared.
func (s *seeker) otherField(wrote handed, values map[string]string) string {
	for _, name := range slices.Sorted(maps.Keys(wrote.Fields)) {
		if f, ok := s.facts.schema.Field(name); !ok || f.Type != minicrm.TypeText {
			continue
		}
		if shown, told := values[name]; told && !sameText(shown, wrote.Fields[name]) {
			return "field " + name
		}
	}
	return ""
}

// evident says that a card shows a text that was written on the order's.
func (s *seeker) evident(wrote handed, values map[string]string) bool {
	for name, value := range wrote.Fields {
		f, ok := s.facts.schema.Field(name)
		if ok && f.Type == minicrm.TypeText && name != s.work.conn.StatusField && sameName(value) != "" && sameText(values[name], value) {
			return true
		}
	}
	return false
}

func sameText(a, b string) bool { return sameName(a) == sameName(b) }

// label is the label of a status that may be told by its id.
func (s *seeker) label(status string) string {
	if id, err := strconv.ParseInt(status, 10, 64); err == nil {
		return s.facts.statuses[id]
	}
	return status
}
