// Command punte brings the orders of a UNAS webshop into MiniCRM.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // the zones of the shops must be known wherever the program runs

	"github.com/alecthomas/kong"
)

// Exit codes of every command.
const (
	exitDone      = 0
	exitAttention = 1 // done, but something is held, parked, refused, red or differs
	exitFailed    = 2 // could not run or go on
)

// errAttention ends a command that did its work and found something for a person.
// What it is has been printed.
var errAttention = errors.New("something asks for a person")

// streams are where a command reads and writes.
type streams struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

// environment is what a command gets from outside.
type environment struct {
	streams
	getenv func(string) string
}

type commandLine struct {
	Demo       demoCommand       `cmd:"" help:"Start both simulators, a shop with 500 orders and a finished connection, and synchronise them."`
	Sync       syncCommand       `cmd:"" help:"Run one connection."`
	Preview    previewCommand    `cmd:"" help:"Read and map, show what would be created or changed, write nothing."`
	Check      checkCommand      `cmd:"" help:"Check keys, permissions, modules, fields, owner, statuses and clock, a line each."`
	Apply      applyCommand      `cmd:"" help:"Apply changed settings to older orders: list those that would be sent otherwise, for sync to send."`
	Probe      probeCommand      `cmd:"" help:"Rehearse on the MiniCRM account with marked test cards and note what no document says."`
	Convert    convertCommand    `cmd:"" help:"Map a UNAS getOrder answer on standard input to a MiniCRM document on standard output."`
	Reconcile  reconcileCommand  `cmd:"" help:"Compare shop and MiniCRM for a range of days of placing; find deleted orders."`
	Holiday    holidayCommand    `cmd:"" help:"Say until when a shop is closed, so that no orders are no alarm."`
	Order      orderCommand      `cmd:"" help:"Tell the life of one order: seen, mapped, sent, confirmed, and what comes next."`
	Erase      eraseCommand      `cmd:"" help:"Forget a person: their orders, data and documents, for good."`
	Sheet      sheetCommand      `cmd:"" help:"Draw an order as a PDF, or take back the address of its sheet."`
	Simulate   simulateCommand   `cmd:"" help:"Run a simulator of one of the two services."`
	Version    versionCommand    `cmd:"" help:"Print the version."`
	Serve      serveCommand      `cmd:"" help:"Work on all connections of the store until stopped."`
	Connection connectionCommand `cmd:"" help:"Add and list the connections that serve works on."`
	Webhook    webhookCommand    `cmd:"" help:"Let a VIP shop report changes at once."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// After the first signal the next one ends the process at once: whoever presses
	// Ctrl-C twice does not want to wait.
	context.AfterFunc(ctx, stop)
	code := run(ctx, os.Args[1:], environment{streams: streams{os.Stdin, os.Stdout, os.Stderr}, getenv: os.Getenv})
	stop()
	os.Exit(code)
}

// exited carries the exit code out of the argument parser, which wants to end the
// process after printing help.
type exited int

// run parses the arguments, runs the command and gives its exit code.
func run(ctx context.Context, args []string, env environment) (code int) {
	defer func() {
		if e, ok := recover().(exited); ok {
			code = int(e)
		}
	}()
	var cli commandLine
	parser, err := kong.New(&cli,
		kong.Name("punte"),
		kong.Description("Punte brings the orders of a UNAS webshop into MiniCRM.\n\n"+
			"Exit codes: 0 done; 1 done, but something is held, could not be sent, is red or differs; 2 could not run or go on."),
		kong.Writers(env.out, env.err),
		kong.Exit(func(code int) { panic(exited(code)) }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(env),
	)
	if err != nil {
		fmt.Fprintf(env.err, "punte: %v\n", err)
		return exitFailed
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(env.err, "punte: %v; see %s --help\n", err, wanted(err))
		return exitFailed
	}
	err = parsed.Run()
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errAttention):
		return exitAttention
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(env.err, "punte: stopped")
		return exitFailed
	}
	if err := failAsJSON(parsed, env.out, err); err != nil {
		fmt.Fprintf(env.err, "punte: %v\n", err)
	}
	fmt.Fprintf(env.err, "punte: %v\n", err)
	return exitFailed
}

// reportedError is an error that stands in the report on standard output already.
type reportedError struct{ error }

// failAsJSON gives the error to whoever asked for JSON, so that standard output can
// always be read.
func failAsJSON(parsed *kong.Context, out io.Writer, err error) error {
	if _, told := errors.AsType[reportedError](err); told {
		return nil
	}
	for _, flag := range parsed.Flags() {
		if asked, _ := parsed.FlagValue(flag).(bool); asked && flag.Name == "json" {
			return printJSON(out, map[string]any{"error": err.Error()})
		}
	}
	return nil
}

// wanted is the command that mistaken arguments were for, as far as it was named.
func wanted(err error) string {
	name := []string{"punte"}
	if mistake, ok := errors.AsType[*kong.ParseError](err); ok {
		for _, part := range mistake.Context.Path {
			if part.Command != nil {
				name = append(name, part.Command.Name)
			}
		}
	}
	return strings.Join(name, " ")
}
