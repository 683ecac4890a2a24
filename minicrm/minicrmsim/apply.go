package minicrmsim

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// idle is how long the worker sleeps at most when nothing waits.
const idle = time.Hour

// process works off the documents that are due, or all of them. It returns how
// many those were and the time until the next one is due.
func (c *CRM) process(all bool) (done int, wait time.Duration) {
	c.working.Lock()
	defer c.working.Unlock()
	for {
		select {
		case <-c.stop:
			return done, idle
		default:
		}
		d, at, wait := c.next(all)
		if d == nil {
			return done, wait
		}
		c.processDocument(d, at)
		done++
	}
}

// next takes the next document out of the queue. It is applied as of the time
// it was due, or now if a worker comes late to it.
func (c *CRM) next(all bool) (d *document, at time.Time, wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		return nil, at, idle
	}
	d, now := c.queue[0], c.now()
	if wait = d.due.Sub(now); wait > 0 && !all {
		return nil, at, min(wait, idle)
	}
	c.queue = slices.Delete(c.queue, 0, 1)
	if c.o.Now != nil && d.due.Before(now) {
		return d, d.due, 0
	}
	return d, now, 0
}

// processDocument applies a document Project by Project; the system answers
// other calls in between.
func (c *CRM) processDocument(d *document, at time.Time) {
	projects, err := readProjects(d.body)
	d.body = nil
	c.mu.Lock()
	c.revision++
	d.log.Time = c.stamp(at)
	if err != nil {
		d.log.Refused = append(d.log.Refused, LogLine{Reason: "the document is not well-formed: " + strings.ToValidUTF8(err.Error(), "\uFFFD")})
		if !c.o.Switches.BrokenXMLHalf {
			projects = nil
		}
	}
	if d.half && len(projects) > 0 {
		kept := len(projects) / 2
		d.log.Notes = append(d.log.Notes, LogLine{Reason: fmt.Sprintf("processing broke off after %d of %d Projects", kept, len(projects))})
		projects = projects[:kept]
	}
	spoiled := c.o.Switches.ErrorSpoilsDocument && c.spoiled(d, projects)
	c.mu.Unlock()
	if spoiled {
		return
	}
	for _, e := range projects {
		c.mu.Lock()
		c.revision++
		c.processProject(d, e, at)
		c.mu.Unlock()
	}
}

// spoiled says whether one of a document's Projects would be refused.
func (c *CRM) spoiled(d *document, projects []*element) bool {
	for _, e := range projects {
		p, err := c.plan(e)
		if err == nil {
			continue
		}
		d.log.Refused = append(d.log.Refused, LogLine{Project: p.reference, Reason: "the whole document: " + err.Error()})
		return true
	}
	return false
}

func (c *CRM) processProject(d *document, e *element, at time.Time) {
	p, err := c.plan(e)
	if err != nil {
		d.log.Refused = append(d.log.Refused, LogLine{Project: p.reference, External: e.id, Reason: err.Error()})
		return
	}
	c.apply(p, at)
	d.log.Taken = append(d.log.Taken, p.reference)
	d.log.Notes = append(d.log.Notes, p.notes...)
}

// apply carries out a plan.
func (c *CRM) apply(p *plan, at time.Time) {
	stamp := c.stamp(at)
	k := p.card
	var before string
	if k != nil && c.o.Switches.UntouchedWhenSame {
		before = c.fingerprint(k)
	}
	if k == nil {
		k = c.newCard(p.module, at)
		k.reference = p.reference
		c.projectOf[c.projectKey(p.module, p.reference)] = k
	}
	k.name = p.name
	if p.user != 0 {
		k.user = p.user
	}
	if p.status != nil && p.status.id != k.status {
		c.moveCard(k, p.status.id, stamp)
	}
	maps.Copy(k.fields, p.fields)
	c.applyPeople(k, p, at)
	for _, o := range p.orders {
		c.applyOrder(k, o, at)
	}
	c.recompute(k, at)
	if before == "" || before != c.fingerprint(k) {
		c.touchCard(k, stamp)
	}
}

// fingerprint prints what a Project can change of a card, apart from its orders.
func (c *CRM) fingerprint(k *card) string {
	var all strings.Builder
	fmt.Fprint(&all, k.name, k.status, k.user, k.contact, k.people, k.business, k.fields)
	for _, id := range append([]int64{k.contact, k.business}, k.people...) {
		if p := c.contacts[id]; p != nil {
			fmt.Fprint(&all, p.fields)
			for _, a := range p.addresses {
				fmt.Fprint(&all, a.kind, a.name, a.country, a.county, a.city, a.code, a.street)
			}
		}
	}
	return all.String()
}

func (c *CRM) applyPeople(k *card, p *plan, at time.Time) {
	if p.business != nil {
		c.applyBusiness(k, p.business, at)
	}
	if p.contact != 0 {
		k.contact = p.contact
		if company := c.contacts[p.contact].company(); company != 0 {
			k.business = company
		}
	}
	for i, one := range p.contacts {
		person := c.applyContact(k, i, one, at)
		if k.contact == 0 || c.contacts[k.contact].business && k.contact == k.business {
			k.contact = person.id
		}
		if person.id != k.contact && !slices.Contains(k.people, person.id) {
			k.people = append(k.people, person.id)
		}
	}
	if k.contact == 0 && k.business != 0 {
		k.contact = k.business
	}
	if k.contact == 0 {
		person := c.newContact(false, at)
		person.fields["LastName"] = p.name
		k.contact = person.id
	}
}

var euNumber = regexp.MustCompile(`^[A-Z]{2}[A-Z0-9]`)

func (c *CRM) applyBusiness(k *card, b *businessPlan, at time.Time) {
	company := c.contacts[k.business]
	if company == nil {
		company = c.newContact(true, at)
		k.business = company.id
	}
	maps.Copy(company.fields, b.fields)
	if number := b.fields["VatNumber"]; c.o.Switches.VATNumberByShape && euNumber.MatchString(number) {
		company.fields["EUVatNumber"], company.fields["VatNumber"] = number, ""
	}
	for i, one := range b.addresses {
		var a *address
		if i < len(company.addresses) {
			a = company.addresses[i]
		} else {
			a = c.newAddress(company, at)
		}
		for name, value := range one {
			a.set(name, value)
		}
		a.updated = c.stamp(at)
	}
	c.touchContact(company, c.stamp(at))
}

// applyContact finds or makes the i-th person of a card.
func (c *CRM) applyContact(k *card, i int, one contactPlan, at time.Time) *contact {
	person := c.personFor(k, i, one)
	if person == nil {
		person = c.newContact(false, at)
	}
	if one.reference != 0 && person.reference == 0 {
		person.reference = one.reference
		c.personOf[one.reference] = person
	}
	for name, value := range one.fields {
		if name == "Email" {
			c.setEmail(person, value)
			continue
		}
		person.fields[name] = value
	}
	if person.of == 0 && k.business != 0 {
		person.of = k.business
	}
	c.touchContact(person, c.stamp(at))
	return person
}

// personFor is the person a Contact element means: the one of its external id;
// without one the card's person of that address, else the card's i-th one.
func (c *CRM) personFor(k *card, i int, one contactPlan) *contact {
	if known := c.personOf[one.reference]; known != nil && one.reference != 0 {
		return known
	}
	email := strings.TrimSpace(one.fields["Email"])
	if c.o.Switches.ContactsByEmail && email != "" {
		if same := c.emails[strings.ToLower(email)]; len(same) > 0 {
			return same[0]
		}
	}
	if one.reference != 0 {
		return nil
	}
	var own []*contact
	for _, id := range append([]int64{k.contact}, k.people...) {
		if p := c.contacts[id]; p != nil && !p.business {
			own = append(own, p)
		}
	}
	for _, p := range own {
		if email != "" && strings.EqualFold(strings.TrimSpace(p.fields["Email"]), email) {
			return p
		}
	}
	if i < len(own) {
		return own[i]
	}
	return nil
}
