package engine

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"punte"
	"punte/minicrm"
	"punte/store"
)

// All that a probe makes bears this mark at the beginning of its name.
const (
	probeMark = "Punte probe"
	probeName = probeMark + ", please ignore / delete"
)

// ProbeOptions say how to probe.
type ProbeOptions struct {
	Keep bool                  // leave what was made, to look at it
	Tell func(sentence string) // progress; nil: nobody wants to know
}

// ProbeReport is what a probe found and left behind.
type ProbeReport struct {
	Found     []ProbeFinding
	Left      []string // cards that could not be put to the Trash, with links
	Documents int
	Calls     int // documents not counted
}

// ProbeFinding is a finding with its question in words.
type ProbeFinding struct {
	store.Finding
	Asks string
}

// ProbePlan says in a few sentences what a probe will do to the account, for a person
// to agree to.
func ProbePlan(conn *punte.Connection) []string {
	return []string{
		fmt.Sprintf("The probe writes into MiniCRM system %s (%s), not into the shop.", conn.MiniCRM.SystemID, conn.MiniCRM.BaseURL),
		fmt.Sprintf("It makes about ten customer cards and five orders, all named %q, changes them in every way, reads them back and puts their cards to the Trash.", probeName),
		"Automations of the account (follow-ups, tasks, mails to colleagues) may act on them; switch them off for Orders and Webshop, or tell whom it concerns. The test customers have addresses at which nobody gets mail.",
		"What MiniCRM can't delete from outside stays: the test persons, one test company, and two hidden items of the stock with the SKUs PUNTE-PROBE-1 and PUNTE-PROBE-2.",
		"It takes about twelve documents and a hundred calls, some minutes if MiniCRM is quick, and waits for MiniCRM as long as it takes, up to an hour for a document.",
	}
}

// Probe rehearses on the account: what no document says about MiniCRM is tried with
// marked test cards and noted for all connections of the account. What it made it puts
// to the Trash, also after an error or when ctx ends. The report is good also with an
// error: it has what was found by then. Conflict if another probe goes on.
func (e *Engine) Probe(ctx context.Context, conn *punte.Connection, keys Keys, o ProbeOptions) (report ProbeReport, err error) {
	p := &prober{
		engine: e, conn: conn, options: o, account: account(conn), begun: e.Now(),
		work: &Work{engine: e, conn: conn}, found: map[string]store.Finding{}, cards: map[string]int64{}, trash: map[int64]trashed{},
	}
	// The last part tells it from one that begins in the same second elsewhere.
	p.stamp = p.begun.UTC().Format("20060102150405") + strings.ToLower(rand.Text()[:6])
	p.crm = e.crm(conn, keys.MiniCRM, p.reserve)
	if err := p.begin(ctx); err != nil {
		return p.report(), err
	}
	err = p.rehearse(ctx)
	// What was made is removed whatever happened, and what was found is kept.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), sweepTime)
	defer cancel()
	p.cleaning = true
	err = errors.Join(err, p.end(last))
	return p.report(), err
}

// sweepTime is how long removing the test cards may take.
const sweepTime = 5 * time.Minute

type prober struct {
	engine  *Engine
	conn    *punte.Connection
	work    *Work // for what it knows of delivery and labels
	crm     *minicrm.Client
	options ProbeOptions
	account string
	stamp   string // part of all external ids
	begun   time.Time

	system   crmAccount
	owner    minicrm.Option
	field    string // a text field of the order's card that the connection writes; empty if there is none
	delivery string
	dirty    []string // stamps of earlier probes that may have left something behind

	ids      map[string]int64 // external ids by name
	cards    map[string]int64 // customers' cards in MiniCRM by name
	orders   []*testOrder
	watch    string // the card that tells how far MiniCRM is
	byID     bool   // the status of a card goes by id
	count    int    // documents, printed into the watched card's name
	shown    int    // the last one that MiniCRM was seen to have processed
	slowest  time.Duration
	singly   bool // one refused customer spoils others: each goes in a document of its own
	offers   bool // orders are listed under Offer
	noList   bool // orders are not listed
	cleaning bool
	yields   bool // another probe goes on: only what is ours is put to the Trash

	found     map[string]store.Finding
	trash     map[int64]trashed
	left      []string
	documents int
	calls     int
}

func (p *prober) tell(format string, args ...any) {
	if p.options.Tell != nil {
		p.options.Tell(fmt.Sprintf(format, args...))
	}
}

// note writes down a finding.
func (p *prober) note(name, value, sure, evidence string, args ...any) {
	p.found[name] = store.Finding{Name: name, Value: value, Sure: sure, Evidence: fmt.Sprintf(evidence, args...), Found: p.engine.Now()}
}

// either notes one of two answers that was seen.
func (p *prober) either(name string, yes bool, value, other, evidence string, args ...any) {
	if !yes {
		value = other
	}
	p.note(name, value, store.Sure, evidence, args...)
}

func (p *prober) unknown(name, why string) {
	if _, known := p.found[name]; !known {
		p.note(name, "", store.Unknown, "%s", why)
	}
}

// begin reads the account, takes the place of the only probe and removes what earlier
// ones left behind.
func (p *prober) begin(ctx context.Context) error {
	delivery, err := p.work.delivery()
	if err != nil {
		return err
	}
	p.delivery = delivery
	if p.system, err = readAccount(ctx, p.crm, p.conn); err != nil {
		return err
	}
	if faults := p.system.faults(p.conn); len(faults) > 0 {
		return &faults[0]
	}
	p.owner, _ = p.system.user(p.conn.Owner)
	p.field = p.textField()
	if p.ids, err = p.externals(ctx, p.stamp); err != nil {
		return err
	}
	last, err := p.engine.Store.LastProbe(ctx, p.account)
	if err != nil && punte.ErrorCode(err) != punte.NotFound {
		return err
	}
	p.dirty = last.Dirty
	// The last thing, for nothing that fails before it may keep the place.
	return p.engine.Store.BeginProbe(ctx, p.account, p.stamp, p.engine.Now())
}

// externals gets the external ids of all that a probe makes from the record of
// handed-out ids, so that they are nobody else's.
func (p *prober) externals(ctx context.Context, stamp string) (map[string]int64, error) {
	var names []string
	var asks []store.RefAsk
	add := func(kind, name, source string) {
		names = append(names, name)
		asks = append(asks, store.RefAsk{Kind: kind, Source: source, Candidate: func(try int) int64 {
			return punte.Hash(source + strings.Repeat("#2", try))
		}})
	}
	for _, name := range testCards {
		add(punte.KindCard, name, "probe:"+stamp+":card:"+name)
	}
	for _, name := range testOrders {
		add(punte.KindOrder, "order "+name, "probe:"+stamp+":order:"+name)
	}
	// The first product is new to the stock each time, which is what is to be found out.
	add(punte.KindLine, "line 1", "probe:"+stamp+":line:1")
	add(punte.KindLine, "line 2", "probe:line:2")
	found, err := p.engine.Store.Refs(ctx, p.account, asks)
	if err != nil {
		return nil, err
	}
	ids := make(map[string]int64, len(names))
	for i, name := range names {
		ids[name] = found[i].ID
	}
	return ids, nil
}

// textField is a field into which a text can be written: the link's, or another that
// the connection writes.
func (p *prober) textField() string {
	for _, use := range fieldNames(p.conn) {
		if f, ok := p.system.orders.Field(use.name); ok && f.Type == minicrm.TypeText {
			return f.Name
		}
	}
	return ""
}

// rehearse does the whole rehearsal, in an order that needs few documents.
func (p *prober) rehearse(ctx context.Context) error {
	if err := p.alone(ctx); err != nil {
		return err
	}
	if len(p.dirty) > 0 {
		p.tell("looking for what an earlier probe left behind")
		if err := p.sweep(ctx, p.dirty); err != nil {
			return err
		}
	}
	for _, part := range []struct {
		say string
		do  func(*prober, context.Context) error
	}{
		{"making the first cards and measuring how long MiniCRM takes", (*prober).firstCards},
		{"looking whether another probe began meanwhile", (*prober).alone},
		{"making five customers with an order each", (*prober).makeOrders},
		{"sending a document in which one customer can't be taken", (*prober).badProject},
		{"sending the orders again, each in another way", (*prober).sendAgain},
		{"trying odd prices and quantities", (*prober).oddLines},
		{"moving the orders from every state to every other", (*prober).moveAll},
	} {
		p.tell("%s", part.say)
		if err := part.do(p, ctx); err != nil {
			return err
		}
		if err := p.save(ctx); err != nil {
			return err
		}
	}
	return nil
}

// save keeps what was found so far and gives a sign of life.
func (p *prober) save(ctx context.Context) error {
	if err := p.engine.Store.SeeProbe(ctx, p.account, p.stamp, p.engine.Now()); err != nil {
		return err
	}
	return p.engine.Store.SaveFindings(ctx, p.account, p.sorted())
}

// end removes what was made and notes how the probe ended.
func (p *prober) end(ctx context.Context) error {
	if p.yields && p.count == 0 { // nothing was made and nothing found
		return p.engine.Store.EndProbe(ctx, p.account, p.stamp, p.dirty, p.engine.Now())
	}
	for name := range questions {
		if name != findTrash && (name != findUpload || p.delivery == deliverPush) {
			p.unknown(name, "the probe did not come to it")
		}
	}
	dirty := append(slices.Clone(p.dirty), p.stamp)
	var sweepErr error
	if !p.options.Keep {
		p.tell("putting the test cards to the Trash")
		p.settleDown(ctx)
		if sweepErr = p.sweep(ctx, dirty); sweepErr == nil && len(p.left) == 0 && p.shown == p.count {
			dirty = nil
		}
		if sweepErr != nil {
			p.left = append(p.left, "test cards of which MiniCRM did not say where they are; the next probe looks for them")
		}
	}
	p.unknown(findTrash, "no card was put to the Trash")
	return errors.Join(sweepErr, p.save(ctx), p.engine.Store.EndProbe(ctx, p.account, p.stamp, dirty, p.engine.Now()))
}

func (p *prober) sorted() []store.Finding {
	list := make([]store.Finding, 0, len(p.found))
	for _, f := range p.found {
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b store.Finding) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

func (p *prober) report() ProbeReport {
	r := ProbeReport{Left: p.left, Documents: p.documents, Calls: p.calls}
	for _, f := range p.sorted() {
		r.Found = append(r.Found, ProbeFinding{Finding: f, Asks: asks(f.Name)})
	}
	return r
}
