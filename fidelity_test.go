package punte_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// simulators have a type Switches each, for what nobody documents.
var simulators = []string{"unas/unassim", "minicrm/minicrmsim"}

// A rule of docs/fidelity.md, as its tables have it.
type rule struct {
	line                            int
	text, simulated, switches, test string
}

var inBackticks = regexp.MustCompile("`([^`]+)`")

func TestFidelityNamesTestsAndSwitchesThatExist(t *testing.T) {
	rules := rulesOf(t)
	if len(rules) < 100 {
		t.Fatalf("docs/fidelity.md has %d rules; the references of both services have more than a hundred", len(rules))
	}
	tests := testsOf(t)
	known := map[string]bool{}
	for _, simulator := range simulators {
		for name := range switchesOf(t, simulator) {
			known[name] = true
		}
	}
	for _, r := range rules {
		first, _, _ := strings.Cut(r.simulated, " ")
		switch strings.Trim(first, ",:;") {
		case "yes", "part":
			if !inBackticks.MatchString(r.test) && !inBackticks.MatchString(r.switches) {
				t.Errorf("docs/fidelity.md:%d: %q is said to be simulated, and no test shows it", r.line, r.text)
			}
		case "no":
			if r.simulated == "no" {
				t.Errorf("docs/fidelity.md:%d: %q is not simulated without a reason", r.line, r.text)
			}
		default:
			t.Errorf("docs/fidelity.md:%d: simulated is %q; want yes, part or no", r.line, r.simulated)
		}
		for _, name := range inBackticks.FindAllStringSubmatch(r.test, -1) {
			if !tests[name[1]] {
				t.Errorf("docs/fidelity.md:%d: there is no test %s", r.line, name[1])
			}
		}
		for _, name := range inBackticks.FindAllStringSubmatch(r.switches, -1) {
			if !known[name[1]] {
				t.Errorf("docs/fidelity.md:%d: there is no switch %s", r.line, name[1])
			}
		}
	}
}

func TestEverySwitchIsDocumentedAndTested(t *testing.T) {
	fidelity, list := file(t, "docs/fidelity.md"), file(t, "docs/simulators.md")
	for _, simulator := range simulators {
		tests := testSource(t, simulator)
		for name, field := range switchesOf(t, simulator) {
			if !strings.Contains(fidelity, "`"+name+"`") {
				t.Errorf("%s: docs/fidelity.md has no rule for the switch %s", simulator, name)
			}
			if !strings.Contains(list, "| `"+name+"` |") {
				t.Errorf("%s: docs/simulators.md does not explain the switch %s", simulator, name)
			}
			// Set in a literal or by name; a word in a comment or another field's name shows nothing.
			if set := regexp.MustCompile(`(\b` + field + `:|\.` + field + ` = )`); !set.MatchString(tests) {
				t.Errorf("%s: no test sets Switches.%s", simulator, field)
			}
		}
	}
}

// rulesOf reads the rows of all tables of docs/fidelity.md that have the columns
// rule, simulated, switch and test.
func rulesOf(t *testing.T) []rule {
	t.Helper()
	var rules []rule
	columns := map[string]int{}
	for i, text := range strings.Split(file(t, "docs/fidelity.md"), "\n") {
		if !strings.HasPrefix(text, "|") {
			columns = map[string]int{}
			continue
		}
		cells := strings.Split(strings.Trim(strings.ReplaceAll(text, `\|`, "∣"), "|"), "|")
		for j := range cells {
			cells[j] = strings.TrimSpace(cells[j])
		}
		switch {
		case len(columns) == 0:
			for j, name := range cells {
				columns[name] = j
			}
		case strings.HasPrefix(cells[0], "---"):
		default:
			if _, ok := columns["simulated"]; !ok {
				continue
			}
			if len(cells) != len(columns) {
				t.Errorf("docs/fidelity.md:%d has %d cells; want %d", i+1, len(cells), len(columns))
				continue
			}
			rules = append(rules, rule{i + 1, cells[columns["rule"]], cells[columns["simulated"]], cells[columns["switch"]], cells[columns["test"]]})
		}
	}
	return rules
}

// testsOf is every test of the tree as package.TestName, the package by the last part of its path.
func testsOf(t *testing.T) map[string]bool {
	t.Helper()
	tests := map[string]bool{}
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"*/*_test.go", "*/*/*_test.go"} {
		more, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	for _, name := range files {
		syntax, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		folder := path.Base(filepath.ToSlash(filepath.Dir(name)))
		if folder == "." {
			folder = module
		}
		for _, d := range syntax.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				tests[folder+"."+f.Name.Name] = true
			}
		}
	}
	return tests
}

// switchesOf gives the Go field of each switch of a simulator by its JSON name.
func switchesOf(t *testing.T, simulator string) map[string]string {
	t.Helper()
	switches := map[string]string{}
	files, err := filepath.Glob(simulator + "/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		syntax, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(syntax, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || spec.Name.Name != "Switches" {
				return true
			}
			for _, f := range spec.Type.(*ast.StructType).Fields.List {
				if f.Tag == nil {
					t.Errorf("%s: Switches.%s has no JSON name", simulator, f.Names[0].Name)
					continue
				}
				tag, err := strconv.Unquote(f.Tag.Value)
				if err != nil {
					t.Fatal(err)
				}
				switches[reflect.StructTag(tag).Get("json")] = f.Names[0].Name
			}
			return false
		})
	}
	if len(switches) == 0 {
		t.Errorf("%s has no switches", simulator)
	}
	return switches
}

// testSource is the text of a package's tests.
func testSource(t *testing.T, folder string) string {
	t.Helper()
	files, err := filepath.Glob(folder + "/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, name := range files {
		all.WriteString(file(t, name))
	}
	return all.String()
}

func file(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
