package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"punte"
)

// This file holds the few lines that differ between the databases.

func open(ctx context.Context, dsn string) (*Store, error) {
	switch {
	case strings.HasPrefix(dsn, "postgres://"), strings.HasPrefix(dsn, "postgresql://"):
		return openPostgres(ctx, dsn)
	case dsn == ":memory:":
		return openMemory(ctx)
	case dsn == "":
		return nil, punte.Errorf(punte.Invalid, "opening the database: no address is given; give the path of a file or a postgres:// address")
	case strings.Contains(dsn, "://"):
		return nil, punte.Errorf(punte.Invalid, "opening the database: %s is neither the path of a file nor a postgres:// address", withoutPassword(dsn))
	}
	return openFile(ctx, dsn)
}

func openPostgres(ctx context.Context, dsn string) (*Store, error) {
	shown := withoutPassword(dsn)
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		// pgx's own sentence hides the password of an address it can read only.
		return nil, punte.Errorf(punte.Invalid, "opening %s: the address can't be read; it should look like postgres://user:password@host:5432/database", shown)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, punte.Errorf(punte.Unavailable, "opening %s: %w", shown, err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, punte.Errorf(punte.Unavailable, "opening %s: %w", shown, err)
	}
	all := stdlib.OpenDBFromPool(pool)
	return &Store{writer: all, reader: all, pool: pool, dsn: shown}, nil
}

// withoutPassword shows an address of PostgreSQL without its password.
func withoutPassword(dsn string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		return "the database address"
	}
	query := u.Query()
	for _, name := range []string{"password", "sslpassword"} {
		if query.Has(name) {
			query.Set(name, "xxxxx")
			u.RawQuery = query.Encode()
		}
	}
	return u.Redacted()
}

// What every connection to SQLite is told. WAL lets readers read while one writes;
// FULL survives a power cut; immediate transactions wait for their turn at the
// start instead of failing in the middle.
const (
	sqliteTimes  = "_time_format=sqlite&_timezone=UTC"
	sqliteCommon = sqliteTimes + "&_pragma=busy_timeout(15000)&_pragma=foreign_keys(1)"
	sqliteWriter = sqliteCommon + "&_txlock=immediate&_pragma=journal_mode(wal)&_pragma=synchronous(full)"
	sqliteReader = sqliteCommon + "&_pragma=query_only(1)"
)

func openFile(ctx context.Context, path string) (*Store, error) {
	if err := prepareFile(path); err != nil {
		return nil, err
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, punte.Errorf(punte.Invalid, "opening the database %s: %w", path, err)
	}
	file := "file:" + (&url.URL{Path: filepath.ToSlash(absolute)}).EscapedPath()
	writer, err := sql.Open("sqlite", file+"?"+sqliteWriter)
	if err != nil {
		return nil, punte.Errorf(punte.Invalid, "opening the database %s: %w", path, err)
	}
	writer.SetMaxOpenConns(1)
	if err := look(ctx, writer); err != nil {
		_ = writer.Close()
		return nil, explainSQLite(path, err)
	}
	reader, err := sql.Open("sqlite", file+"?"+sqliteReader)
	if err != nil {
		_ = writer.Close()
		return nil, punte.Errorf(punte.Invalid, "opening the database %s: %w", path, err)
	}
	readers := max(4, runtime.NumCPU())
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	return &Store{
		writer: writer, reader: reader, dsn: path,
		writerStatements: newCompiled(writer), readerStatements: newCompiled(reader),
	}, nil
}

// openMemory makes a database that ends with the store. Readers share the writer's
// only connection: SQLite's shared cache would refuse them instead of waiting.
func openMemory(ctx context.Context) (*Store, error) {
	only, err := sql.Open("sqlite", "file::memory:?"+sqliteCommon+"&_txlock=immediate")
	if err != nil {
		return nil, punte.Errorf(punte.Internal, "opening a database in memory: %w", err)
	}
	only.SetMaxOpenConns(1)
	only.SetMaxIdleConns(1)
	if err := look(ctx, only); err != nil {
		_ = only.Close()
		return nil, explainSQLite(":memory:", err)
	}
	statements := newCompiled(only)
	return &Store{writer: only, reader: only, dsn: ":memory:", writerStatements: statements, readerStatements: statements}, nil
}

// prepareFile makes the file, for its owner only, and says in plain words what
// SQLite would call "unable to open database file".
func prepareFile(path string) error {
	folder := filepath.Dir(path)
	info, err := os.Stat(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return punte.Errorf(punte.Invalid, "opening the database %s: the folder %s does not exist; make it first", path, folder)
	case err != nil:
		return punte.Errorf(punte.Invalid, "opening the database %s: %w", path, err)
	case !info.IsDir():
		return punte.Errorf(punte.Invalid, "opening the database %s: %s is not a folder", path, folder)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return punte.Errorf(punte.Invalid, "opening the database %s: it is a folder; name a file in it", path)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, fs.ErrPermission) {
		return punte.Errorf(punte.Invalid, "opening the database %s: this user may not write it or its folder: %w", path, err)
	}
	if err != nil {
		return punte.Errorf(punte.Invalid, "opening the database %s: %w", path, err)
	}
	if err := file.Close(); err != nil {
		return punte.Errorf(punte.Unavailable, "opening the database %s: %w", path, err)
	}
	return nil
}

// look makes SQLite read the file: until then it has not opened anything.
func look(ctx context.Context, sqliteDB *sql.DB) error {
	var tables int64
	return sqliteDB.QueryRowContext(ctx, "SELECT COUNT(*) FROM sqlite_master").Scan(&tables)
}

func explainSQLite(path string, err error) error {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return punte.Errorf(punte.Unavailable, "opening the database %s: %w", path, err)
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_NOTADB:
		return punte.Errorf(punte.Invalid, "opening the database %s: the file is something else, not a database; name another file", path)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN:
		return punte.Errorf(punte.Invalid, "opening the database %s: this user may not write it or its folder: %w", path, err)
	}
	return punte.Errorf(punte.Unavailable, "opening the database %s: %w", path, err)
}

// failed wraps an error of the database with what we were doing. One that says
// the database can't be used now gets the code Unavailable; an error that has a
// code already keeps it.
func failed(doing string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*punte.Error](err); ok {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if unavailable(err) {
		return punte.Errorf(punte.Unavailable, "%s: %w", doing, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func unavailable(err error) bool {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
			sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
			return true
		}
		return false
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		// 08 connection, 53 out of resources, 57P shutting down, 25006 read only
		return strings.HasPrefix(e.Code, "08") || strings.HasPrefix(e.Code, "53") ||
			strings.HasPrefix(e.Code, "57P") || e.Code == "25006"
	}
	_, ok := errors.AsType[*pgconn.ConnectError](err)
	return ok || pgconn.SafeToRetry(err)
}

// inTheWay says that PostgreSQL ended a transaction in favour of another one, so
// that repeating it from its start is right. SQLite lets writers wait instead.
func inTheWay(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == "40P01" || e.Code == "40001")
}
