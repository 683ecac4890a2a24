package minicrm

import (
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
)

const (
	pageRows   = 100     // rows of a full page, see MiniCRM Integrations Manual, "Results pagination"
	maxPages   = 1 << 16 // of one list: 18 hours of calls
	stalePages = 3       // pages one after the other that may hold nothing new, for rows that moved
)

var (
	errSamePage = errors.New("reading a list: two pages are the same")
	errNoEnd    = fmt.Errorf("reading a list: it has no end after %d pages", maxPages)
)

// listed is one page of a list: what Count says of the whole (0: nothing), and the rows.
type listed[T any] struct {
	count int
	rows  []T
}

// pages goes through a list from page 0 on. Rows may move while it is read: one that comes again is left out, one that
// moved to a page read before is missed, which no reader of such a list can help. Count alone ends nothing, for it may
// be wrong or absent: the list ends at an empty page, or at a page that is not full by which Count rows were seen.
func pages[T any](call Call, fetch func(page int) (listed[T], error), id func(T) int64) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		seen := map[int64]bool{}
		var before []int64
		stale := 0
		for number := range maxPages {
			page, err := fetch(number)
			if err != nil {
				yield(none, err)
				return
			}
			if len(page.rows) == 0 {
				return
			}
			ids := make([]int64, len(page.rows))
			stale++
			for i, row := range page.rows {
				ids[i] = id(row)
				if seen[ids[i]] {
					continue
				}
				seen[ids[i]] = true
				stale = 0
				if !yield(row, nil) {
					return
				}
			}
			if len(page.rows) < pageRows && page.count > 0 && len(seen) >= page.count {
				return
			}
			if slices.Equal(ids, before) || stale == stalePages { // the server does not turn pages
				yield(none, malformed(call, http.StatusOK, errSamePage))
				return
			}
			before = ids
		}
		yield(none, malformed(call, http.StatusOK, errNoEnd))
	}
}
