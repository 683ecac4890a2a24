package xmlstream

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestCleanDropsOnlyWhatXMLForbids(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""},
		{"plain text\t\r\n with ő and 😀", "plain text\t\r\n with ő and 😀"},
		{"\x00\x01\x08a\x0b\x0cb\x0e\x1fc\x7f", "abc\x7f"},
		{"12345678\x0212345678\x03", "1234567812345678"},
		{"a\uFFFEb\uFFFFc\uFFFDd\uFEFFe\uF8FF", "abc\uFFFDd\uFEFFe\uF8FF"},
		{"\xEF", "\xEF"},
		{"\xEF\xBF", "\xEF\xBF"},
		{"\xEF\xEF\xBF\xBE", "\xEF\xEF\xBF\xBE"},
		{"\xEF\xBF\xEF\xBF\xBE\xBE", "\xEF\xBF\xEF\xBF\xBE\xBE"},
		{"broken \xff\xc3(", "broken \xff\xc3("},
	}
	for _, tt := range tests {
		readers := []io.Reader{
			strings.NewReader(tt.in),
			iotest.OneByteReader(strings.NewReader(tt.in)),
			iotest.DataErrReader(strings.NewReader(tt.in)),
		}
		for _, r := range readers {
			got, err := io.ReadAll(Clean(r))
			if err != nil || string(got) != tt.want {
				t.Errorf("Clean(%q) = %q, %v; want %q", tt.in, got, err, tt.want)
			}
			if err := iotest.TestReader(Clean(strings.NewReader(tt.in)), []byte(tt.want)); err != nil {
				t.Errorf("Clean(%q): %v", tt.in, err)
			}
		}
		if got, err := io.ReadAll(iotest.OneByteReader(Clean(strings.NewReader(tt.in)))); err != nil || string(got) != tt.want {
			t.Errorf("Clean(%q) byte by byte = %q, %v; want %q", tt.in, got, err, tt.want)
		}
	}
}
