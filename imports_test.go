package punte_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "punte"

// river is in the path of every package of the job queue.
const river = "github.com/riverqueue/"

// arrow is what a package may import of this module. Tests may import more, but
// a client and the simulator of the same service stay apart even in their tests:
// what both believe in wrongly would otherwise look right.
type arrow struct {
	code  []string // paths below the module, "." is the root
	tests []string // on top of code; "*" is everything
}

var arrows = map[string]arrow{
	".":                  {},
	"xmlstream":          {},
	"unas":               {code: []string{"xmlstream"}},
	"unas/unassim":       {},
	"minicrm":            {code: []string{"xmlstream"}},
	"minicrm/minicrmsim": {},
	"store":              {code: []string{".", "store/db"}, tests: []string{"store/storetest"}},
	"store/db":           {},
	"store/storetest":    {code: []string{"store"}},
	"sheet":              {code: []string{"."}},
	"engine":             {code: []string{".", "xmlstream", "unas", "minicrm", "store", "sheet"}, tests: []string{"*"}},
	"jobs":               {code: []string{".", "store", "engine"}, tests: []string{"*"}},
	"web":                {code: []string{".", "store", "engine"}, tests: []string{"*"}},
	"cmd/punte":          {code: []string{"*"}, tests: []string{"*"}},
	"year":               {tests: []string{"*"}},
	"year/oracle":        {},
	"interop":            {tests: []string{"unas/unassim", "minicrm/minicrmsim"}},
	"bench":              {code: []string{"*"}},
}

// allows says whether a file of the package may import target.
func (a arrow) allows(target string, test bool) bool {
	if slices.Contains(a.code, "*") || slices.Contains(a.code, target) {
		return true
	}
	return test && (slices.Contains(a.tests, "*") || slices.Contains(a.tests, target))
}

// sourceFile is a Go file of the tree, of any operating system and build tag.
type sourceFile struct {
	folder string // of its package, below the module; "." is the root
	name   string // path below the module
	test   bool
	syntax *ast.File
}

// sourceFiles reads every Go file of the module in the given mode.
func sourceFiles(t *testing.T, mode parser.Mode) []sourceFile {
	t.Helper()
	var files []sourceFile
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return enter(name, entry.Name())
		}
		if path.Ext(name) != ".go" || strings.HasPrefix(entry.Name(), "_") || strings.HasPrefix(entry.Name(), ".") {
			return nil
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), filepath.FromSlash(name), nil, mode)
		if err != nil {
			return err
		}
		files = append(files, sourceFile{
			folder: path.Dir(name), name: name, test: strings.HasSuffix(name, "_test.go"), syntax: syntax,
		})
		return nil
	})
	if err != nil {
		t.Fatalf("reading the tree: %v", err)
	}
	return files
}

// enter skips the folders that the go command does not take for packages of the
// module.
func enter(name, base string) error {
	if name == "." {
		return nil
	}
	if base == "testdata" || base == "vendor" || base == "node_modules" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return fs.SkipDir
	}
	_, err := os.Stat(filepath.Join(filepath.FromSlash(name), "go.mod"))
	switch {
	case err == nil:
		return fs.SkipDir // a module of its own
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return err
}

func imported(t *testing.T, spec *ast.ImportSpec) string {
	t.Helper()
	name, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		t.Fatalf("reading the import %s: %v", spec.Path.Value, err)
	}
	return name
}

// inModule gives the path of a package below the module, if it is one of ours.
func inModule(importPath string) (string, bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

func TestImportsPointDownOnly(t *testing.T) {
	seen := 0
	for _, file := range sourceFiles(t, parser.ImportsOnly) {
		allowed, known := arrows[file.folder]
		if !known {
			t.Errorf("%s: the package %s is not in the table of arrows; add what it may import", file.name, file.folder)
			continue
		}
		for _, spec := range file.syntax.Imports {
			target, ours := inModule(imported(t, spec))
			if !ours || target == file.folder { // a test from outside imports its own package
				continue
			}
			seen++
			if !allowed.allows(target, file.test) {
				t.Errorf("%s: the arrow %s -> %s is not allowed", file.name, file.folder, target)
			}
		}
	}
	if seen == 0 {
		t.Error("no arrow was found at all: the test does not see the tree")
	}
}

func TestTheDomainImportsTheStandardLibraryAndDecimalsOnly(t *testing.T) {
	for _, file := range sourceFiles(t, parser.ImportsOnly) {
		if file.folder != "." || file.test {
			continue
		}
		for _, spec := range file.syntax.Imports {
			name := imported(t, spec)
			if standard(name) || name == "github.com/govalues/decimal" {
				continue
			}
			t.Errorf("%s: the arrow %s -> %s is not allowed", file.name, module, name)
		}
	}
}

// standard says whether a package is the standard library's: no other has a first
// element without a dot, ours apart.
func standard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return first != module && !strings.Contains(first, ".")
}

func TestOnlyJobsImportsRiver(t *testing.T) {
	for _, file := range sourceFiles(t, parser.ImportsOnly) {
		if file.folder == "jobs" {
			continue
		}
		for _, spec := range file.syntax.Imports {
			if name := imported(t, spec); strings.HasPrefix(name, river) {
				t.Errorf("%s: the arrow %s -> %s is not allowed; only jobs knows River", file.name, file.folder, name)
			}
		}
	}
}

func TestHelpersOfTestsStayInTests(t *testing.T) {
	for _, file := range sourceFiles(t, parser.ImportsOnly) {
		if file.test || file.folder == "store/storetest" {
			continue
		}
		for _, spec := range file.syntax.Imports {
			switch name := imported(t, spec); name {
			case "testing", module + "/store/storetest", "pgregory.net/rapid", "go.uber.org/goleak":
				t.Errorf("%s: the arrow %s -> %s is for tests only", file.name, file.folder, name)
			}
		}
	}
}

func TestTheClockIsPassedIntoDomainStoreAndEngine(t *testing.T) {
	for _, file := range sourceFiles(t, parser.SkipObjectResolution|parser.ParseComments) {
		clockless := file.folder == "." || file.folder == "store" || file.folder == "engine"
		if !clockless || file.test || ast.IsGenerated(file.syntax) {
			continue
		}
		for _, name := range clockReadings(t, file.syntax) {
			t.Errorf("%s uses time.%s; the clock is passed in", file.name, name)
		}
	}
}

// clockReadings lists the functions of package time that file uses to read the
// clock, called or handed on.
func clockReadings(t *testing.T, file *ast.File) []string {
	t.Helper()
	local := ""
	for _, spec := range file.Imports {
		if imported(t, spec) != "time" {
			continue
		}
		local = "time"
		if spec.Name != nil {
			local = spec.Name.Name
		}
	}
	if local == "" {
		return nil
	}
	if local == "." {
		return []string{"Now, perhaps: it is imported with a dot"}
	}
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		from, ok := selector.X.(*ast.Ident)
		if ok && from.Name == local && slices.Contains([]string{"Now", "Since", "Until"}, selector.Sel.Name) {
			found = append(found, selector.Sel.Name)
		}
		return true
	})
	return found
}

func TestClockReadingsAreFoundUnderAnyName(t *testing.T) {
	tests := []struct {
		source string
		want   []string
	}{
		{"package p\nimport \"time\"\nvar t = time.Now()", []string{"Now"}},
		{"package p\nimport \"time\"\nvar now = time.Now", []string{"Now"}},
		{"package p\nimport clock \"time\"\nfunc f() { _ = clock.Since(clock.Now()) }", []string{"Since", "Now"}},
		{"package p\nimport \"time\"\nvar d = time.Second", nil},
		{"package p\ntype c struct{ Now func() }\nfunc f(time c) { time.Now() }", nil},
	}
	for _, tt := range tests {
		file, err := parser.ParseFile(token.NewFileSet(), "p.go", tt.source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if got := clockReadings(t, file); !slices.Equal(got, tt.want) {
			t.Errorf("clockReadings(%q) = %q; want %q", tt.source, got, tt.want)
		}
	}
}

func TestArrowsTellClientsFromSimulators(t *testing.T) {
	tests := []struct {
		from, to string
		test     bool
		want     bool
	}{
		{"unas", "unas/unassim", true, false},
		{"unas/unassim", "unas", true, false},
		{"minicrm", "minicrm/minicrmsim", true, false},
		{"minicrm/minicrmsim", "minicrm", true, false},
		{"unas/unassim", "xmlstream", true, false},
		{"minicrm/minicrmsim", ".", true, false},
		{"unas", "xmlstream", false, true},
		{"web", "jobs", false, false},
		{"engine", "unas/unassim", false, false},
		{"engine", "unas/unassim", true, true},
		{"store", "store/storetest", false, false},
		{"store", "store/storetest", true, true},
		{".", "store", true, false},
	}
	for _, tt := range tests {
		if got := arrows[tt.from].allows(tt.to, tt.test); got != tt.want {
			t.Errorf("arrow %s -> %s (in a test: %t) is allowed: %t; want %t", tt.from, tt.to, tt.test, got, tt.want)
		}
	}
}
