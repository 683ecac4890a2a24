package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"punte"
	"punte/engine"
)

type sheetCommand struct {
	databaseSettings
	connectionSettings
	Key       string `arg:"" optional:"" help:"Number of the order in the shop."`
	Output    string `placeholder:"FILE" help:"Where to write the PDF; - is standard output (default KEY.pdf)."`
	Revoke    bool   `help:"Take back the address of the sheet instead. The next synchronisation writes a new one to MiniCRM."`
	RevokeAll bool   `help:"Take back the addresses of all sheets of the connection."`
}

// Validate is asked by the parser of the arguments.
func (c *sheetCommand) Validate() error {
	switch {
	case c.RevokeAll && (c.Key != "" || c.Revoke):
		return errors.New("--revoke-all is for all orders: give neither an order nor --revoke with it")
	case c.Key == "" && !c.RevokeAll:
		return errors.New("which order? Give its number in the shop")
	case c.Output != "" && (c.Revoke || c.RevokeAll):
		return errors.New("--output is for a sheet that is drawn, and taking an address back draws none")
	}
	return nil
}

// Run draws the sheet or takes its address back. It calls neither service.
func (c *sheetCommand) Run(ctx context.Context, env environment) (err error) {
	conn, connErr := c.read()
	if err := errors.Join(c.databaseSettings.check(env), connErr); err != nil {
		return err
	}
	keys, err := resolve(conn, env)
	if err != nil {
		return err
	}
	s, err := (&lookSettings{databaseSettings: c.databaseSettings}).openExisting(ctx, env)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	e := &engine.Engine{Store: s, Now: time.Now}
	if c.Revoke || c.RevokeAll {
		return c.revoke(ctx, env, e, conn, keys)
	}
	file, err := e.OrderSheet(ctx, conn, keys, c.Key)
	if err != nil {
		return err
	}
	return c.write(env, file)
}

func (c *sheetCommand) revoke(ctx context.Context, env environment, e *engine.Engine, conn *punte.Connection, keys engine.Keys) error {
	if c.RevokeAll {
		n, err := e.RevokeSheets(ctx, conn, keys)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.out, "addresses of sheets taken back: %d; the next synchronisation writes new ones to MiniCRM\n", n)
		return err
	}
	revoked, err := e.RevokeSheet(ctx, conn, keys, c.Key)
	if err != nil {
		return err
	}
	text := "the address of the sheet of order %s leads nowhere now; the next synchronisation writes a new one to MiniCRM\n"
	if !revoked {
		text = "the sheet of order %s has no address, so there is nothing to take back\n"
	}
	_, err = fmt.Fprintf(env.out, text, c.Key)
	return err
}

// write puts the PDF where it belongs. The file is for its owner only: it holds a
// person's name and address.
func (c *sheetCommand) write(env environment, file engine.SheetFile) error {
	switch c.Output {
	case "-":
		return writeAll(env.out, file.PDF)
	case "":
		c.Output = file.Name
	}
	if err := os.WriteFile(filepath.Clean(c.Output), file.PDF, 0o600); err != nil {
		return fmt.Errorf("writing the sheet: %w", err)
	}
	_, err := fmt.Fprintln(env.out, c.Output)
	return err
}

func writeAll(w io.Writer, data []byte) error {
	_, err := w.Write(data)
	return err
}
