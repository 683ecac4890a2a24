package main

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"punte/engine"
)

type convertCommand struct {
	connectionSettings
}

// Help is what --help adds to the line of the command.
func (convertCommand) Help() string {
	return `Reads from standard input, writes to standard output, keys are not needed.
On standard error stands a line for each order that was refused ("refused", its number, field and reason, divided by tabs)
and for what a person may want to know of one that was written ("note", its number, text), and at the end the counts.`
}

// Run maps standard input to standard output. What it has to tell of single orders
// goes to standard error.
func (c *convertCommand) Run(ctx context.Context, env environment) (err error) {
	conn, err := c.read()
	if err != nil {
		return err
	}
	if _, err := engine.AccountLanguage(conn); err != nil {
		return fmt.Errorf("%s: %w", c.Connection, err)
	}
	report := bufio.NewWriter(env.err)
	defer func() { _ = report.Flush() }() // nobody can be told that standard error is closed
	done, err := engine.Converter{Conn: conn, Report: report}.Convert(interruptible(ctx, env.in), env.out)
	fmt.Fprintln(report, done)
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("converting standard input: %w", err)
	}
	if done.Refused > 0 || done.Differs > 0 {
		return errAttention
	}
	return nil
}

// interruptible gives what in gives until ctx ends, then its error. Nothing can wake
// a read from a terminal or a pipe; it is left behind and ends with the process.
func interruptible(ctx context.Context, in io.Reader) io.Reader {
	out, feed := io.Pipe()
	go func() {
		_, err := io.Copy(feed, in)
		_ = feed.CloseWithError(err)
	}()
	context.AfterFunc(ctx, func() { _ = feed.CloseWithError(ctx.Err()) })
	return out
}
