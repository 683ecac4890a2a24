// Package store keeps what Punte knows: connections, orders, what is owed to
// MiniCRM, documents on their way, ids handed out and calls made. It runs the same
// SQL on SQLite and on PostgreSQL, and decides inside the statements: nothing is
// read first in order to decide what to write, except by Reserve, which holds what
// it reads.
//
// Times are passed in by the caller, kept as Unix milliseconds and returned in
// UTC; the zero time is kept as 0. Errors carry a punte.Code: NotFound and Conflict
// as told at each method, Unavailable where the database can't be reached now.
package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"punte"
	"punte/store/db"
)

//go:embed migration/*.sql
var migrations embed.FS

// Options are what Open needs besides the address.
type Options struct {
	// Keys encrypt keys and tokens at rest. Without them a key set is made that is
	// gone with the process: for tests only.
	Keys *Keyring
}

// Store is one database. Its methods may be called by many goroutines.
type Store struct {
	writer *sql.DB
	reader *sql.DB
	pool   *pgxpool.Pool // nil on SQLite
	keys   *Keyring
	dsn    string // without password

	writerStatements, readerStatements *compiled // nil on PostgreSQL
}

// Open connects to the database at dsn: a postgres:// address, the path of a SQLite
// file (made if it is missing, its folder is not), or ":memory:". It does not
// migrate.
func Open(ctx context.Context, dsn string, o Options) (*Store, error) {
	keys := o.Keys
	if keys == nil {
		made, err := newKeyset()
		if err != nil {
			return nil, err
		}
		if keys, err = NewKeyring(made); err != nil {
			return nil, err
		}
	}
	s, err := open(ctx, dsn)
	if err != nil {
		return nil, err
	}
	s.keys = keys
	return s, nil
}

// Close ends all connections to the database.
func (s *Store) Close() error {
	var errs []error
	if s.reader != s.writer {
		errs = append(errs, s.reader.Close())
	}
	errs = append(errs, s.writer.Close())
	if s.pool != nil {
		s.pool.Close()
	}
	return errors.Join(errs...)
}

// Postgres says whether the database is PostgreSQL; else it is SQLite.
func (s *Store) Postgres() bool { return s.pool != nil }

// DB returns the pool that may write. On SQLite it has one connection: whoever
// holds it keeps every other writer waiting.
func (s *Store) DB() *sql.DB { return s.writer }

// Pool returns PostgreSQL's pool, nil on SQLite.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// DSN returns the address for people: without a password.
func (s *Store) DSN() string { return s.dsn }

// Ping asks the database whether it is there.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.reader.PingContext(ctx); err != nil {
		return failed("reaching the database", err)
	}
	return nil
}

// Migrate brings the tables up to date and notes when the store was made. Several
// processes may do so at the same time.
func (s *Store) Migrate(ctx context.Context, now time.Time) error {
	files, err := fs.Sub(migrations, "migration")
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	dialect, options := goose.DialectSQLite3, []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if s.Postgres() {
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(lockEvery, lockTries))
		if err != nil {
			return fmt.Errorf("locking the migrations: %w", err)
		}
		dialect, options = goose.DialectPostgres, append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(dialect, s.writer, files, options...)
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	if err := up(ctx, provider); err != nil {
		return failed("migrating the database", err)
	}
	created := db.SetMetaParams{Name: metaCreated, Value: strconv.FormatInt(millis(now), 10)}
	if err := db.New(s.writer).SetMeta(ctx, created); err != nil {
		return failed("noting when the store was made", err)
	}
	return nil
}

// Schema names the tables this program makes: another set of migrations has
// another name. It is a word of hexadecimal digits.
func Schema() string {
	sum := sha256.New()
	_ = fs.WalkDir(migrations, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := migrations.ReadFile(path)
		_, _ = sum.Write(text)
		return err
	}) // what is embedded can be read
	return hex.EncodeToString(sum.Sum(nil))[:16]
}

// up migrates. SQLite has no lock around a whole migration: when another process
// was quicker, ours fails on a table that is there already, and the second look
// finds nothing left to do.
func up(ctx context.Context, provider *goose.Provider) error {
	_, err := provider.Up(ctx)
	if err == nil || ctx.Err() != nil {
		return err
	}
	if _, again := provider.Up(ctx); again != nil {
		return err
	}
	return nil
}

const metaCreated = "created"

// Another process that migrates is waited for: asked every second, for five minutes.
const (
	lockEvery = 1 // seconds
	lockTries = 300
)

// attempts bounds how often a transaction is repeated that PostgreSQL ended
// because it stood in the way of another one.
const attempts = 5

// write runs f in a transaction. Doing says what for, as a gerund.
func (s *Store) write(ctx context.Context, doing string, f func(*db.Queries) error) error {
	return s.writeWith(ctx, doing, func(q *db.Queries, _ db.DBTX) error { return f(q) })
}

// writeWith gives f the transaction too, for statements of several rows.
func (s *Store) writeWith(ctx context.Context, doing string, f func(*db.Queries, db.DBTX) error) error {
	var err error
	for range attempts {
		if err = s.transact(ctx, f); !inTheWay(err) {
			break
		}
	}
	if err != nil {
		return failed(doing, err)
	}
	return nil
}

func (s *Store) transact(ctx context.Context, f func(*db.Queries, db.DBTX) error) error {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	if s.Postgres() {                    // pgx keeps prepared statements by itself
		if err := f(db.New(tx), tx); err != nil {
			return err
		}
		return tx.Commit()
	}
	in := &prepared{tx: tx, kept: s.writerStatements, known: map[string]*sql.Stmt{}}
	defer in.close()
	if err := f(db.New(in), in); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	in.keep(ctx)
	return nil
}

// read returns queries outside any transaction; on SQLite they can't write.
func (s *Store) read() *db.Queries { return db.New(s.reads()) }

// change returns queries that write one statement at a time.
func (s *Store) change() *db.Queries { return db.New(s.writes()) }

// millis is how times are kept; the zero time is 0.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// instant is the time that millis kept.
func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// forever is a due time that every row has reached.
const forever = math.MaxInt64

// packer compresses many small values: one writer is used again and again,
// because making one costs more than most of the values.
type packer struct {
	buffer bytes.Buffer
	writer *gzip.Writer
}

func (p *packer) pack(data []byte) ([]byte, error) {
	if len(data) == 0 {
		return []byte{}, nil
	}
	p.buffer.Reset()
	if p.writer == nil {
		writer, err := gzip.NewWriterLevel(&p.buffer, gzip.BestSpeed)
		if err != nil {
			return nil, fmt.Errorf("compressing: %w", err)
		}
		p.writer = writer
	}
	p.writer.Reset(&p.buffer)
	if _, err := p.writer.Write(data); err != nil {
		return nil, fmt.Errorf("compressing: %w", err)
	}
	if err := p.writer.Close(); err != nil {
		return nil, fmt.Errorf("compressing: %w", err)
	}
	return bytes.Clone(p.buffer.Bytes()), nil
}

// unpacker reverses packer, with one reader for many values.
type unpacker struct{ reader *gzip.Reader }

// unpack returns nil for an empty value.
func (u *unpacker) unpack(data []byte) ([]byte, error) {
	if len(data) == 0 {
		return nil, nil
	}
	if u.reader == nil {
		u.reader = new(gzip.Reader)
	}
	if err := u.reader.Reset(bytes.NewReader(data)); err != nil {
		return nil, fmt.Errorf("reading a compressed value: %w", err)
	}
	plain, err := io.ReadAll(u.reader) // bounded by what pack was given
	if err != nil {
		return nil, fmt.Errorf("reading a compressed value: %w", err)
	}
	return plain, nil
}

// json reads a packed JSON value; an empty one leaves it zero.
func (u *unpacker) json(data []byte, value any) error {
	plain, err := u.unpack(data)
	if err != nil || plain == nil {
		return err
	}
	return json.Unmarshal(plain, value)
}

// missing turns "no rows" into a NotFound error with the sentence given.
func missing(err error, doing, format string, args ...any) error {
	if errors.Is(err, sql.ErrNoRows) {
		return punte.Errorf(punte.NotFound, format, args...)
	}
	return failed(doing, err)
}
