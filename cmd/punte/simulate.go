package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

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
}

// Validate is asked by the parser of the arguments; it reports all mistakes together.
func (c *simulateUNASCommand) Validate() error {
	var faults []error
	if c.Orders < 0 {
		faults = append(faults, errors.New("--orders must not be negative"))
	}
	_, err := parseRate(c.Live)
	return errors.Join(append(faults, err)...)
}

// Run serves a shop until it is stopped.
func (c *simulateUNASCommand) Run(ctx context.Context, env environment) error {
	every, err := parseRate(c.Live)
	if err != nil { // Validate has seen to it
		return err
	}
	shop := unassim.New(unassim.Options{APIKey: c.APIKey, Plan: c.Plan, Limits: c.Limits == "on"})
	if err := c.fill(shop); err != nil {
		return err
	}
	key := cmp.Or(c.APIKey, unassim.DefaultAPIKey)
	return serveSimulator(ctx, c.Listen, shop, func(base string) {
		fmt.Fprintf(env.out, "UNAS shop at %s/shop/\n  api key: %s\n  orders:  %d\n  look at it: %s/\n", base, key, len(shop.Orders()), base)
	}, func(ctx context.Context) { live(ctx, shop, c.Seed, every) })
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
func live(ctx context.Context, shop *unassim.Shop, seed uint64, every time.Duration) {
	if every <= 0 {
		return
	}
	rng := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a made-up shop repeats itself from its seed
	tick := time.NewTicker(every)
	defer tick.Stop()
	for step := 1; ; step++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			shop.Live(step, rng)
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
	return errors.Join(faults...)
}

// Run serves a MiniCRM system until it is stopped.
func (c *simulateMiniCRMCommand) Run(ctx context.Context, env environment) error {
	options := minicrmsim.Options{
		SystemID: cmp.Or(c.SystemID, minicrmsim.DefaultSystemID), APIKey: cmp.Or(c.APIKey, minicrmsim.DefaultAPIKey), Language: c.Language, Limits: c.Limits == "on",
		Delay: c.Delay, AllowPrivateSources: c.AllowPrivateSources,
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
	return serveSimulator(ctx, c.Listen, crm, func(base string) {
		fmt.Fprintf(env.out, "MiniCRM at %s/Api/\n  system id: %s\n  api key:   %s\n  look at it: %s/\n", base, options.SystemID, options.APIKey, base)
	}, nil)
}

// serveSimulator serves a simulator until ctx ends. announce is told the address,
// beside runs as long as it is served.
func serveSimulator(ctx context.Context, listen string, handler http.Handler, announce func(base string), beside func(context.Context)) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	if err != nil {
		return fmt.Errorf("listening at %s: %w", listen, err)
	}
	stop := serveOn(listener, handler)
	defer stop()
	announce("http://" + listener.Addr().String())
	if beside != nil {
		done := make(chan struct{})
		go func() {
			defer close(done)
			beside(ctx)
		}()
		defer func() { <-done }()
	}
	<-ctx.Done()
	return nil
}
