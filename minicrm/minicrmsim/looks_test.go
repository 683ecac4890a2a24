package minicrmsim

import "testing"

func TestPurgePersonFollowsItsSwitch(t *testing.T) {
	for only, want := range map[string][2]int{"": {200, 200}, "PUT": {200, 405}, "GET": {405, 200}} {
		for i, method := range []string{"PUT", "GET"} {
			b := start(t, Options{Switches: Switches{PurgePersonMethod: only}})
			b.person("Pop", "")
			if status, text := b.call(method, "/Api/R3/PurgePerson/1", ""); status != want[i] {
				t.Errorf("PurgePersonMethod %q: %s = %d %s; want %d", only, method, status, text, want[i])
			}
		}
	}
}

func TestTheTypeOfAContactFollowsItsSwitch(t *testing.T) {
	for plain, want := range map[bool]string{false: "Személy", true: "Person"} {
		b := start(t, Options{Language: "hu", Switches: Switches{PlainContactType: plain}})
		b.person("Pop", "")
		if got := b.want("GET", "/Api/R3/Contact/1", "")["Type"]; got != want {
			t.Errorf("PlainContactType %t: Type = %v; want %s", plain, got, want)
		}
	}
}
