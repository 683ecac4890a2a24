package minicrm

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
)

// Card is a card as its own address shows it: with the labels of statuses, users and choices, not their ids.
// Source: MiniCRM Integrations Manual, "Detailed data of a card"; that lists have ids instead was seen on live systems.
type Card struct {
	ID         int64
	Name       string
	CategoryID int64 // 0 if the answer shows the module's name
	ContactID  int64
	BusinessID int64  // the company of its contact; 0 if there is none
	Status     string // label
	User       string // name of the owner
	Deleted    bool   // it is in Trash
	// Values holds all fields by API name as sent; several choices are joined by ", ".
	Values map[string]string
}

// Project returns a card by its own id. A card in Trash can be read, too.
func (c *Client) Project(ctx context.Context, id int64) (Card, error) {
	return read(ctx, c, projectEndpoint, projectEndpoint+"/"+strconv.FormatInt(id, 10), nil, card)
}

// ProjectByReference returns the card whose external id (Project/@Id of a document) is ref; false if there is none.
// MiniCRM's help says that the answer is the card itself; a list of one card, which another client expects, is
// understood by asking for that card.
func (c *Client) ProjectByReference(ctx context.Context, ref int64) (Card, bool, error) {
	return c.ProjectByReferenceIn(ctx, 0, ref)
}

// ProjectByReferenceIn is ProjectByReference within one module; 0 means any. It is for systems in which an external id
// is unique in its module only. Source of the two parameters together: none, any field may be a filter.
func (c *Client) ProjectByReferenceIn(ctx context.Context, category, ref int64) (Card, bool, error) {
	query := url.Values{"ReferenceId": {strconv.FormatInt(ref, 10)}}
	if category != 0 {
		query.Set("CategoryId", strconv.FormatInt(category, 10))
	}
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
	module, _ := v.field("CategoryId").number() // some systems show its name
	card := Card{
		ID:         r.id,
		Name:       v.field("Name").string(),
		ContactID:  n.field("ContactId"),
		BusinessID: n.field("BusinessId"),
		CategoryID: module,
		Status:     v.field("StatusId").string(),
		User:       v.field("UserId").string(),
		Deleted:    v.field("Deleted").bool(),
		Values:     values(v),
	}
	return card, n.err
}

// values returns the members of an object as texts; records in it are left out.
func values(v value) map[string]string {
	m := make(map[string]string, len(v.members))
	for _, f := range v.members {
		records := len(f.value.members) > 0 && len(f.value.texts()) == 0
		if f.value.isList() && !records || f.value.shape != object && f.value.shape != array {
			m[f.key] = f.value.list()
		}
	}
	return m
}

// ProjectInput is what to write into a card. What is empty, nil or 0 is left out and so left alone in MiniCRM; only
// Fields are written even if they are empty. Source: MiniCRM Integrations Manual, "Create a new card", "Update a card".
type ProjectInput struct {
	CategoryID int64 // of a new card only: a card can't change its module
	ContactID  int64 // required of a new card
	// BusinessID goes along where ContactID is a person of another company.
	BusinessID int64
	StatusID   string // id or label
	UserID     string // id or name; MiniCRM gives a card whose owner it does not know to anybody, and says nothing
	Name       string
	Fields     []FeedField // any others; a choice by its id or label, see Field.Value
}

func (in ProjectInput) body() *body {
	b := new(body)
	b.number("CategoryId", in.CategoryID)
	b.number("ContactId", in.ContactID)
	b.number("BusinessId", in.BusinessID)
	b.choice("StatusId", in.StatusID)
	b.choice("UserId", in.UserID)
	b.text("Name", in.Name)
	b.fields(in.Fields)
	return b
}

var (
	errNoModule    = errors.New("making a card in MiniCRM: it needs a module and a contact")
	errModuleMoves = errors.New("changing a card in MiniCRM: its module can't be changed")
)

// CreateProject makes a card and returns its id. After a Silence it may be there all the same.
func (c *Client) CreateProject(ctx context.Context, in ProjectInput) (int64, error) {
	if in.CategoryID == 0 || in.ContactID == 0 {
		return 0, errNoModule
	}
	return c.put(ctx, projectEndpoint, 0, in.body())
}

// UpdateProject changes a card, one in Trash too.
func (c *Client) UpdateProject(ctx context.Context, id int64, in ProjectInput) error {
	if in.CategoryID != 0 {
		return errModuleMoves
	}
	return c.change(ctx, projectEndpoint, id, in.body())
}

// TrashProject moves a card to Trash.
func (c *Client) TrashProject(ctx context.Context, id int64) error {
	return c.setDeleted(ctx, id, true)
}

// RestoreProject takes a card out of Trash.
func (c *Client) RestoreProject(ctx context.Context, id int64) error {
	return c.setDeleted(ctx, id, false)
}

func (c *Client) setDeleted(ctx context.Context, id int64, deleted bool) error {
	b := new(body)
	b.flag("Deleted", &deleted)
	return c.change(ctx, projectEndpoint, id, b)
}
