package store_test

import (
	"bytes"
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"punte"
	"punte/store"
	"punte/store/storetest"
)

// noon is the clock of these tests.
var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

func minutes(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }

func wantCode(t *testing.T, call string, err error, want punte.Code) {
	t.Helper()
	if got := punte.ErrorCode(err); got != want {
		t.Errorf("%s: %v (code %q); want code %q", call, err, got, want)
	}
}

func must(t *testing.T, call string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", call, err)
	}
}

func TestOpenSaysWhyItCannot(t *testing.T) {
	folder := t.TempDir()
	text := filepath.Join(folder, "letter.txt")
	must(t, "WriteFile", os.WriteFile(text, bytes.Repeat([]byte("Dear customer, "), 500), 0o600))
	locked := filepath.Join(folder, "locked")
	must(t, "Mkdir", os.Mkdir(locked, 0o500))
	tests := []struct{ name, dsn, want string }{
		{"missing folder", filepath.Join(folder, "none", "a.db"), "does not exist"},
		{"a folder", folder, "it is a folder"},
		{"folder is a file", filepath.Join(text, "a.db"), "letter.txt"},
		{"not a database", text, "not a database"},
		{"not writable", filepath.Join(locked, "a.db"), "may not write"},
		{"empty", "", "no address"},
		{"another database", "mysql://u:hush@h/d", "neither"},
		{"bad address", "postgres://u:hush@h:no/d", "can't be read"},
		{"nobody there", "postgres://u:hush@127.0.0.1:1/d?connect_timeout=2", "opening postgres://u:xxxxx@127.0.0.1:1/d"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.name == "not writable" && os.Getuid() == 0 {
				t.Skip("root may write everywhere")
			}
			s, err := store.Open(context.Background(), tt.dsn, store.Options{})
			if err == nil {
				_ = s.Close()
				t.Fatalf("Open(%q) = nil; want an error with %q", tt.dsn, tt.want)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Open(%q): %v; want it to say %q", tt.dsn, err, tt.want)
			}
			if strings.Contains(err.Error(), "hush") {
				t.Errorf("Open(%q): %v; shows the password", tt.dsn, err)
			}
			if code := punte.ErrorCode(err); code != punte.Invalid && code != punte.Unavailable {
				t.Errorf("Open(%q): code %q; want invalid or unavailable", tt.dsn, code)
			}
		})
	}
}

func TestTheFileOfADatabaseIsForItsOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "50% off? #1 ő.db")
	s := storetest.At(t, path, store.Options{})
	must(t, "Migrate", s.Migrate(context.Background(), noon))
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		must(t, "Stat", err)
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("mode of %s = %o; want 600", name, mode)
		}
	}
}

func TestADatabaseInMemoryWorks(t *testing.T) {
	ctx := context.Background()
	s := storetest.At(t, ":memory:", store.Options{})
	must(t, "Migrate", s.Migrate(ctx, noon))
	addConnection(t, s, "c1")
	_, err := s.SavePage(ctx, page(1, row("1001", 1, punte.Owed)))
	must(t, "SavePage", err)
	if got := owed(t, s, noon); len(got) != 1 {
		t.Errorf("Owed = %d orders; want 1", len(got))
	}
}

func TestReadersOfSQLiteCanNotWrite(t *testing.T) {
	ctx := context.Background()
	s := storetest.Open(t, storetest.SQLite)
	if s.Postgres() || s.Pool() != nil {
		t.Errorf("Postgres() = %v, Pool() = %v; want false, nil", s.Postgres(), s.Pool())
	}
	var mode string
	var synchronous, keys int
	must(t, "journal_mode", s.DB().QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode))
	must(t, "synchronous", s.DB().QueryRowContext(ctx, "PRAGMA synchronous").Scan(&synchronous))
	must(t, "foreign_keys", s.DB().QueryRowContext(ctx, "PRAGMA foreign_keys").Scan(&keys))
	if mode != "wal" || synchronous != 2 || keys != 1 {
		t.Errorf("journal_mode, synchronous, foreign_keys = %s, %d, %d; want wal, 2 (full), 1", mode, synchronous, keys)
	}
}

func TestManyProcessesMigrateAtOnce(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		dsn := storetest.Empty(t, kind)
		ctx := context.Background()
		var wg sync.WaitGroup
		for range 4 {
			s := storetest.At(t, dsn, store.Options{})
			wg.Go(func() {
				if err := s.Migrate(ctx, noon); err != nil {
					t.Errorf("Migrate: %v", err)
				}
			})
		}
		wg.Wait()
		s := storetest.At(t, dsn, store.Options{})
		must(t, "Migrate again", s.Migrate(ctx, minutes(99)))
		addConnection(t, s, "c1")
	})
}

func TestTheAddressShownHasNoPassword(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		must(t, "Ping", s.Ping(context.Background()))
		if s.Postgres() != (s.Pool() != nil) {
			t.Errorf("Postgres() = %v with Pool() = %v", s.Postgres(), s.Pool())
		}
		if s.DSN() == "" || strings.Contains(s.DSN(), "password=") {
			t.Errorf("DSN() = %q", s.DSN())
		}
	})
}

// SQLite numbers parameters in the order in which they first appear, so the
// queries must name them in that order.
func TestParametersAppearInAscendingOrder(t *testing.T) {
	files, err := filepath.Glob("db/*.sql.go")
	must(t, "Glob", err)
	parameter := regexp.MustCompile(`\$(\d+)`)
	queries := 0
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		must(t, "ParseFile", err)
		ast.Inspect(file, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || !strings.HasPrefix(literal.Value, "`-- name:") {
				return true
			}
			queries++
			highest := 0
			for _, found := range parameter.FindAllStringSubmatch(literal.Value, -1) {
				number, err := strconv.Atoi(found[1])
				must(t, "Atoi", err)
				if number > highest+1 {
					t.Errorf("%s: $%d appears before $%d in\n%s", name, number, highest+1, literal.Value)
				}
				highest = max(highest, number)
			}
			return true
		})
	}
	if queries < 40 {
		t.Errorf("found %d queries in db; want all of them, more than 40", queries)
	}
}
