package cassandra

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"aion/storage"
	"aion/storage/codec"
	"aion/storage/points"
)

// pattern compiles an expression.
func pattern(t testing.TB, text string) *storage.Pattern {
	t.Helper()
	p, err := storage.NewPattern(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestKeyFilter: rows match as Selection.Matches says of their keys.
func TestKeyFilter(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	types := []string{points.TypeLong, points.TypeNull, points.TypeText, "acme"}
	patterns := []*storage.Pattern{pattern(t, "v[1-3]"), pattern(t, "v1"), pattern(t, ""), pattern(t, ".*9"), pattern(t, "(?i)V4")}
	for round := range 3000 {
		key := points.Key{Metric: "m", Type: types[rng.IntN(len(types))]}
		for _, name := range "abcd" {
			if rng.IntN(3) > 0 {
				key.Tags = append(key.Tags, points.Tag{Name: string(name), Value: []string{"", "v1", "v2", "v4", "v19", "x"}[rng.IntN(6)]})
			}
		}
		var sel storage.Selection
		for range rng.IntN(3) {
			sel.Types = append(sel.Types, types[rng.IntN(len(types))])
		}
		for range rng.IntN(3) {
			m := storage.Matcher{Tag: string("abcde"[rng.IntN(5)]), Not: rng.IntN(3) == 0, Absent: rng.IntN(4) == 0}
			for range rng.IntN(3) * rng.IntN(8) {
				m.Values = append(m.Values, fmt.Sprint("v", rng.IntN(30)))
			}
			if rng.IntN(3) == 0 {
				m.Patterns = append(m.Patterns, patterns[rng.IntN(len(patterns))])
			}
			sel.Matchers = append(sel.Matchers, m)
		}
		f := newKeyFilter(&sel)
		want := sel.Matches(&key)
		got := f.matches([]byte(codec.StoredType(key.Type)), codec.AppendTags(nil, key.Tags))
		if got != want || f.matchesKey(&key) != want || want && f.never() {
			t.Fatalf("round %d: %v with %v: got %t and %t, never %t, want %t", round, key, sel, got, f.matchesKey(&key), f.never(), want)
		}
	}
}

// TestKeyFilterAllocates: looking at a row costs no memory.
func TestKeyFilterAllocates(t *testing.T) {
	f := newKeyFilter(&storage.Selection{Types: []string{points.TypeLong}, Matchers: []storage.Matcher{
		{Tag: "host", Values: []string{"a", "b", "c", "d", "e", "f", "g", "h", "i"}, Patterns: []*storage.Pattern{pattern(t, "web-.*")}},
		{Tag: "dc", Values: []string{"north"}},
	}})
	tags := storedTags("dc", "north", "host", "db-1")
	got := true
	if n := testing.AllocsPerRun(100, func() { got = f.matches([]byte(points.TypeLong), tags) }); n != 0 || got {
		t.Errorf("%v allocations and %t, want none and false", n, got)
	}
}

// TestTwofold: only names that UTF-16 orders otherwise, and maps that are not
// ordered by byte.
func TestTwofold(t *testing.T) {
	for _, c := range []struct {
		tags []byte
		want bool
	}{
		{storedTags(), false}, {storedTags("a", "1"), false}, {storedTags("a", "1", "b", "2"), false}, {storedTags("b", "1", "a", "2"), true},
		{storedTags("é", "1", "世", "2"), false}, {storedTags("世", "1", "😀", "2"), false}, {storedTags("Ａ", "1", "😀", "2"), true},
		{storedTags("😀", "1", "Ａ", "2"), true}, {storedTags("a", "1", "Ａ", "1", "😀", "2"), true}, {storedTags("", "1", "a", "2"), false}, {nil, false}, {[]byte("broken"), false},
	} {
		if got := twofold(c.tags); got != c.want {
			t.Errorf("%q: got %t, want %t", c.tags, got, c.want)
		}
	}
}

// FuzzStoredEntries: any bytes are read without a panic, and what is a map has
// the tags that codec reads.
func FuzzStoredEntries(f *testing.F) {
	f.Add(storedTags("a", "1", "b", ""))
	f.Add([]byte{0, 0, 0, 1, 0, 0, 0, 9})
	f.Fuzz(func(t *testing.T, b []byte) {
		twofold(b)
		tags, err := codec.ParseTags(b)
		if err != nil {
			return
		}
		n := 0
		for e := range storedEntries(b) {
			if value, ok := tags.Value(string(e.name)); !ok || value != string(e.value) {
				t.Errorf("%q: %q=%q is not among %q", b, e.name, e.value, tags)
			}
			n++
		}
		if n != len(tags) {
			t.Errorf("%q: %d entries, want %d", b, n, len(tags))
		}
	})
}
