package minicrmsim

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

func TestSwitchesArePrintedAndSetAsJSON(t *testing.T) {
	b := start(t, Options{})
	if got := b.want("GET", "/_sim/switches", ""); len(got) != reflect.TypeFor[Switches]().NumField() || got["bom"] != false || got["status_form"] != "" {
		t.Errorf("/_sim/switches = %v; want every field at its zero", got)
	}
	b.want("POST", "/_sim/switches", `{"access_denied_404":true,"download_status":502}`)
	b.want("POST", "/_sim/switches", `{"status_form":"id"}`)
	if got, want := b.crm.Switches(), (Switches{AccessDenied404: true, DownloadStatus: 502, StatusForm: "id"}); got != want {
		t.Errorf("switches = %+v; want %+v", got, want)
	}
	b.key = "wrong"
	b.refused("GET", "/Api/R3/Category", "", 404, "Access denied")
}

func TestImpossibleSwitchesAreNamedAndNothingIsSet(t *testing.T) {
	b := start(t, Options{})
	for body, want := range map[string]string{
		`{"bom":true,"colour":1}`:                `there is no switch \"colour\"; there are absent_status_drafts, `,
		`{"bom":"yes"}`:                          `the switch bom cannot be \"yes\"; possible is true or false`,
		`{"bom":null}`:                           "possible is true or false",
		`{"status_form":"both"}`:                 `the switch status_form cannot be \"both\"; possible are \"\", name, id`,
		`{"bom":true,"download_status":200}`:     "the switch download_status cannot be 200; possible are 0 and 300 to 599",
		`{"download_status":"502"}`:              "possible is a whole number",
		`{"url_base":"localhost"}`:               `the switch url_base cannot be \"localhost\"; possible are \"\" and an address`,
		`{"purge_person_method":"DELETE","a":1}`: `no switch \"a\"`,
		`[]`:                                     "reading the switches",
		``:                                       "reading the switches",
	} {
		b.refused("POST", "/_sim/switches", body, 400, want)
	}
	if got := b.crm.Switches(); got != (Switches{}) {
		t.Errorf("after refusals switches = %+v; want none set", got)
	}
	if err := b.crm.SetSwitches(Switches{FeedModules: "all"}); err == nil || !strings.Contains(err.Error(), "feed_modules") {
		t.Errorf("SetSwitches = %v; want the impossible value named", err)
	}
}

// Two cards may carry one external id while ids are unique per module only.
func TestSettingReferencesPerModuleFindsCardsAnew(t *testing.T) {
	b := start(t, Options{Switches: Switches{ReferencesPerModule: true}})
	b.taken(customer(1), `<Project Id="1"><Name>A</Name><CategoryId>3</CategoryId></Project>`)
	b.want("POST", "/_sim/switches", `{"references_per_module":false}`)
	if got := b.want("GET", "/Api/R3/Project?ReferenceId=1", "")["Id"]; got != 1.0 {
		t.Errorf("card %v has the id; want the older one", got)
	}
	b.taken(customer(1, `<Newsletter>yes</Newsletter>`))
	if got := len(b.crm.Cards()); got != 2 {
		t.Errorf("%d cards; want the two from before", got)
	}
}

func TestEverySwitchHasANameInJSONAndAPromiseInSomeTest(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tests.Write(text)
	}
	printed, err := json.Marshal(Switches{})
	if err != nil {
		t.Fatal(err)
	}
	snake := regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	for field := range reflect.TypeFor[Switches]().Fields() {
		if name := jsonName(field); !snake.MatchString(name) || !strings.Contains(string(printed), `"`+name+`":`) {
			t.Errorf("%s has the name %q in JSON; want one in snake case", field.Name, name)
		}
		if !strings.Contains(tests.String(), field.Name+":") && !strings.Contains(tests.String(), "."+field.Name+" =") {
			t.Errorf("no test sets the switch %s", field.Name)
		}
	}
}
