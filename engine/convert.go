package engine

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"unicode"

	"punte"
	"punte/minicrm"
	"punte/unas"
)

// Conversion is what Convert did.
type Conversion struct {
	Orders  int // read
	Written int
	Before  int // placed before the start date, left out
	Left    int // in a status that is mapped to null, left out
	Refused int
	Differs int // written, but the lines do not add up to the total
}

// String is the last line of a conversion's report.
func (c Conversion) String() string {
	return fmt.Sprintf("%d orders read, %d written, %d refused, %d before the start date, %d in a status that is not brought, %d with a total that differs",
		c.Orders, c.Written, c.Refused, c.Before, c.Left, c.Differs)
}

// Converter is the pure mapping: a getOrder answer in, a SyncFeed document out. It
// knows no store and no network.
type Converter struct {
	Conn *punte.Connection
	// Report gets a line for what a person may want to know, its parts divided by
	// tabs: "refused", the order's key, the field, the reason, for each order that
	// was not written; "note", the order's key, the text, for a text that was cut or
	// a total that differs.
	Report io.Writer
}

// AccountLanguage is the language of the MiniCRM account for a document that does
// not say it: that of the country its host belongs to.
func AccountLanguage(c *punte.Connection) (string, error) {
	if c.MiniCRM.Language != "" {
		return c.MiniCRM.Language, nil
	}
	u, err := url.Parse(c.MiniCRM.BaseURL)
	if err != nil {
		return "", fmt.Errorf("reading minicrm.base_url: %w", err)
	}
	switch host := u.Hostname(); {
	case strings.HasSuffix(host, ".hu"):
		return "hu", nil
	case strings.HasSuffix(host, ".ro"):
		return "ro", nil
	case strings.HasSuffix(host, ".io"):
		return "en", nil
	}
	return "", punte.Errorf(punte.Invalid,
		"the address %s does not tell the account's language; write minicrm.language as hu, ro or en", c.MiniCRM.BaseURL)
}

// Convert reads orders from in and writes one Project per order to out, in the
// order read and in constant memory but for some 40 bytes an order, which it needs to
// notice an order that stands twice. An error means that the input or the output
// broke off; the root element is left open then.
func (c Converter) Convert(in io.Reader, out io.Writer) (Conversion, error) {
	var done Conversion
	language, err := AccountLanguage(c.Conn)
	if err != nil {
		return done, err
	}
	m := &mapper{conn: c.Conn, language: language, owner: c.Conn.Owner}
	feed := minicrm.NewFeedWriter(out)
	handed := map[int64]int64{} // external id -> UNAS id
	for wire, err := range unas.DecodeOrders(in) {
		if err != nil {
			return done, errors.Join(err, feed.Flush())
		}
		done.Orders++
		if err := c.one(wire, m, feed, handed, &done); err != nil {
			return done, err
		}
	}
	if err := feed.Close(); err != nil {
		return done, fmt.Errorf("writing the document: %w", err)
	}
	return done, nil
}

// one converts a single order. Its error is the output's; a bad order is refused
// and counted.
func (c Converter) one(wire unas.Order, m *mapper, feed *minicrm.FeedWriter, handed map[int64]int64, done *Conversion) error {
	o, err := fromUNAS(wire, c.Conn.UNAS.Zone)
	if !o.Placed.IsZero() && !c.Conn.Belongs(o) {
		done.Before++
		return nil
	}
	if err != nil {
		c.refuse(o, done, problemOf(err))
		return nil
	}
	state, decision, problem := c.Conn.Decide(o.Status)
	switch decision {
	case punte.Left:
		done.Left++
		return nil
	case punte.Held:
		c.refuse(o, done, problem)
		return nil
	}
	external, fresh := hand(handed, c.Conn.OrderIdentity(o), o.ID)
	if !fresh {
		c.refuse(o, done, problemOf(punte.BadField("Id", fmt.Sprint(o.ID), "an order of this id stands in the input already")))
		return nil
	}
	project, err := c.project(o, m, external, state)
	if err != nil {
		delete(handed, external) // it was not written: a good one of this id may follow
		c.refuse(o, done, problemOf(err))
		return nil
	}
	c.prove(o, done)
	for _, note := range m.notes {
		c.report("note", o.Key, note)
	}
	if err := feed.WriteProject(project); err != nil {
		return fmt.Errorf("writing order %s: %w", o.Key, err)
	}
	done.Written++
	return nil
}

func (c Converter) project(o punte.Order, m *mapper, external int64, state punte.State) (minicrm.FeedProject, error) {
	order, err := m.order(o, external, state, true)
	if err != nil {
		return minicrm.FeedProject{}, err
	}
	project, err := m.card(o.Buyer, c.Conn.CardIdentity(o).Candidate(0), o.Key, true, 1)
	if err != nil {
		return minicrm.FeedProject{}, err
	}
	project.Orders = []minicrm.FeedOrder{order}
	return project, nil
}

// hand gives an order its external id. fresh is false if the order had one already.
func hand(handed map[int64]int64, identity punte.Identity, order int64) (external int64, fresh bool) {
	for try := 0; ; try++ {
		external = identity.Candidate(try)
		holder, taken := handed[external]
		if !taken {
			handed[external] = order
			return external, true
		}
		if holder == order {
			return external, false
		}
	}
}

func (c Converter) refuse(o punte.Order, done *Conversion, p punte.Problem) {
	done.Refused++
	key := o.Key
	if key == "" {
		key = fmt.Sprintf("(order %d of the input)", done.Orders)
	}
	c.report("refused", key, p.Field, p.Reason)
}

func (c Converter) prove(o punte.Order, done *Conversion) {
	if differs := difference(o); differs != "" {
		done.Differs++
		c.report("note", o.Key, differs)
	}
}

// report writes a line. A key or a status of the shop may hold anything; here it may
// neither end the line nor the column.
func (c Converter) report(parts ...string) {
	for i, part := range parts {
		parts[i] = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) {
				return ' '
			}
			return r
		}, part)
	}
	fmt.Fprintln(c.Report, strings.Join(parts, "\t"))
}

// difference says how the lines and the total of an order disagree, "" if they do
// not.
func difference(o punte.Order) string {
	proof, err := o.Prove()
	if err != nil {
		return "total differs: " + err.Error()
	}
	if proof.OK() {
		return ""
	}
	return fmt.Sprintf("total differs: the lines give %s, SumPriceGross is %s %s (off by %s, tolerance %s)",
		proof.Lines.Trim(0), proof.Total.Trim(0), o.Currency, proof.Off.Trim(0), proof.Tolerance.Trim(0))
}

// problemOf says why an order can't be sent.
func problemOf(err error) punte.Problem {
	if f, ok := errors.AsType[*punte.FieldError](err); ok {
		reason := f.Reason
		if f.Value != "" {
			reason = fmt.Sprintf("%s (it reads %q)", f.Reason, f.Value)
		}
		return punte.Problem{Code: punte.ProblemField, Field: f.Field, Reason: reason}
	}
	if cannot, ok := errors.AsType[*cannotError](err); ok {
		return punte.Problem{Code: punte.ProblemCannot, Reason: cannot.Error()}
	}
	return punte.Problem{Code: punte.ProblemField, Reason: err.Error()}
}
