package minicrm_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"punte/minicrm"
)

func TestFeedCutsDescriptions(t *testing.T) {
	p := least()
	p.Orders[0].Products[0].Description = strings.Repeat("ő", minicrm.DescriptionLength-1) + "e\u0301zzz"
	projects, err := readFeed(feed(t, p))
	if err != nil {
		t.Fatal(err)
	}
	got := *projects[0].Orders[0].Products[0].Description
	if want := strings.Repeat("ő", minicrm.DescriptionLength-1); got != want { // e and its accent stay together
		t.Errorf("description has %d characters and ends in %q; want %d", utf8.RuneCountInString(got), got[len(got)-4:], minicrm.DescriptionLength-1)
	}
}

func TestCutKeepsWhatBelongsTogether(t *testing.T) {
	tests := []struct {
		in     string
		length int
		want   string
	}{
		{"", 3, ""},
		{"abc", 3, "abc"},
		{"abcd", 3, "abc"},
		{"őőőő", 3, "őőő"},
		{"abe\u0301", 3, "ab"},
		{"abe\u0301", 4, "abe\u0301"},
		{"ab👍🏽c", 3, "ab"},
		{"a👩\u200d👧", 2, "a"},
		{"a👩\u200d👧", 3, "a"},
		{"a👩\u200d👧", 4, "a👩\u200d👧"},
		{"a❤\ufe0f", 2, "a"},
		{"🇭🇺🇷🇴", 1, "🇭"}, // nothing would be left
		{"🇭🇺🇷🇴", 3, "🇭🇺"},
		{"🇭🇺🇷🇴", 2, "🇭🇺"},
		{"a\r\nb", 2, "a"},
		{"e\u0301\u0301\u0301", 2, "e\u0301"},
		{"\xff\xff\xff", 2, "\xff\xff"},
		{"abc", 0, ""},
		{"a🏴\U000e0067\U000e0062\U000e007fb", 3, "a"},
	}
	for _, tt := range tests {
		if got := minicrm.Cut(tt.in, tt.length); got != tt.want {
			t.Errorf("Cut(%q, %d) = %q; want %q", tt.in, tt.length, got, tt.want)
		}
	}
}
