package store

import (
	"context"
	"database/sql"
	"strings"
	"sync"

	"punte/store/db"
)

// compiled keeps the statements of a SQLite database compiled for as long as it is
// open: compiling one takes longer than running most of them, and a connection with
// nothing to do asks the same dozens of questions at every look. pgx does this for
// PostgreSQL by itself.
type compiled struct {
	db *sql.DB

	mu    sync.Mutex
	known map[string]*sql.Stmt // closed with db
}

func newCompiled(sqlite *sql.DB) *compiled {
	return &compiled{db: sqlite, known: map[string]*sql.Stmt{}}
}

// fixed says that a text is one of sqlc's, of which there are so many and no more.
// One that was put together for its arguments is not kept.
func fixed(query string) bool { return strings.HasPrefix(query, "-- name: ") }

func (c *compiled) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if statement, ok := c.kept(query); ok {
		return statement, nil
	}
	statement, err := c.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if other, ok := c.known[query]; ok { // somebody else was quicker
		_ = statement.Close()
		return other, nil
	}
	c.known[query] = statement
	return statement, nil
}

func (c *compiled) kept(query string) (*sql.Stmt, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	statement, ok := c.known[query]
	return statement, ok
}

// ExecContext runs a fixed query.
func (c *compiled) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	statement, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return statement.ExecContext(ctx, args...)
}

// PrepareContext compiles query; its caller closes it.
func (c *compiled) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	return c.db.PrepareContext(ctx, query)
}

// QueryContext runs a fixed query.
func (c *compiled) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	statement, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return statement.QueryContext(ctx, args...)
}

// QueryRowContext runs a fixed query.
func (c *compiled) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	statement, err := c.statement(ctx, query)
	if err != nil {
		return c.db.QueryRowContext(ctx, query, args...) // says the same error in its own way
	}
	return statement.QueryRowContext(ctx, args...)
}

// prepared are the statements of one SQLite transaction: those that are kept, and
// those that it compiled, for a page of 500 orders runs each of them 500 times.
type prepared struct {
	tx    *sql.Tx
	kept  *compiled
	known map[string]*sql.Stmt
	fresh []string // fixed ones that are not kept yet
}

func (p *prepared) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if statement, ok := p.known[query]; ok {
		return statement, nil
	}
	if kept, ok := p.kept.kept(query); ok {
		p.known[query] = p.tx.StmtContext(ctx, kept)
		return p.known[query], nil
	}
	statement, err := p.tx.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if fixed(query) {
		p.fresh = append(p.fresh, query)
	}
	p.known[query] = statement
	return statement, nil
}

// close ends the statements of the transaction.
func (p *prepared) close() {
	for _, statement := range p.known {
		_ = statement.Close()
	}
}

// keep compiles for the next transactions what this one had to compile for itself:
// while it went on it held the only connection. It comes after the transaction's end.
func (p *prepared) keep(ctx context.Context) {
	for _, query := range p.fresh {
		if _, err := p.kept.statement(ctx, query); err != nil {
			return // the next transaction tries again
		}
	}
}

// ExecContext runs query, compiled once.
func (p *prepared) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	statement, err := p.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return statement.ExecContext(ctx, args...)
}

// PrepareContext compiles query; its caller closes it.
func (p *prepared) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	return p.tx.PrepareContext(ctx, query)
}

// QueryContext runs query, compiled once.
func (p *prepared) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	statement, err := p.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return statement.QueryContext(ctx, args...)
}

// QueryRowContext runs query, compiled once.
func (p *prepared) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	statement, err := p.statement(ctx, query)
	if err != nil {
		return p.tx.QueryRowContext(ctx, query, args...) // says the same error in its own way
	}
	return statement.QueryRowContext(ctx, args...)
}

// reads are the statements that read, outside any transaction.
func (s *Store) reads() db.DBTX {
	if s.Postgres() {
		return s.reader
	}
	return s.readerStatements
}

// writes are the statements that write by themselves.
func (s *Store) writes() db.DBTX {
	if s.Postgres() {
		return s.writer
	}
	return s.writerStatements
}
