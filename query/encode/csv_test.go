package encode

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestAppendField takes fields of every sort.
func TestAppendField(t *testing.T) {
	for text, want := range map[string]string{
		"": `""`, "a": "a", "a b": "a b", "a,b": `"a,b"`, `a"b`: `"a""b"`, `"`: `""""`, "a\nb": "\"a\nb\"", "a\rb": "\"a\rb\"",
		" a": `" a"`, "a\t": "\"a\t\"", "ä;=": "ä;=", "a\xffb": "a\ufffdb", "x\xed\xa0\x80": "x?", "'": "'",
	} {
		if got := string(AppendField(nil, text)); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// TestGuard: what spreadsheets might take for a formula has an apostrophe.
func TestGuard(t *testing.T) {
	guarded := &CSV{Guard: true}
	for text, want := range map[string]string{
		"=1+1": `"'=1+1"`, "+1": `"'+1"`, "-1": `"'-1"`, "@SUM(A1)": `"'@SUM(A1)"`, "\t=1": "\"'\t=1\"", "\r=1": "\"'\r=1\"", "\n=1": "\"'\n=1\"",
		"＝1": `"'＝1"`, "a=1": `"a=1"`, "": `""`, `=HYPERLINK("x")`: `"'=HYPERLINK(""x"")"`, "a;=1": `"a;=1"`,
	} {
		if got := string(guarded.appendText(nil, text)); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// FuzzAppendField: every row of fields reads back as it was, but for bytes that
// are no UTF-8, and for what the reader makes of the ends of lines.
func FuzzAppendField(f *testing.F) {
	f.Add("a,b", `"`)
	f.Add("", " \r\n")
	f.Add("\xed\xa0\x80", "＝1")
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, c := range []*CSV{{}, {Guard: true}} {
			line := append(c.appendText(append(c.appendText(nil, a), ','), b), '\r', '\n')
			if !utf8.Valid(line) {
				t.Fatalf("%q is no UTF-8", line)
			}
			rows, err := csv.NewReader(bytes.NewReader(line)).ReadAll()
			if err != nil || len(rows) != 1 || len(rows[0]) != 2 {
				t.Fatalf("%q reads back as %q, %v", line, rows, err)
			}
			for i, text := range []string{a, b} {
				want := strings.ReplaceAll(valid(text), "\r\n", "\n")
				if c.Guard && formula(text) {
					want = strings.ReplaceAll("'"+valid(text), "\r\n", "\n")
				}
				if rows[0][i] != want {
					t.Fatalf("%q reads back as %q, want %q", text, rows[0][i], want)
				}
			}
		}
	})
}
