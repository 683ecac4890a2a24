package minicrmsim

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A contactPlan is a Contact that was read and found good; see plan. Fields
// are those that were given, by the names of the API.
type contactPlan struct {
	reference int64
	fields    map[string]string
}

type businessPlan struct {
	fields    map[string]string
	addresses []map[string]string // the elements of each that are there, by name
}

func (c *CRM) planPeople(p *plan, e *element) error {
	if b := e.child("Business"); b != nil {
		if err := c.planBusiness(p, b); err != nil {
			return fmt.Errorf("reading Business: %w", err)
		}
	}
	all := e.child("Contacts")
	if all == nil {
		return nil
	}
	for _, one := range all.children {
		if one.name != "Contact" {
			return fmt.Errorf("unexpected element %s in Contacts", one.name)
		}
		if err := c.planContact(p, one); err != nil {
			return fmt.Errorf("reading Contact: %w", err)
		}
	}
	return nil
}

func (c *CRM) planContact(p *plan, e *element) error {
	var person contactPlan
	var err error
	if e.id != "" {
		if person.reference, err = c.reference("Contact", e.id); err != nil {
			return err
		}
	}
	if person.fields, err = c.planContactFields(p, e, "FirstName", "LastName", "Position"); err != nil {
		return err
	}
	known := c.personOf[person.reference]
	if known == nil && blank(person.fields["FirstName"]) && blank(person.fields["LastName"]) && person.reference != 0 {
		return missing("FirstName")
	}
	p.contacts = append(p.contacts, person)
	return nil
}

func blank(text string) bool { return strings.TrimSpace(text) == "" }

// contactElements are the fields that persons and businesses have in common.
var contactElements = []string{
	"Description", "Url", "BankAccount", "Swift", "RegistrationNumber", "VatNumber", "EUVatNumber", "Industry", "Region",
	"GroupIdentificationNumber",
}

// planContactFields reads the fields of a person or a business, those that are
// there.
func (c *CRM) planContactFields(p *plan, e *element, own ...string) (map[string]string, error) {
	fields := make(map[string]string)
	texts := slices.Concat(own, contactElements)
	for _, name := range texts {
		text, err := c.text(p, 0, e, name, contactFields[name])
		if err != nil {
			return nil, err
		}
		if text != nil {
			fields[name] = *text
		}
	}
	for _, name := range []string{"Email", "Phone"} {
		text, err := c.reachable(p, e, name)
		if err != nil {
			return nil, err
		}
		if text != nil {
			fields[name] = *text
		}
	}
	known := slices.Concat(texts, []string{"Email", "Emails", "Phone", "Phones", "Type", "Addresses"})
	m := c.contactModule(e.name == "Business")
	custom, err := c.planFields(p, 0, m, only(e, m), nil)
	if err != nil {
		return nil, err
	}
	maps.Copy(fields, custom)
	return fields, c.known(p, 0, e, slices.AppendSeq(known, maps.Keys(custom))...)
}

// only is an element with no children but those that are fields of a module.
func only(e *element, m *module) *element {
	kept := &element{name: e.name}
	for _, child := range e.children {
		if m.byName[child.name] != nil {
			kept.children = append(kept.children, child)
		}
	}
	return kept
}

// reachable reads Emails/Email/Value or Email, and the same for phones. A
// contact holds one of each: the first one counts.
func (c *CRM) reachable(p *plan, e *element, name string) (*string, error) {
	holder := e
	if list := e.child(name + "s"); list != nil {
		holder = list
	}
	n := 0
	for _, child := range holder.children {
		if child.name == name {
			n++
		}
	}
	if n > 1 {
		p.note(0, "the first %s of %d is kept", name, n)
	}
	if one := holder.child(name); one != nil && one.child("Value") != nil {
		return c.text(p, 0, one, "Value", 128)
	}
	return c.text(p, 0, holder, name, 128)
}

func (c *CRM) planBusiness(p *plan, e *element) error {
	var b businessPlan
	var err error
	if b.fields, err = c.planContactFields(p, e, "Name"); err != nil {
		return err
	}
	if blank(b.fields["Name"]) && (p.card == nil || p.card.business == 0) {
		return missing("Name")
	}
	if list := e.child("Addresses"); list != nil {
		for _, a := range list.children {
			given, err := c.planAddress(p, a)
			if err != nil {
				return err
			}
			b.addresses = append(b.addresses, given)
		}
	}
	p.business = &b
	return nil
}

func (c *CRM) planAddress(p *plan, e *element) (map[string]string, error) {
	given := make(map[string]string)
	for _, part := range e.children {
		given[part.name] = part.text
	}
	if label := given["CountryId"]; label != "" && c.countries.byLabel[label].label == "" {
		return nil, fmt.Errorf("%q is no country in the language of this system", clip(label))
	}
	maps.DeleteFunc(given, func(name, _ string) bool { return !slices.Contains(addressElements, name) })
	return given, c.known(p, 0, e, addressElements...)
}

var addressElements = []string{"CountryId", "PostalCode", "City", "Address", "Type", "Name", "County", "Default"}
