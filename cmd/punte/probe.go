package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"punte"
	"punte/engine"
	"punte/store"
)

type probeCommand struct {
	databaseSettings
	serverSettings
	connectionSettings
	Keep      bool `help:"Leave the test cards in MiniCRM, to look at them; the next probe removes them."`
	Yes       bool `help:"Do not ask before writing into MiniCRM."`
	JSON      bool `name:"json" help:"Print the findings as JSON."`
	Rehearsal bool `env:"PUNTE_REHEARSAL" help:"For simulators on this machine only: spend no budgets."`
}

// errNotAgreed ends a probe that nobody agreed to.
var errNotAgreed = errors.New("nothing was written; answer yes, or give --yes")

// Run rehearses on the account of a connection and prints what it found out.
func (c *probeCommand) Run(ctx context.Context, env environment) (err error) {
	conn, keys, err := c.settings(env)
	if err != nil {
		return err
	}
	if err := c.agree(ctx, env, conn); err != nil {
		return err
	}
	s, err := c.open(ctx, env)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	begun := time.Now()
	tell := func(sentence string) {
		fmt.Fprintf(env.err, "%8s  %s\n", time.Since(begun).Round(time.Second), sentence)
	}
	e := &engine.Engine{
		Store: s, Now: time.Now, PublicURL: strings.TrimRight(c.PublicURL, "/"), Rehearsal: c.Rehearsal,
		Log: newLog(env.err, false), Pause: pause,
	}
	_, stop, err := c.serve(ctx, e, e.Log, nil)
	if err != nil {
		return err
	}
	defer stop()
	report, err := e.Probe(ctx, conn, keys, engine.ProbeOptions{Keep: c.Keep, Tell: tell})
	if printErr := c.print(env.out, conn, report, err); printErr != nil {
		return errors.Join(err, printErr)
	}
	if err != nil {
		return reportedError{engine.Advise(err)}
	}
	if len(report.Left) > 0 {
		return errAttention
	}
	return nil
}

func (c *probeCommand) settings(env environment) (*punte.Connection, engine.Keys, error) {
	faults := []error{c.databaseSettings.check(env), c.serverSettings.check()}
	conn, err := c.read()
	if err != nil {
		return nil, engine.Keys{}, errors.Join(append(faults, err)...)
	}
	keys, err := resolve(conn, env)
	faults = append(faults, err, checkRehearsal(c.Rehearsal, conn))
	if conn.Delivery == "pull" && c.Listen == "" {
		faults = append(faults, errors.New(`the connection says "delivery": "pull"; give --listen and --public-url, or write "push"`))
	}
	return conn, keys, errors.Join(faults...)
}

// agree tells what the probe will do and waits for a yes.
func (c *probeCommand) agree(ctx context.Context, env environment, conn *punte.Connection) error {
	for _, sentence := range engine.ProbePlan(conn) {
		fmt.Fprintln(env.err, sentence)
	}
	if c.Yes {
		return nil
	}
	fmt.Fprint(env.err, "Go on? (yes/no) ")
	answer, err := bufio.NewReader(io.LimitReader(interruptible(ctx, env.in), 100)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if !slices.Contains([]string{"y", "yes", "da", "igen"}, strings.ToLower(strings.TrimSpace(answer))) {
		return errNotAgreed
	}
	return nil
}

// probeFinding is a finding as JSON.
type probeFinding struct {
	Name     string `json:"name"`
	Asks     string `json:"asks"`
	Value    string `json:"value"`
	Evidence string `json:"evidence"`
	Sure     string `json:"sure"` // sure, likely, unknown
}

func (c *probeCommand) print(w io.Writer, conn *punte.Connection, r engine.ProbeReport, failure error) error {
	if c.JSON {
		out := struct {
			Findings  []probeFinding `json:"findings"`
			Left      []string       `json:"left_behind"`
			Documents int            `json:"documents"`
			Calls     int            `json:"calls"`
			Error     string         `json:"error,omitempty"`
		}{Findings: []probeFinding{}, Left: append([]string{}, r.Left...), Documents: r.Documents, Calls: r.Calls}
		for _, f := range r.Found {
			out.Findings = append(out.Findings, probeFinding{f.Name, f.Asks, f.Value, f.Evidence, f.Sure})
		}
		if failure != nil {
			out.Error = failure.Error()
		}
		return printJSON(w, out)
	}
	p := &printer{w: w}
	for _, f := range r.Found {
		value := f.Value
		if f.Sure == store.Unknown {
			value = "not found out"
		}
		p.line("%-20s %-14s %s", f.Name, value, f.Asks)
		p.line("%-20s %-14s %s (%s)", "", "", f.Evidence, f.Sure)
	}
	p.line("%d documents, %d calls to MiniCRM system %s", r.Documents, r.Calls, conn.MiniCRM.SystemID)
	for _, left := range r.Left {
		p.line("left behind: %s", left)
	}
	return p.err
}
