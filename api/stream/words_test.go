package stream

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWord cuts lines as a real KairosDB 1.3.0 cut them.
func TestWord(t *testing.T) {
	for _, c := range []struct {
		line string
		want []string
	}{
		{"", nil},
		{" \t ", nil},
		{"put a 1 2", []string{"put", "a", "1", "2"}},
		{"  put  a\t1\x0b2\x00h=1 \r", []string{"put", "a", "1", "2", "h=1"}},
		{`s "hello world" h`, []string{"s", "hello world", "h"}},
		{`s "a"b" h`, []string{"s", `a"b`, "h"}},
		{`s "a"" h`, []string{"s", `a"`, "h"}},
		{`s """ h`, []string{"s", `"`, "h"}},
		{`s "" "" h`, []string{"s", "", "", "h"}},
		{`s "unclosed h=1`, []string{"s", "unclosed h=1"}},
		{`s " lead" h`, []string{"s", `lead"`, "h"}},
		{`s " " h`, []string{"s", "h"}},
		{`s x"y z" h`, []string{"s", `x"y`, `z"`, "h"}},
		{`s "a b "`, []string{"s", "a b "}},
		{`s "a" "`, []string{"s", "a"}},
		{`s ok ""`, []string{"s", "ok", ""}},
		{"s \"a\"\th=1", []string{"s", "a", "h=1"}},
	} {
		var got []string
		for rest := Trim([]byte(c.line)); ; {
			word, after, ok := Word(rest)
			if !ok {
				break
			}
			got, rest = append(got, string(word)), after
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%q: want - got +\n%s", c.line, d)
		}
	}
}

// TestText decodes each word by itself.
func TestText(t *testing.T) {
	for _, c := range []struct{ bytes, want string }{
		{"abc", "abc"}, {"m\xc3\xa9t\xc3\xa9o", "météo"}, {"m\xe9t\xe9o", "météo"}, {"\xff\xfe", "ÿþ"}, {"", ""},
	} {
		if got := Text([]byte(c.bytes)); got != c.want {
			t.Errorf("%q: got %q, want %q", c.bytes, got, c.want)
		}
	}
}

// TestParseNumber reads values as a real KairosDB 1.3.0 did, and exponents.
func TestParseNumber(t *testing.T) {
	long := func(n int64) Number { return Number{Long: n, IsLong: true} }
	double := func(v float64) Number { return Number{Double: v} }
	for _, c := range []struct {
		word string
		want Number
		err  string
	}{
		{"0", long(0), ""}, {"-0", long(0), ""}, {"007", long(7), ""},
		{"9223372036854775807", long(math.MaxInt64), ""}, {"-9223372036854775808", long(math.MinInt64), ""},
		{"9223372036854775808", Number{IsLong: true}, "Over/underflow:  9223372036854775808"},
		{"9999999999999999999x", Number{IsLong: true}, "Over/underflow:  9999999999999999999x"},
		{"", Number{IsLong: true}, "String index out of range: 0"},
		{"-", Number{IsLong: true}, "Missing digits:  -"}, {"+5", Number{IsLong: true}, "Malformed:  +5"},
		{"5- ", Number{IsLong: true}, "Malformed:  5- "}, {"NaN", Number{IsLong: true}, "Malformed:  NaN"},
		{"0x10", Number{IsLong: true}, "Malformed:  0x10"}, {"5\xe9", Number{IsLong: true}, "Malformed:  5é"},
		{"1.5", double(1.5), ""}, {"+5.5", double(5.5), ""}, {".5", double(.5), ""}, {"5.", double(5), ""},
		{"5.5d", double(5.5), ""}, {"1.5e5f", double(150000), ""}, {"1.e5", double(1e5), ""}, {"5.5 ", double(5.5), ""},
		{"0x1.8p1", double(3), ""}, {"-0x1.0p3", double(-8), ""}, {"1.0e-400", double(0), ""},
		{"1.0e999", double(math.Inf(1)), ""},
		{".", Number{}, `For input string: "."`}, {"a.c", Number{}, `For input string: "a.c"`},
		{"1_000.0", Number{}, `For input string: "1_000.0"`}, {"NaN.", Number{}, `For input string: "NaN."`},
		{"inf.", Number{}, `For input string: "inf."`}, {"0x1.8", Number{}, `For input string: "0x1.8"`},
		{"0x_1.8p1", Number{}, `For input string: "0x_1.8p1"`}, {"1.5ff", Number{}, `For input string: "1.5ff"`},
		{"5..5", Number{}, "multiple points"}, {"1.2.3", Number{}, "multiple points"},
		{"1e-05", double(1e-5), ""}, {"1e+21", double(1e21), ""}, {"-2E3", double(-2000), ""},
		{"1e", Number{IsLong: true}, "Malformed:  1e"}, {"1e5f", Number{IsLong: true}, "Malformed:  1e5f"},
	} {
		got, err := ParseNumber([]byte(c.word))
		text := ""
		if err != nil {
			text = err.Error()
		}
		if got != c.want || text != c.err {
			t.Errorf("%q: got %v %q, want %v %q", c.word, got, text, c.want, c.err)
		}
	}
}

// TestLines cuts a stream in all ways in two.
func TestLines(t *testing.T) {
	const text = "one\r\n\n" + "much too long\n" + "two\nmuch too long, too\nthree\nrest"
	want := []string{"one\r", "", "! frame length (13) exceeds the allowed maximum (8)", "two", "! frame length (18) exceeds the allowed maximum (8)", "three"}
	for i := range len(text) {
		cutter := Lines(8)
		var got []string
		held := ""
		for _, part := range []string{text[:i], text[i:]} {
			held += part
			for {
				message, n, problem := cutter.Cut([]byte(held))
				if n == 0 {
					break
				}
				held = held[n:]
				if problem != nil {
					if !errors.Is(problem, errLong) {
						t.Errorf("got %v, want a line that is too long", problem)
					}
					got = append(got, "! "+problem.Error())
				} else if message != nil {
					got = append(got, string(message))
				}
			}
		}
		if d := cmp.Diff(want, got); d != "" || held != "rest" {
			t.Errorf("cut at %d: %q is left; want - got +\n%s", i, held, d)
		}
	}
}

// FuzzWord: words are parts of the line in their order, and numbers and texts of
// any bytes are read without harm.
func FuzzWord(f *testing.F) {
	for _, line := range []string{"put a 1 2 h=1", `puts a 1 "x y" "a"b"`, "\xff \"\" 1e5 0x1.p"} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		total := 0
		for rest := Trim(line); ; {
			word, after, ok := Word(rest)
			if !ok {
				break
			}
			if len(after) >= len(rest) || len(word) > len(rest) {
				t.Fatalf("%q of %q leaves %q", word, rest, after)
			}
			total += len(word)
			if n, err := ParseNumber(word); err == nil && n.IsLong != !strings.ContainsAny(string(word), ".eE") {
				t.Errorf("%q: got %v", word, n)
			}
			Text(word)
			rest = after
		}
		if total > len(line) {
			t.Errorf("words of %q have %d bytes", line, total)
		}
	})
}
