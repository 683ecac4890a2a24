package engine

import (
	"context"
	"fmt"
	"strings"
	"time"

	"punte"
	"punte/minicrm"
	"punte/store"
)

const (
	// freshenEvery is how often the index of MiniCRM's persons is brought up to date.
	freshenEvery = 15 * time.Minute
	// freshenPages is after how many pages of changes it is done less often.
	freshenPages = 10
	// mostFreshen bounds that.
	mostFreshen = 6 * time.Hour
	// staleIndex is how old the index may be when a card is made.
	staleIndex = 12 * time.Hour
	// trustPerson is how long a person in the index is taken to be there unchanged: the
	// lists of changes do not show who was deleted.
	trustPerson = 24 * time.Hour
	// mostAsked is how many people and cards MiniCRM is asked about, one by one, for one
	// document. Further cards wait for the next.
	mostAsked = 20
)

// matches says that buyers are looked for among MiniCRM's persons.
func (w *Work) matches() bool { return w.conn.Contacts == "match" }

// peopleReady says when the index of persons is to be read: at once until it is
// complete, then now and then. A run that ends by itself brings it up to date once.
func (w *Work) peopleReady(ctx context.Context, at time.Time) (time.Time, bool, error) {
	if !w.matches() {
		return at, false, nil
	}
	r, err := w.readingOf(ctx, w.saved.Account, store.ReadingPeople)
	if err != nil || r.Complete.IsZero() {
		return at, err == nil, err
	}
	now, next := w.engine.Now(), r.Done.Add(freshenEvery)
	if r.Done.After(now) { // the clock went back
		next = now
	}
	run, once, err := w.onceRun(ctx)
	if err != nil {
		return at, false, err
	}
	if once && next.After(run.Started) { // it is done, unless the run takes so long that it has to be done again
		fresh, err := w.indexFresh(ctx)
		return later(at, next), !fresh, err
	}
	return later(at, next), true, nil
}

// readPeople reads on in MiniCRM's list of persons: all of them at first, then what
// changed since the reading before began.
func (w *Work) readPeople(ctx context.Context) error {
	s, now := w.engine.Store, w.engine.Now()
	if err := w.meetClock(ctx); err != nil {
		return err
	}
	r, err := s.StartReading(ctx, w.saved.Account, store.ReadingPeople, w.crm.Now())
	if err != nil {
		return err
	}
	mine, err := s.HoldReading(ctx, r, w.saved.ID, now.Add(sweepHold), now)
	if err != nil {
		return err
	}
	if !mine {
		return w.setDue(ctx, duePeople, now.Add(sweepWait))
	}
	if r.Begun.IsZero() {
		if r, err = w.nextReading(ctx, r, r.Since, w.crm.Now()); err != nil {
			return err
		}
	}
	list := &sweep{work: w, reading: r, what: "the people", page: w.peoplePage}
	whole, err := list.run(ctx)
	if err != nil {
		return fmt.Errorf("reading MiniCRM's persons: %w", err)
	}
	if !whole {
		return w.setDue(ctx, duePeople, w.engine.Now())
	}
	return w.peopleRead(ctx, list.reading)
}

// meetClock makes one cheap call, if none was made yet: its answer tells MiniCRM's time.
func (w *Work) meetClock(ctx context.Context) error {
	if w.clockMet || w.facts != nil {
		return nil
	}
	if _, err := w.crm.CategoryNames(ctx); err != nil {
		return fmt.Errorf("asking MiniCRM for its time: %w", err)
	}
	w.clockMet = true
	return nil
}

// peoplePage reads a page of persons and saves it.
func (w *Work) peoplePage(ctx context.Context, r store.Reading) (int, error) {
	filter := minicrm.ContactFilter{Type: minicrm.ContactPerson, UpdatedSince: r.Since}
	page, err := w.crm.ContactPage(ctx, filter, r.Page)
	if err != nil {
		return 0, err
	}
	people := make([]store.Person, 0, len(page.Rows))
	for _, row := range page.Rows {
		p := store.Person{Contact: row.ID, Company: row.BusinessID != 0}
		if row.Type == minicrm.ContactPerson {
			p.Mail = store.MailHash(w.saved.Account, row.Email)
		}
		people = append(people, p)
	}
	return len(page.Rows), w.engine.Store.SavePeople(ctx, r, people, page.Count, w.engine.Now())
}

// peopleRead ends a reading. After the whole list comes what changed while it was
// read, and only then the index is complete.
func (w *Work) peopleRead(ctx context.Context, r store.Reading) error {
	s, now := w.engine.Store, w.engine.Now()
	changes := r.Begun.Add(-listOverlap)
	if r.Since.IsZero() {
		if err := s.DropNotMet(ctx, r); err != nil {
			return err
		}
		if _, err := w.nextReading(ctx, r, changes, w.crm.Now()); err != nil {
			return err
		}
		return w.setDue(ctx, duePeople, now)
	}
	if r.Complete.IsZero() {
		r.Complete = now
	}
	r.Done = now
	wait := min(mostFreshen, freshenEvery*time.Duration(max(1, r.Pages/freshenPages)))
	if _, err := w.nextReading(ctx, r, changes, time.Time{}); err != nil {
		return err
	}
	return w.setDue(ctx, duePeople, now.Add(wait))
}

// nextReading begins another reading of the same list: of what changed since then; one
// with no begin waits for its time.
func (w *Work) nextReading(ctx context.Context, r store.Reading, since, begun time.Time) (store.Reading, error) {
	r.Since, r.Begun = since, begun
	if err := w.engine.Store.NextPass(ctx, r, true); err != nil {
		return r, err
	}
	return w.engine.Store.Reading(ctx, r.Scope, r.Kind)
}

// indexFresh says that the index of persons may decide about new cards.
func (w *Work) indexFresh(ctx context.Context) (bool, error) {
	if !w.matches() {
		return true, nil
	}
	r, err := w.readingOf(ctx, w.saved.Account, store.ReadingPeople)
	if err != nil || r.Complete.IsZero() {
		return false, err
	}
	age := w.engine.Now().Sub(r.Done)
	return age >= 0 && age < staleIndex, nil
}

// cardPerson is what is known of a customer's card before it is written.
type cardPerson struct {
	match store.Match
	there bool // the card is in MiniCRM, although no answer showed it to this store
}

// attach writes into a card who its person is. created says that MiniCRM never showed
// the card.
//
// A person who was there before is somebody's own record: the card is tied to them, and
// neither their names nor their phones are written then or later. Neither is a company,
// if they belong to one: it would be that company's data. Of a card that was found we
// don't know which of the two its person is, and leave both alone.
func (p cardPerson) attach(project *minicrm.FeedProject, created bool) {
	switch p.match.Kind {
	case store.MatchAttached:
		if created {
			project.ContactID = p.match.Contact
		}
		project.Contacts = nil
		if p.match.Company {
			project.Business = nil
		}
	case store.MatchFound:
		project.Contacts, project.Business = nil, nil
	}
}

// note is what a person may want to know of the card's person.
func (p cardPerson) note() (string, bool) {
	if p.match.Kind != store.MatchSeveral {
		return "", false
	}
	return severalPeople(p.match.People), true
}

func severalPeople(n int) string {
	return fmt.Sprintf("%d people in MiniCRM have the buyer's e-mail address, so a new one was made; merge them there if they are one", n)
}

// people decides who the persons of the cards are that MiniCRM never showed, and notes
// it: a decision is made once. Cards for which too much would have to be asked are left
// out of the groups it returns.
func (a *asker) people(ctx context.Context, groups [][]store.Duty, cards map[int64]store.Card) ([][]store.Duty, map[int64]cardPerson, error) {
	who := make(map[int64]cardPerson, len(groups))
	kept := groups[:0:0]
	for _, duties := range groups {
		card := duties[0].Card
		p, ok, err := a.person(ctx, duties, cards[card].Shown > 0)
		if err != nil {
			return nil, nil, err
		}
		if ok {
			who[card] = p
			kept = append(kept, duties)
		}
	}
	return kept, who, nil
}

// person decides about one card; false if that has to wait for the next document.
func (a *asker) person(ctx context.Context, duties []store.Duty, shown bool) (p cardPerson, ok bool, err error) {
	w, first := a.work, duties[0]
	before, err := w.engine.Store.CardMatch(ctx, w.saved.ID, first.Card)
	if err != nil {
		return p, false, err
	}
	p = cardPerson{match: before, there: before.Kind == store.MatchFound}
	// A person who was there when the card was sent, and whose card did not arrive, may
	// be gone.
	again := before.Kind == store.MatchAttached && missed(duties)
	if shown || before.Kind != "" && !again || before.Kind == "" && !first.CardFirst {
		return p, true, nil
	}
	if a.asked >= mostAsked {
		return p, false, nil
	}
	p.there = anyOf(duties, a.known)
	m, err := a.decide(ctx, first, p.there, again)
	if err != nil {
		return p, false, err
	}
	p = cardPerson{match: m, there: p.there || m.Kind == store.MatchFound}
	if m.Kind == store.MatchNew && before.Kind == "" {
		return p, true, nil // what nobody had to be asked for needs no note
	}
	return p, true, w.engine.Store.SaveMatch(ctx, w.saved.ID, m, w.engine.Now())
}

// missed says that one of the orders was sent and not shown.
func missed(duties []store.Duty) bool {
	for _, d := range duties {
		if d.Rounds > 0 {
			return true
		}
	}
	return false
}

func anyOf(duties []store.Duty, refs map[string]bool) bool {
	for _, d := range duties {
		if refs[d.Ref] {
			return true
		}
	}
	return false
}

// decide looks for the buyer among MiniCRM's persons. there says that the card is in
// MiniCRM already; verify, that the index alone is not to be trusted.
func (a *asker) decide(ctx context.Context, d store.Duty, there, verify bool) (store.Match, error) {
	w := a.work
	m := store.Match{Card: d.Card, Kind: store.MatchNew}
	if !w.matches() {
		return m, nil
	}
	if there {
		m.Kind = store.MatchFound
		return m, nil
	}
	people, err := a.withAddress(ctx, d, verify)
	if err != nil || len(people) == 0 {
		return m, err
	}
	// Where this MiniCRM had orders of ours before our database began, this card may be
	// there too, and it is not to get another person.
	anew, err := a.begunAnew(ctx)
	if err != nil {
		return m, err
	}
	if anew {
		found, err := a.lookUp(ctx, d.Card)
		if err != nil {
			return m, err
		}
		if found.there && a.inWebshop(found.card) {
			m.Kind = store.MatchFound
			return m, nil
		}
	}
	m.People = len(people)
	if len(people) > 1 {
		m.Kind = store.MatchSeveral
		return m, nil
	}
	m.Kind, m.Contact, m.Company = store.MatchAttached, people[0].Contact, people[0].Company
	return m, nil
}

// withAddress are the persons of MiniCRM with the buyer's own address. An address that
// several buyers share, or a marketplace made up, is nobody's own.
func (a *asker) withAddress(ctx context.Context, d store.Duty, verify bool) ([]store.Person, error) {
	w := a.work
	if !ownAddress(w.conn, d) {
		return nil, nil
	}
	mail := store.MailHash(w.saved.Account, d.CardBuyer.Email)
	found, err := w.engine.Store.PeopleOfMail(ctx, w.saved.Account, mail)
	if err != nil {
		return nil, err
	}
	people := found[:0:0]
	for _, p := range found {
		if age := w.engine.Now().Sub(p.Seen); verify || age < 0 || age > trustPerson {
			still, err := a.verify(ctx, &p)
			if err != nil {
				return nil, err
			}
			if !still {
				continue
			}
		}
		people = append(people, p)
	}
	return people, nil
}

// ownAddress says that the buyer's address identifies them.
func ownAddress(conn *punte.Connection, d store.Duty) bool {
	address := punte.PlainAddress(d.CardBuyer.Email)
	if !punte.IsAddress(address) || strings.HasPrefix(conn.CardIdentity(d.Order).Text, "order:") {
		return false
	}
	for _, shared := range conn.SharedAddresses {
		if punte.PlainAddress(shared) == address {
			return false
		}
	}
	return true
}

// verify asks MiniCRM whether a person is still there with that address.
func (a *asker) verify(ctx context.Context, p *store.Person) (bool, error) {
	w := a.work
	a.asked++
	contact, err := w.crm.Contact(ctx, p.Contact)
	gone := isNotFound(err)
	if err != nil && !gone {
		return false, fmt.Errorf("asking MiniCRM for a person: %w", err)
	}
	if gone || contact.Deleted || contact.Type == minicrm.ContactBusiness {
		return false, w.engine.Store.DropPerson(ctx, w.saved.Account, p.Contact)
	}
	before := p.Mail
	*p = store.Person{
		Contact: p.Contact, Mail: store.MailHash(w.saved.Account, contact.Email), Company: contact.BusinessID != 0, Seen: w.engine.Now(),
	}
	return p.Mail == before, w.engine.Store.NotePerson(ctx, w.saved.Account, *p)
}
