package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"punte/store"
	"punte/store/storetest"
)

// Statements are kept over transactions that fail, over many goroutines, and over a
// change of the tables that another process makes.
func TestStatementsAreGoodForAsLongAsTheStoreIsOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "punte.db")
	s := storetest.At(t, path, store.Options{})
	begun := time.Date(2026, 6, 10, 10, 0, 0, 0, time.UTC)
	if err := s.Migrate(t.Context(), begun); err != nil {
		t.Fatal(err)
	}
	budget := store.Budget{Scope: "calls", Limit: 1000, Window: time.Hour}
	reserve := func(ctx context.Context, want int) {
		t.Helper()
		if _, ok, err := s.Reserve(ctx, begun.Add(2*time.Hour), budget); err != nil || !ok {
			t.Fatalf("Reserve = %t, %v", ok, err)
		}
		if spent, err := s.Spent(t.Context(), begun.Add(2*time.Hour), budget); err != nil || spent != want {
			t.Fatalf("Spent = %d, %v; want %d", spent, err, want)
		}
	}
	reserve(t.Context(), 1)
	reserve(t.Context(), 2)

	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := s.Reserve(gone, begun.Add(2*time.Hour), budget); err == nil {
		t.Error("Reserve worked for a caller who had gone")
	}
	reserve(t.Context(), 3)

	other, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	for _, statement := range []string{"ALTER TABLE calls ADD COLUMN later TEXT NOT NULL DEFAULT ''", "CREATE TABLE of_another_time (id TEXT)", "VACUUM"} {
		if _, err := other.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	reserve(t.Context(), 4)

	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			for i := range 20 {
				kind := fmt.Sprintf("due.%d", n)
				at := begun.Add(time.Duration(i) * time.Minute)
				if err := s.SetCursor(t.Context(), "c", kind, at); err != nil {
					t.Errorf("SetCursor: %v", err)
				}
				if _, err := s.Cursors(t.Context(), "c"); err != nil {
					t.Errorf("Cursors: %v", err)
				}
			}
		})
	}
	group.Wait()
	reserve(t.Context(), 5)
}
