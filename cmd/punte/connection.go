package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"

	"punte"
	"punte/engine"
)

// connectionSettings name the connection document of a command.
type connectionSettings struct {
	Connection string `required:"" env:"PUNTE_CONNECTION" placeholder:"FILE" help:"Connection document, a JSON file."`
}

// maxConnectionFile bounds what is read as a connection document.
const maxConnectionFile = 4 << 20

// read reads the connection document without resolving its keys.
func (c connectionSettings) read() (*punte.Connection, error) {
	if c.Connection == "" { // an empty variable counts as set
		return nil, errors.New("--connection is empty; name the connection document")
	}
	text, err := readBounded(c.Connection, maxConnectionFile)
	if err != nil {
		return nil, fmt.Errorf("reading the connection document: %w", err)
	}
	conn, err := engine.ParseConnection(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s:\n%w", c.Connection, err)
	}
	return conn, nil
}

// readBounded reads a file of at most so many bytes; pipes and devices too, as long
// as they end.
func readBounded(path string, most int64) ([]byte, error) {
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > most {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, most)
	}
	return text, nil
}

// checkRehearsal keeps a rehearsal away from the real services, which would ban
// this address.
func checkRehearsal(rehearsal bool, conn *punte.Connection) error {
	if !rehearsal {
		return nil
	}
	var faults []error
	for _, base := range []string{conn.UNAS.BaseURL, conn.MiniCRM.BaseURL} {
		u, err := url.Parse(base)
		if err != nil {
			return err
		}
		if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
			faults = append(faults, fmt.Errorf("--rehearsal is for simulators on this machine, and %s is not on it; leave --rehearsal out", base))
		}
	}
	return errors.Join(faults...)
}
