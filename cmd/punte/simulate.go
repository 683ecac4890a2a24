package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"punte/minicrm/minicrmsim"
	"punte/unas/unassim"
)

type simulateCommand struct {
	UNAS    simulateUNASCommand    `cmd:"" name:"unas" help:"A UNAS shop; its API lies under /shop/, its control addresses under /_sim/."`
	MiniCRM simulateMiniCRMCommand `cmd:"" name:"minicrm" help:"A MiniCRM system; its API lies under /Api/, its control addresses under /_sim/."`
}

type simulateUNASCommand struct {
	Listen string `required:"" placeholder:"ADDR" help:"Address to serve at (host:port; port 0 takes a free one)."`
	Load   string `placeholder:"FILE" xor:"shop" help:"getOrder document that becomes the shop."`
	Orders int    `placeholder:"N" xor:"shop" help:"Make up a shop of N orders."`
	Seed   uint64 `default:"1" help:"The same seed makes the same shop."`
	Plan   string `default:"premium" enum:"premium,vip,small" help:"Plan of the shop: premium, vip or small, which has no API."`
	Limits string `default:"on" enum:"on,off" help:"Limits and bans as UNAS has them: on or off."`
	APIKey string `name:"api-key" placeholder:"KEY" help:"Key that opens the shop."`
	Live   string `placeholder:"RATE" help:"Go on living: so many orders placed or changed, such as 20/m."`
	State  string `placeholder:"FILE" help:"Keep the shop in this file over restarts; what it holds comes before --load and --orders."`

	Webhook       string   `placeholder:"URL" help:"Tell this address of orders and customers, as an automatism of the shop would (VIP)."`
	WebhookSecret string   `placeholder:"SECRET" help:"Secret that signs the webhooks."`
	Switch        []string `placeholder:"NAME=VALUE" sep:"none" help:"How to behave where nobody documents it; docs/simulators.md lists the switches. Repeat it for more."`
}

// Validate is asked by the parser of the arguments; it reports all mistakes together.
func (c *simulateUNASCommand) Validate() error {
	var faults []error
	if c.Orders < 0 {
		faults = append(faults, errors.New("--orders must not be negative"))
	}
	_, rate := parseRate(c.Live)
	_, switches := c.switches()
	return errors.Join(append(faults, c.checkWebhook(), rate, switches)...)
}

// checkWebhook refuses a webhook that would never be sent.
func (c *simulateUNASCommand) checkWebhook() error {
	if c.Webhook == "" {
		return nil
	}
	if c.Plan != unassim.PlanVIP {
		return errors.New("--webhook needs --plan vip: the other plans have no automatisms")
	}
	to, err := url.Parse(c.Webhook)
	if err != nil || to.Host == "" || to.Scheme != "http" && to.Scheme != "https" {
		return fmt.Errorf("--webhook: %q is not an address; write one such as http://127.0.0.1:8080/hook", c.Webhook)
	}
	return nil
}

func (c *simulateUNASCommand) switches() (unassim.Switches, error) {
	var s unassim.Switches
	if err := setSwitches(&s, c.Switch); err != nil {
		return s, err
	}
	if err := s.Check(); err != nil {
		return s, fmt.Errorf("--switch: %w", err)
	}
	return s, nil
}

// Run serves a shop until it is stopped.
func (c *simulateUNASCommand) Run(ctx context.Context, env environment) error {
	every, err := parseRate(c.Live)
	if err != nil { // Validate has seen to it
		return err
	}
	switches, err := c.switches()
	if err != nil {
		return err
	}
	shop := unassim.New(unassim.Options{
		APIKey: c.APIKey, Plan: c.Plan, Limits: c.Limits == "on", Switches: switches,
		Webhook: c.Webhook, WebhookSecret: c.WebhookSecret,
	})
	state := &stateFile{path: c.State, world: shop}
	kept, err := state.load()
	if err != nil {
		return err
	}
	if !kept {
		if err := c.fill(shop); err != nil {
			return err
		}
	}
	key := cmp.Or(c.APIKey, unassim.DefaultAPIKey)
	return simulation{
		listen: c.Listen, state: state,
		announce: func(base string) {
			fmt.Fprintf(env.out, "UNAS shop at %s/shop/\n  api key: %s\n  orders:  %d\n  look at it: %s/\n", base, key, len(shop.Orders()), base)
		},
		beside: []func(context.Context) error{
			func(ctx context.Context) error { return live(ctx, shop, c.Seed, every) },
			func(ctx context.Context) error { return deliver(ctx, shop) },
		},
	}.serve(ctx)
}

func (c *simulateUNASCommand) fill(shop *unassim.Shop) error {
	if c.Orders > 0 {
		shop.Generate(c.Seed, c.Orders, customersOf(c.Orders))
		return nil
	}
	if c.Load == "" {
		return nil
	}
	f, err := os.Open(c.Load)
	if err != nil {
		return fmt.Errorf("loading the shop: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	if err := shop.Load(f); err != nil {
		return fmt.Errorf("loading the shop from %s: %w", c.Load, err)
	}
	return nil
}

// customersOf is how many customers a made-up shop of so many orders has, guests
// among them: 180 for 500 orders.
func customersOf(orders int) int { return max(1, orders*9/25) }

// live lets the shop take a step every so often until ctx ends.
func live(ctx context.Context, shop *unassim.Shop, seed uint64, every time.Duration) error {
	if every <= 0 {
		return nil
	}
	rng := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a made-up shop repeats itself from its seed
	tick := time.NewTicker(every)
	defer tick.Stop()
	for step := 1; ; step++ {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			shop.Live(step, rng)
		}
	}
}

// sender is a simulated service that tells others of its changes.
type sender interface {
	Deliver(ctx context.Context) int
}

// deliver sends the service's webhooks as they fall due until ctx ends.
func deliver(ctx context.Context, from sender) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			from.Deliver(ctx)
		}
	}
}

// parseRate reads a rate such as 20/m, 1/s or 500/h, or a plain number per minute,
// and gives the time between two steps; 0 for none.
func parseRate(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	number, unit, found := strings.Cut(text, "/")
	if !found {
		unit = "m"
	}
	span, known := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}[unit]
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || !known || span/time.Duration(n) <= 0 {
		return 0, fmt.Errorf("--live: %q is not a rate; write one such as 20/m", text)
	}
	return span / time.Duration(n), nil
}

type simulateMiniCRMCommand struct {
	Listen              string        `required:"" placeholder:"ADDR" help:"Address to serve at (host:port; port 0 takes a free one)."`
	SystemID            string        `name:"system-id" placeholder:"N" help:"Number of the system."`
	APIKey              string        `name:"api-key" placeholder:"KEY" help:"Key of the system, 32 letters and digits."`
	Language            string        `default:"hu" enum:"hu,ro,en" help:"Language of the account: hu, ro or en."`
	Limits              string        `default:"on" enum:"on,off" help:"Limits as MiniCRM has them: on or off."`
	Delay               time.Duration `default:"2s" help:"Time from taking a document to processing it."`
	AllowPrivateSources bool          `help:"Download documents from this machine and private networks too."`
	Seed                string        `placeholder:"FILE" help:"Modules, users and fields of the system, as JSON."`
	State               string        `placeholder:"FILE" help:"Keep the system in this file over restarts; what it holds comes before --seed."`
	Switch              []string      `placeholder:"NAME=VALUE" sep:"none" help:"How to behave where nobody documents it; docs/simulators.md lists the switches. Repeat it for more."`
}

var (
	systemID = regexp.MustCompile(`^[1-9][0-9]*$`)
	crmKey   = regexp.MustCompile(`^[0-9A-Za-z]{32}$`)
)

// Validate is asked by the parser of the arguments; it reports all mistakes together.
func (c *simulateMiniCRMCommand) Validate() error {
	var faults []error
	if c.SystemID != "" && !systemID.MatchString(c.SystemID) {
		faults = append(faults, errors.New("--system-id must be a number"))
	}
	if c.APIKey != "" && !crmKey.MatchString(c.APIKey) {
		faults = append(faults, errors.New("--api-key must be 32 letters and digits"))
	}
	if c.Delay < 0 {
		faults = append(faults, errors.New("--delay must not be negative"))
	}
	_, err := c.switches()
	return errors.Join(append(faults, err)...)
}

func (c *simulateMiniCRMCommand) switches() (minicrmsim.Switches, error) {
	var s minicrmsim.Switches
	if err := setSwitches(&s, c.Switch); err != nil {
		return s, err
	}
	if err := s.Check(); err != nil {
		return s, fmt.Errorf("--switch: %w", err)
	}
	return s, nil
}

// Run serves a MiniCRM system until it is stopped.
func (c *simulateMiniCRMCommand) Run(ctx context.Context, env environment) error {
	switches, err := c.switches()
	if err != nil {
		return err
	}
	options := minicrmsim.Options{
		SystemID: cmp.Or(c.SystemID, minicrmsim.DefaultSystemID), APIKey: cmp.Or(c.APIKey, minicrmsim.DefaultAPIKey), Language: c.Language, Limits: c.Limits == "on",
		Delay: c.Delay, AllowPrivateSources: c.AllowPrivateSources, Switches: switches,
	}
	if c.Seed != "" {
		f, err := os.Open(c.Seed)
		if err != nil {
			return fmt.Errorf("reading the seed: %w", err)
		}
		defer func() { _ = f.Close() }() // it was only read
		if options.Seed, err = minicrmsim.ReadSeed(f); err != nil {
			return fmt.Errorf("reading the seed from %s: %w", c.Seed, err)
		}
	}
	crm := minicrmsim.New(options)
	defer crm.Close()
	state := &stateFile{path: c.State, world: crm}
	if _, err := state.load(); err != nil {
		return err
	}
	return simulation{
		listen: c.Listen, state: state,
		announce: func(base string) {
			fmt.Fprintf(env.out, "MiniCRM at %s/Api/\n  system id: %s\n  api key:   %s\n  look at it: %s/\n", base, options.SystemID, options.APIKey, base)
		},
		beside: []func(context.Context) error{func(ctx context.Context) error { return deliver(ctx, crm) }},
	}.serve(ctx)
}

// simulation is a simulator at work.
type simulation struct {
	listen   string // host:port
	state    *stateFile
	announce func(base string)
	beside   []func(context.Context) error // run as long as it is served; the first to fail ends it
}

// serve serves the simulator until ctx ends, and keeps its state when nobody can change it any more.
func (s simulation) serve(ctx context.Context) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.listen)
	if err != nil {
		return fmt.Errorf("listening at %s: %w", s.listen, err)
	}
	if err := s.state.save(); err != nil { // now, not when somebody has brought something worth keeping
		return errors.Join(err, listener.Close())
	}
	stop := serveOn(listener, s.state.world)
	s.announce("http://" + listener.Addr().String())
	group, ctx := errgroup.WithContext(ctx)
	for _, work := range append(s.beside, s.state.keep) {
		group.Go(func() error { return work(ctx) })
	}
	err = group.Wait()
	stop()
	if fault := s.state.save(); err == nil {
		err = fault
	}
	return err
}
