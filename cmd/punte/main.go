// Command punte brings the orders of a UNAS webshop into MiniCRM.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
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
	Demo     demoCommand     `cmd:"" help:"Start both simulators, a shop with 500 orders and a finished connection, and synchronise them."`
	Sync     syncCommand     `cmd:"" help:"Run one connection."`
	Preview  previewCommand  `cmd:"" help:"Read and map, show what would be created or changed, write nothing."`
	Check    checkCommand    `cmd:"" help:"Check keys, permissions, modules, fields, owner, statuses and clock, a line each."`
	Convert  convertCommand  `cmd:"" help:"Map a UNAS getOrder answer on standard input to a MiniCRM document on standard output."`
	Simulate simulateCommand `cmd:"" help:"Run a simulator of one of the two services."`
	Version  versionCommand  `cmd:"" help:"Print the version."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
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
		kong.Description("Punte brings the orders of a UNAS webshop into MiniCRM."),
		kong.Writers(env.out, env.err),
		kong.Exit(func(code int) { panic(exited(code)) }),
		kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(env),
	)
	if err != nil {
		fmt.Fprintf(env.err, "punte: %v\n", err)
		return exitFailed
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(env.err, "punte: %v\n", err)
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
	fmt.Fprintf(env.err, "punte: %v\n", err)
	return exitFailed
}
