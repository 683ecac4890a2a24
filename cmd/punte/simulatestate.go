package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// world is a simulated service whose content can be kept in a file.
type world interface {
	http.Handler
	Save(w io.Writer) error
	Restore(r io.Reader) error
	Revision() uint64 // grows with every change
}

// stateFile keeps a simulated world over restarts. The zero value keeps nothing.
type stateFile struct {
	path  string
	world world
	there bool   // the file holds a world
	saved uint64 // of this revision
}

// load puts the world of the file into place. It says whether there was one.
func (f *stateFile) load() (bool, error) {
	if f.path == "" {
		return false, nil
	}
	file, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading the state: %w", err)
	}
	defer func() { _ = file.Close() }() // it was only read
	if err := f.world.Restore(file); err != nil {
		return false, fmt.Errorf("reading the state from %s: %w; move the file away to begin anew", f.path, err)
	}
	f.there, f.saved = true, f.world.Revision()
	return true, nil
}

// save writes the world if it has changed: beside the file first, then in its place,
// so that whoever pulls the plug finds one of the two whole.
func (f *stateFile) save() (err error) {
	revision := f.world.Revision()
	if f.path == "" || f.there && revision == f.saved {
		return nil
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("writing the state to %s: %w", f.path, err)
		}
	}()
	draft, err := os.CreateTemp(filepath.Dir(f.path), filepath.Base(f.path)+".*.tmp")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(draft.Name()) }() // gone already when all went well
	if err := errors.Join(f.world.Save(draft), draft.Sync(), draft.Close()); err != nil {
		return err
	}
	if err := os.Rename(draft.Name(), f.path); err != nil {
		return err
	}
	f.there, f.saved = true, revision
	return nil
}

// statePause is the least time between two writings of the state. A big world
// waits ten times as long as its last writing took.
const statePause = time.Second

// keep writes the state as it changes until ctx ends.
func (f *stateFile) keep(ctx context.Context) error {
	pause := statePause
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		begun := time.Now()
		if err := f.save(); err != nil {
			return err
		}
		pause = max(statePause, 10*time.Since(begun))
	}
}

// setSwitches puts name=value pairs into a simulator's Switches, whose names and
// types are those of its JSON. A name alone switches on.
func setSwitches(switches any, pairs []string) error {
	printed, err := json.Marshal(switches)
	if err != nil {
		return fmt.Errorf("listing the switches: %w", err)
	}
	var known map[string]json.RawMessage
	if err := json.Unmarshal(printed, &known); err != nil {
		return fmt.Errorf("listing the switches: %w", err)
	}
	given := map[string]json.RawMessage{}
	for _, pair := range pairs {
		name, value, found := strings.Cut(pair, "=")
		if !found {
			value = "true"
		}
		was, ok := known[name]
		if !ok {
			return fmt.Errorf("--switch: there is no switch %q; there are %s", name, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		}
		if given[name], err = switchValue(was, value); err != nil {
			return fmt.Errorf("--switch: %s: %w", name, err)
		}
	}
	document, err := json.Marshal(given)
	if err != nil {
		return fmt.Errorf("--switch: %w", err)
	}
	if err := json.NewDecoder(bytes.NewReader(document)).Decode(switches); err != nil {
		return fmt.Errorf("--switch: %w", err)
	}
	return nil
}

// switchValue is the JSON of a value for a switch that prints as was.
func switchValue(was json.RawMessage, value string) (json.RawMessage, error) {
	switch {
	case was[0] == '"':
		return json.Marshal(value)
	case was[0] == 't' || was[0] == 'f':
		on, ok := map[string]string{"true": "true", "on": "true", "false": "false", "off": "false"}[value]
		if !ok {
			return nil, fmt.Errorf("%q is neither true nor false", value)
		}
		return json.RawMessage(on), nil
	}
	number, err := strconv.Atoi(value)
	if err != nil {
		return nil, fmt.Errorf("%q is not a whole number", value)
	}
	return json.Marshal(number)
}
