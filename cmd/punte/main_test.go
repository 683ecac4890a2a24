package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
)

// runHere runs the program inside the test.
func runHere(ctx context.Context, in io.Reader, args ...string) (code int, stdout, stderr string) {
	var out, said bytes.Buffer
	code = run(ctx, args, environment{streams: streams{in, &out, &said}, getenv: func(string) string { return "" }})
	return code, out.String(), said.String()
}

// TestCtrlCEndsAConversionThatWaitsForItsInput holds the input open for ever: nothing
// wakes a read from a terminal.
func TestCtrlCEndsAConversionThatWaitsForItsInput(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	in, feed := io.Pipe()
	t.Cleanup(func() { _ = feed.Close() })
	go func() {
		_, _ = io.WriteString(feed, "<Orders>")
		_, _ = io.WriteString(feed, " ") // taken: the conversion waits for more
		cancel()
	}()
	code, stdout, stderr := runHere(ctx, in, "convert", "--connection", "../../engine/testdata/convert/ro.json")
	if code != exitFailed || !strings.HasSuffix(stderr, "punte: stopped\n") || strings.Contains(stdout, "</Projects>") {
		t.Errorf("convert, interrupted: code %d, standard error %q, standard output %q; want code %d, \"punte: stopped\", an open root",
			code, stderr, stdout, exitFailed)
	}
}

func TestMistakenArgumentsNameTheNextStep(t *testing.T) {
	for _, tt := range []struct{ args, says string }{
		{"", "see punte --help"},
		{"frobnicate", "see punte --help"},
		{"sync", "missing flags: --connection=FILE; see punte sync --help"},
		{"sync --nope", "unknown flag --nope; see punte sync --help"},
		{"simulate", `expected one of "unas", "minicrm"; see punte simulate --help`},
		{"simulate unas", "missing flags: --listen=ADDR; see punte simulate unas --help"},
		{"simulate unas --listen x --orders=-1 --live often", `--live: "often" is not a rate; write one such as 20/m; see punte simulate unas --help`},
		{"simulate unas --listen x --load a --orders 2", "--load and --orders can't be used together; see punte simulate unas --help"},
		{"simulate unas --listen x --plan basic", `--plan must be one of "premium","vip","small" but got "basic"; see punte simulate unas --help`},
		{"simulate minicrm --listen x --api-key short --system-id x", "--system-id must be a number\n--api-key must be 32 letters and digits; see punte simulate minicrm --help"},
		{"simulate minicrm --listen x --delay=-1s", "--delay must not be negative; see punte simulate minicrm --help"},
		{"preview --connection x --limit 0", "--limit must be a number from 1 to 500; see punte preview --help"},
		{"demo --orders 0 --every 0s", "--orders must be positive\n--every must be positive; see punte demo --help"},
	} {
		code, stdout, stderr := runHere(t.Context(), strings.NewReader(""), strings.Fields(tt.args)...)
		if code != exitFailed || !strings.Contains(stderr, tt.says) || stdout != "" {
			t.Errorf("punte %s: code %d, standard error %q, standard output %q; want code %d and %q", tt.args, code, stderr, stdout, exitFailed, tt.says)
		}
	}
}

// TestEveryCommandHelps keeps the variables of the operator's settings in the help
// texts, beside their flags.
func TestEveryCommandHelps(t *testing.T) {
	for args, holds := range map[string][]string{
		"":                 {"demo", "sync", "preview", "check", "convert", "simulate", "version", "Exit codes"},
		"sync":             {"$PUNTE_CONNECTION", "$PUNTE_DB", "$PUNTE_DATABASE_URL", "$PUNTE_LISTEN", "$PUNTE_PUBLIC_URL", "$PUNTE_FEED_ALLOW", "$PUNTE_REHEARSAL"},
		"check":            {"$PUNTE_CONNECTION", "$PUNTE_DB"},
		"preview":          {"$PUNTE_CONNECTION", "--limit"},
		"convert":          {"$PUNTE_CONNECTION", "refused"},
		"order":            {"$PUNTE_CONNECTION", "$PUNTE_DB", "--json"},
		"erase":            {"$PUNTE_CONNECTION", "--yes", "--lift"},
		"demo":             {"--exit-after-sync", "--db"},
		"simulate unas":    {"--load", "--orders", "--api-key"},
		"simulate minicrm": {"--system-id", "--delay", "--seed"},
	} {
		code, stdout, stderr := runHere(t.Context(), strings.NewReader(""), append(strings.Fields(args), "--help")...)
		if code != exitDone || stderr != "" {
			t.Errorf("punte %s --help: code %d, standard error %q; want code %d and silence", args, code, stderr, exitDone)
		}
		for _, text := range holds {
			if !strings.Contains(stdout, text) {
				t.Errorf("punte %s --help does not hold %q:\n%s", args, text, stdout)
			}
		}
	}
}

// TestNoDemoWritesIntoTheOperatorsDatabase: its variables are for serve and sync.
func TestNoDemoWritesIntoTheOperatorsDatabase(t *testing.T) {
	t.Setenv("PUNTE_DB", "/nowhere/punte.db")
	t.Setenv("PUNTE_DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing")
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // before it does anything
	_, stdout, stderr := runHere(ctx, strings.NewReader(""), "demo", "--orders", "1")
	if strings.Contains(stdout+stderr, "nowhere") || strings.Contains(stdout+stderr, "nobody") {
		t.Errorf("punte demo used the operator's database:\n%s%s", stdout, stderr)
	}
}
