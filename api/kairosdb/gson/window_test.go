package gson

import (
	"strings"
	"testing"
)

// TestReaderBeginsWithinAnArray reads on where someone else has read before.
func TestReaderBeginsWithinAnArray(t *testing.T) {
	tests := []struct {
		name, source string
		elements     int
		want         string
	}{
		{"first element", `1,2]`, 0, "#1 #2 ] "},
		{"another element", `,1]`, 7, "#1 ] "},
		{"end of an empty array", `]`, 0, "] "},
		{"end of a full array", `]`, 3, "] "},
		{"comma before the end", `,]`, 3, "! " + Malformed +
			": Use JsonReader.setLenient(true) to accept malformed JSON at line 3 column 12 path $[3]"},
		{"comma missing", `1]`, 3, "! " + Malformed + ": Unterminated array at line 3 column 11 path $[3]"},
		{"second element is cut off", `,{"a":1},{"b"`, 3, `{ a: #1 } { b: ! ` + EndOfFile +
			": End of input at line 3 column 23 path $[4].b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := NewReader(strings.NewReader(`{"left":["over`), Options{})
			walk(r)
			r.Reset(strings.NewReader(tt.source), Options{Line: 3, Column: 10})
			if err := r.InArray(tt.elements); err != nil {
				t.Fatal(err)
			}
			if got := walk(r); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestReaderAdvancesOverElements passes over elements that someone else reads.
func TestReaderAdvancesOverElements(t *testing.T) {
	r := NewReader(strings.NewReader("[[1,2],\n[3,\n4] , x]"), Options{})
	if err := r.BeginArray(); err != nil {
		t.Fatal(err)
	}
	r.Advance(5, 0)
	if got, want := string(r.Window()), "[1,2],\n[3,\n4] , x]"; got != want {
		t.Fatalf("got a window of %q, want %q", got, want)
	}
	r.Advance(len("[1,2],\n[3,\n4]"), 2)
	want := "! " + Malformed + ": Use JsonReader.setLenient(true) to accept malformed JSON at line 3 column 6 path $[2]"
	if got := walk(r); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestOldReaderRefusesBareTextsAsIntegers tells gson's releases apart.
func TestOldReaderRefusesBareTextsAsIntegers(t *testing.T) {
	for _, old := range []bool{true, false} {
		r := newBytes([]byte("[01]"), Options{Lenient: true, Old: old})
		if err := r.BeginArray(); err != nil {
			t.Fatal(err)
		}
		v, err := r.NextLong()
		if old && (err == nil || err.Error() != State+": Expected a long but was STRING at line 1 column 2") {
			t.Errorf("got %v, want gson 2.2.4's refusal", err)
		}
		if !old && (err != nil || v != 1) {
			t.Errorf("got %d, %v, want 1", v, err)
		}
	}
}
