package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"punte"
	"punte/engine"
)

type previewCommand struct {
	lookSettings
	Limit int `default:"20" placeholder:"N" help:"How many of the newest orders."`
}

// Validate is asked by the parser of the arguments.
func (c *previewCommand) Validate() error {
	if c.Limit < 1 || c.Limit > 500 {
		return errors.New("--limit must be a number from 1 to 500")
	}
	return nil
}

// Run shows what would become of the newest orders.
func (c *previewCommand) Run(ctx context.Context, env environment) error {
	conn, keys, e, closeStore, err := c.begin(ctx, env)
	if err != nil {
		return err
	}
	defer closeStore()
	list, customers, err := e.PreviewAll(ctx, conn, keys, c.Limit)
	if err != nil {
		return engine.Advise(err)
	}
	attention := false
	for _, v := range slices.Concat(list, customers.First) {
		attention = attention || v.Differs != "" || v.Action == "hold" || v.Action == "park"
	}
	if c.JSON {
		err = printJSON(env.out, append(list, customers.First...))
	} else {
		p := &printer{w: env.out}
		printPreviews(p, conn, list)
		printCustomers(p, conn, customers)
		err = p.err
	}
	if err != nil {
		return err
	}
	if attention {
		return errAttention
	}
	return nil
}

func printPreviews(p *printer, conn *punte.Connection, list []engine.Preview) {
	if len(list) == 0 {
		p.line("the shop has no orders placed since %s", conn.StartDate)
	}
	for _, v := range list {
		p.line("%-9s %s  placed %s  %s -> %s  %s %s", v.Action, v.Key, v.Placed.In(conn.UNAS.Zone).Format(time.DateTime),
			v.Status, orNone(string(v.State)), v.Total, v.Currency)
		for _, text := range []string{v.Reason, v.Differs} {
			if text != "" {
				p.line("          %s", text)
			}
		}
		if v.Card != "" {
			card := "on the card"
			if v.CardNew {
				card = "on a new card"
			}
			p.line("          %s %d %s", card, v.CardID, v.Card)
			printCustomer(p, v.Customer)
		}
		if v.InCRM != "" {
			p.line("          in MiniCRM: %s", v.InCRM)
		}
		if v.Order != nil {
			for _, f := range v.Order.Fields {
				p.line("          %s = %s", f.Name, f.Value)
			}
			for _, l := range v.Order.Products {
				p.line("          %s x %s  %s net, VAT %s %%", l.Quantity.Trim(0), l.Name, l.PriceNet.Trim(0), l.VAT.Trim(0))
			}
			p.line("          MiniCRM will compute %s %s", v.Amount, v.Currency)
		}
		for _, note := range v.Notes {
			p.line("          %s", note)
		}
	}
}

// printCustomers tells of the cards that travel without an order.
func printCustomers(p *printer, conn *punte.Connection, c engine.CustomersPreview) {
	switch c.Choice {
	case "buyers":
		p.line("customers: buyers: registered customers get a card when they order")
		return
	case "all":
		p.line("customers: all: besides, every registered customer of the shop gets a card, also who never ordered")
	default:
		p.line("customers: since_start: besides, everybody who registered or was changed since %s gets a card, also who never ordered", conn.StartDate)
	}
	since := c.Since.In(conn.UNAS.Zone).Format(time.DateOnly)
	if c.Count == 0 {
		p.line("          none was changed since %s but those with the orders above", since)
		return
	}
	atLeast := ""
	if c.More {
		atLeast = "more than "
	}
	p.line("          changed since %s, without those with the orders above: %s%d; the newest of them:", since, atLeast, c.Count)
	for _, v := range c.First {
		p.line("%-9s %s  registered %s", v.Action, v.Key, dayOrNone(v.Placed, conn.UNAS.Zone))
		if v.Reason != "" {
			p.line("          %s", v.Reason)
		}
		if v.Card != "" {
			card := "the card"
			if v.CardNew {
				card = "a new card"
			}
			p.line("          %s %d %s", card, v.CardID, oneLine(v.Card))
			printCustomer(p, v.Customer)
		}
		for _, note := range v.Notes {
			p.line("          %s", note)
		}
	}
}

func dayOrNone(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return orNone("")
	}
	return t.In(zone).Format(time.DateOnly)
}

// printCustomer shows what would be written on a customer's card.
func printCustomer(p *printer, c *engine.PreviewCard) {
	if c == nil {
		return
	}
	for _, part := range []struct{ name, text string }{
		{"status", c.Status},
		{"person", c.Person},
		{"e-mail", strings.Join(c.Emails, ", ")},
		{"phone", strings.Join(c.Phones, ", ")},
		{"company", strings.TrimSpace(c.Company + " " + c.TaxNumber)},
	} {
		if part.text != "" {
			p.line("            %-8s %s", part.name, oneLine(part.text))
		}
	}
}

func orNone(text string) string {
	if text == "" {
		return "(nothing)"
	}
	return text
}
