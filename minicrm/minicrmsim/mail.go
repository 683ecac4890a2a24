package minicrmsim

import (
	"fmt"
	"io"
)

// A mail was sent from a card. Nobody can send one over the API: harnesses
// bring them with POST /_sim/mails.
type mail struct {
	ID           int64  `json:"id"`
	Card         int64  `json:"card_id"`
	Template     int64  `json:"template_id"`
	From         string `json:"from"`
	To           string `json:"to"`
	Subject      string `json:"subject"`
	Body         string `json:"body"`
	Status       string `json:"status"`
	Created      string `json:"created_at"` // times as the wire has them
	Opened       string `json:"opened_at"`
	Clicked      string `json:"clicked_at"`
	Unsubscribed string `json:"unsubscribed_date"`
}

// addMail puts a mail on a card, of this moment unless it says another.
func (c *CRM) addMail(body io.Reader) error {
	m := mail{Status: "Sent"}
	if err := readControl(body, &m); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cards[m.Card] == nil {
		return fmt.Errorf("there is no card %d", m.Card)
	}
	m.ID = int64(len(c.register.Mails)) + 1
	if m.Created == "" {
		m.Created = c.stamp(c.now())
	}
	c.register.Mails = append(c.register.Mails, m)
	return nil
}

// emailList prints the mails of a card, from the day of CreatedAt on if one is
// given.
func (c *CRM) emailList(k call) (any, error) {
	card := c.cards[k.id(2)]
	if card == nil {
		return nil, c.notFound()
	}
	page, err := c.pageOf(k)
	if err != nil {
		return nil, err
	}
	since := k.query.Get("CreatedAt")
	if _, ok := parseTime(since, c.o.Zone); since != "" && !ok {
		return nil, c.bad(sayBadParameter, "CreatedAt")
	}
	var rows object
	count := 0
	for _, m := range c.register.Mails {
		if m.Card != card.id || m.Created < since {
			continue
		}
		if count >= page*pageSize && len(rows) < pageSize {
			rows = rows.with(wireID(m.ID), m.print())
		}
		count++
	}
	if !c.o.Switches.MailsListed {
		return c.results(count, rows), nil
	}
	list := []any{}
	for _, row := range rows {
		list = append(list, row.value)
	}
	return object{{"Count", count}, {"Results", list}}, nil
}

func (m mail) print() object {
	return object{
		{"Id", m.ID},
		{"TemplateId", m.Template},
		{"From", m.From},
		{"To", m.To},
		{"Subject", m.Subject},
		{"Body", m.Body},
		{"Status", m.Status},
		{"CreatedAt", m.Created},
		{"OpenedAt", m.Opened},
		{"ClickedAt", m.Clicked},
		{"UnsubscribedDate", m.Unsubscribed},
	}
}

// templateList prints a module's templates as an array.
func (c *CRM) templateList(k call) (any, error) {
	if c.module(k.id(2)) == nil {
		return nil, c.notFound()
	}
	rows := []any{}
	for _, t := range c.seed.Templates {
		if t.Category == k.id(2) {
			rows = append(rows, object{{"Id", t.ID}, {"Type", t.Type}, {"Name", t.Name}, {"Url", c.url("Template", t.ID)}})
		}
	}
	return object{{"Count", len(rows)}, {"Results", rows}}, nil
}

func (c *CRM) templateDetail(k call) (any, error) {
	for _, t := range c.seed.Templates {
		if t.ID == k.id(2) {
			return object{
				{"Id", t.ID},
				{"CategoryId", t.Category},
				{"Type", t.Type},
				{"Name", t.Name},
				{"Subject", t.Subject},
				{"Content", t.Body},
			}, nil
		}
	}
	return nil, c.notFound()
}
