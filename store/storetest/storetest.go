// Package storetest gives tests a fresh, migrated store on SQLite and on
// PostgreSQL.
package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // driver of the connection that makes databases

	"punte/store"
)

// Kinds of database.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

// Variable names the environment variable with the postgres:// address of a role
// that may make databases.
const Variable = "PUNTE_TEST_POSTGRES"

// Created is when every store of this package was made: so long ago that its
// budgets are free whatever the clock of a test says.
var Created = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

// FolderVariable names the environment variable with a folder for SQLite's files that
// is quicker than the usual one: a test that dies takes its database along, so that
// nothing need ever reach a disk.
const FolderVariable = "PUNTE_TEST_FOLDER"

// Each runs f on a store of its own for each kind of database, beside other tests.
// Without a server the half on PostgreSQL is skipped.
func Each(t *testing.T, f func(t *testing.T, s *store.Store)) {
	t.Helper()
	EachKind(t, func(t *testing.T, kind string) { f(t, Open(t, kind)) })
}

// EachKind runs f for each kind of database, beside other tests.
func EachKind(t *testing.T, f func(t *testing.T, kind string)) {
	t.Helper()
	t.Parallel()
	EachKindAlone(t, f)
}

// EachKindAlone is EachKind for a test that looks at something all tests share, such
// as the goroutines of the process: no other test runs meanwhile.
func EachKindAlone(t *testing.T, f func(t *testing.T, kind string)) {
	t.Helper()
	for _, kind := range []string{SQLite, Postgres} {
		t.Run(kind, func(t *testing.T) { f(t, kind) })
	}
}

// Open returns a migrated store that nobody else uses. It is closed, and its
// database removed, when the test ends.
func Open(t testing.TB, kind string) *store.Store {
	t.Helper()
	return At(t, Database(t, kind), store.Options{})
}

// At opens the database at dsn once more, as a second process would. The store is
// closed when the test ends.
func At(t testing.TB, dsn string, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), dsn, o)
	if err != nil {
		t.Fatalf("store.Open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// Database makes a migrated database that nobody else uses and returns its
// address.
func Database(t testing.TB, kind string) string {
	t.Helper()
	if kind == Postgres {
		return create(t, template(t))
	}
	dsn := Empty(t, kind)
	image, err := migrated()
	if err != nil {
		t.Fatalf("migrating: %v", err)
	}
	if err := os.WriteFile(dsn, image, 0o600); err != nil {
		t.Fatal(err)
	}
	return dsn
}

// migrated is a SQLite file with all tables: copied it is there at once, and the
// migrations need not run for every test.
var migrated = sync.OnceValues(func() (image []byte, err error) {
	folder, err := os.MkdirTemp(os.Getenv(FolderVariable), "punte-tables")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	dsn := filepath.Join(folder, "punte.db")
	if err := migrate(dsn); err != nil {
		return nil, err
	}
	return os.ReadFile(dsn) // whole: the last connection to close empties the log into it
})

// Empty makes a database without tables and returns its address.
func Empty(t testing.TB, kind string) string {
	t.Helper()
	switch kind {
	case SQLite:
		return filepath.Join(folder(t), "punte.db")
	case Postgres:
		return create(t, "template0")
	}
	t.Fatalf("there is no kind of database %q", kind)
	return ""
}

// folder makes one for a SQLite file.
func folder(t testing.TB) string {
	t.Helper()
	within := os.Getenv(FolderVariable)
	if within == "" {
		return t.TempDir()
	}
	made, err := os.MkdirTemp(within, "sqlite") //nolint:usetesting // t.TempDir is where TMPDIR is, and may be slow
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(made) })
	return made
}

func migrate(dsn string) error {
	s, err := store.Open(context.Background(), dsn, store.Options{})
	if err != nil {
		return err
	}
	return errors.Join(s.Migrate(context.Background(), Created), s.Close())
}

// admin connects to the server of the environment, or skips the test.
func admin(t testing.TB) *sql.DB {
	t.Helper()
	address := os.Getenv(Variable)
	if address == "" {
		t.Skipf("%s is not set: no PostgreSQL to test on; run make test, which starts one", Variable)
	}
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatalf("connecting to %s: %v", Variable, err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// named returns the address of another database of the same server.
func named(t testing.TB, database string) string {
	t.Helper()
	u, err := url.Parse(os.Getenv(Variable))
	if err != nil {
		t.Fatalf("%s is no address", Variable)
	}
	u.Path = "/" + database
	return u.String()
}

// create makes a database from a template and drops it when the test ends.
func create(t testing.TB, template string) string {
	t.Helper()
	db := admin(t)
	name := "punte_test_" + strings.ToLower(rand.Text())
	run(t, db, fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s", name, template))
	t.Cleanup(func() { run(t, db, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	return named(t, name)
}

// templateLock is the advisory lock under which the template is made: tests of
// several packages run in processes of their own.
const templateLock = 7_086_500_001

// template returns the name of a migrated database to copy from, and makes it if
// it is missing. Its name tells the tables it has, so an old one is not mistaken
// for it.
func template(t testing.TB) string {
	t.Helper()
	name := "punte_template_" + store.Schema()
	db := admin(t)
	ctx := context.Background()
	conn, err := db.Conn(ctx) // a lock belongs to its connection
	if err != nil {
		t.Fatalf("connecting to %s: %v", Variable, err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(templateLock)); err != nil {
		t.Fatalf("waiting for the template database: %v", err)
	}
	defer func() { _, _ = conn.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", int64(templateLock)) }()
	var there int
	if err := conn.QueryRowContext(ctx, "SELECT COUNT(*) FROM pg_database WHERE datname = $1", name).Scan(&there); err != nil {
		t.Fatalf("looking for the template database: %v", err)
	}
	if there > 0 {
		return name
	}
	// It gets its name when it is whole: a test killed in between leaves only "raw".
	raw := name + "_raw"
	run(t, db, "DROP DATABASE IF EXISTS "+raw+" WITH (FORCE)")
	run(t, db, "CREATE DATABASE "+raw+" TEMPLATE template0")
	if err := migrate(named(t, raw)); err != nil {
		t.Fatalf("migrating the template database: %v", err)
	}
	run(t, db, fmt.Sprintf("ALTER DATABASE %s RENAME TO %s", raw, name))
	return name
}

func run(t testing.TB, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.ExecContext(context.Background(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
