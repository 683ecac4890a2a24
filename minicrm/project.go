package minicrm

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// ProjectFilter says which cards to list; empty parts do not count, the others must all hold.
type ProjectFilter struct {
	CategoryID    int64
	StatusID      int64
	UserID        int64
	ContactID     int64
	MainContactID int64     // all cards of a company
	StatusGroup   string    // Lead, Open, Success, Failed
	Name          string    // the whole name
	Query         string    // whole words in any text field
	UpdatedSince  time.Time // changed after it; seconds count
	Deleted       bool      // the cards in Trash instead; wants a CategoryID
	Fields        []FeedField
}

// ProjectRow is a card as a list shows it: with ids.
type ProjectRow struct {
	ID         int64
	Name       string
	URL        string
	ContactID  int64
	BusinessID int64 // 0: the contact has no company
	StatusID   int64
	UserID     int64
	Deleted    bool
}

// ProjectPage is one page of a list of cards, of 100 at most, in the order sent, which is not documented.
type ProjectPage struct {
	Count int // of the whole list; 0 if not told
	Rows  []ProjectRow
}

// Card is a card as its own address shows it: with the labels of statuses, users and choices, not their ids.
type Card struct {
	ID        int64
	Name      string
	ContactID int64
	Status    string // label
	User      string // name of the owner
	Deleted   bool   // it is in Trash
	// Values holds all fields by API name as sent; several choices are joined by ", ".
	Values map[string]string
}

const projectEndpoint = "R3/Project"

var errSamePage = errors.New("reading a list: two pages are the same")

// Projects lists the cards that f describes, page after page until one is empty or Count rows were seen. A list that
// changes meanwhile can show a card twice or not at all. The error, if any, comes last.
func (c *Client) Projects(ctx context.Context, f ProjectFilter) iter.Seq2[ProjectRow, error] {
	return func(yield func(ProjectRow, error) bool) {
		seen, first := 0, int64(0)
		for number := 0; ; number++ {
			page, err := c.ProjectPage(ctx, f, number)
			if err != nil {
				yield(ProjectRow{}, err)
				return
			}
			if len(page.Rows) == 0 {
				return
			}
			if page.Rows[0].ID == first && page.Count == 0 { // it would never end
				yield(ProjectRow{}, malformed(Call{projectEndpoint}, http.StatusOK, errSamePage))
				return
			}
			first = page.Rows[0].ID
			for _, row := range page.Rows {
				if !yield(row, nil) {
					return
				}
			}
			seen += len(page.Rows)
			if page.Count > 0 && seen >= page.Count {
				return
			}
		}
	}
}

// ProjectPage returns one page of that list; the first is 0.
func (c *Client) ProjectPage(ctx context.Context, f ProjectFilter, page int) (ProjectPage, error) {
	query := c.projectQuery(f)
	query.Set("Page", strconv.Itoa(page))
	v, err := c.get(ctx, projectEndpoint, projectEndpoint, query)
	if err != nil {
		return ProjectPage{}, err
	}
	p, err := projectPage(v)
	if err != nil {
		return ProjectPage{}, malformed(Call{projectEndpoint}, http.StatusOK, err)
	}
	return p, nil
}

func (c *Client) projectQuery(f ProjectFilter) url.Values {
	query := url.Values{}
	for _, field := range f.Fields {
		query.Set(field.Name, field.Value)
	}
	setNumber := func(name string, n int64) {
		if n != 0 {
			query.Set(name, strconv.FormatInt(n, 10))
		}
	}
	setText := func(name, text string) {
		if text != "" {
			query.Set(name, text)
		}
	}
	setNumber("CategoryId", f.CategoryID)
	setNumber("StatusId", f.StatusID)
	setNumber("UserId", f.UserID)
	setNumber("ContactId", f.ContactID)
	setNumber("MainContactId", f.MainContactID)
	setText("StatusGroup", f.StatusGroup)
	setText("Name", f.Name)
	setText("Query", f.Query)
	if !f.UpdatedSince.IsZero() {
		query.Set("UpdatedSince", c.wireTime(f.UpdatedSince, time.DateTime))
	}
	if f.Deleted {
		query.Set("Deleted", "1")
	}
	return query
}

func projectPage(v value) (ProjectPage, error) {
	count, rows, err := decodeList(v)
	if err != nil {
		return ProjectPage{}, err
	}
	p := ProjectPage{Count: count, Rows: make([]ProjectRow, 0, len(rows))}
	for _, r := range rows {
		n := numbers{of: r.value}
		p.Rows = append(p.Rows, ProjectRow{
			ID:         r.id,
			Name:       r.field("Name").string(),
			URL:        r.field("Url").string(),
			ContactID:  n.field("ContactId"),
			BusinessID: n.field("BusinessId"),
			StatusID:   n.field("StatusId"),
			UserID:     n.field("UserId"),
			Deleted:    r.field("Deleted").bool(),
		})
		if n.err != nil {
			return ProjectPage{}, n.err
		}
	}
	return p, nil
}

// Project returns a card by its own id. A card in Trash can be read, too.
func (c *Client) Project(ctx context.Context, id int64) (Card, error) {
	v, err := c.get(ctx, projectEndpoint, projectEndpoint+"/"+strconv.FormatInt(id, 10), nil)
	if err != nil {
		return Card{}, err
	}
	card, err := card(v)
	if err != nil {
		return Card{}, malformed(Call{projectEndpoint}, http.StatusOK, err)
	}
	return card, nil
}

// ProjectByReference returns the card whose external id (Project/@Id of a document) is ref; false if there is none.
// MiniCRM's help says that the answer is the card itself; a list of one card, which another client expects, is
// understood by asking for that card.
func (c *Client) ProjectByReference(ctx context.Context, ref int64) (Card, bool, error) {
	query := url.Values{"ReferenceId": {strconv.FormatInt(ref, 10)}}
	v, err := c.get(ctx, projectEndpoint, projectEndpoint, query)
	if e, ok := errors.AsType[*Error](err); ok && e.Kind == NotFound {
		return Card{}, false, nil
	}
	if err != nil {
		return Card{}, false, err
	}
	if v.shape == null || v.shape == array && len(v.members) == 0 || v.shape == object && len(v.members) == 0 {
		return Card{}, false, nil
	}
	if v.field("Results").shape == null && v.field("Count").shape == null {
		card, err := card(v)
		if err != nil {
			return Card{}, false, malformed(Call{projectEndpoint}, http.StatusOK, err)
		}
		return card, true, nil
	}
	page, err := projectPage(v)
	if err != nil {
		return Card{}, false, malformed(Call{projectEndpoint}, http.StatusOK, err)
	}
	switch len(page.Rows) {
	case 0:
		return Card{}, false, nil
	case 1:
		card, err := c.Project(ctx, page.Rows[0].ID)
		return card, err == nil, err
	}
	return Card{}, false, malformed(Call{projectEndpoint}, http.StatusOK, errors.New("several cards have one external id"))
}

func card(v value) (Card, error) {
	r, err := record("", v)
	if err != nil {
		return Card{}, err
	}
	n := numbers{of: v}
	card := Card{
		ID:        r.id,
		Name:      v.field("Name").string(),
		ContactID: n.field("ContactId"),
		Status:    v.field("StatusId").string(),
		User:      v.field("UserId").string(),
		Deleted:   v.field("Deleted").bool(),
		Values:    values(v),
	}
	return card, n.err
}

// values returns the members of an object as texts; objects in it are left out.
func values(v value) map[string]string {
	m := make(map[string]string, len(v.members))
	for _, f := range v.members {
		if f.value.shape != object {
			m[f.key] = f.value.list()
		}
	}
	return m
}
