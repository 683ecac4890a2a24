package minicrm

import (
	"context"
	"errors"
	"iter"
	"net/url"
	"strconv"
	"time"
)

// ContactType tells persons from companies.
type ContactType string

// The types of contacts.
const (
	ContactPerson   ContactType = "Person"
	ContactBusiness ContactType = "Business"
)

// contactTypes are the labels of the types in the three languages, folded: a contact's own address shows its type in
// the language of the account. Hungarian was seen, Romanian is what MiniCRM's pages say.
var contactTypes = map[string]ContactType{
	"person": ContactPerson, "szemely": ContactPerson, "persoana": ContactPerson, "persoana fizica": ContactPerson,
	"business": ContactBusiness, "company": ContactBusiness, "ceg": ContactBusiness, "companie": ContactBusiness, "firma": ContactBusiness,
}

// ContactFilter says which contacts to list; empty parts do not count, the others must all hold. Source: MiniCRM
// Integrations Manual, "Search for companies / contacts".
type ContactFilter struct {
	Name          string // a part of the name
	Email         string
	Phone         string // as stored, with + and country; matched from its end
	Query         string // whole words in any text field
	Type          ContactType
	MainContactID int64       // the persons of a company and the company itself
	UpdatedSince  time.Time   // changed after it; seconds count
	Fields        []FeedField // any others, custom ones too, by API name
}

// ContactRow is a contact as a list shows it.
type ContactRow struct {
	ID           int64
	Type         ContactType // "" for a type that is not known, see TypeLabel
	TypeLabel    string      // as sent
	Name         string
	URL          string
	Email, Phone string
	BusinessID   int64 // 0: no company
}

// ContactPage is one page of a list of contacts, of 100 at most.
type ContactPage struct {
	Count int // of the whole list; 0 if not told
	Rows  []ContactRow
}

// Contact is a person or a company as its own address shows it. Times are MiniCRM's, see Client.Time. Source: MiniCRM
// Integrations Manual, "Detailed data of a contact / company"; a localised Type was seen on live systems.
type Contact struct {
	ID                   int64
	Type                 ContactType // "" for a type that is not known, see TypeLabel
	TypeLabel            string      // as sent, in the language of the account
	Name                 string      // of a company, and where told of a person
	FirstName, LastName  string
	BusinessID           int64 // of a person: the company; 0 if there is none
	ParentID             int64
	Email, EmailType     string
	Phone, PhoneType     string
	Position             string
	Description          string
	URL                  string // of the company's pages
	VatNumber            string
	EUVatNumber          string
	RegistrationNumber   string
	BankAccount, Swift   string
	Tags                 []string
	Deleted              bool
	CreatedBy, UpdatedBy string
	CreatedAt, UpdatedAt string // "" for never
	// Values holds all fields by API name as sent; several values are joined by ", ".
	Values map[string]string
}

const contactEndpoint = "R3/Contact"

// Contacts lists the contacts that f describes, as Projects does.
func (c *Client) Contacts(ctx context.Context, f ContactFilter) iter.Seq2[ContactRow, error] {
	fetch := func(number int) (listed[ContactRow], error) {
		page, err := c.ContactPage(ctx, f, number)
		return listed[ContactRow]{page.Count, page.Rows}, err
	}
	return pages(Call{contactEndpoint}, fetch, func(r ContactRow) int64 { return r.ID })
}

// ContactPage returns one page of that list; the first is 0.
func (c *Client) ContactPage(ctx context.Context, f ContactFilter, page int) (ContactPage, error) {
	q := query{url.Values{}}
	q.fields(f.Fields)
	q.text("Name", f.Name)
	q.text("Email", f.Email)
	q.text("Phone", f.Phone)
	q.text("Query", f.Query)
	q.text("Type", string(f.Type))
	q.number("MainContactId", f.MainContactID)
	if !f.UpdatedSince.IsZero() {
		q.text("UpdatedSince", c.wireTime(f.UpdatedSince, time.DateTime))
	}
	q.Set("Page", strconv.Itoa(page))
	return read(ctx, c, contactEndpoint, contactEndpoint, q.Values, contactPage)
}

func contactPage(v value) (ContactPage, error) {
	count, rows, err := decodeList(v)
	if err != nil {
		return ContactPage{}, err
	}
	p := ContactPage{Count: count, Rows: make([]ContactRow, 0, len(rows))}
	for _, r := range rows {
		n := numbers{of: r.value}
		label := r.field("Type").string()
		p.Rows = append(p.Rows, ContactRow{
			ID:         r.id,
			Type:       contactTypes[fold(label)],
			TypeLabel:  label,
			Name:       r.field("Name").string(),
			URL:        r.field("Url").string(),
			Email:      r.field("Email").string(),
			Phone:      r.field("Phone").string(),
			BusinessID: n.field("BusinessId"),
		})
		if n.err != nil {
			return ContactPage{}, n.err
		}
	}
	return p, nil
}

// Contact returns a person or a company by id.
func (c *Client) Contact(ctx context.Context, id int64) (Contact, error) {
	return read(ctx, c, contactEndpoint, contactEndpoint+"/"+strconv.FormatInt(id, 10), nil, contact)
}

func contact(v value) (Contact, error) {
	r, err := record("", v)
	if err != nil {
		return Contact{}, err
	}
	n := numbers{of: v}
	label := v.field("Type").string()
	return Contact{
		ID:                 r.id,
		Type:               contactTypes[fold(label)],
		TypeLabel:          label,
		Name:               v.field("Name").string(),
		FirstName:          v.field("FirstName").string(),
		LastName:           v.field("LastName").string(),
		BusinessID:         n.field("BusinessId"),
		ParentID:           n.field("ParentId"),
		Email:              v.field("Email").string(),
		EmailType:          v.field("EmailType").string(),
		Phone:              v.field("Phone").string(),
		PhoneType:          v.field("PhoneType").string(),
		Position:           v.field("Position").string(),
		Description:        v.field("Description").string(),
		URL:                v.field("Url").string(),
		VatNumber:          v.field("VatNumber").string(),
		EUVatNumber:        v.field("EUVatNumber").string(),
		RegistrationNumber: v.field("RegistrationNumber").string(),
		BankAccount:        v.field("BankAccount").string(),
		Swift:              v.field("Swift").string(),
		Tags:               v.field("Tags").texts(),
		Deleted:            v.field("Deleted").bool(),
		CreatedBy:          v.field("CreatedBy").string(),
		CreatedAt:          v.field("CreatedAt").date(),
		UpdatedBy:          v.field("UpdatedBy").string(),
		UpdatedAt:          v.field("UpdatedAt").date(),
		Values:             values(v),
	}, n.err
}

// ContactInput is what to write into a contact. What is empty or 0 is left out and so left alone in MiniCRM; only Fields
// are written even if they are empty. Source: MiniCRM Integrations Manual, "Create a new company / contact card".
type ContactInput struct {
	Type                ContactType // of a new contact only
	Name                string      // of a company, required of a new one
	FirstName, LastName string      // of a person, one of them required of a new one
	BusinessID          int64       // of a new person: the company. A person can't move to another one
	Email, EmailType    string
	Phone, PhoneType    string
	Description         string
	Fields              []FeedField // VatNumber, BankAccount, Url, Tags, custom fields and so on
}

func (in ContactInput) body() *body {
	b := new(body)
	b.text("Type", string(in.Type))
	b.text("Name", in.Name)
	b.text("FirstName", in.FirstName)
	b.text("LastName", in.LastName)
	b.number("BusinessId", in.BusinessID)
	b.text("Email", in.Email)
	b.text("EmailType", in.EmailType)
	b.text("Phone", in.Phone)
	b.text("PhoneType", in.PhoneType)
	b.text("Description", in.Description)
	b.fields(in.Fields)
	return b
}

var (
	errNoType   = errors.New("making a contact in MiniCRM: it is either a person or a business")
	errNoName   = errors.New("making a contact in MiniCRM: it needs a name")
	errTypeSet  = errors.New("changing a contact in MiniCRM: its type can't be changed")
	errBusiness = errors.New("making a contact in MiniCRM: a business belongs to no business")
)

// CreateContact makes a person or a company and returns its id. After a Silence it may be there all the same.
func (c *Client) CreateContact(ctx context.Context, in ContactInput) (int64, error) {
	switch in.Type {
	case ContactPerson:
		if in.FirstName == "" && in.LastName == "" {
			return 0, errNoName
		}
	case ContactBusiness:
		if in.Name == "" {
			return 0, errNoName
		}
		if in.BusinessID != 0 {
			return 0, errBusiness
		}
	default: // MiniCRM refuses its own ids of the types, too
		return 0, errNoType
	}
	return c.put(ctx, contactEndpoint, 0, in.body())
}

// UpdateContact changes a person or a company.
func (c *Client) UpdateContact(ctx context.Context, id int64, in ContactInput) error {
	if in.Type != "" {
		return errTypeSet
	}
	return c.change(ctx, contactEndpoint, id, in.body())
}
