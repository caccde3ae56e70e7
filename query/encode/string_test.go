package encode

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestAppendString takes strings of every sort that org.json treats in its own
// way.
func TestAppendString(t *testing.T) {
	tests := map[string]string{
		"":                       `""`,
		"plain":                  `"plain"`,
		`say "hi"`:               `"say \"hi\""`,
		`back\slash`:             `"back\\slash"`,
		"\b\t\n\f\r":             `"\b\t\n\f\r"`,
		"\x00\x01\x1f\x7f":       `"\u0000\u0001\u001f` + "\x7f" + `"`,
		"a/b":                    `"a/b"`,
		"/":                      `"/"`,
		"</script>":              `"<\/script>"`,
		"<//":                    `"<\//"`,
		"< /":                    `"< /"`,
		"öäü ß":                  `"öäü ß"`,
		"\u0080\u009f\u00a0":     `"\u0080\u009f` + "\u00a0" + `"`,
		"\u1fff\u2000\u2028":     `"` + "\u1fff" + `\u2000\u2028"`,
		"\u20ac\u20ff\u2100":     `"\u20ac\u20ff` + "\u2100" + `"`,
		"21 °C 🌡":                `"21 °C 🌡"`,
		"\xff":                   `"` + "\ufffd" + `"`,
		"a\xc3":                  `"a` + "\ufffd" + `"`,
		"\xed\xa0\x80 surrogate": `"? surrogate"`,
		"\ufffd":                 `"` + "\ufffd" + `"`,
	}
	for in, want := range tests {
		if got := string(AppendString([]byte("x"), in)); got != "x"+want {
			t.Errorf("AppendString(%q) = %s, want %s", in, got[1:], want)
		}
	}
}

// FuzzAppendString says that whatever is written is JSON that reads back as the
// string, with U+FFFD for what is no UTF-8 and ? for the half of a pair.
func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "</a>\x7f\u0080", "\xff\xc3", "\u2028🌡\\\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		if err := json.Unmarshal(AppendString(nil, s), &got); err != nil {
			t.Fatalf("AppendString(%q) is no JSON: %v", s, err)
		}
		if want := string([]rune(withoutHalves(s))); got != want {
			t.Fatalf("AppendString(%q) reads back as %q, want %q", s, got, want)
		}
	})
}

// withoutHalves is s with a question mark for each half of a UTF-16 pair.
func withoutHalves(s string) string {
	for unit := 0xd800; unit <= 0xdfff; unit++ {
		s = strings.ReplaceAll(s, string([]byte{0xed, byte(0x80 | unit>>6&0x3f), byte(0x80 | unit&0x3f)}), "?")
	}
	return s
}
