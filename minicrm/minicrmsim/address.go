package minicrmsim

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An address of a contact. Country is a label of the account's language.
type address struct {
	id      int64
	contact *contact
	kind    string
	name    string
	country string
	county  string
	city    string
	code    string
	street  string
	main    bool
	created string
	updated string
}

func (c *CRM) newAddress(p *contact, at time.Time) *address {
	c.nextAddr++
	a := &address{id: c.nextAddr, contact: p, created: c.stamp(at), updated: c.stamp(at), main: len(p.addresses) == 0}
	c.addresses[a.id] = a
	p.addresses = append(p.addresses, a)
	return a
}

// label is an address as lists print it: its name and the street.
func (a *address) label() string {
	name := a.name
	if name == "" {
		name = "No Name"
	}
	return fmt.Sprintf("%s (%s)", name, a.street)
}

// full is an address for a person, in one line.
func (a *address) full() string {
	parts := []string{a.name, strings.TrimSpace(a.code + " " + a.city), a.county, a.street, a.country}
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), ", ")
}

func (c *CRM) addressDetail(id int64) (any, error) {
	a := c.addresses[id]
	if a == nil {
		return nil, c.notFound()
	}
	return object{
		{"Id", a.id},
		{"ContactId", a.contact.id},
		{"Type", a.kind},
		{"Name", a.name},
		{"CountryId", a.country},
		{"PostalCode", a.code},
		{"City", a.city},
		{"County", a.county},
		{"Address", a.street},
		{"Default", flag(a.main)},
		{"CreatedBy", writer},
		{"CreatedAt", a.created},
		{"UpdatedBy", writer},
		{"UpdatedAt", a.updated},
	}, nil
}

func (c *CRM) addressList(k call) (any, error) {
	p := c.contacts[k.id(2)]
	if p == nil {
		return nil, c.notFound()
	}
	var rows object
	for _, a := range p.addresses {
		if k.query.Get("Structured") == "1" {
			rows = rows.with(wireID(a.id), object{{"Id", a.id}, {"Address", a.label()}, {"Url", c.url("Address", a.id)}})
			continue
		}
		rows = rows.with(wireID(a.id), a.label())
	}
	body := c.results(len(rows), rows)
	return object{body[1], body[0]}, nil // this list prints its rows first
}

// putAddress creates an address (id 0) or changes one.
func (c *CRM) putAddress(id int64, sent map[string]string) (int64, error) {
	a := c.addresses[id]
	if id != 0 && a == nil {
		return 0, c.notFound()
	}
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		switch name {
		case "ContactId", "Type", "Name", "County", "City", "PostalCode", "Address", "Default":
		case "CountryId":
			if _, known := c.countries.byLabel[sent[name]]; sent[name] != "" && !known {
				return 0, c.badOption(name, sent[name])
			}
		default:
			if err := c.unknown(name); err != nil {
				return 0, err
			}
		}
	}
	owner, err := strconv.ParseInt(sent["ContactId"], 10, 64)
	p := c.contacts[owner]
	switch {
	case a == nil && sent["ContactId"] == "":
		return 0, c.bad(sayMissing, "ContactId")
	case a == nil && sent["Name"] == "":
		return 0, c.bad(sayMissing, "Name")
	case sent["ContactId"] != "" && (err != nil || p == nil || a != nil && a.contact != p):
		return 0, c.badOption("ContactId", sent["ContactId"])
	}
	if a == nil {
		a = c.newAddress(p, c.now())
	}
	for name, value := range sent {
		a.set(name, value)
	}
	a.updated = c.stamp(c.now())
	return a.id, nil
}

func (a *address) set(name, value string) {
	switch name {
	case "Type":
		a.kind = value
	case "Name":
		a.name = value
	case "CountryId":
		a.country = value
	case "County":
		a.county = value
	case "City":
		a.city = value
	case "PostalCode":
		a.code = value
	case "Address":
		a.street = value
	case "Default":
		for _, other := range a.contact.addresses {
			other.main = other.main && value != "1"
		}
		a.main = value == "1"
	}
}
