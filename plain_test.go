package punte_test

import (
	"encoding/json"
	"strings"
	"testing"

	"punte"
)

func TestTypographicQuotesBecomePlain(t *testing.T) {
	for _, mark := range "“”„‟«»‹›‘’‚‛″＂" {
		m := string(mark)
		text := "{" + m + "Kész" + m + ": " + m + "Issued" + m + "}"
		if got, want := punte.PlainJSON(text), `{"Kész": "Issued"}`; got != want {
			t.Errorf("PlainJSON(%q) = %q; want %q", text, got, want)
		}
	}
	for _, pair := range []string{"“”", "„”", "„“", "«»", "»«", "‹›", "‘’", "‚‘", "””", "‟”", `”"`, "″″", "＂＂"} {
		marks := []rune(pair)
		open, closing := string(marks[0]), string(marks[1])
		text := "{" + open + "Új" + closing + ":" + open + "Paid" + closing + "," + open + "b" + closing + ":null}"
		if got, want := punte.PlainJSON(text), `{"Új":"Paid","b":null}`; got != want {
			t.Errorf("PlainJSON(%q) = %q; want %q", text, got, want)
		}
	}
}

func TestPastedTextBecomesPlainJSON(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"plain", `{"a": "b"}`, `{"a": "b"}`},
		{"byte order mark", "\ufeff{\"a\": 1}", `{"a": 1}`},
		{"no-break spaces", "{\u00a0“a”\u00a0:\u202f“b”\u2007}", `{ "a" : "b" }`},
		{"other blanks", "{\u2003\"a\":\u3000\"b\"\u2009}", `{ "a": "b" }`},
		{"zero width", "{\u200b\"a\"\u200c:\u200d\"b\"\u2060}\ufeff", `{ "a" : "b" } `},
		{"no-break spaces inside stay", "{“a\u00a0b”: \"c\u00a0d\"}", "{\"a\u00a0b\": \"c\u00a0d\"}"},
		{"zero width inside stays", "{“a\u200bb”: \"c\u200bd\"}", "{\"a\u200bb\": \"c\u200bd\"}"},
		{"lines stay where they were", "{\n\t“a”: 1,\r\n“b”: 2\n}", "{\n\t\"a\": 1,\r\n\"b\": 2\n}"},
		{"typographic marks inside plain ones stay", `{"the “new” one": "‘x’"}`, `{"the “new” one": "‘x’"}`},
		{"plain marks inside typographic ones", `{“the "new" one”: “Issued”}`, `{"the \"new\" one": "Issued"}`},
		{"typographic marks inside typographic ones", `{„Státusz “új” neve”: “Issued”}`, `{"Státusz “új” neve": "Issued"}`},
		{"an apostrophe", `{“Client’s order”: “Issued”}`, `{"Client’s order": "Issued"}`},
		{"a mark at the very end of a name", `{“the "new"”: “Issued”}`, `{"the \"new\"": "Issued"}`},
		{"blanks between mark and colon", "{“a” \u00a0\u200b: “b” , “c”:“d” }", "{\"a\"   : \"b\" , \"c\":\"d\" }"},
		{"in a list", `[“a”,„b”, «c» ]`, `["a","b", "c" ]`},
		{"escapes in plain marks", `{"a\"b“": "\\"}`, `{"a\"b“": "\\"}`},
		{"escapes in typographic marks", `{“a\u0151\tb\\”: “c\"d”}`, `{"a\u0151\tb\\": "c\"d"}`},
		{"a backslash before the closing mark", `{“a\”: 1}`, `{"a\\": 1}`},
		{"no closing mark, plain", `{"a`, `{"a`},
		{"no closing mark, typographic", `{“a`, `{"a"`},
		{"no closing mark on its line", "{“a\n“b”: 1}", "{\"a\"\n\"b\": 1}"},
	}
	for _, tt := range tests {
		if got := punte.PlainJSON(tt.text); got != tt.want {
			t.Errorf("%s: PlainJSON(%q) = %q; want %q", tt.name, tt.text, got, tt.want)
		}
	}
}

func FuzzPlainJSON(f *testing.F) {
	for _, text := range []string{
		``, `{}`, `{"a": "b"}`, `{"“a”": ["‘", "\"", "\\", "\u00e9"]}`, "{\"a\u00a0b\": \"\u200b\"}", "{\n\"a\"\t:\r\n1e5}",
		`{“a”: “b”}`, `„a`, `{“a\”: 1}`, "\ufeff{}", "\xff“\xfe”", `"`, `"\`, `“\`, "“a\n”",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := punte.PlainJSON(text)
		if json.Valid([]byte(text)) && got != text {
			t.Errorf("PlainJSON changed %q to %q; want it byte for byte", text, got)
		}
		if json.Valid([]byte(got)) && punte.PlainJSON(got) != got {
			t.Errorf("PlainJSON(%q) = %q, and that again %q", text, got, punte.PlainJSON(got))
		}
		if strings.Count(got, "\n") != strings.Count(text, "\n") {
			t.Errorf("PlainJSON(%q) = %q; want as many lines", text, got)
		}
	})
}
