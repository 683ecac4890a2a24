//go:build unix

package jobs

import (
	"errors"
	"os"
	"syscall"

	"punte"
)

// lock keeps a second process from working on the same SQLite file. The lock ends
// with the process, however it ends.
func lock(database string) (unlock func() error, err error) {
	if database == ":memory:" {
		return func() error { return nil }, nil
	}
	path := database + ".lock"
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, punte.Errorf(punte.Unavailable, "opening the lock of the database: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		closeErr := f.Close()
		return nil, punte.Errorf(punte.Conflict, "another process works on %s; stop it, or use PostgreSQL for several: %w",
			database, errors.Join(err, closeErr))
	}
	return f.Close, nil
}
