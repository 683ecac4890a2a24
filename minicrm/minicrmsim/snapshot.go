package minicrmsim

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/govalues/decimal"
)

// stateVersion is the version of the document that Save writes.
const stateVersion = 1

// A snapshot is a whole world as JSON. Everything that points is an id.
type snapshot struct {
	Version  int    `json:"version"`
	SystemID string `json:"system_id"`
	Language string `json:"language"`

	Offset     time.Duration `json:"offset"` // nanoseconds
	SegmentDay string        `json:"segment_day"`

	Cards    []savedCard        `json:"cards"`
	NextCard int64              `json:"next_card"`
	People   []savedContact     `json:"people"`
	NextAddr int64              `json:"next_address"`
	Todos    []savedTodo        `json:"todos"`
	Emails   map[string][]int64 `json:"emails"`

	Orders   []savedOrder `json:"orders"`
	Recent   []int64      `json:"recent"` // ids of orders, 0 for a slot left behind
	NextItem int64        `json:"next_item"`
	Stock    savedStock   `json:"stock"`
	Register register     `json:"register"`

	Queue     []savedDocument `json:"queue"`
	Documents int             `json:"documents"`
	Log       []*DocumentLog  `json:"log"`
	Calls     map[string]int  `json:"calls"`
	Limited   int             `json:"limited"`
	Faults    []savedFault    `json:"faults"`
	Edits     []adminEdit     `json:"edits"`
	Minute    []time.Time     `json:"minute"` // the calls that count against each limit
	Hour      []time.Time     `json:"hour"`
}

type savedCard struct {
	ID            int64             `json:"id"`
	Reference     int64             `json:"reference"`
	Module        int64             `json:"module"`
	Name          string            `json:"name"`
	Status        int64             `json:"status"`
	User          int64             `json:"user"`
	Contact       int64             `json:"contact"`
	People        []int64           `json:"people"`
	Business      int64             `json:"business"`
	Fields        map[string]string `json:"fields"`
	Deleted       bool              `json:"deleted"`
	Born          time.Time         `json:"born"`
	Created       string            `json:"created"`
	Updated       string            `json:"updated"`
	StatusUpdated string            `json:"status_updated"`
	Orders        []int64           `json:"orders"`
}

type savedContact struct {
	ID        int64             `json:"id"`
	Reference int64             `json:"reference"`
	Business  bool              `json:"business"`
	Of        int64             `json:"of"`
	Fields    map[string]string `json:"fields"`
	Tags      []string          `json:"tags"`
	Addresses []savedAddress    `json:"addresses"`
	Deleted   bool              `json:"deleted"`
	Purged    bool              `json:"purged"`
	Created   string            `json:"created"`
	Updated   string            `json:"updated"`
}

type savedAddress struct {
	ID      int64  `json:"id"`
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Country string `json:"country"`
	County  string `json:"county"`
	City    string `json:"city"`
	Code    string `json:"code"`
	Street  string `json:"street"`
	Main    bool   `json:"main"`
	Created string `json:"created"`
	Updated string `json:"updated"`
}

type savedTodo struct {
	ID      int64     `json:"id"`
	Card    int64     `json:"card"`
	User    int64     `json:"user"`
	Kind    string    `json:"kind"`
	Comment string    `json:"comment"`
	Due     string    `json:"due"`
	Closed  string    `json:"closed"`
	Created string    `json:"created"`
	More    taskParts `json:"more"`
}

type savedOrder struct {
	ID          int64           `json:"id"`
	Reference   int64           `json:"reference"`
	Card        int64           `json:"card"`
	Customer    int64           `json:"customer"`
	Contact     int64           `json:"contact"`
	Number      string          `json:"number"`
	Currency    string          `json:"currency"`
	Language    string          `json:"language"`
	Payment     string          `json:"payment"`
	Subject     string          `json:"subject"`
	Performance string          `json:"performance"`
	State       State           `json:"state"`
	Buyer       savedBuyer      `json:"buyer"`
	Lines       []savedLine     `json:"lines"`
	Net         decimal.Decimal `json:"net"`
	Gross       decimal.Decimal `json:"gross"`
	Issued      string          `json:"issued"`
	Paid        string          `json:"paid"`
	Updated     string          `json:"updated"`
	Slot        int             `json:"slot"`
}

type savedBuyer struct {
	Name         string `json:"name"`
	Country      string `json:"country"`
	County       string `json:"county"`
	PostalCode   string `json:"postal_code"`
	City         string `json:"city"`
	Address      string `json:"address"`
	Account      string `json:"account"`
	VATNumber    string `json:"vat_number"`
	EUVATNumber  string `json:"eu_vat_number"`
	Registration string `json:"registration"`
	Group        string `json:"group"`
}

type savedLine struct {
	ID        int64           `json:"id"`
	Reference int64           `json:"reference"`
	Name      string          `json:"name"`
	SKU       string          `json:"sku"`
	EAN       string          `json:"ean"`
	Text      string          `json:"text"`
	Unit      string          `json:"unit"`
	Folder    string          `json:"folder"`
	Price     decimal.Decimal `json:"price"`
	Quantity  decimal.Decimal `json:"quantity"`
	Rate      decimal.Decimal `json:"rate"`
	Net       decimal.Decimal `json:"net"`
	Gross     decimal.Decimal `json:"gross"`
}

type savedStock struct {
	Folders   []string         `json:"folders"`
	Products  []savedProduct   `json:"products"`
	Reference map[int64]int64  `json:"reference"` // external id to id
	SKU       map[string]int64 `json:"sku"`
}

type savedProduct struct {
	ID        int64      `json:"id"`
	Reference int64      `json:"reference"`
	Name      string     `json:"name"`
	SKU       string     `json:"sku"`
	Unit      string     `json:"unit"`
	VAT       string     `json:"vat"`
	Price     string     `json:"price"`
	Folder    string     `json:"folder"`
	More      stockParts `json:"more"`
}

type savedDocument struct {
	Number int       `json:"number"`
	Body   []byte    `json:"body"`
	Due    time.Time `json:"due"`
	Half   bool      `json:"half"`
}

type savedFault struct {
	Endpoint string        `json:"endpoint"`
	Kind     string        `json:"kind"`
	Times    int           `json:"times"`
	Pause    time.Duration `json:"pause"`
}

// Save writes the whole world as JSON: cards, contacts, orders, stock, the
// documents that wait, the log, counters, limits, faults and how far the clock
// was moved. A document that is being processed is finished first. What
// Options say is not part of it, the switches included: a program gives them
// again.
func (c *CRM) Save(w io.Writer) error {
	text, err := c.printWorld()
	if err != nil {
		return fmt.Errorf("saving the world of system %s: %w", c.o.SystemID, err)
	}
	if _, err := w.Write(text); err != nil {
		return fmt.Errorf("saving the world of system %s: %w", c.o.SystemID, err)
	}
	return nil
}

func (c *CRM) printWorld() ([]byte, error) {
	c.working.Lock()
	defer c.working.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	s := snapshot{
		Version: stateVersion, SystemID: c.o.SystemID, Language: c.o.Language,
		Offset: c.offset, SegmentDay: c.segmentDay, NextCard: c.nextCard, NextAddr: c.nextAddr, NextItem: c.nextItem,
		Documents: c.documents, Log: c.log, Calls: c.calls, Limited: c.limited, Edits: c.edits, Register: c.register, Minute: c.minute.calls, Hour: c.hour.calls,
		Emails: make(map[string][]int64),
	}
	for id := int64(1); id <= c.nextCard; id++ {
		if k := c.cards[id]; k != nil {
			s.Cards = append(s.Cards, k.save())
		}
	}
	for _, p := range c.people {
		saved := p.save()
		saved.Purged = c.contacts[p.id] == nil
		s.People = append(s.People, saved)
	}
	for address, people := range c.emails {
		for _, p := range people {
			s.Emails[address] = append(s.Emails[address], p.id)
		}
	}
	for id := int64(1); id <= int64(len(c.todos)); id++ {
		t := c.todos[id]
		s.Todos = append(s.Todos, savedTodo{t.id, t.card.id, t.user, t.kind, t.comment, t.due, t.closed, t.created, t.more})
	}
	for _, o := range c.byID {
		s.Orders = append(s.Orders, o.save())
	}
	for _, o := range c.recent.slots {
		if o == nil {
			s.Recent = append(s.Recent, 0)
			continue
		}
		s.Recent = append(s.Recent, o.id)
	}
	s.Stock = c.stock.save()
	for _, d := range c.queue {
		s.Queue = append(s.Queue, savedDocument{d.number, d.body, d.due.UTC(), d.half})
	}
	for _, f := range c.faults {
		s.Faults = append(s.Faults, savedFault{f.endpoint, f.kind, f.times, f.pause})
	}
	return json.Marshal(s)
}

func (k *card) save() savedCard {
	saved := savedCard{
		k.id, k.reference, k.module.id, k.name, k.status, k.user, k.contact, k.people, k.business, k.fields, k.deleted,
		k.born.UTC(), k.created, k.updated, k.statusUpdated, nil,
	}
	for _, o := range k.orders {
		saved.Orders = append(saved.Orders, o.id)
	}
	return saved
}

func (p *contact) save() savedContact {
	saved := savedContact{
		ID: p.id, Reference: p.reference, Business: p.business, Of: p.of, Fields: p.fields, Tags: p.tags,
		Deleted: p.deleted, Created: p.created, Updated: p.updated,
	}
	for _, a := range p.addresses {
		saved.Addresses = append(saved.Addresses, savedAddress{
			a.id, a.kind, a.name, a.country, a.county, a.city, a.code, a.street, a.main, a.created, a.updated,
		})
	}
	return saved
}

func (o *order) save() savedOrder {
	saved := savedOrder{
		ID: o.id, Reference: o.reference, Card: o.card.id, Contact: o.contact, Number: o.number, Currency: o.currency,
		Language: o.language, Payment: o.payment, Subject: o.subject, Performance: o.performance, State: o.state,
		Buyer: o.buyer.save(), Net: o.net, Gross: o.gross, Issued: o.issued, Paid: o.paid, Updated: o.updated, Slot: o.slot,
	}
	if o.customer != nil {
		saved.Customer = o.customer.id
	}
	for _, l := range o.lines {
		saved.Lines = append(saved.Lines, savedLine{
			l.id, l.reference, l.name, l.sku, l.ean, l.text, l.unit, l.folder, l.price, l.quantity, l.rate, l.net, l.gross,
		})
	}
	return saved
}

func (b buyer) save() savedBuyer {
	return savedBuyer{
		b.name, b.country, b.county, b.postalCode, b.city, b.address, b.account, b.vatNumber, b.euVATNumber, b.registration, b.group,
	}
}

func (s *stock) save() savedStock {
	saved := savedStock{Folders: s.folders, Reference: make(map[int64]int64), SKU: make(map[string]int64)}
	for _, p := range s.products {
		saved.Products = append(saved.Products, savedProduct{p.id, p.reference, p.name, p.sku, p.unit, p.vat, p.price, p.folder, p.more})
	}
	for reference, p := range s.reference {
		saved.Reference[reference] = p.id
	}
	for sku, p := range s.sku {
		saved.SKU[sku] = p.id
	}
	return saved
}
