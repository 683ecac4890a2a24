package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"punte"
	"punte/engine"
	"punte/store"
)

type eraseCommand struct {
	Address string `arg:"" help:"E-mail address of the person."`
	databaseSettings
	Connection string `env:"PUNTE_CONNECTION" default:"all" placeholder:"FILE" help:"Connection document, or all: every connection of the database."`
	Yes        bool   `help:"Do not ask."`
	Lift       bool   `help:"Let a person be known again who was forgotten: orders the shop tells of from now on are taken over."`
}

// Run forgets a person, or lets them be known again.
func (c *eraseCommand) Run(ctx context.Context, env environment) (err error) {
	if err := c.check(env); err != nil {
		return err
	}
	s, err := c.open(ctx, env)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	e := &engine.Engine{Store: s, Now: time.Now}
	ids, err := c.connections(ctx, env, e)
	if err != nil {
		return err
	}
	if c.Lift {
		return c.lift(ctx, env, s, ids)
	}
	var found []engine.Forgetting
	p := &printer{w: env.out}
	for _, id := range ids {
		f, err := e.FindPerson(ctx, id, c.Address)
		if err != nil {
			return err
		}
		found = append(found, f)
		printForgetting(p, f)
	}
	if p.err != nil {
		return p.err
	}
	if !c.Yes {
		if err := agreed(env); err != nil {
			return err
		}
	}
	for _, f := range found {
		if err := e.Erase(ctx, f); err != nil {
			return fmt.Errorf("%w; what was done stays done, the same command does the rest", err)
		}
	}
	p.line("forgotten. MiniCRM and the shop still have the person: delete the cards named above in MiniCRM, and the data in UNAS.")
	p.line("Copies of the database made before still hold everything.")
	return p.err
}

// connections are those that are meant.
func (c *eraseCommand) connections(ctx context.Context, env environment, e *engine.Engine) ([]string, error) {
	if c.Connection != "all" && c.Connection != "" {
		conn, err := connectionSettings{Connection: c.Connection}.read()
		if err != nil {
			return nil, err
		}
		saved, err := e.Stored(ctx, conn, keysAtHand(conn, env))
		return []string{saved.ID}, err
	}
	all, err := e.Store.Connections(ctx)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, punte.Errorf(punte.NotFound, "there is no connection in this database (%s); name the right one with --db", e.Store.DSN())
	}
	ids := make([]string, 0, len(all))
	for _, saved := range all {
		ids = append(ids, saved.ID)
	}
	return ids, nil
}

func (c *eraseCommand) lift(ctx context.Context, env environment, s *store.Store, ids []string) error {
	lifted := false
	for _, id := range ids {
		did, err := s.LiftErasure(ctx, id, c.Address)
		if err != nil {
			return err
		}
		lifted = lifted || did
	}
	p := &printer{w: env.out}
	if lifted {
		p.line("the person is taken over again when the shop tells of a new order; what was forgotten stays forgotten")
	} else {
		p.line("nobody with this address was forgotten")
	}
	return p.err
}

func printForgetting(p *printer, f engine.Forgetting) {
	nothing := len(f.Orders) == 0 && f.Records == 0 && len(f.Cards) == 0 && len(f.Unlinked) == 0
	switch {
	case nothing && f.Again:
		p.line("%s: nothing is known of this address; the person was forgotten before", f.Name)
	case nothing:
		p.line("%s: nothing is known of this address; it would be kept away from now on", f.Name)
	default:
		p.line("%s: %d orders to forget: %s", f.Name, len(f.Orders), strings.Join(f.Orders, ", "))
	}
	if f.Records > 0 {
		p.line("%s: %d records of registered customers to forget", f.Name, f.Records)
	}
	for _, link := range f.Cards {
		p.line("  delete in MiniCRM: %s", link)
	}
	for _, id := range f.Unlinked {
		p.line("  delete in MiniCRM: the customer's card with the external id %d, on which these orders are", id)
	}
}

// agreed asks whether to go on.
func agreed(env environment) error {
	fmt.Fprint(env.err, "Forget this person, for good? Write yes: ")
	answer, err := bufio.NewReader(io.LimitReader(env.in, 100)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the answer: %w", err)
	}
	if strings.TrimSpace(answer) != "yes" {
		return errors.New("nothing was changed: the answer was not yes; --yes answers without asking")
	}
	return nil
}
