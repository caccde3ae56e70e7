package pebble

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"aion/storage/points"
)

// TestTextOrder: encoded texts sort as the texts do and come back.
func TestTextOrder(t *testing.T) {
	texts := []string{"", "\x00", "\x00\x00", "\x00\x01", "\x00\xff", "\x01", "a", "a\x00", "a\x00b", "a\x01", "aa", "b", "\xff", "\xff\xff"}
	for i, a := range texts {
		got, rest, ok := parseText(append(appendText(nil, a), "rest"...))
		if !ok || got != a || string(rest) != "rest" {
			t.Errorf("%q came back as %q and %q, %t", a, got, rest, ok)
		}
		for j, b := range texts {
			if got, want := bytes.Compare(appendText(nil, a), appendText(nil, b)), slices.Index(texts, a)-j; got*want < 0 || (got == 0) != (i == j) {
				t.Errorf("%q and %q: got the order %d", a, b, got)
			}
		}
	}
}

// TestNext: next is behind everything that has the prefix.
func TestNext(t *testing.T) {
	for _, c := range []struct{ prefix, want string }{
		{"a", "b"}, {"a\xff", "b"}, {"\xff", "\xff\xff"}, {"ab", "ac"},
	} {
		if got := string(next([]byte(c.prefix))); got != c.want {
			t.Errorf("next(%q): got %q, want %q", c.prefix, got, c.want)
		}
	}
}

// TestPostings: changes to a posting, joined in any grouping, are what they are
// one after the other.
func TestPostings(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var want set
		var encoded [][]byte
		for range 6 {
			var added, removed set
			for range rng.IntN(200) {
				added.Add(uint64(rng.IntN(300)))
			}
			for range rng.IntN(20) {
				removed.Add(uint64(rng.IntN(300)))
			}
			added.AndNot(&removed)
			want.AndNot(&removed)
			want.Or(&added)
			b, err := appendDelta(nil, &added, &removed)
			if err != nil {
				t.Fatal(err)
			}
			encoded = append(encoded, b)
		}
		at := 1 + rng.IntN(5)
		older, newer := joined(t, encoded[:at], false, false), joined(t, encoded[at:], rng.IntN(2) == 0, false)
		got, err := parsePosting(joined(t, [][]byte{older, newer}, rng.IntN(2) == 0, true))
		if err != nil {
			t.Fatal(err)
		}
		if !got.Equals(&want) {
			t.Fatalf("got %v, want %v", got, &want)
		}
	}
}

// joined joins encoded changes, from the oldest to the newest or the other way.
func joined(t *testing.T, encoded [][]byte, backwards, base bool) []byte {
	t.Helper()
	if backwards {
		encoded = slices.Clone(encoded)
		slices.Reverse(encoded)
	}
	m, err := merger().Merge([]byte{keyPosting}, encoded[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range encoded[1:] {
		if backwards {
			err = m.MergeOlder(b)
		} else {
			err = m.MergeNewer(b)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	out, _, err := m.Finish(base)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// FuzzKey: what is taken for a series' key is encoded back the same, and read
// the same among many.
func FuzzKey(f *testing.F) {
	k := cpu("a")
	other := points.Key{Metric: "cpu", Type: points.TypeDouble, Tags: points.Tags{{Name: "host", Value: "b"}, {Name: "rack", Value: ""}}}
	f.Add(k.Append(nil))
	f.Add(other.Append(nil))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := parseKey(b)
		many, joined := keyParser{}, keyParser{joined: true}
		for _, before := range [][]byte{nil, other.Append(nil), b, b} {
			for _, p := range []*keyParser{&many, &joined} {
				_, _ = p.parse(before)
				if got, e := p.parse(b); len(b) != 0 && ((e == nil) != (err == nil) || err == nil && got.String() != k.String()) {
					t.Errorf("%q is %v, %v, and %v, %v among many, joined %t", b, k, err, got, e, p.joined)
				}
			}
		}
		if err != nil {
			return
		}
		if again, err := parseKey(k.Append(nil)); err != nil || again.String() != k.String() {
			t.Errorf("%q is %v and comes back as %v, %v", b, k, again, err)
		}
	})
}

// TestJoinedKeys: the tags of very many keys that are read one after the other stay
// what they were, whatever is read behind them.
func TestJoinedKeys(t *testing.T) {
	p := keyParser{joined: true}
	var want []string
	var got []points.Key
	for i := range 1000 {
		k := cpu(strings.Repeat("h", i%7*i) + fmt.Sprint(i))
		for j := range i % 5 {
			k.Tags = append(k.Tags, points.Tag{Name: fmt.Sprint("t", j), Value: fmt.Sprint(i * j)})
		}
		parsed, err := p.parse(k.Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		want, got = append(want, k.String()), append(got, parsed)
	}
	for i, k := range got {
		if k.String() != want[i] {
			t.Errorf("got %.80s, want %.80s", k, want[i])
		}
		k.Tags = append(k.Tags, points.Tag{Name: "zone"}) // has memory of its own
	}
}

// FuzzPosting: what is taken for a posting is encoded back the same.
func FuzzPosting(f *testing.F) {
	var a, r set
	a.AddRange(5, 200)
	r.Add(3)
	b, err := appendDelta(nil, &a, &r)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		var added, removed, added2, removed2 set
		if parseDelta(b, &added, &removed) != nil {
			return
		}
		again, err := appendDelta(nil, &added, &removed)
		if err == nil {
			err = parseDelta(again, &added2, &removed2)
		}
		if err != nil || !added2.Equals(&added) || !removed2.Equals(&removed) {
			t.Errorf("%x comes back as %x, %v", b, again, err)
		}
	})
}

// FuzzRun: bytes that are no run are refused, and nothing breaks.
func FuzzRun(f *testing.F) {
	var b points.Block
	b.AppendInt(5, 7)
	f.Add(appendRun(nil, []points.Range{points.Always, {From: 1, To: 2}}, &b, []int64{9}))
	f.Add(appendChunkRun(nil, nil, &b, nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		var o overlay
		o.reset(points.Number)
		if o.add([]byte("key"), data, 1) != nil {
			return
		}
		o.resolve()
		if !ascending(o.block.Times) {
			t.Errorf("%x: the times are %v", data, o.block.Times)
		}
		for _, c := range o.cuts {
			if c.Empty() {
				t.Errorf("%x: an empty cut %v", data, c.Range)
			}
		}
	})
}
