package minicrmsim

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A card is one Project: a customer in the Webshop module, an order in the
// Orders module, anything elsewhere.
type card struct {
	id        int64
	reference int64 // the external id, 0 if none
	module    *module
	name      string
	status    int64
	user      int64
	contact   int64   // the main contact
	people    []int64 // further persons
	business  int64
	fields    map[string]string // by name, values as field.parse stores them
	deleted   bool

	born          time.Time
	created       string
	updated       string
	statusUpdated string

	orders []*order // of a customer
	order  *order   // the document this is the card of
}

const writer = "MiniCRM" // who wrote what came over the API

func (c *CRM) newCard(m *module, at time.Time) *card {
	c.nextCard++
	stamp := c.stamp(at)
	k := &card{
		id: c.nextCard, module: m, user: c.somebody(), fields: make(map[string]string),
		born: at, created: stamp, updated: stamp, statusUpdated: stamp,
	}
	if len(m.statuses) > 0 {
		k.status = m.statuses[0].id
	}
	if s := m.statusOfSegment(registered); s != nil {
		k.status = s.id
	}
	c.cards[k.id] = k
	m.cards = append(m.cards, k)
	return k
}

func (k *card) statusName() string {
	if s := k.module.status(k.status); s != nil {
		return s.name
	}
	return ""
}

func (c *CRM) projectKey(m *module, reference int64) projectKey {
	if !c.o.Switches.ReferencesPerModule {
		return projectKey{0, reference}
	}
	return projectKey{m.id, reference}
}

// projectDetail is a card as GET Project/{Id} prints it: labels, not ids.
func (c *CRM) projectDetail(id int64) (any, error) {
	k := c.cards[id]
	if k == nil {
		return nil, c.notFound()
	}
	detail := object{{"Id", k.id}, {"CategoryId", k.module.id}, {"ContactId", k.contact}}
	if k.business != 0 {
		detail = detail.with("BusinessId", k.business)
	}
	detail = append(detail, object{
		{"StatusId", k.statusName()},
		{"UserId", c.userName(k.user)},
		{"Name", k.name},
		{"StatusUpdatedAt", k.statusUpdated},
		{"IsPrivate", 0},
		{"Invited", c.invited()},
		{"Deleted", flag(k.deleted)},
		{"CreatedBy", writer},
		{"CreatedAt", k.created},
		{"UpdatedBy", writer},
		{"UpdatedAt", k.updated},
		{"ProjectHash", fmt.Sprintf("%08x", uint32(k.id)*2654435761)},
		{"ProjectEmail", fmt.Sprintf("project-%s-%d@example.com", c.o.SystemID, k.id)},
	}...)
	for _, f := range k.module.fields {
		detail = detail.with(f.name, c.fieldValue(k, f))
	}
	return detail, nil
}

// invited is the list of the users invited to a card: nobody.
func (c *CRM) invited() any {
	if c.o.Switches.InvitedList {
		return []any{}
	}
	return ""
}

// fieldValue is a field of a card as its detail prints it. A file has been
// downloaded by then and is served by MiniCRM itself.
func (c *CRM) fieldValue(k *card, f *field) any {
	value := k.fields[f.name]
	if value == "" || c.o.Switches.FilesAsSent || !strings.HasPrefix(f.typ, "File(") {
		return f.print(value)
	}
	var all []string
	for i := range strings.Split(value, ",") {
		all = append(all, fmt.Sprintf("%s/%s/Download/S3/?t=project&inline=&e=%d-%s-%d", c.base(), c.o.SystemID, k.id, f.name, i))
	}
	return strings.Join(all, ",")
}

func (c *CRM) projectRow(k *card) object {
	row := object{
		{"Id", c.rowID(k.id)},
		{"Name", k.name},
		{"Url", c.url("Project", k.id)},
		{"ContactId", c.rowID(k.contact)},
		{"StatusId", c.rowID(k.status)},
		{"UserId", c.rowID(k.user)},
		{"Deleted", flag(k.deleted)},
	}
	if k.business != 0 {
		row = row.with("BusinessId", c.rowID(k.business))
	}
	return row
}

// url is the address of an entity.
func (c *CRM) url(entity string, id int64) string {
	return c.base() + "/Api/R3/" + entity + "/" + wireID(id)
}

// base is where the addresses in answers begin: at the Hungarian host, whoever
// asked.
func (c *CRM) base() string {
	return cmp.Or(strings.TrimSuffix(c.o.Switches.URLBase, "/"), "https://r3.minicrm.hu")
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// putProject creates a card (id 0) or changes one. All of it is checked before
// any of it is written.
func (c *CRM) putProject(id int64, sent map[string]string) (int64, error) {
	k := c.cards[id]
	if id != 0 && k == nil {
		return 0, c.notFound()
	}
	if k != nil && k.order != nil && c.o.Switches.LockedOrderCards {
		return 0, c.bad(sayBadParameter, "Id")
	}
	m, err := c.putModule(k, sent)
	if err != nil {
		return 0, err
	}
	e, err := c.projectEdit(k, m, sent)
	if err != nil {
		return 0, err
	}
	at := c.now()
	if k == nil {
		k = c.newCard(m, at)
		k.contact = e.contact
		k.name = c.contacts[e.contact].name()
	}
	c.applyEdit(k, e, c.stamp(at))
	return k.id, nil
}

func (c *CRM) putModule(k *card, sent map[string]string) (*module, error) {
	text, given := sent["CategoryId"]
	if k != nil {
		if given && text != wireID(k.module.id) {
			return nil, c.badOption("CategoryId", text)
		}
		return k.module, nil
	}
	if !given || text == "" {
		return nil, c.bad(sayMissing, "CategoryId")
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || c.module(id) == nil {
		return nil, c.badOption("CategoryId", text)
	}
	return c.module(id), nil
}

// An edit is a checked change of a card; what is nil or 0 stays.
type edit struct {
	name      *string
	status    *status
	user      int64
	contact   int64
	business  int64
	deleted   *bool
	reference int64
	fields    map[string]string
}

func (c *CRM) projectEdit(k *card, m *module, sent map[string]string) (*edit, error) {
	e, err := c.readEdit(k, m, sent)
	if err != nil {
		return nil, err
	}
	if k == nil && e.contact == 0 {
		return nil, c.bad(sayMissing, "ContactId")
	}
	return e, c.checkContact(e, k)
}

// readEdit checks each field for itself.
func (c *CRM) readEdit(k *card, m *module, sent map[string]string) (*edit, error) {
	e := &edit{fields: make(map[string]string)}
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		if name == "CategoryId" {
			continue
		}
		if err := c.editField(e, k, m, name, sent[name]); err != nil {
			return nil, err
		}
	}
	for _, f := range m.fields {
		if value, given := e.fields[f.name]; f.required && value == "" && (k == nil || given) {
			return nil, c.bad(sayMissing, f.name)
		}
	}
	return e, nil
}

func (c *CRM) editField(e *edit, k *card, m *module, name, value string) error {
	switch name {
	case "Name":
		value = c.fitted(&field{typ: "Text(512)"}, value)
		if value == "" || len([]rune(value)) > 512 {
			return c.badOption(name, value)
		}
		e.name = &value
	case "StatusId":
		if e.status = m.statusOf(value); e.status == nil {
			return c.badOption(name, value)
		}
	case "UserId":
		e.user = c.owner(m, value)
	case "ContactId", "BusinessId":
		id, err := strconv.ParseInt(value, 10, 64)
		if err != nil || c.contacts[id] == nil || name == "BusinessId" && !c.contacts[id].business {
			return c.badOption(name, value)
		}
		if name == "ContactId" {
			e.contact = id
		} else {
			e.business = id
		}
	case "Deleted":
		if value != "0" && value != "1" {
			return c.badOption(name, value)
		}
		deleted := value == "1"
		e.deleted = &deleted
	case "ReferenceId":
		id, err := strconv.ParseInt(value, 10, 64)
		if !c.o.Switches.WritableReference || err != nil || id <= 0 {
			return c.bad(sayBadParameter, name)
		}
		if other := c.projectOf[c.projectKey(m, id)]; other != nil && other != k {
			return c.badOption(name, value)
		}
		e.reference = id
	default:
		f := m.byName[name]
		if f == nil {
			return c.unknown(name)
		}
		stored, reason := f.parse(c.fitted(f, value))
		if reason != "" {
			return c.badOption(name, value)
		}
		e.fields[name] = stored
	}
	return nil
}

// fitted cuts a text that is too long for its field, if that is what the system
// does with it.
func (c *CRM) fitted(f *field, value string) string {
	limit := f.limit()
	if letters := []rune(value); c.o.Switches.LongTextCut && limit > 0 && len(letters) > limit {
		return string(letters[:limit])
	}
	return value
}

// checkContact holds a card to its company: a person of another one needs the
// BusinessId too, which must be theirs, and a person without one cannot take
// over a company's card.
func (c *CRM) checkContact(e *edit, k *card) error {
	if k == nil {
		return nil
	}
	wanted := cmp.Or(e.business, k.business)
	if e.contact == 0 && e.business == 0 || wanted == 0 {
		return nil
	}
	if p := c.contacts[cmp.Or(e.contact, k.contact)]; p != nil && p.company() == wanted {
		return nil
	}
	if e.contact == 0 {
		return c.badOption("BusinessId", wireID(e.business))
	}
	return c.badOption("ContactId", wireID(e.contact))
}

func (c *CRM) applyEdit(k *card, e *edit, stamp string) {
	if e.name != nil {
		k.name = *e.name
	}
	if e.contact != 0 {
		k.contact = e.contact
		k.business = c.contacts[e.contact].company()
	}
	if e.business != 0 {
		k.business = e.business
	}
	if e.user != 0 {
		k.user = e.user
	}
	if e.deleted != nil {
		k.deleted = *e.deleted
	}
	if e.reference != 0 {
		delete(c.projectOf, c.projectKey(k.module, k.reference))
		k.reference = e.reference
		c.projectOf[c.projectKey(k.module, k.reference)] = k
	}
	maps.Copy(k.fields, e.fields)
	if e.status != nil && e.status.id != k.status {
		c.moveCard(k, e.status.id, stamp)
		c.followStatus(k, e.status, stamp)
	}
	c.touchCard(k, stamp)
}

// followStatus moves the document of an order's card along with the card.
func (c *CRM) followStatus(k *card, s *status, stamp string) {
	if k.order == nil || s.state == "" || k.order.state == s.state {
		return
	}
	c.setState(k.order, s.state, stamp)
	c.touchOrder(k.order, stamp)
	c.refresh(k.order.customer, c.now())
}

// projectPerson is what POST /_sim/person asks for: somebody's edit by hand.
func (c *CRM) projectPerson(id int64, sent map[string]string) error {
	k := c.cards[id]
	if k == nil {
		return fmt.Errorf("there is no card %d", id)
	}
	if owner, given := sent["UserId"]; given && c.userOf(owner) == nil {
		return fmt.Errorf("there is no user %q", owner)
	}
	e, err := c.projectEdit(k, k.module, sent)
	if err != nil {
		return fmt.Errorf("editing card %d: %s", id, strings.TrimSpace(err.Error()))
	}
	c.applyEdit(k, e, c.stamp(c.now()))
	return nil
}
