package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// processes are what a script started, by name.
type processes map[string]*process

type process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error
}

// processesKey is under which a script keeps its processes.
type processesKey struct{}

// start runs the program beside the script: start NAME PROGRAM [argument ...]. What
// it prints goes to NAME.out and NAME.err; its standard input stays open and empty.
func start(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start NAME PROGRAM [argument ...]")
	}
	cmd := exec.CommandContext(context.Background(), args[1], args[2:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = environ(ts)
	stdin, err := cmd.StdinPipe()
	ts.Check(err)
	stdout, err := os.Create(ts.MkAbs(args[0] + ".out"))
	ts.Check(err)
	stderr, err := os.Create(ts.MkAbs(args[0] + ".err"))
	ts.Check(err)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	ts.Check(cmd.Start())
	p := &process{cmd: cmd, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		p.err = cmd.Wait()
		_, _, _ = stdin.Close(), stdout.Close(), stderr.Close()
	}()
	ts.Value(processesKey{}).(processes)[args[0]] = p
	ts.Defer(func() {
		_ = cmd.Process.Kill()
		<-p.done
	})
}

// environ is what a started program sees: what the program and its scripts look at.
func environ(ts *testscript.TestScript) []string {
	var env []string
	for _, name := range []string{
		"PATH", "HOME", "TMPDIR", "SHOP_KEY", "CRM_KEY", "PUNTE_CONNECTION", "PUNTE_DB", "PUNTE_DATABASE_URL", "PUNTE_KEYSET",
		"PUNTE_LISTEN", "PUNTE_PUBLIC_URL", "PUNTE_FEED_ALLOW", "PUNTE_REHEARSAL", "GOCOVERDIR",
	} {
		if value := ts.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// exitCode runs a program to its end and wants its exit code, within patience:
//
//	code N PROGRAM [argument ...] [<FILE]
//
// No key may stand in what it prints.
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N PROGRAM [argument ...] [<FILE]")
	}
	var stdin string
	if file, ok := strings.CutPrefix(args[len(args)-1], "<"); ok {
		stdin, args = ts.ReadFile(file), args[:len(args)-1]
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[1], args[2:]...)
	cmd.Dir, cmd.Env, cmd.Stdin = ts.MkAbs("."), environ(ts), strings.NewReader(stdin)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	_, outErr := ts.Stdout().Write(out.Bytes())
	_, errErr := ts.Stderr().Write(said.Bytes())
	ts.Check(errors.Join(outErr, errErr))
	if ctx.Err() != nil {
		ts.Fatalf("%q did not end within %s", args[1:], patience)
	}
	if got := codeOf(ts, err); fmt.Sprint(got) != args[0] {
		ts.Fatalf("exit code %d; want %s", got, args[0])
	}
	refuseKeys(ts, args[1], out.String(), said.String())
}

// codeOf is the exit code that an error of a program means.
func codeOf(ts *testscript.TestScript, err error) int {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	ts.Check(err)
	return 0
}

// refuseKeys wants no key in what a program printed.
func refuseKeys(ts *testscript.TestScript, name string, texts ...string) {
	for _, text := range texts {
		if strings.Contains(text, shopKey) || strings.Contains(text, accountKey) {
			ts.Fatalf("%s printed a key:\n%s", name, text)
		}
	}
}

// finish waits for a process and wants its exit code: finish NAME CODE.
func finish(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: finish NAME CODE")
	}
	p := ts.Value(processesKey{}).(processes)[args[0]]
	if p == nil {
		ts.Fatalf("there is no process %s", args[0])
	}
	select {
	case <-p.done:
	case <-time.After(patience):
		ts.Fatalf("%s did not end within %s", args[0], patience)
	}
	code := codeOf(ts, p.err)
	out, said := ts.ReadFile(args[0]+".out"), ts.ReadFile(args[0]+".err")
	ts.Logf("[%s.out]\n%s[%s.err]\n%s", args[0], out, args[0], said)
	if fmt.Sprint(code) != args[1] {
		ts.Fatalf("%s: exit code %d; want %s", args[0], code, args[1])
	}
	if !strings.HasPrefix(out, "UNAS shop at") && !strings.HasPrefix(out, "MiniCRM at") { // the simulators print theirs
		refuseKeys(ts, args[0], out, said)
	}
}

// interrupt presses Ctrl-C and wants the exit code: interrupt NAME CODE.
func interrupt(ts *testscript.TestScript, neg bool, args []string) { tell(ts, args, syscall.SIGINT) }

// terminate sends SIGTERM and wants the exit code: terminate NAME CODE.
func terminate(ts *testscript.TestScript, neg bool, args []string) { tell(ts, args, syscall.SIGTERM) }

// killed kills a process as a power cut would: killed NAME.
func killed(ts *testscript.TestScript, neg bool, args []string) {
	tell(ts, []string{args[0], "-1"}, syscall.SIGKILL)
}

func tell(ts *testscript.TestScript, args []string, s syscall.Signal) {
	p := ts.Value(processesKey{}).(processes)[args[0]]
	if p == nil {
		ts.Fatalf("there is no process %s", args[0])
	}
	select {
	case <-p.done:
		ts.Fatalf("%s ended before it was told to: %v\n%s\n%s", args[0], p.err, ts.ReadFile(args[0]+".out"), ts.ReadFile(args[0]+".err"))
	default:
	}
	ts.Check(p.cmd.Process.Signal(s))
	finish(ts, false, args)
}
