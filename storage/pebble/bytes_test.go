package pebble

import (
	"bytes"
	"fmt"
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
