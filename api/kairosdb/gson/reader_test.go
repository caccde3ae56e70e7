package gson

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// walk reads a whole text and prints its tokens, and the error that ended it.
func walk(r *Reader) string {
	var b strings.Builder
	for {
		t, err := r.Peek()
		if err == nil && t == EndDocument {
			return b.String()
		}
		if err == nil {
			err = step(r, t, &b)
		}
		if err != nil {
			b.WriteString("! " + err.Error())
			return b.String()
		}
	}
}

// step takes one token and prints it.
func step(r *Reader, t Token, b *strings.Builder) error {
	var s string
	var err error
	switch t {
	case BeginArray:
		s, err = "[", r.BeginArray()
	case EndArray:
		s, err = "]", r.EndArray()
	case BeginObject:
		s, err = "{", r.BeginObject()
	case EndObject:
		s, err = "}", r.EndObject()
	case Name:
		s, err = r.NextName()
		s += ":"
	case Boolean:
		_, err = r.NextBoolean()
		s = "bool"
	case Null:
		s, err = "null", r.NextNull()
	case Number:
		s, err = r.NextString()
		s = "#" + s
	default:
		s, err = r.NextString()
	}
	if err == nil {
		b.WriteString(s + " ")
	}
	return err
}

// notLenient is how the commonest of gson's errors begins.
const notLenient = "com.google.gson.stream.MalformedJsonException: Use JsonReader.setLenient(true) to accept malformed JSON at "

// TestReader walks texts in each of gson's manners.
func TestReader(t *testing.T) {
	tests := []struct {
		name, text string
		o          Options
		want       string
	}{
		{"plain", `{"a":[1,-2.5e3,"x",true,null]}`, Options{}, `{ a: [ #1 #-2.5e3 x bool null ] } `},
		{"lenient", "{a=1;'b'=>[x y;,]} # c\n /* d */ // e", Options{Lenient: true}, `{ a: #1 b: [ x ! com.google.gson.stream.MalformedJsonException: Unterminated array at line 1 column 15 path $.b[1]`},
		{"absent elements", "[,1,]", Options{Lenient: true}, `[ null #1 null ] `},
		{"no number", "[01,1.,-,1e,+1,NaN]", Options{Lenient: true}, `[ 01 1. - 1e +1 NaN ] `},
		{"number too long", "[" + strings.Repeat("1", 1024) + "]", Options{Lenient: true}, "[ " + strings.Repeat("1", 1024) + " ] "},
		{"number as long as may be", "[" + strings.Repeat("1", 1023) + "]", Options{}, "[ #" + strings.Repeat("1", 1023) + " ] "},
		{"keywords", "[TRUE,False,nuLL,nulls]", Options{Lenient: true}, `[ bool bool null nulls ] `},
		{"escapes", `["\u00e9\ud83d\ude00\n\/\ud83d"]`, Options{}, "[ é😀\n/\xed\xa0\xbd ] "},
		{"bad escape", `["\q"]`, Options{}, `[ ! com.google.gson.stream.MalformedJsonException: Invalid escape sequence at line 1 column 5 path $[0]`},
		{"bad escape, old", `["\q"]`, Options{Old: true}, `[ q ] `},
		{"bad digits", `["\u00zz"]`, Options{}, `[ ! java.lang.NumberFormatException: \u00zz`},
		{"byte order mark", "\ufeff[1]", Options{}, "[ #1 ] "},
		{"prefix", ")]}'\n[1]", Options{Lenient: true}, "[ #1 ] "},
		{"end", `{`, Options{Lenient: true}, `{ ! java.io.EOFException: End of input at line 1 column 2 path $.`},
		{"end, old", `{bad`, Options{Lenient: true, Old: true}, `{ bad: ! java.io.EOFException: End of input at line 1 column 5`},
		{"line 2", "[\n 1 2]", Options{}, "[ #1 ! com.google.gson.stream.MalformedJsonException: Unterminated array at line 2 column 5 path $[1]"},
		{"columns are UTF-16", `["é😀" x]`, Options{}, "[ é😀 ! com.google.gson.stream.MalformedJsonException: Unterminated array at line 1 column 9 path $[1]"},
		{"place in a larger text", `{"a":1 2}`, Options{Line: 3, Column: 11, Path: "$[17]"}, "{ a: #1 ! com.google.gson.stream.MalformedJsonException: Unterminated object at line 3 column 19 path $[17].a"},
		{"trailing comma", `[{},]`, Options{}, "[ { } ! " + notLenient + "line 1 column 6 path $[1]"},
		{"strict top level, old", ` "x"`, Options{Old: true}, "! " + notLenient + "line 1 column 3"},
		{"strict top level", ` "x"`, Options{}, "x "},
		{"comment at the end", "[1]/", Options{Lenient: true}, "[ #1 ] ! com.google.gson.stream.MalformedJsonException: Expected value at line 1 column 4 path $"},
		{"open comment", "/* ", Options{Lenient: true}, "! com.google.gson.stream.MalformedJsonException: Unterminated comment at line 1 column 3 path $"},
		{"too deep", strings.Repeat("[", 4), Options{Depth: 3}, "[ [ [ ! com.google.gson.stream.MalformedJsonException: Nesting limit 3 reached at line 1 column 5 path $[0][0][0]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := walk(newBytes([]byte(tt.text), tt.o)); got != tt.want {
				t.Errorf("bytes\n got %s\nwant %s", got, tt.want)
			}
			src := iotest.OneByteReader(strings.NewReader(tt.text))
			if got := walk(NewReader(src, tt.o)); got != tt.want {
				t.Errorf("stream\n got %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestNumbers reads one value as each of Gson's number types: integers from the
// reader, doubles from the tree.
func TestNumbers(t *testing.T) {
	tests := []struct{ text, long, integer, double string }{
		{"5", "5", "5", "5"},
		{"-9223372036854775808", "-9223372036854775808", "Expected an int but was -9223372036854775808", "-9.223372036854776e+18"},
		{"1e3", "1000", "1000", "1000"},
		{"1.5", "Expected a long but was 1.5", "Expected an int but was 1.5", "1.5"},
		{`"12"`, "12", "12", "12"},
		{`"abc"`, `For input string: "abc"`, `For input string: "abc"`, `For input string: "abc"`},
		{`""`, "empty String", "empty String", "empty String"},
		{"true", "Expected a long but was BOOLEAN", "Expected an int but was BOOLEAN", `For input string: "true"`},
		{"99999999999", "99999999999", "Expected an int but was 99999999999", "9.9999999999e+10"},
		{`"1.2.3"`, "multiple points", "multiple points", "multiple points"},
		{`" 0x1p3 "`, "8", "8", "8"},
		{`"1d"`, "1", "1", "1"},
		{`"1_0"`, `For input string: "1_0"`, `For input string: "1_0"`, `For input string: "1_0"`},
		{`"٣"`, "3", "3", `For input string: "٣"`},
		{"NaN", "Expected a long but was STRING", "Expected an int but was STRING", "NaN"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			long, err := reader(tt.text).NextLong()
			check(t, "long", text(long, err), tt.long)
			integer, err := reader(tt.text).NextInt()
			check(t, "int", text(integer, err), tt.integer)
			e, err := Parse(reader(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			double, err := e.AsDouble()
			check(t, "double", text(double, err), tt.double)
		})
	}
}

// TestPaths asks after every token where the reader stands.
func TestPaths(t *testing.T) {
	r := reader(`{"a":{"b":[1]},"c":2}`)
	var got []string
	note := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, r.Path())
	}
	note(r.BeginObject())
	_, err := r.NextName()
	note(err)
	note(r.BeginObject())
	note(r.PromoteName())
	_, err = r.NextString()
	note(err)
	note(r.SkipValue())
	note(r.EndObject())
	note(r.SkipValue())
	want := "$. $.a $.a. $.a. $.a. $.a.null $.a $.null"
	check(t, "paths", strings.Join(got, " "), want)
}

// TestSourceFails shows that a failing source is not taken for a short text.
func TestSourceFails(t *testing.T) {
	broken := errors.New("broken")
	for _, text := range []string{"", "[", `["a`, "[1", `{"a`, `["\u00`, "/*"} {
		r := NewReader(io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)), Options{Lenient: true})
		if _, err := Parse(r); !errors.Is(err, broken) {
			t.Errorf("%s: got %v, want %v", text, err, broken)
		}
	}
}

// TestTextTooLong ends texts of one token.
func TestTextTooLong(t *testing.T) {
	for _, text := range []string{`"abcd"`, "abcd", `"a\u0000bcd"`} {
		r := NewReader(iotest.OneByteReader(strings.NewReader(text)), Options{Lenient: true, Token: 3})
		_, err := r.NextString()
		check(t, text, strings.Split(err.Error(), " at ")[0], Malformed+": String too long")
	}
}

// FuzzReader reads a text whole and byte by byte.
func FuzzReader(f *testing.F) {
	for _, s := range []string{`{"a":[1,-2.5e3,"x\u00e9",true,null]}`, "{a=1;'b'=>[x,;]}#", "\ufeff[\xe2\x82]", ")]}'\n1"} {
		f.Add([]byte(s), true, false)
	}
	f.Fuzz(func(t *testing.T, text []byte, lenient, old bool) {
		o := Options{Lenient: lenient, Old: old, Depth: 20}
		whole := walk(newBytes(text, o))
		pieces := walk(NewReader(iotest.OneByteReader(strings.NewReader(string(text))), o))
		check(t, "walk", pieces, whole)
	})
}

// newBytes reads a text that is in memory. The Reader refers to it.
func newBytes(text []byte, o Options) *Reader {
	r := newReader(o)
	r.buf, r.end = text, len(text)
	return r
}

// reader reads one lenient text.
func reader(text string) *Reader { return newBytes([]byte(text), Options{Lenient: true, Old: true}) }
