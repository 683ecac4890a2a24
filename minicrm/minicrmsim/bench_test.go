package minicrmsim

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// large is a system of 100,000 customers with one order each.
func large(b *testing.B) *CRM {
	b.Helper()
	at := time.Date(2026, 3, 10, 11, 0, 0, 0, time.UTC)
	crm := New(Options{Language: "en", Now: func() time.Time { return at }})
	b.Cleanup(crm.Close)
	for first := 1; first <= 100000; first += 500 {
		var all []string
		for id := first; id < first+500; id++ {
			all = append(all, customer(id, orders(bought(id, "<Status>Issued</Status>"))))
		}
		request := httptest.NewRequest("POST", "/Api/SyncFeed/51432/Upload", strings.NewReader(feedOf(all...)))
		request.SetBasicAuth(DefaultSystemID, DefaultAPIKey)
		crm.ServeHTTP(httptest.NewRecorder(), request)
	}
	crm.Settle()
	return crm
}

func BenchmarkLargeSystem(b *testing.B) {
	started := time.Now()
	crm := large(b)
	b.Logf("100,000 orders received and applied in %s", time.Since(started).Round(time.Millisecond))
	for _, path := range []string{
		"Order/List", "Order/List?Page=999", "R3/Project?CategoryId=4&Page=500&UpdatedSince=2026-03-10",
		"R3/Project?ReferenceId=99999", "R3/Contact?Page=500&UpdatedSince=2026-03-10",
	} {
		b.Run(path, func(b *testing.B) {
			for b.Loop() {
				request := httptest.NewRequest("GET", "/Api/"+path, nil)
				request.SetBasicAuth(DefaultSystemID, DefaultAPIKey)
				answer := httptest.NewRecorder()
				crm.ServeHTTP(answer, request)
				if answer.Code != 200 {
					b.Fatal(fmt.Sprint(path, " = ", answer.Code, answer.Body))
				}
			}
		})
	}
}
