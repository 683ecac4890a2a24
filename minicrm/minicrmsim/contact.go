package minicrmsim

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A contact is a person or a business.
type contact struct {
	id        int64
	reference int64 // the external id, 0 if none
	business  bool
	of        int64 // a person's business, 0 if none
	fields    map[string]string
	tags      []string
	addresses []*address
	deleted   bool
	created   string
	updated   string
}

// contactFields are the texts of a contact that a caller may write, with the
// number of characters they take.
var contactFields = map[string]int{
	"FirstName": 255, "LastName": 255, "Name": 1000, "Email": 128, "EmailType": 1024, "Phone": 128, "PhoneType": 1024,
	"Description": 4096, "Url": 1024, "BankAccount": 255, "Swift": 255, "RegistrationNumber": 255, "VatNumber": 255,
	"EUVatNumber": 255, "Industry": 255, "Region": 255, "Employees": 32, "YearlyRevenue": 32, "FoundingYear": 32,
	"Capital": 32, "MainActivity": 255, "GroupIdentificationNumber": 255, "NonGovernmentalOrganization": 255, "Position": 255,
}

func (c *CRM) newContact(business bool, at time.Time) *contact {
	stamp := c.stamp(at)
	p := &contact{
		id: int64(len(c.people)) + 1, business: business, fields: make(map[string]string), created: stamp, updated: stamp,
	}
	c.contacts[p.id] = p
	c.people = append(c.people, p)
	c.markChanged("Contact", p.id)
	return p
}

// name is a contact's display name; Hungarians put the last name first.
func (p *contact) name() string {
	if p.business {
		return p.fields["Name"]
	}
	return strings.TrimSpace(p.fields["LastName"] + " " + p.fields["FirstName"])
}

// company is the business a contact stands for, 0 if none.
func (p *contact) company() int64 {
	if p.business {
		return p.id
	}
	return p.of
}

// setEmail keeps the index of persons by address.
func (c *CRM) setEmail(p *contact, email string) {
	old := strings.ToLower(p.fields["Email"])
	p.fields["Email"] = email
	if p.business {
		return
	}
	c.emails[old] = slices.DeleteFunc(c.emails[old], func(other *contact) bool { return other == p })
	if len(c.emails[old]) == 0 {
		delete(c.emails, old)
	}
	if key := strings.ToLower(email); key != "" {
		c.emails[key] = append(c.emails[key], p)
	}
}

func (c *CRM) contactDetail(id int64) (any, error) {
	p := c.contacts[id]
	if p == nil {
		return nil, c.notFound()
	}
	detail := object{{"Id", p.id}}
	if !p.business && p.of != 0 {
		detail = detail.with("BusinessId", p.of)
	}
	detail = detail.with("Type", c.contactType(p, true))
	if p.business {
		detail = detail.with("Name", p.name())
	} else {
		detail = detail.with("FirstName", p.fields["FirstName"]).with("LastName", p.fields["LastName"])
	}
	for _, name := range []string{"Email", "EmailType", "Phone", "PhoneType", "Description"} {
		if p.business && p.fields[name] == "" && strings.HasSuffix(name, "Type") {
			continue // as in MiniCRM's own example of a company
		}
		detail = detail.with(name, p.fields[name])
	}
	detail = append(detail, object{
		{"Deleted", flag(p.deleted)},
		{"CreatedBy", writer},
		{"CreatedAt", p.created},
		{"UpdatedBy", writer},
		{"UpdatedAt", p.updated},
	}...)
	for _, name := range contactExtras {
		if value := p.fields[name]; p.business && name != "Position" || value != "" || !p.business && slices.Contains(personExtras, name) {
			detail = detail.with(name, contactExtra(name, value))
		}
	}
	for _, f := range c.contactModule(p.business).fields {
		detail = detail.with(f.name, f.print(p.fields[f.name]))
	}
	tags := []any{}
	for _, tag := range p.tags {
		tags = append(tags, tag)
	}
	return detail.with("Tags", tags), nil
}

// contactExtras are the further fields of a contact in the order of its detail.
// A company's are all printed, a person's when they are set or in personExtras.
var contactExtras = []string{
	"Position", "Url", "BankAccount", "Swift", "RegistrationNumber", "VatNumber", "EUVatNumber", "Industry", "Region",
	"Employees", "YearlyRevenue", "FoundingYear", "Capital", "MainActivity", "BisnodeTrafficLight",
	"GroupIdentificationNumber", "NonGovernmentalOrganization",
}

// personExtras are printed for every person. Source: the detail of a person in a
// live system, which has them empty.
var personExtras = []string{
	"Position", "Url", "BankAccount", "Swift", "VatNumber", "Industry", "Region", "YearlyRevenue",
}

// contactNumbers are the extras that are whole numbers.
var contactNumbers = []string{"Employees", "YearlyRevenue", "FoundingYear", "Capital"}

func contactExtra(name, value string) any {
	switch {
	case slices.Contains(contactNumbers, name):
		return whole(value)
	case name == "NonGovernmentalOrganization":
		return cmp.Or(value, "No")
	}
	return value
}

// contactModule holds the fields that a system's owner gave to its contacts.
func (c *CRM) contactModule(business bool) *module {
	if business {
		return c.businesses
	}
	return c.persons
}

// contactType is Person or Business; in details it is a label of the system's
// language.
func (c *CRM) contactType(p *contact, detail bool) string {
	if detail && !c.o.Switches.PlainContactType {
		if p.business {
			return c.say(nameBusiness)
		}
		return c.say(namePerson)
	}
	if p.business {
		return "Business"
	}
	return "Person"
}

func (c *CRM) findContacts(k call) (any, error) {
	page, err := c.pageOf(k)
	if err != nil {
		return nil, err
	}
	tests := []func(*contact) bool{func(p *contact) bool { return !p.deleted }}
	for _, name := range slices.Sorted(maps.Keys(k.query)) {
		test, err := c.contactFilter(k, name, k.query.Get(name))
		if err != nil {
			return nil, err
		}
		tests = append(tests, test)
	}
	var rows object
	count := 0
search:
	for _, p := range c.people {
		for _, test := range tests {
			if !test(p) {
				continue search
			}
		}
		if count >= page*pageSize && len(rows) < pageSize {
			rows = rows.with(wireID(p.id), c.contactRow(p))
		}
		count++
	}
	return c.results(count, rows), nil
}

func (c *CRM) contactRow(p *contact) object {
	row := object{
		{"Id", c.rowID(p.id)},
		{"Name", p.name()},
		{"Url", c.url("Contact", p.id)},
		{"Type", c.contactType(p, false)},
		{"Email", p.fields["Email"]},
		{"Phone", p.fields["Phone"]},
	}
	if !p.business && p.of != 0 {
		row = row.with("BusinessId", c.rowID(p.of))
	}
	return row
}

func (c *CRM) contactFilter(k call, name, value string) (func(*contact) bool, error) {
	switch name {
	case "Page":
		return func(*contact) bool { return true }, nil // no filter
	case "Name":
		part := strings.ToLower(value)
		return func(p *contact) bool { return strings.Contains(strings.ToLower(p.name()), part) }, nil
	case "Email":
		return func(p *contact) bool { return strings.EqualFold(p.fields["Email"], value) }, nil
	case "Phone":
		end := digits(value)
		return func(p *contact) bool { return end != "" && strings.HasSuffix(digits(p.fields["Phone"]), end) }, nil
	case "UpdatedSince":
		since, err := c.sinceOf(k)
		return func(p *contact) bool { return c.since(p.updated, since) }, err
	case "Query":
		words := foldedWords(value)
		return func(p *contact) bool { return containsWords(slices.Collect(maps.Values(p.fields)), words) }, nil
	case "MainContactId":
		return func(p *contact) bool { return wireID(p.company()) == value }, nil
	case "Type":
		if value != "Person" && value != "Business" {
			return nil, c.badOption(name, value)
		}
		return func(p *contact) bool { return p.business == (value == "Business") }, nil
	}
	_, known := contactFields[name]
	if !known && c.persons.byName[name] == nil && c.businesses.byName[name] == nil {
		return func(*contact) bool { return true }, c.unknown(name)
	}
	return func(p *contact) bool {
		f := c.contactModule(p.business).byName[name]
		return p.fields[name] == value || f != nil && f.label(p.fields[name]) == value
	}, nil
}

// digits are what two forms of one phone number have in common.
func digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

// putContact creates a person or a business (id 0) or changes one.
func (c *CRM) putContact(id int64, sent map[string]string) (int64, error) {
	p := c.contacts[id]
	if id != 0 && p == nil {
		return 0, c.notFound()
	}
	of, err := c.checkContactFields(p, sent)
	if err != nil {
		return 0, err
	}
	at := c.now()
	if p == nil {
		p = c.newContact(sent["Type"] == "Business", at)
	}
	if of != 0 {
		p.of = of
	}
	for name, value := range sent {
		switch name {
		case "Type", "BusinessId":
		case "Email":
			c.setEmail(p, value)
		case "Tags":
			p.tags = splitTags(value)
		case "Deleted":
			p.deleted = value == "1"
		default:
			c.setContactField(p, name, value)
		}
	}
	c.touchContact(p, c.stamp(at))
	return p.id, nil
}

// setContactField stores a checked value; what a contact has no field for was
// let through to be passed over.
func (c *CRM) setContactField(p *contact, name, value string) {
	if f := c.contactModule(p.business).byName[name]; f != nil {
		value, _ = f.parse(value)
	} else if _, known := contactFields[name]; !known {
		return
	}
	p.fields[name] = value
}

func splitTags(text string) []string {
	var tags []string
	for tag := range strings.SplitSeq(text, ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags
}

func (c *CRM) checkContactField(business bool, name, value string) error {
	if f := c.contactModule(business).byName[name]; f != nil {
		if _, reason := f.parse(value); reason != "" {
			return c.badOption(name, value)
		}
		return nil
	}
	limit, known := contactFields[name]
	if !known {
		return c.unknown(name)
	}
	if _, err := strconv.ParseInt(cmp.Or(value, "0"), 10, 64); slices.Contains(contactNumbers, name) && err != nil {
		return c.badOption(name, value)
	}
	if len([]rune(value)) > limit {
		return c.badOption(name, value)
	}
	return nil
}

func (c *CRM) checkContactFields(p *contact, sent map[string]string) (of int64, err error) {
	business := sent["Type"] == "Business" || p != nil && p.business
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		value := sent[name]
		switch name {
		case "Type":
			if value != "Person" && value != "Business" || p != nil && p.business != (value == "Business") {
				return 0, c.badOption(name, value)
			}
		case "Deleted":
			if value != "0" && value != "1" || business && value == "1" { // companies cannot be deleted
				return 0, c.badOption(name, value)
			}
		case "BusinessId":
			id, err := strconv.ParseInt(value, 10, 64)
			if err != nil || business || c.contacts[id] == nil || !c.contacts[id].business || p != nil && p.of != 0 && p.of != id {
				return 0, c.badOption(name, value)
			}
			of = id
		case "Tags":
		default:
			if err := c.checkContactField(business, name, value); err != nil {
				return 0, err
			}
		}
	}
	if p != nil {
		return of, nil
	}
	switch {
	case sent["Type"] == "":
		return 0, c.bad(sayMissing, "Type")
	case sent["Type"] == "Business" && sent["Name"] == "":
		return 0, c.bad(sayMissing, "Name")
	case sent["Type"] == "Person" && sent["FirstName"] == "" && sent["LastName"] == "":
		return 0, c.bad(sayMissing, "FirstName")
	}
	return of, nil
}
