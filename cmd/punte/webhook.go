package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"punte"
	"punte/engine"
)

// webhookCommand sets up what a VIP shop reports by itself.
type webhookCommand struct {
	Add    webhookAddCommand    `cmd:"" help:"Make the shop report orders and customers that change; what is right already is left alone."`
	Remove webhookRemoveCommand `cmd:"" help:"Make the shop report no more."`
	Show   webhookShowCommand   `cmd:"" help:"Show what the shop reports, and whether it comes here."`
}

// webhookSettings are those of all three.
type webhookSettings struct {
	databaseSettings
	connectionSettings
}

// publicSettings say where the shop reports to.
type publicSettings struct {
	PublicURL string `name:"public-url" env:"PUNTE_PUBLIC_URL" required:"" placeholder:"URL" help:"Address under which the shop reaches this server, the one that serve has."`
}

func (p publicSettings) check() error {
	u, err := url.Parse(p.PublicURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" {
		return fmt.Errorf("--public-url: %q is not an address such as https://punte.example", p.PublicURL)
	}
	return nil
}

func (p publicSettings) plain() string { return strings.TrimRight(p.PublicURL, "/") }

// hookSecretEnv may hold the secret of webhooks, which is no argument.
const hookSecretEnv = "PUNTE_WEBHOOK_SECRET"

// begin opens the store, saves the connection and gives its id.
func (w webhookSettings) begin(ctx context.Context, env environment) (e *engine.Engine, id string, closeStore func() error, err error) {
	conn, err := w.read()
	if err := errors.Join(w.check(env), err); err != nil {
		return nil, "", nil, err
	}
	keys, err := resolve(conn, env)
	if err != nil {
		return nil, "", nil, err
	}
	s, err := w.open(ctx, env)
	if err != nil {
		return nil, "", nil, err
	}
	e = &engine.Engine{Store: s, Now: time.Now, Log: newLog(env.err, false), Pause: pause}
	if id, err = e.Register(ctx, conn, keys); err != nil {
		return nil, "", nil, errors.Join(engine.Advise(err), s.Close())
	}
	return e, id, s.Close, nil
}

type webhookAddCommand struct {
	webhookSettings
	publicSettings
	SecretFile string `name:"secret-file" placeholder:"PATH" help:"File with the HMAC key that UNAS shows at the API connection under Verify webhook (or the variable PUNTE_WEBHOOK_SECRET)."`
}

// Run sets the webhooks up.
func (c *webhookAddCommand) Run(ctx context.Context, env environment) (err error) {
	secret, err := c.secret(env)
	if err := errors.Join(c.publicSettings.check(), err); err != nil {
		return err
	}
	e, id, closeStore, err := c.begin(ctx, env)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeStore()) }()
	states, err := e.AddHooks(ctx, id, c.plain(), secret)
	if err != nil {
		return engine.Advise(err)
	}
	_, err = fmt.Fprintf(env.out, "the shop reports %d kinds of events to %s\n", len(states), c.plain()+engine.HookPath+id)
	return err
}

func (c *webhookAddCommand) secret(env environment) (*punte.Secret, error) {
	if c.SecretFile == "" {
		return resolveKey("the webhook secret", punte.SecretRef{Env: hookSecretEnv}, env)
	}
	return resolveKey("the webhook secret", punte.SecretRef{File: c.SecretFile}, env)
}

type webhookRemoveCommand struct{ webhookSettings }

// Run takes the webhooks away.
func (c *webhookRemoveCommand) Run(ctx context.Context, env environment) (err error) {
	e, id, closeStore, err := c.begin(ctx, env)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeStore()) }()
	removed, err := e.RemoveHooks(ctx, id)
	if err != nil {
		return engine.Advise(err)
	}
	_, err = fmt.Fprintf(env.out, "%d webhooks removed\n", removed)
	return err
}

type webhookShowCommand struct {
	webhookSettings
	publicSettings
	JSON bool `name:"json" help:"Print the webhooks as JSON."`
}

// Run shows the webhooks; those that do not come here are a reason to look.
func (c *webhookShowCommand) Run(ctx context.Context, env environment) (err error) {
	if err := c.publicSettings.check(); err != nil {
		return err
	}
	e, id, closeStore, err := c.begin(ctx, env)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeStore()) }()
	states, err := e.Hooks(ctx, id, c.plain())
	if err != nil {
		return engine.Advise(err)
	}
	if c.JSON {
		err = printJSON(env.out, states)
	} else {
		err = printHooks(&printer{w: env.out}, states)
	}
	for _, state := range states {
		if !state.Right && err == nil {
			return errAttention
		}
	}
	return err
}

func printHooks(p *printer, states []engine.HookState) error {
	for _, state := range states {
		word := "ok"
		switch {
		case state.URL == "":
			word = "missing"
		case !state.Right:
			word = "wrong"
		}
		p.line("%s\t%s\t%s", word, state.Event, oneLine(state.URL))
	}
	return p.err
}
