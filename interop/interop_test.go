package interop_test

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"punte/minicrm/minicrmsim"
	"punte/unas/unassim"
)

// orders is how many the shop has: more than one page of getOrder holds.
const orders = 620

// programs in testdata, and what each needs to run. A word with a blank is asked of the interpreter: "php curl" is the
// extension curl.
var programs = []struct {
	file  string
	needs []string
}{
	{"unas.sh", []string{"bash", "curl"}},
	{"unas.php", []string{"php", "php curl", "php SimpleXML", "php dom"}},
	{"unas.py", []string{"python3"}},
	{"unas.mjs", []string{"node"}},
	{"minicrm.sh", []string{"bash", "curl"}},
	{"minicrm.php", []string{"php", "php curl", "php SimpleXML"}},
	{"minicrm.py", []string{"python3"}},
	{"minicrm.mjs", []string{"node"}},
}

func TestProgramsOfOtherLanguagesFindWhatTheyExpect(t *testing.T) {
	for _, p := range programs {
		t.Run(p.file, func(t *testing.T) {
			for _, need := range p.needs {
				if reason := missing(t.Context(), need); reason != "" {
					t.Skip(reason)
				}
			}
			t.Parallel()
			run(t, p.file, p.needs[0])
		})
	}
}

// missing says why a program cannot run here, or nothing.
func missing(ctx context.Context, need string) string {
	interpreter, extension, _ := strings.Cut(need, " ")
	name, err := exec.LookPath(interpreter)
	if err != nil {
		return interpreter + " is not installed"
	}
	if extension == "" {
		return ""
	}
	modules, err := exec.CommandContext(ctx, name, "-m").Output()
	if err != nil || !strings.Contains("\n"+string(modules), "\n"+extension+"\n") {
		return interpreter + " has no " + extension
	}
	return ""
}

// run gives a program a shop and a CRM of its own. It must exit well, and have checked something.
func run(t *testing.T, file, interpreter string) {
	t.Helper()
	shop := unassim.New(unassim.Options{Plan: unassim.PlanVIP, Limits: true})
	shop.Generate(7, orders, 240)
	crm := minicrmsim.New(minicrmsim.Options{Limits: false, AllowPrivateSources: true})
	t.Cleanup(crm.Close)
	shopServer, crmServer := httptest.NewServer(shop), httptest.NewServer(crm)
	t.Cleanup(shopServer.Close)
	t.Cleanup(crmServer.Close)

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	c := exec.CommandContext(ctx, interpreter, filepath.Join("testdata", file))
	c.Env = append(os.Environ(),
		"UNAS_URL="+shopServer.URL+"/shop", "UNAS_KEY="+unassim.DefaultAPIKey,
		"MINICRM_URL="+crmServer.URL, "MINICRM_SYSTEM="+minicrmsim.DefaultSystemID, "MINICRM_KEY="+minicrmsim.DefaultAPIKey,
		"PYTHONDONTWRITEBYTECODE=1", "no_proxy=*")
	out, err := c.CombinedOutput()
	kept := strings.Count("\n"+string(out), "\nok ")
	if err != nil || kept == 0 {
		t.Errorf("%s %s: %v after %d kept promises; it said:\n%s", interpreter, file, err, kept, out)
	}
}
