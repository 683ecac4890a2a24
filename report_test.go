package punte_test

import (
	"testing"

	"punte"
)

func TestAReportIsCleanUnlessItAsksForAPerson(t *testing.T) {
	tests := []struct {
		report punte.Report
		want   bool
	}{
		{punte.Report{}, true},
		{punte.Report{Seen: 9, Before: 1, Changed: 8, Sent: 8, Documents: 1, Confirmed: 6, Unlisted: 1, Left: 1, Read: true}, true},
		{punte.Report{Held: 1}, false},
		{punte.Report{Parked: 1}, false},
		{punte.Report{Differs: 1}, false},
		{punte.Report{Amounts: 1}, false},
	}
	for _, tt := range tests {
		if got := tt.report.Clean(); got != tt.want {
			t.Errorf("%+v.Clean() = %t; want %t", tt.report, got, tt.want)
		}
	}
}

func TestReportsOfOneRunAddWhatWasReadAndSent(t *testing.T) {
	got := punte.Report{Seen: 1, Before: 2, Changed: 3, Sent: 4, Documents: 5, Confirmed: 6, Held: 7}.
		Plus(punte.Report{Seen: 10, Before: 20, Changed: 30, Sent: 40, Documents: 50})
	want := punte.Report{Seen: 11, Before: 22, Changed: 33, Sent: 44, Documents: 55, Confirmed: 6, Held: 7}
	if got != want {
		t.Errorf("Plus = %+v; want %+v", got, want)
	}
}

func TestSumsStayApartByCurrency(t *testing.T) {
	sums := punte.Sums{}
	for _, amount := range []struct{ currency, amount string }{{"HUF", "2990"}, {"RON", "19.99"}, {"RON", "0.01"}, {"HUF", "-990"}} {
		if err := sums.Add(amount.currency, dec(amount.amount)); err != nil {
			t.Fatal(err)
		}
	}
	if sums["HUF"].Cmp(dec("2000")) != 0 || sums["RON"].Cmp(dec("20")) != 0 || len(sums) != 2 {
		t.Errorf("the sums are %v; want 2000 HUF and 20 RON", sums)
	}
	for range 2 {
		if err := sums.Add("EUR", dec(largest)); err != nil {
			if punte.ErrorCode(err) != punte.Invalid || sums["EUR"].Cmp(dec(largest)) != 0 {
				t.Errorf("Add beyond what a decimal holds: %v, sum %s; want an invalid error and the sum as it was", err, sums["EUR"])
			}
			return
		}
	}
	t.Error("Add beyond what a decimal holds gave no error")
}
