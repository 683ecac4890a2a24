package minicrm_test

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// tasks prints so many rows of a list of tasks, from the id first on.
func tasks(count, first, rows int) string {
	var all []string
	for id := first; id < first+rows; id++ {
		all = append(all, fmt.Sprintf(`{"Id":%d}`, id))
	}
	return fmt.Sprintf(`{"Count":%d,"Results":[%s]}`, count, strings.Join(all, ","))
}

func TestACardMayHaveMoreTasksThanAPage(t *testing.T) {
	tests := []struct {
		name  string
		page  func(page int) string
		rows  int
		calls int
	}{
		{"three pages", func(page int) string { return tasks(205, 1+100*page, min(100, 205-100*page)) }, 205, 3},
		{"exactly one page", func(int) string { return tasks(100, 1, 100) }, 100, 1},
		{"all at once", func(int) string { return tasks(205, 1, 205) }, 205, 1},
		{"a server that turns no pages", func(int) string { return tasks(205, 1, 100) }, 100, 2},
		{"a count that is wrong", func(page int) string { return tasks(300, 1+100*page, max(0, 100-100*page)) }, 100, 2},
		{"no count", func(int) string { return tasks(0, 1, 100) }, 100, 1},
	}
	for _, tt := range tests {
		s, client := system(t, func(w http.ResponseWriter, r *http.Request) {
			page, _ := strconv.Atoi(r.URL.Query().Get("Page")) // none is the first
			io.WriteString(w, tt.page(page))
		})
		list, err := client.ToDoList(t.Context(), 9102, "")
		if err != nil || len(list.Rows) != tt.rows || len(s.asked()) != tt.calls {
			t.Errorf("%s: %d tasks after the calls %q, %v; want %d after %d", tt.name, len(list.Rows), s.asked(), err, tt.rows, tt.calls)
		}
	}
}
