package posting

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestPostings: changes to a posting, joined in any grouping, are what they are
// one after the other.
func TestPostings(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var want Set
		var encoded [][]byte
		for range 6 {
			var added, removed Set
			for range rng.IntN(200) {
				added.Add(uint64(rng.IntN(300)))
			}
			for range rng.IntN(20) {
				removed.Add(uint64(rng.IntN(300)))
			}
			added.AndNot(&removed)
			want.AndNot(&removed)
			want.Or(&added)
			b, err := AppendDelta(nil, &added, &removed)
			if err != nil {
				t.Fatal(err)
			}
			encoded = append(encoded, b)
		}
		at := 1 + rng.IntN(5)
		older, newer := joined(t, encoded[:at], false, false), joined(t, encoded[at:], rng.IntN(2) == 0, false)
		got, err := Parse(joined(t, [][]byte{older, newer}, rng.IntN(2) == 0, true))
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
	m := NewJoiner().Begin(encoded[0])
	for _, b := range encoded[1:] {
		var err error
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

// FuzzPosting: what is taken for a posting is encoded back the same.
func FuzzPosting(f *testing.F) {
	var a, r Set
	a.AddRange(5, 200)
	r.Add(3)
	b, err := AppendDelta(nil, &a, &r)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		var added, removed, added2, removed2 Set
		if ParseDelta(b, &added, &removed) != nil {
			return
		}
		again, err := AppendDelta(nil, &added, &removed)
		if err == nil {
			err = ParseDelta(again, &added2, &removed2)
		}
		if err != nil || !added2.Equals(&added) || !removed2.Equals(&removed) {
			t.Errorf("%x comes back as %x, %v", b, again, err)
		}
	})
}
