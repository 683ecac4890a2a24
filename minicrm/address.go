package minicrm

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
)

// AddressRow is an address as the list of a contact's addresses shows it.
type AddressRow struct {
	ID      int64
	Address string // its name and, in brackets, the address
	URL     string // "" in the plain form
}

// AddressList is the list of a contact's addresses. It has no pages.
type AddressList struct {
	Count int // 0 if not told
	Rows  []AddressRow
}

// Address is an address of a person or a company. Times are MiniCRM's, see Client.Time. Source: MiniCRM Integrations
// Manual, "Address endpoint".
type Address struct {
	ID                   int64
	ContactID            int64
	Type                 string // in the language of the account
	Name                 string
	CountryID            string // label in the account's language, see CountryLabel
	County, City         string
	PostalCode, Address  string
	Default              bool
	CreatedBy, UpdatedBy string
	CreatedAt, UpdatedAt string // "" for never
	// Values holds all fields by API name as sent.
	Values map[string]string
}

const (
	addressEndpoint     = "R3/Address"
	addressListEndpoint = "R3/AddressList"
)

// AddressList returns the addresses of a person or a company: structured with their own web addresses, else the texts
// alone. Source: MiniCRM Integrations Manual, "Search for address".
func (c *Client) AddressList(ctx context.Context, contact int64, structured bool) (AddressList, error) {
	var query url.Values
	if structured {
		query = url.Values{"Structured": {"1"}}
	}
	return read(ctx, c, addressListEndpoint, addressListEndpoint+"/"+strconv.FormatInt(contact, 10), query, addressList)
}

// addressList reads {"Results": {"307": "text"}} and {"Results": {"307": {"Id": 307, "Address": "text", ...}}}.
func addressList(v value) (AddressList, error) {
	count, members, err := listMembers(v)
	if err != nil {
		return AddressList{}, err
	}
	list := AddressList{Count: count, Rows: make([]AddressRow, 0, len(members))}
	for _, m := range members {
		if m.value.shape == scalar {
			id, err := strconv.ParseInt(m.key, 10, 64)
			if err != nil || id <= 0 {
				return AddressList{}, fmt.Errorf("the id %.40q of an address is not one", m.key)
			}
			list.Rows = append(list.Rows, AddressRow{ID: id, Address: m.value.string()})
			continue
		}
		r, err := record(m.key, m.value)
		if err != nil {
			return AddressList{}, err
		}
		list.Rows = append(list.Rows, AddressRow{ID: r.id, Address: r.field("Address").string(), URL: r.field("Url").string()})
	}
	return list, nil
}

// Address returns an address by id.
func (c *Client) Address(ctx context.Context, id int64) (Address, error) {
	return read(ctx, c, addressEndpoint, addressEndpoint+"/"+strconv.FormatInt(id, 10), nil, address)
}

func address(v value) (Address, error) {
	r, err := record("", v)
	if err != nil {
		return Address{}, err
	}
	n := numbers{of: v}
	return Address{
		ID:         r.id,
		ContactID:  n.field("ContactId"),
		Type:       v.field("Type").string(),
		Name:       v.field("Name").string(),
		CountryID:  v.field("CountryId").string(),
		County:     v.field("County").string(),
		City:       v.field("City").string(),
		PostalCode: v.field("PostalCode").string(),
		Address:    v.field("Address").string(),
		Default:    v.field("Default").bool(),
		CreatedBy:  v.field("CreatedBy").string(),
		CreatedAt:  v.field("CreatedAt").date(),
		UpdatedBy:  v.field("UpdatedBy").string(),
		UpdatedAt:  v.field("UpdatedAt").date(),
		Values:     values(v),
	}, n.err
}

// AddressInput is what to write into an address. What is empty, nil or 0 is left out and so left alone in MiniCRM; only
// Fields are written even if they are empty. Source: MiniCRM Integrations Manual, "Create a new address".
type AddressInput struct {
	ContactID           int64  // person or company, required of a new address
	Name                string // required of a new address
	Type                string
	CountryID           string // label in the account's language, see CountryLabel
	County, City        string
	PostalCode, Address string
	Default             *bool
	Fields              []FeedField
}

func (in AddressInput) body() *body {
	b := new(body)
	b.number("ContactId", in.ContactID)
	b.text("Type", in.Type)
	b.text("Name", in.Name)
	b.text("CountryId", in.CountryID)
	b.text("County", in.County)
	b.text("City", in.City)
	b.text("PostalCode", in.PostalCode)
	b.text("Address", in.Address)
	b.flag("Default", in.Default)
	b.fields(in.Fields)
	return b
}

var errNoContact = errors.New("making an address in MiniCRM: it needs a contact and a name")

// CreateAddress makes an address and returns its id. It can't be deleted again. After a Silence it may be there all the
// same.
func (c *Client) CreateAddress(ctx context.Context, in AddressInput) (int64, error) {
	if in.ContactID == 0 || in.Name == "" {
		return 0, errNoContact
	}
	return c.put(ctx, addressEndpoint, 0, in.body())
}

// UpdateAddress changes an address.
func (c *Client) UpdateAddress(ctx context.Context, id int64, in AddressInput) error {
	return c.change(ctx, addressEndpoint, id, in.body())
}
