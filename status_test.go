package punte_test

import (
	"slices"
	"strings"
	"testing"

	"punte"
)

func TestStatusesAreFoundByRememberedIDThenNameThenNameWithoutCase(t *testing.T) {
	statuses := punte.StatusMap{
		{Shop: "Feldolgozásra vár", State: punte.Issued},
		{Shop: "Lezárva", State: punte.Completed},
		{Shop: "Teszt"},
		{Shop: "Új", State: punte.Issued},
		{Shop: "ÚJ", State: punte.Draft},
		{Shop: "Kész", State: punte.Completed},
		{Shop: "KÉSZ", State: punte.Completed},
		{Shop: "Próba"},
		{Shop: "PRÓBA", State: punte.Issued},
	}
	remembered := map[string]string{"0": "Feldolgozásra vár", "11": "Lezárva", "12": "Teszt", "13": "Gone from the map"}
	tests := []struct {
		name   string
		status punte.ShopStatus
		want   punte.State
		ok     bool
	}{
		{"exact", punte.ShopStatus{ID: "99", Name: "Lezárva"}, punte.Completed, true},
		{"exact, without an id", punte.ShopStatus{Name: "Lezárva"}, punte.Completed, true},
		{"not to be brought", punte.ShopStatus{Name: "Teszt"}, "", true},
		{"renamed in the shop", punte.ShopStatus{ID: "11", Name: "Megrendelés lezárva"}, punte.Completed, true},
		{"the id 0 is an id", punte.ShopStatus{ID: "0", Name: "Új megrendelés"}, punte.Issued, true},
		{"names swapped in the shop", punte.ShopStatus{ID: "11", Name: "Feldolgozásra vár"}, punte.Completed, true},
		{"the id wins over null", punte.ShopStatus{ID: "12", Name: "Lezárva"}, "", true},
		{"remembered name no longer mapped, name is", punte.ShopStatus{ID: "13", Name: "Lezárva"}, punte.Completed, true},
		{"remembered name no longer mapped, name neither", punte.ShopStatus{ID: "13", Name: "Other"}, "", false},
		{"without case", punte.ShopStatus{Name: "FELDOLGOZÁSRA VÁR"}, punte.Issued, true},
		{"exact among namesakes", punte.ShopStatus{Name: "ÚJ"}, punte.Draft, true},
		{"exact among namesakes, the other", punte.ShopStatus{Name: "Új"}, punte.Issued, true},
		{"namesakes that disagree", punte.ShopStatus{Name: "új"}, "", false},
		{"namesakes that agree", punte.ShopStatus{Name: "kész"}, punte.Completed, true},
		{"namesakes, one not to be brought", punte.ShopStatus{Name: "próba"}, "", false},
		{"unknown", punte.ShopStatus{ID: "77", Name: "Visszamondva"}, "", false},
		{"part of a name", punte.ShopStatus{Name: "Lezár"}, "", false},
		{"nothing at all", punte.ShopStatus{}, "", false},
	}
	for _, tt := range tests {
		pair, ok := statuses.Find(tt.status, remembered)
		if pair.State != tt.want || ok != tt.ok {
			t.Errorf("%s: Find(%+v) = %+v, %t; want %q, %t", tt.name, tt.status, pair, ok, tt.want, tt.ok)
		}
	}
}

func TestNoIDRemembersNothing(t *testing.T) {
	statuses := punte.StatusMap{{Shop: "Kész", State: punte.Paid}}
	if pair, ok := statuses.Find(punte.ShopStatus{Name: "Other"}, map[string]string{"": "Kész"}); ok {
		t.Errorf("Find of a status without an id = %+v; want none", pair)
	}
	if pair, ok := statuses.Find(punte.ShopStatus{ID: "5", Name: "Kész"}, nil); !ok || pair.State != punte.Paid {
		t.Errorf("Find with nothing remembered = %+v, %t; want Paid", pair, ok)
	}
}

func TestDecideSendsLeavesOrHolds(t *testing.T) {
	c := punte.Connection{
		StatusMap:          punte.StatusMap{{Shop: "Kész", State: punte.Completed}, {Shop: "Teszt"}},
		RememberedStatuses: map[string]string{"7": "Teszt"},
	}
	tests := []struct {
		status punte.ShopStatus
		state  punte.State
		duty   punte.DutyState
		code   string
	}{
		{punte.ShopStatus{Name: "Kész"}, punte.Completed, punte.Owed, ""},
		{punte.ShopStatus{Name: "kész"}, punte.Completed, punte.Owed, ""},
		{punte.ShopStatus{Name: "Teszt"}, "", punte.Left, ""},
		{punte.ShopStatus{ID: "7", Name: "Renamed"}, "", punte.Left, ""},
		{punte.ShopStatus{ID: "8", Name: "Csomagolható"}, "", punte.Held, punte.ProblemUnmapped},
		{punte.ShopStatus{}, "", punte.Held, punte.ProblemUnmapped},
	}
	for _, tt := range tests {
		state, duty, problem := c.Decide(tt.status)
		if state != tt.state || duty != tt.duty || problem.Code != tt.code {
			t.Errorf("Decide(%+v) = %q, %q, %+v; want %q, %q, code %q", tt.status, state, duty, problem, tt.state, tt.duty, tt.code)
		}
		if duty != punte.Held && problem != (punte.Problem{}) {
			t.Errorf("Decide(%+v) has the problem %+v although it is %s", tt.status, problem, duty)
		}
		if duty == punte.Held && !strings.Contains(problem.Reason, `"`+tt.status.Name+`"`) {
			t.Errorf("Decide(%+v) gives the reason %q; want the status in it", tt.status, problem.Reason)
		}
	}
}

func TestStatesAreTheFiveWordsOfTheDocument(t *testing.T) {
	want := []punte.State{"Draft", "Issued", "Completed", "Paid", "Failed"}
	if got := punte.States(); !slices.Equal(got, want) {
		t.Errorf("States() = %q; want %q", got, want)
	}
	punte.States()[0] = "changed"
	if got := punte.States(); !slices.Equal(got, want) {
		t.Errorf("States() after a caller wrote into it = %q; want %q", got, want)
	}
}

func TestOnlyOwedAndSentDutiesAreUnsettled(t *testing.T) {
	for duty, want := range map[punte.DutyState]bool{
		punte.Owed: false, punte.Sent: false,
		punte.Confirmed: true, punte.Unlisted: true, punte.Held: true, punte.Parked: true, punte.Left: true,
	} {
		if got := duty.Settled(); got != want {
			t.Errorf("%s.Settled() = %t; want %t", duty, got, want)
		}
	}
}
