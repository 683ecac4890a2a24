package main

import (
	"bufio"
	"fmt"
	"os"

	"punte"
	"punte/engine"
)

type convertCommand struct {
	Connection string `required:"" placeholder:"FILE" help:"Connection document; - is not possible, standard input holds the orders."`
}

// Run maps standard input to standard output. Refused orders go to standard error,
// a line each: key, field, reason.
func (c *convertCommand) Run(env environment) error {
	conn, err := readConnection(c.Connection)
	if err != nil {
		return err
	}
	errOut := bufio.NewWriter(env.err)
	defer errOut.Flush()
	converter := engine.Converter{
		Conn: conn,
		Refused: func(r engine.Refusal) {
			fmt.Fprintf(errOut, "refused\t%s\t%s\t%s\n", r.Key, r.Problem.Field, r.Problem.Reason)
		},
		Noted: func(key, note string) { fmt.Fprintf(errOut, "note\t%s\t%s\n", key, note) },
	}
	done, err := converter.Convert(env.in, env.out)
	fmt.Fprintf(errOut, "%d orders read, %d written, %d refused, %d before the start date, %d in a status that is not brought, %d with a total that differs\n",
		done.Orders, done.Written, done.Refused, done.Before, done.Left, done.Differs)
	if err != nil {
		return fmt.Errorf("converting: %w", err)
	}
	if done.Refused > 0 || done.Differs > 0 {
		return errAttention
	}
	return nil
}

// maxConnectionFile bounds what is read as a connection document.
const maxConnectionFile = 4 << 20

// readConnection reads a connection document without resolving its keys.
func readConnection(path string) (*punte.Connection, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading the connection document: %w", err)
	}
	if info.Size() > maxConnectionFile {
		return nil, fmt.Errorf("reading the connection document %s: it is larger than 4 MiB", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the connection document: %w", err)
	}
	conn, err := engine.ParseConnection(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s:\n%w", path, err)
	}
	return conn, nil
}
