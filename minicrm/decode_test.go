package minicrm

import (
	"strings"
	"testing"
)

func TestDecodeIsLenientInFormOnly(t *testing.T) {
	tests := []struct {
		in string
		ok bool
	}{
		{"\ufeff \ufeff{\"a\":1}", true},
		{"[]", true},
		{"null", true},
		{strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth), true},
		{strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1), false},
		{"[" + strings.Repeat("0,", maxValues) + "0]", false},
		{"", false},
		{"\ufeff", false},
		{"{", false},
		{`{"a"`, false},
		{`{"a":}`, false},
		{`{"a":1,}`, false},
		{"[1,]", false},
		{"[1 2]", false},
		{"[1}", false},
		{"]", false},
		{"{1:2}", false},
		{"{} {}", false},
		{"{}x", false},
		{"'a'", false},
	}
	for _, tt := range tests {
		if v, err := decode([]byte(tt.in)); (err == nil) != tt.ok {
			t.Errorf("decode(%.60q) = %+v, %v; want ok = %v", tt.in, v.shape, err, tt.ok)
		}
	}
}

func TestNumbersMayBeTexts(t *testing.T) {
	tests := []struct {
		in   string
		want int64
		ok   bool
	}{
		{"12", 12, true},
		{`"12"`, 12, true},
		{`" 12 "`, 12, true},
		{`"12.0000"`, 12, true},
		{"12.0", 12, true},
		{"-3", -3, true},
		{"null", 0, true},
		{`""`, 0, true},
		{"[]", 0, true},
		{"true", 1, true},
		{"68719476736", 1 << 36, true},
		{`"12.5"`, 0, false},
		{"1e3", 0, false},
		{`"Kiss Ilona"`, 0, false},
		{"{}", 0, true},
		{`{"a":1}`, 0, false},
		{"[1]", 0, false},
		{"99999999999999999999", 0, false},
	}
	for _, tt := range tests {
		v, err := decode([]byte(tt.in))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := v.number(); got != tt.want || (err == nil) != tt.ok {
			t.Errorf("number of %s = %d, %v; want %d, ok = %v", tt.in, got, err, tt.want, tt.ok)
		}
	}
}
