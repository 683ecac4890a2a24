package minicrm_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"punte/minicrm"
)

// listOf answers with the page that r asks for, of 100 rows, of the cards whose ids are given.
func listOf(w http.ResponseWriter, r *http.Request, ids []int, count int) {
	page, _ := strconv.Atoi(r.URL.Query().Get("Page"))
	begin := min(page*100, len(ids))
	rows := []map[string]int{}
	for _, id := range ids[begin:min(begin+100, len(ids))] {
		rows = append(rows, map[string]int{"Id": id})
	}
	text, _ := json.Marshal(map[string]any{"Count": count, "Results": rows})
	w.Write(text)
}

// numbered returns the ids from first to last.
func numbered(first, last int) []int {
	ids := make([]int, 0, last-first+1)
	for id := first; id <= last; id++ {
		ids = append(ids, id)
	}
	return ids
}

func TestAListEndsByWhatItHolds(t *testing.T) {
	tests := []struct {
		name        string
		rows, count int
		calls       int
	}{
		{"one page", 42, 42, 1},
		{"full pages", 200, 200, 3}, // a full page may not be the last
		{"a page and a half", 150, 150, 2},
		{"Count is the size of a page", 250, 100, 3},
		{"Count is too low", 250, 1, 3},
		{"Count is too high", 150, 400, 3},
		{"no Count", 150, 0, 3},
		{"a negative Count", 150, -1, 3},
	}
	for _, tt := range tests {
		s, client := system(t, func(w http.ResponseWriter, r *http.Request) { listOf(w, r, numbered(1, tt.rows), tt.count) })
		got := 0
		for _, err := range client.Projects(t.Context(), minicrm.ProjectFilter{}) {
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			got++
		}
		if calls := len(s.asked()); got != tt.rows || calls != tt.calls {
			t.Errorf("%s: %d rows of %d in %d calls; want all in %d", tt.name, got, tt.rows, calls, tt.calls)
		}
	}
}

func TestARowThatMovedComesOnce(t *testing.T) {
	ids := numbered(1, 250)
	_, client := system(t, func(w http.ResponseWriter, r *http.Request) {
		listOf(w, r, ids, len(ids))
		ids = append([]int{len(ids) + 1}, ids...) // a new one before all others pushes one to the next page
	})
	seen := map[int64]int{}
	for row, err := range client.Projects(t.Context(), minicrm.ProjectFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		seen[row.ID]++
	}
	for id := range int64(250) {
		if seen[id+1] != 1 {
			t.Errorf("card %d came %d times; want once", id+1, seen[id+1])
		}
	}
}

func TestAPageThatHoldsNothingNewEndsNothing(t *testing.T) {
	first := numbered(1, 100)
	pages := [][]int{first, slices.Clone(first), numbered(101, 130)}
	slices.Reverse(pages[1]) // a hundred new cards came before them, in an order of their own
	next := 0
	_, client := system(t, func(w http.ResponseWriter, r *http.Request) {
		r.URL.RawQuery = "Page=0"
		listOf(w, r, pages[min(next, 2)], 130)
		next++
	})
	got := 0
	for _, err := range client.Projects(t.Context(), minicrm.ProjectFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		got++
	}
	if got != 130 {
		t.Errorf("%d cards; want 130", got)
	}
}

func TestAListWithoutEndIsRefused(t *testing.T) {
	first, second := numbered(1, 100), numbered(51, 150)
	for name, pages := range map[string][][]int{
		"the same page for ever":  {first},
		"two pages in turn":       {first, second},
		"two half pages in turn":  {first[:50], second[:50]},
		"the last page for ever":  {numbered(1000, 1099), first, first},
		"backwards and forwards":  {first, second, numbered(101, 200), second},
		"short pages, count lies": {first[:2], second[:2], first[:3]},
	} {
		next := 0
		s, client := system(t, func(w http.ResponseWriter, r *http.Request) {
			r.URL.RawQuery = "Page=0"
			listOf(w, r, pages[next%len(pages)], 100000)
			next++
		})
		var last error
		for _, err := range client.Projects(t.Context(), minicrm.ProjectFilter{}) {
			last = err
		}
		e, ok := errors.AsType[*minicrm.Error](last)
		if calls := len(s.asked()); !ok || e.Kind != minicrm.Malformed || calls > 10 {
			t.Errorf("%s: %v after %d calls; want a Malformed soon", name, last, calls)
		}
	}
}

// Whatever a still list is like, reading it gives each of its rows once and ends.
func TestEveryRowOfAStillListComesOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 450).Draw(t, "rows")
		count := rapid.SampledFrom([]int{n, 0, 100, n + 1, n - 1, n * 2}).Draw(t, "count")
		ids := rapid.Permutation(numbered(1, n)).Draw(t, "ids")
		calls := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			calls++
			listOf(w, r, ids, count)
		}))
		defer server.Close()
		client := minicrm.New(minicrm.Options{BaseURL: server.URL, APIKey: func() (string, error) { return apiKey, nil }})
		var got []int
		for row, err := range client.Contacts(t.Context(), minicrm.ContactFilter{}) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, int(row.ID))
		}
		if !slices.Equal(got, ids) || calls > n/100+2 {
			t.Fatalf("%d rows with Count %d: read %d in %d calls; want all in their order", n, count, len(got), calls)
		}
	})
}

func TestOrdersGoThroughAllPagesWithTheirFilter(t *testing.T) {
	s, client := system(t, func(w http.ResponseWriter, r *http.Request) { listOf(w, r, numbered(1, 120), 120) })
	got := 0
	for _, err := range client.Orders(t.Context(), minicrm.OrderFilter{StatusGroup: "Open"}) {
		if err != nil {
			t.Fatal(err)
		}
		got++
	}
	want := fmt.Sprint([]string{"GET /Api/Order/List?Page=0&StatusGroup=Open", "GET /Api/Order/List?Page=1&StatusGroup=Open"})
	if asked := fmt.Sprint(s.asked()); got != 120 || asked != want {
		t.Errorf("Orders() = %d documents, asked %s; want 120, %s", got, asked, want)
	}
}
