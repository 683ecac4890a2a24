package main

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"punte"
	"punte/engine"
	"punte/store"
)

type orderCommand struct {
	Key string `arg:"" help:"Number of the order in the shop."`
	databaseSettings
	connectionSettings
	JSON bool `name:"json" help:"Print as JSON."`
}

// Run prints the life of an order. It asks neither of the services.
func (c *orderCommand) Run(ctx context.Context, env environment) (err error) {
	conn, err := c.read()
	if err := errors.Join(c.databaseSettings.check(env), err); err != nil {
		return err
	}
	s, err := c.open(ctx, env)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	e := &engine.Engine{Store: s, Now: time.Now}
	saved, err := e.Stored(ctx, conn, keysAtHand(conn, env))
	if err != nil {
		return err
	}
	lives, err := e.Lives(ctx, saved.ID, c.Key)
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(env.out, lives)
	} else {
		p := &printer{w: env.out}
		for i, life := range lives {
			if i > 0 {
				p.line("")
			}
			printLife(p, life)
		}
		err = p.err
	}
	if err != nil {
		return err
	}
	for _, life := range lives {
		if life.Asks {
			return errAttention
		}
	}
	return nil
}

// keysAtHand are the keys as far as they are there: they only help to tell two shops
// apart, so one that is missing is no mistake.
func keysAtHand(conn *punte.Connection, env environment) engine.Keys {
	keys, err := resolve(conn, env)
	if err != nil {
		return engine.Keys{}
	}
	return keys
}

func printLife(p *printer, l engine.Life) {
	l.Order, l.Status, l.Reason = oneLine(l.Order), oneLine(l.Status), oneLine(l.Reason)
	p.line("order %s   id %d   placed %s   changed in the shop %s", l.Order, l.ID, when(l.Placed), when(l.Modified))
	p.line("shop       status %s, total %s", orNone(l.Status), orNone(strings.TrimSpace(l.Total+" "+l.Currency)))
	if !l.Missing.IsZero() {
		p.line("missing    the shop does not show it any more, found at %s", when(l.Missing))
	}
	if !l.Deleted.IsZero() {
		p.line("deleted    the shop does not have it any more, acted upon at %s", when(l.Deleted))
	}
	p.line("proof      %s", l.Proof)
	p.line("state      %s (version %d, sent %d, shown %d)", l.State, l.Wanted, l.Sent, l.Shown)
	for _, extra := range []struct{ name, text string }{
		{"reason", l.Reason}, {"next", l.Next}, {"amount", l.Differs}, {"changed", inMiniCRM(l.Changed)}, {"card", l.Link},
	} {
		if extra.text != "" {
			p.line("%-10s %s", extra.name, extra.text)
		}
	}
	for _, note := range l.Notes {
		p.line("note       %s", oneLine(note))
	}
	p.line("")
	for _, e := range l.Events {
		p.line("%s  %-9s %s", when(e.At), e.Kind, oneLine(told(e)))
	}
	if l.XML != "" {
		p.line("")
		p.line("sent last:")
		p.line("%s", l.XML)
	}
}

func inMiniCRM(changed string) string {
	if changed == "" {
		return ""
	}
	return "in MiniCRM, by a person: " + changed
}

// told is an event in a line.
func told(e engine.LifeEvent) string {
	text := e.Text
	switch e.Kind {
	case store.EventSeen, store.EventDecided:
		text = join(e.State, e.Text)
	case store.EventSent, store.EventReturned:
		text = join("in document "+e.Document, e.Text)
		if e.Kind == store.EventReturned {
			text = "document " + e.Document + " was not taken; " + e.State + " again"
		}
	case store.EventConfirmed, store.EventMissed:
		text = join(e.State, e.Text)
	case store.EventChanged:
		if text == "" {
			text = "as we wrote it again"
		}
	}
	if e.Version > 0 {
		return "version " + strconv.FormatInt(e.Version, 10) + ": " + text
	}
	return text
}

func join(first, second string) string {
	if first == "" || second == "" {
		return first + second
	}
	return first + "; " + second
}

// when prints a time in the zone it has.
func when(t time.Time) string {
	if t.IsZero() {
		return "(unknown)"
	}
	return t.Format(time.DateTime)
}
