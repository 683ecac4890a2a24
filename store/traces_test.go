package store

import (
	"context"
	"path/filepath"
	"testing"
	"time"
)

// TestEveryTableSaysWhatItTellsOfAPerson: a new table is entered among the traces, or
// among those that tell nothing of buyers, before anybody can be forgotten only in part.
func TestEveryTableSaysWhatItTellsOfAPerson(t *testing.T) {
	ctx := context.Background()
	s, err := Open(ctx, filepath.Join(t.TempDir(), "punte.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Migrate(ctx, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	entered := map[string]bool{}
	for _, traces := range [][]trace{tracesOfOrder, tracesOfCard, tracesOfRecord, tracesOfAddress} {
		for _, trace := range traces {
			entered[trace.table] = true
		}
	}
	for table := range searched {
		entered[table] = true
	}
	for table := range impersonal {
		if entered[table] {
			t.Errorf("table %s is entered twice", table)
		}
		entered[table] = true
	}
	rows, err := s.reader.QueryContext(ctx, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			t.Fatal(err)
		}
		if !entered[table] {
			t.Errorf("erase.go does not say what table %s tells of a person", table)
		}
		delete(entered, table)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for table := range entered {
		t.Errorf("erase.go enters table %s, which is not there", table)
	}
}
