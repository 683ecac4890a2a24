package minicrm

import (
	"context"
	"iter"
	"net/url"
	"strconv"
	"time"
)

// ProjectFilter says which cards to list; empty parts do not count, the others must all hold. Source: MiniCRM Integrations
// Manual, "Search for cards"; StatusGroup from MiniCRM's help, "Project actions".
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
	UpdatedAt     time.Time // changed in that second
	Deleted       bool      // the cards in Trash instead; wants a CategoryID
	// Fields are any others, custom ones too, by API name: a choice by its id or label, see Field.Value.
	Fields []FeedField
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

const projectEndpoint = "R3/Project"

// Projects lists the cards that f describes, page after page. A list that changes meanwhile shows a card once at most
// and may hide one; Count alone does not end it. The error, if any, comes last.
func (c *Client) Projects(ctx context.Context, f ProjectFilter) iter.Seq2[ProjectRow, error] {
	fetch := func(number int) (listed[ProjectRow], error) {
		page, err := c.ProjectPage(ctx, f, number)
		return listed[ProjectRow]{page.Count, page.Rows}, err
	}
	return pages(Call{projectEndpoint}, fetch, func(r ProjectRow) int64 { return r.ID })
}

// ProjectPage returns one page of that list; the first is 0.
func (c *Client) ProjectPage(ctx context.Context, f ProjectFilter, page int) (ProjectPage, error) {
	query := c.projectQuery(f)
	query.Set("Page", strconv.Itoa(page))
	return read(ctx, c, projectEndpoint, projectEndpoint, query, projectPage)
}

func (c *Client) projectQuery(f ProjectFilter) url.Values {
	q := query{url.Values{}}
	q.fields(f.Fields)
	q.number("CategoryId", f.CategoryID)
	q.number("StatusId", f.StatusID)
	q.number("UserId", f.UserID)
	q.number("ContactId", f.ContactID)
	q.number("MainContactId", f.MainContactID)
	q.text("StatusGroup", f.StatusGroup)
	q.text("Name", f.Name)
	q.text("Query", f.Query)
	if !f.UpdatedSince.IsZero() {
		q.text("UpdatedSince", c.wireTime(f.UpdatedSince, time.DateTime))
	}
	if !f.UpdatedAt.IsZero() {
		q.text("UpdatedAt", f.UpdatedAt.In(c.o.Zone).Format(time.DateTime))
	}
	if f.Deleted {
		q.text("Deleted", "1")
	}
	return q.Values
}

// query is the filter of a list.
type query struct{ url.Values }

func (q query) text(name, value string) {
	if value != "" {
		q.Set(name, value)
	}
}

func (q query) number(name string, n int64) {
	if n != 0 {
		q.Set(name, strconv.FormatInt(n, 10))
	}
}

func (q query) fields(fields []FeedField) {
	for _, f := range fields {
		q.Set(f.Name, f.Value)
	}
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
