package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"github.com/rogpeppe/go-internal/testscript"

	"punte/store/storetest"
)

// Keys of the services in the scripts. Nothing that Punte prints may hold one.
const (
	shopKey    = "shop-key-of-the-scripts-5d1c"
	accountKey = "CrmKeyOfTheScripts0123456789abcd"
)

// TestMain lets the scripts run the program itself. They wait more than they work,
// so more of them run side by side than there are processors.
func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){"punte": main})
}

// TestScripts runs the scripts of testdata/script against the real program. Each
// has in its folder shop.xml and trouble.xml, orders to load, connection.json and
// generated.json, documents for `expand` to go with them and with a shop that was
// made up, and crm.key.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			env.Values[processesKey{}] = processes{}
			env.Setenv("SHOP_KEY", shopKey)
			env.Setenv("CRM_KEY", accountKey)
			env.Setenv("TMPDIR", env.Getenv("WORK")+"/tmp")
			if err := os.WriteFile(filepath.Join(env.WorkDir, "crm.key"), []byte(accountKey+"\n"), 0o600); err != nil {
				return err
			}
			for _, name := range []string{"shop.xml", "trouble.xml", "connection.json", "generated.json"} {
				text, err := os.ReadFile(filepath.Join("testdata", name))
				if err != nil {
					return err
				}
				if err := os.WriteFile(filepath.Join(env.WorkDir, name), text, 0o600); err != nil {
					return err
				}
			}
			return os.Mkdir(filepath.Join(env.WorkDir, "tmp"), 0o700)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"simulate":  simulate,
			"expand":    expand,
			"replace":   replace,
			"request":   request,
			"await":     await,
			"awaitfile": awaitFile,
			"agree":     agree,
			"port":      freePort,
			"postgres":  postgres,
			"code":      exitCode,
			"start":     start,
			"finish":    finish,
			"interrupt": interrupt,
			"terminate": terminate,
			"killed":    killed,
		},
		Condition: func(name string) (bool, error) {
			if name == "postgres" {
				return os.Getenv(storetest.Variable) != "", nil
			}
			return false, fmt.Errorf("there is no condition %q", name)
		},
		RequireUniqueNames: true,
	})
}

// patience bounds every wait of a script.
const patience = 2 * time.Minute

// simulate starts a simulator at a free port and waits for it:
//
//	simulate unas|minicrm NAME [flag ...]
//
// $NAME is its address. It has the keys of the scripts, no limits unless a flag says
// so, and is interrupted when the script ends; it has to take that well.
func simulate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: simulate unas|minicrm NAME [flag ...]")
	}
	flags := []string{"simulate", args[0], "--listen", "127.0.0.1:0", "--limits", "off"}
	if args[0] == "unas" {
		flags = append(flags, "--api-key", shopKey)
	} else {
		flags = append(flags, "--api-key", accountKey, "--system-id", "31415", "--delay", "50ms", "--allow-private-sources")
	}
	cmd := exec.CommandContext(context.Background(), "punte", append(flags, args[2:]...)...)
	cmd.Dir = ts.MkAbs(".")
	stdout, err := cmd.StdoutPipe()
	ts.Check(err)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	ts.Check(cmd.Start())
	ts.Defer(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		kill := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		defer kill.Stop()
		if err := cmd.Wait(); err != nil || stderr.Len() > 0 {
			ts.Logf("the simulator %s ended with %v\n%s", args[0], err, &stderr)
		}
	})
	first, err := bufio.NewReader(stdout).ReadString('\n')
	address := regexp.MustCompile(`http://[0-9.:]+`).FindString(first)
	if err != nil || address == "" {
		ts.Fatalf("the simulator said %q: %v\n%s", first, err, &stderr)
	}
	ts.Setenv(args[1], address)
}

// expand puts the values of variables, ${NAME}, into files.
func expand(ts *testscript.TestScript, neg bool, args []string) {
	for _, file := range args {
		text := os.Expand(ts.ReadFile(file), ts.Getenv)
		ts.Check(os.WriteFile(ts.MkAbs(file), []byte(text), 0o600))
	}
}

// replace writes a file in which a text was exchanged: replace OLD NEW FILE TO.
func replace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: replace OLD NEW FILE TO")
	}
	text := ts.ReadFile(args[2])
	if !strings.Contains(text, args[0]) {
		ts.Fatalf("%s does not hold %q", args[2], args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[3]), []byte(strings.ReplaceAll(text, args[0], args[1])), 0o600))
}

var client = &http.Client{Timeout: 30 * time.Second}

func call(method, url string, body io.Reader) (int, []byte, error) {
	r, err := http.NewRequest(method, url, body)
	if err != nil {
		return 0, nil, err
	}
	answer, err := client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, text, err
}

// request makes an HTTP call and prints the answer: request METHOD URL [FILE|TEXT].
// With ! the answer has to be a refusal.
func request(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: request METHOD URL [FILE|TEXT]")
	}
	var body io.Reader
	if len(args) == 3 {
		text := args[2]
		if !strings.HasPrefix(text, "{") {
			text = ts.ReadFile(text)
		}
		body = strings.NewReader(text)
	}
	status, text, err := call(args[0], args[1], body)
	ts.Check(err)
	_, err = ts.Stdout().Write(text)
	ts.Check(err)
	if (status >= 400) != neg {
		ts.Fatalf("%s %s: status %d: %s", args[0], args[1], status, text)
	}
}

// until looks again and again until found is true.
func until(ts *testscript.TestScript, what string, found func() (bool, string)) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	end := time.Now().Add(patience)
	for {
		ok, last := found()
		if ok {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("%s did not happen within %s; last:\n%s", what, patience, last)
		}
		<-tick.C
	}
}

// await waits until the answer of an address matches a pattern: await URL PATTERN.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await URL PATTERN")
	}
	pattern := regexp.MustCompile(args[1])
	until(ts, args[1]+" at "+args[0], func() (bool, string) {
		_, text, err := call(http.MethodGet, args[0], nil)
		if err != nil {
			return false, err.Error()
		}
		return pattern.Match(text), string(text)
	})
}

// awaitFile waits until a file matches a pattern, and keeps what its first group
// found: awaitfile FILE PATTERN [NAME].
func awaitFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: awaitfile FILE PATTERN [NAME]")
	}
	pattern := regexp.MustCompile("(?m)" + args[1])
	until(ts, args[1]+" in "+args[0], func() (bool, string) {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		if err != nil {
			return false, err.Error()
		}
		found := pattern.FindSubmatch(text)
		if found != nil && len(args) == 3 {
			ts.Setenv(args[2], string(found[1]))
		}
		return found != nil, string(text)
	})
}

// agree compares the shop's orders with MiniCRM's by number and sum, one by one:
// agree SHOP CRM [FROM]. Orders placed before FROM (YYYY.MM.DD) must not be there.
func agree(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: agree SHOP CRM [FROM]")
	}
	from := "2026.01.01"
	if len(args) > 2 {
		from = args[2]
	}
	var shop []struct {
		ID   string
		Key  string
		Sum  decimal.Decimal `json:"sum_gross"`
		Date string
	}
	var crm []struct {
		ID     int64 `json:"external_id"`
		Number string
		Amount decimal.Decimal
	}
	readJSON(ts, args[0]+"/_sim/orders", &shop)
	readJSON(ts, args[1]+"/_sim/orders", &crm)
	var want, got, off []string
	sums := map[string]decimal.Decimal{}
	for _, o := range shop {
		if o.Date >= from {
			want = append(want, o.ID+" "+o.Key)
			sums[o.ID] = o.Sum
		}
	}
	for _, o := range crm {
		id := fmt.Sprint(o.ID)
		got = append(got, id+" "+o.Number)
		// MiniCRM rounds each line to 0.01; no order here has more than fifty.
		if d, err := o.Amount.SubAbs(sums[id]); err != nil || d.Cmp(decimal.MustNew(25, 2)) > 0 {
			off = append(off, fmt.Sprintf("%s: shop %s, MiniCRM %s", o.Number, sums[id], o.Amount))
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if same := slices.Equal(want, got) && off == nil && want != nil; same == neg {
		ts.Fatalf("shop %d %q\nMiniCRM %d %q\nsums %q", len(want), want, len(got), got, off)
	}
}

func readJSON(ts *testscript.TestScript, url string, into any) {
	status, text, err := call(http.MethodGet, url, nil)
	ts.Check(err)
	if status != http.StatusOK {
		ts.Fatalf("GET %s: status %d: %s", url, status, text)
	}
	ts.Check(json.Unmarshal(text, into))
}

// freePort finds a port nobody listens at: port NAME.
func freePort(ts *testscript.TestScript, neg bool, args []string) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	ts.Check(err)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	ts.Check(errors.Join(err, listener.Close()))
	ts.Setenv(args[0], port)
}

// postgres makes an empty database that goes when the script ends: postgres NAME.
func postgres(ts *testscript.TestScript, neg bool, args []string) {
	ts.Setenv(args[0], storetest.Empty(scriptTB{ts: ts}, storetest.Postgres))
}

// scriptTB is as much of a testing.TB as making a database takes.
type scriptTB struct {
	testing.TB
	ts *testscript.TestScript
}

func (t scriptTB) Helper()                           {}
func (t scriptTB) Cleanup(f func())                  { t.ts.Defer(f) }
func (t scriptTB) Fatalf(format string, args ...any) { t.ts.Fatalf(format, args...) }
func (t scriptTB) Skipf(format string, args ...any)  { t.ts.Fatalf(format, args...) }
