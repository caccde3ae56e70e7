package gson

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// text prints a value, or the message of the error without its place.
func text(v any, err error) string {
	if x, ok := errors.AsType[*Error](err); ok {
		if x.Message == "" {
			return "null message"
		}
		message, _, _ := strings.Cut(x.Message, " at line")
		return message
	}
	return fmt.Sprint(v)
}

// check compares texts.
func check(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %s, want %s", what, got, want)
	}
}

// parse reads a text as a tree.
func parse(text string, o Options) (*Element, error) { return Parse(newBytes([]byte(text), o)) }

// TestParse reads texts as gson's JsonParser does.
func TestParse(t *testing.T) {
	const malformed = "com.google.gson.stream.MalformedJsonException: "
	tests := []struct{ name, text, want string }{
		{"empty", "", "null"},
		{"blank", " \n", "null"},
		{"null and more", "null x", "null"},
		{"duplicates", `{"a":1,"b":2,"a":[3,]}`, `{"a":[3,null],"b":2}`},
		{"number as written", `[1.50,1e3,-0,01]`, `[1.50,1e3,-0,"01"]`},
		{"escapes", "['\"\\u0001\\t\u2028/\u00e9']", `["\"\u0001\t\u2028/é"]`},
		{"end", "{", "java.io.EOFException: End of input at line 1 column 2 path $."},
		{"no JSON", "not json", notLenient + "line 1 column 6 path $"},
		{"more", `{"a":1} x`, notLenient + "line 1 column 10 path $"},
		{"second line", "\n\"start_relative\": {}", notLenient + "line 2 column 18 path $"},
		{"trailing comma", `{"a":[{"n":1,}]}`, malformed + "Expected name at line 1 column 15 path $.a[0].n"},
		{"too deep", strings.Repeat("[", 300), malformed + "Nesting limit 255 reached at line 1 column 257 path $" + strings.Repeat("[0]", 255)},
		{"invalid bytes", "['\xe2\x82\xff\xe2\x82\xac']", `["` + "\ufffd\ufffd€" + `"]`},
		{"half of a pair", "['\xed\xa1\x80\xed\xa1x']", `["` + "\ufffd\ufffdx" + `"]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := parse(tt.text, Options{})
			got := fmt.Sprint(err)
			if err == nil {
				got = e.String()
			}
			check(t, tt.text, got, tt.want)
		})
	}
}

// TestManyMembers passes the size from which on an object keeps an index.
func TestManyMembers(t *testing.T) {
	var b strings.Builder
	for i := range 40 {
		fmt.Fprintf(&b, `,"m%d":%d`, i%20, i)
	}
	e, err := parse("{"+b.String()[1:]+"}", Options{})
	if err != nil {
		t.Fatal(err)
	}
	check(t, "members", strconv.Itoa(len(e.Members)), "20")
	check(t, "last value", e.Member("m3").Text, "23")
	if e.Member("m20") != nil {
		t.Error("a member that is not there is not nil")
	}
}

// TestTooManyElements ends what would take too much memory.
func TestTooManyElements(t *testing.T) {
	_, err := parse("[1,2,3]", Options{Count: 3})
	check(t, "error", text(nil, err), "More than 3 elements")
}

// TestCoercions reads every kind of element as every type.
func TestCoercions(t *testing.T) {
	tests := []struct{ text, str, long, integer, double, boolean string }{
		{"5", "5", "5", "5", "5", "false"},
		{"-5.9", "-5.9", "-5", "-5", "-5.9", "false"},
		{"1e5", "1e5", "100000", "100000", "100000", "false"},
		{"1.23e1", "1.23e1", "12", "12", "12.3", "false"},
		{"9223372036854775808", "9223372036854775808", "-9223372036854775808", "0", "9.223372036854776e+18", "false"},
		{"99999999999999999999", "99999999999999999999", "7766279631452241919", "1661992959", "1e+20", "false"},
		{"1e99", "1e99", "0", "0", "1e+99", "false"},
		{"1e99999999999", "1e99999999999", "Too many nonzero exponent digits.", "Too many nonzero exponent digits.", "+Inf", "false"},
		{"1e0000000000002", "1e0000000000002", "100", "100", "100", "false"},
		{"1e2147483648", "1e2147483648", "Exponent overflow.", "Exponent overflow.", "+Inf", "false"},
		{"1.5e-2147483647", "1.5e-2147483647", "Scale out of range.", "Scale out of range.", "0", "false"},
		{`"TRUE"`, "TRUE", `For input string: "TRUE"`, `For input string: "TRUE"`, `For input string: "TRUE"`, "true"},
		{"true", "true", `For input string: "true"`, `For input string: "true"`, `For input string: "true"`, "true"},
		{"[[7]]", "7", "7", "7", "7", "false"},
		{"[]", "null message", "null message", "null message", "null message", "null message"},
		{"{}", "JsonObject", "JsonObject", "JsonObject", "JsonObject", "JsonObject"},
		{"[null]", "JsonNull", "JsonNull", "JsonNull", "JsonNull", "JsonNull"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			e, err := parse(tt.text, Options{})
			if err != nil {
				t.Fatal(err)
			}
			str, err := e.AsString()
			check(t, "string", text(str, err), tt.str)
			long, err := e.AsLong()
			check(t, "long", text(long, err), tt.long)
			integer, err := e.AsInt()
			check(t, "int", text(integer, err), tt.integer)
			double, err := e.AsDouble()
			check(t, "double", text(double, err), tt.double)
			boolean, err := e.AsBool()
			check(t, "boolean", text(boolean, err), tt.boolean)
		})
	}
}

// TestWrongKind takes members and items of what has none.
func TestWrongKind(t *testing.T) {
	tests := []struct {
		text          string
		old           bool
		object, array string
	}{
		{"5", false, "Not a JSON Object: 5", "Not a JSON Array: 5"},
		{`"x"`, true, `Not a JSON Object: "x"`, "This is not a JSON Array."},
		{"{}", false, "<nil>", "Not a JSON Array: {}"},
		{"[]", false, "Not a JSON Object: []", "<nil>"},
	}
	for _, tt := range tests {
		e, err := parse(tt.text, Options{Old: tt.old})
		if err != nil {
			t.Fatal(err)
		}
		check(t, "object", text(nil, e.Object()), tt.object)
		check(t, "array", text(nil, e.Array()), tt.array)
	}
}

// FuzzParse reads again what an element prints.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,-2.5e3,"x\u00e9",true,null]}`, "{a=1;'b'=>[x,;]}", "['\xe2\x82']"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		e, err := Parse(newBytes(src, Options{Depth: 50}))
		if err != nil {
			return
		}
		again, err := parse(e.String(), Options{})
		if err != nil {
			t.Fatalf("%s: %v", e, err)
		}
		check(t, "again", again.String(), e.String())
		for _, x := range append(e.Items, e) {
			text(x.AsString())
			text(x.AsLong())
			text(x.AsInt())
			text(x.AsDouble())
		}
	})
}

// BenchmarkParse makes a tree of a thousand points.
func BenchmarkParse(b *testing.B) {
	src := []byte(`[` + strings.Repeat(`{"name":"cpu.load","timestamp":1700000000000,"value":12.5,"tags":{"host":"server1"}},`, 1000) + `{}]`)
	b.ReportAllocs()
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		if _, err := Parse(newBytes(src, Options{})); err != nil {
			b.Fatal(err)
		}
	}
}
