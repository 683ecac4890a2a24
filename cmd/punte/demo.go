package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"punte/engine"
	"punte/jobs"
	"punte/minicrm/minicrmsim"
	"punte/store"
	"punte/unas/unassim"
	"punte/web"
)

// demoCommand has flags for its database but no variables: those are the operator's,
// and no demo may write into the operator's database.
type demoCommand struct {
	DB            string        `name:"db" placeholder:"PATH" help:"SQLite file to keep (default: one in a temporary folder)."`
	DatabaseURL   string        `name:"database-url" placeholder:"URL" help:"PostgreSQL database instead; a password comes from PGPASSWORD."`
	ExitAfterSync bool          `help:"End when shop and CRM agree after the first import; exit code 1 if they do not."`
	Seed          uint64        `default:"1" help:"The same seed makes the same shop."`
	Orders        int           `default:"500" help:"Orders the shop begins with."`
	Language      string        `default:"ro" enum:"ro,hu,en" help:"Language of the MiniCRM account: ro, hu or en."`
	Every         time.Duration `default:"3s" help:"Time between two changes in the living shop."`
}

// demoProgress is how often the demo tells how far it is.
const demoProgress = 500 * time.Millisecond

// demoDelay is how long the demo's MiniCRM takes to process a document.
const demoDelay = 500 * time.Millisecond

// demoStates is the demo's status map, by the type of the shop's status.
var demoStates = map[string]string{"open_normal": "Issued", "open_prepare": "Draft", "close_ok": "Completed", "close_fault": "Failed"}

// Validate is asked by the parser of the arguments; it reports all mistakes together.
func (c *demoCommand) Validate() error {
	var faults []error
	if c.Orders < 1 {
		faults = append(faults, errors.New("--orders must be positive"))
	}
	if c.Every <= 0 {
		faults = append(faults, errors.New("--every must be positive"))
	}
	return errors.Join(faults...)
}

// Run starts both services, a connection between them, and lets them live.
func (c *demoCommand) Run(ctx context.Context, env environment) error {
	if err := c.database().check(environment{getenv: func(string) string { return "" }}); err != nil {
		return err
	}
	d := &demo{command: c, env: env, out: &printer{w: env.out}}
	defer d.close()
	return d.run(ctx)
}

// demo is everything the demo starts, in the order in which it is stopped.
type demo struct {
	command *demoCommand
	env     environment
	out     *printer
	shop    *unassim.Shop
	crm     *minicrmsim.CRM
	shopURL string
	crmURL  string
	store   *store.Store
	engine  *engine.Engine
	work    *jobs.Runner
	id      string
	closers []func()
	failure chan error
}

func (d *demo) close() {
	for _, closer := range slices.Backward(d.closers) {
		closer()
	}
}

func (d *demo) run(ctx context.Context) error {
	if err := d.start(ctx); err != nil {
		return err
	}
	begun := time.Now()
	if err := d.firstImport(ctx, begun); err != nil {
		return err
	}
	agreed, err := d.compare(ctx, time.Since(begun))
	if err != nil {
		return err
	}
	if d.command.ExitAfterSync {
		if !agreed {
			return errAttention
		}
		return nil
	}
	return d.live(ctx)
}

// start brings up both services, the store, the feed and the job engine.
func (d *demo) start(ctx context.Context) error {
	d.shop = unassim.New(unassim.Options{})
	d.shop.Generate(d.command.Seed, d.command.Orders, customersOf(d.command.Orders))
	d.crm = minicrmsim.New(minicrmsim.Options{Language: d.command.Language, Delay: demoDelay, AllowPrivateSources: true})
	d.closers = append(d.closers, d.crm.Close)
	var err error
	if d.shopURL, err = d.listen(ctx, d.shop); err != nil {
		return err
	}
	if d.crmURL, err = d.listen(ctx, d.crm); err != nil {
		return err
	}
	if err := d.openStore(ctx); err != nil {
		return err
	}
	d.engine = &engine.Engine{
		Store: d.store, Now: time.Now, Rehearsal: true, Log: newLog(d.env.err, false),
		Notice: func(_, sentence string) { d.out.line("  %s", sentence) },
	}
	allow, err := web.ParseAllowList("127.0.0.0/8,::1")
	if err != nil {
		return err
	}
	if d.engine.PublicURL, err = d.listen(ctx, web.Handler(web.Options{Engine: d.engine, Allow: allow, Log: d.engine.Log})); err != nil {
		return err
	}
	d.out.line("UNAS shop     %s/   %d orders of %d customers", d.shopURL, len(d.shop.Orders()), customersOf(d.command.Orders))
	d.out.line("MiniCRM       %s/   modules Orders and Webshop, language %s", d.crmURL, d.command.Language)
	d.out.line("store         %s", d.store.DSN())
	return d.connect(ctx)
}

func (c *demoCommand) database() databaseSettings {
	return databaseSettings{DB: c.DB, DatabaseURL: c.DatabaseURL}
}

// openStore uses the database that is set, else a SQLite file in a folder of its
// own that goes with the demo.
func (d *demo) openStore(ctx context.Context) error {
	settings := d.command.database()
	if settings.DB == "" && settings.DatabaseURL == "" {
		folder, err := os.MkdirTemp("", "punte-demo-")
		if err != nil {
			return fmt.Errorf("making a folder for the demo: %w", err)
		}
		d.closers = append(d.closers, func() { _ = os.RemoveAll(folder) })
		settings.DB = filepath.Join(folder, "punte.db")
	}
	s, err := settings.open(ctx, d.env)
	if err != nil {
		return err
	}
	d.store = s
	d.closers = append(d.closers, func() { _ = s.Close() })
	return nil
}

// connect saves the connection and starts the job engine.
func (d *demo) connect(ctx context.Context) error {
	conn, err := engine.ParseConnection(d.document())
	if err != nil {
		return err
	}
	keys, err := resolve(conn, d.env)
	if err != nil {
		return err
	}
	if d.id, err = d.engine.Register(ctx, conn, keys); err != nil {
		return err
	}
	d.out.line("connection    %s: orders placed since %s, statuses mapped, documents fetched by MiniCRM", conn.Name, conn.StartDate)
	d.failure = make(chan error, 1)
	d.work, err = jobs.Start(ctx, jobs.Options{
		Store: d.store, Engine: d.engine, Now: time.Now, Log: d.engine.Log,
		Stopped: func(_ string, stopped *engine.StoppedError) {
			select {
			case d.failure <- stopped:
			default:
			}
		},
	})
	if err != nil {
		return err
	}
	d.closers = append(d.closers, func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := d.work.Stop(ctx); err != nil {
			d.out.line("  %v", err)
		}
	})
	return nil
}

// document is the demo's connection document.
func (d *demo) document() string {
	var pairs []string
	for _, s := range d.shop.Statuses() {
		pairs = append(pairs, fmt.Sprintf("%q: %q", s.Name, demoStates[s.Type]))
	}
	start := time.Now().AddDate(-1, 0, 0).Format(time.DateOnly)
	return fmt.Sprintf(`{
  "name": "Demo",
  "unas": {"base_url": "%s/shop/", "api_key": %q},
  "minicrm": {"base_url": %q, "system_id": %q, "api_key": %q},
  "orders_category": 4, "webshop_category": 5, "owner": "Ana Ionescu",
  "link_field": "LinkPdf", "status_field": "StatusUnas",
  "field_map": {"Observatii": "comment.customer", "AWB": "shipping.package_number", "ShippingMethod": "shipping.name"},
  "status_map": {%s},
  "start_date": %q
}`, d.shopURL, unassim.DefaultAPIKey, d.crmURL, minicrmsim.DefaultSystemID, minicrmsim.DefaultAPIKey, strings.Join(pairs, ", "), start)
}

// firstImport runs until everything in the shop is confirmed in MiniCRM.
func (d *demo) firstImport(ctx context.Context, begun time.Time) error {
	d.out.line("")
	d.out.line("Reading the shop up to now; a few seconds pass until its newest orders are sure to be listed.")
	run, err := d.engine.Begin(ctx, d.id, true)
	if err != nil {
		return err
	}
	d.work.Wake()
	p := progress{out: d.env.out, begun: begun, every: demoProgress}
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-d.failure:
			return err
		case <-ticker.C:
		}
		now, err := d.store.LastRun(ctx, d.id, run.Kind)
		if err != nil {
			return err
		}
		standing, err := d.engine.Standing(ctx, d.id)
		if err != nil {
			return err
		}
		p.show(now.Report, standing, !now.Ended.IsZero())
		if now.Report.Failed != "" {
			return errors.New(now.Report.Failed)
		}
		if !now.Ended.IsZero() {
			return nil
		}
	}
}

// live goes on: the shop changes every few seconds and the connection follows, until
// the demo is stopped.
func (d *demo) live(ctx context.Context) error {
	if _, err := d.engine.Begin(ctx, d.id, false); err != nil {
		return err
	}
	d.work.Wake()
	d.out.line("")
	d.out.line("The shop goes on living; stop with Ctrl-C. Look at both sides at the addresses above.")
	rng := rand.New(rand.NewPCG(d.command.Seed, 2)) //nolint:gosec // a made-up shop repeats itself from its seed
	change := time.NewTicker(d.command.Every)
	defer change.Stop()
	begun := time.Now()
	p := progress{out: d.env.out, begun: begun, every: demoProgress}
	ticker := time.NewTicker(progressEvery)
	defer ticker.Stop()
	for step := 1; d.out.err == nil; {
		select {
		case <-ctx.Done():
			return nil
		case err := <-d.failure:
			return err
		case <-change.C:
			d.out.line("  shop: %s", d.shop.Live(step, rng))
			step++
		case <-ticker.C:
			run, err := d.store.LastRun(ctx, d.id, "sync")
			if err != nil {
				return orStopped(ctx, err)
			}
			standing, err := d.engine.Standing(ctx, d.id)
			if err != nil {
				return orStopped(ctx, err)
			}
			p.show(run.Report, standing, false)
		}
	}
	return d.out.err
}

// orStopped is nil if the error only says that the demo is being stopped.
func orStopped(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return nil
}

// listen serves a handler at a free port of this machine.
func (d *demo) listen(ctx context.Context, handler http.Handler) (base string, err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listening on this machine: %w", err)
	}
	d.closers = append(d.closers, serveOn(listener, handler))
	return "http://" + listener.Addr().String(), nil
}
