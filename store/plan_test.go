package store_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"punte/store"
	"punte/store/storetest"
)

// statements are the queries that are compiled into the program, by name, as their
// database is given them.
func statements(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("db/*.sql.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("the generated queries: %v, %v", files, err)
	}
	found := map[string]string{}
	for _, file := range files {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			text, ok := n.(*ast.BasicLit)
			if !ok || text.Kind != token.STRING {
				return true
			}
			query, err := strconv.Unquote(text.Value)
			if name, rest, ok := strings.Cut(query, " :"); err == nil && ok && strings.HasPrefix(name, "-- name: ") {
				_, rest, _ = strings.Cut(rest, "\n")
				found[strings.TrimPrefix(name, "-- name: ")] = rest
			}
			return true
		})
	}
	return found
}

// plan is how SQLite goes about a query, a line for each table.
func plan(t *testing.T, s *store.Store, query string) []string {
	t.Helper()
	highest := 0
	for n := 1; strings.Contains(query, "$"+strconv.Itoa(n)); n++ {
		highest = n
	}
	rows, err := s.DB().QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, make([]any, highest)...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	var lines []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

// A shop has as many of these as it has orders and customers, and the database has
// those of every shop.
var tall = []string{"orders", "duties", "cards", "customers", "questions", "events", "payloads"}

// byItself names the index by which SQLite is to find the rows of statements whose
// conditions fit an index of the whole shop, too.
var byItself = map[string]string{
	"LivingByKey":      "orders_key (connection=? AND key=?)",
	"AskRelated":       "orders_key (connection=? AND key=?)",
	"OrderRefsByKey":   "orders_key (connection=? AND key=?)",
	"CardsWithSeveral": "orders_card (connection=? AND card=?)",
	"CardsOfDocument":  "duties_document (document=?)",
	"DocumentBySecret": "documents_secret (secret_hash=?)",
}

// However many orders and customers there are, a statement finds those it is about by
// an index.
func TestNoStatementGoesThroughAllOrders(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.SQLite)
	queries := statements(t)
	for name, query := range queries {
		for _, line := range plan(t, s, query) {
			words := strings.Fields(line)
			if words[0] == "SCAN" && slices.Contains(tall, words[1]) {
				t.Errorf("%s: %s", name, line)
			}
			if words[0] == "SEARCH" && words[1] == "orders" && byItself[name] != "" && strings.Contains(line, "orders_key (connection=?)") {
				t.Errorf("%s: %s", name, line)
			}
		}
	}
	for name, index := range byItself {
		lines := plan(t, s, queries[name])
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, index) }) {
			t.Errorf("%s goes another way than by %s:\n%s", name, index, strings.Join(lines, "\n"))
		}
	}
}
