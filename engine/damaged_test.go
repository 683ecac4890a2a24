package engine

import (
	"bytes"
	"strings"
	"testing"
)

// One letter that is not UTF-8 stops neither the other orders nor its own: it arrives
// as the sign for a lost one, and a person is told.
func TestConvertGoesOnOverBytesThatAreNotUTF8(t *testing.T) {
	in := plainOrders(3)
	in = strings.Replace(in, "Husă", "Hus\xe3", 1)
	var out, report bytes.Buffer
	done, err := Converter{Conn: fixtureConnection(t, "ro"), Report: &report}.Convert(strings.NewReader("<Orders>"+in+"</Orders>"), &out)
	if err != nil || done.Written != 3 {
		t.Fatalf("Convert wrote %d orders, %v; want 3: %s", done.Written, err, report.String())
	}
	if got := strings.Count(out.String(), "Hus\uFFFD"); got != 1 || strings.Count(out.String(), "Husă") < 2 {
		t.Errorf("the sign for a lost letter stands %d times in\n%s", got, out.String())
	}
	if got := strings.Count(report.String(), "characters that could not be read: 1,"); got != 1 {
		t.Errorf("the report tells of lost letters %d times, want once:\n%s", got, report.String())
	}
}
