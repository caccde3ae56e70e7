package pebble

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage"
	"aion/storage/pebble/posting"
	"aion/storage/points"
)

// TestLeaveKept: postings that another series stays in are not read to be left.
func TestLeaveKept(t *testing.T) {
	s := still(t, nil)
	put(t, s, cpu("a"), 0, 0, 1)
	put(t, s, cpu("b"), 0, 0, 1)
	sheets := entries(t, s, keySeries)
	if len(sheets) != 1 {
		t.Fatalf("%d sheets, want 1", len(sheets))
	}
	x := index{crowds: &s.crowds}
	names, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{keySeries}, UpperBound: []byte{keySeries + 1}})
	if err != nil {
		t.Fatal(err)
	}
	defer names.Close()
	r := roll{it: names}
	if !r.seek(0) || !r.next() {
		t.Fatal("no second series")
	}
	x.keep(r.sheet.key)
	k, err := parseKey(r.sheet.key)
	if err != nil {
		t.Fatal(err)
	}
	b := s.db.NewBatch()
	defer b.Close()
	want := uint32(0)
	eachPosting(&k, nil, func(posting []byte) {
		want++
		if err := x.leave(b, nil, posting, []uint64{1}); err != nil { // nil: there is nothing to read with
			t.Error(err)
		}
	})
	if b.Count() != want {
		t.Errorf("%d postings are left, want %d", b.Count(), want)
	}
}

// TestLeaveSome erases series that share few postings or many with those on their
// sheets, until there are none: each time the index has what is left, and no more.
func TestLeaveSome(t *testing.T) {
	whole(t)
	rng := rand.New(rand.NewPCG(2, 9))
	s := still(t, nil)
	var keys []points.Key
	for i := range 150 {
		keys = append(keys, points.Key{Metric: fmt.Sprint("m", i%5), Type: points.TypeLong, Tags: points.Tags{
			{Name: "device", Value: fmt.Sprint("d", i/5)}, {Name: "site", Value: fmt.Sprint("s", i/40)}, {Name: fmt.Sprint("t", i/70), Value: "x"}}})
		put(t, s, keys[i], 0, 0, 1)
	}
	rng.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	for len(keys) != 0 {
		k := keys[0]
		sel := storage.Selection{Metrics: []string{k.Metric}}
		gone := func(x points.Key) bool { return x.Metric == k.Metric }
		if len(keys) > 20 || rng.IntN(2) == 0 {
			device, _ := k.Tags.Value("device")
			sel.Matchers = []storage.Matcher{{Tag: "device", Values: []string{device}}}
			gone = func(x points.Key) bool {
				v, _ := x.Tags.Value("device")
				return x.Metric == k.Metric && v == device
			}
		}
		if err := s.Delete(t.Context(), sel, points.Range{From: -1, To: 1 << rng.IntN(5)}); err != nil {
			t.Fatal(err)
		}
		var left []points.Key
		for _, x := range keys {
			if !gone(x) {
				left = append(left, x)
			}
		}
		if keys = left; rng.IntN(10) == 0 {
			tidy(t, s)
		}
		verified(t, s)
	}
	if n := len(entries(t, s, keyPosting)); n != 0 {
		t.Errorf("%d postings are left", n)
	}
}

// TestLeaveCrowds erases series of which very many share postings, some at a time, while
// others come: each time the index has what is left, and in the end nothing.
func TestLeaveCrowds(t *testing.T) {
	whole(t)
	rng := rand.New(rand.NewPCG(3, 9))
	s := still(t, nil)
	key := func(i int) points.Key {
		return points.Key{Metric: "m", Type: points.TypeLong, Tags: points.Tags{
			{Name: "device", Value: fmt.Sprint("d", i)}, {Name: "floor", Value: fmt.Sprint("f", i%3)}, {Name: "site", Value: fmt.Sprint("s", i%2)}}}
	}
	there := map[int]bool{}
	come := func(n int) {
		for range n {
			i := rng.IntN(600)
			there[i] = true
			put(t, s, key(i), 0, 0, 1)
		}
	}
	come(900)
	for known := false; len(there) != 0; known = true {
		var devices []string
		for i := range 600 {
			if there[i] && len(devices) < 40 && rng.IntN(3) == 0 {
				devices = append(devices, fmt.Sprint("d", i))
				delete(there, i)
			}
		}
		sel := storage.Selection{Metrics: []string{"m"}, Matchers: []storage.Matcher{{Tag: "device", Values: devices}}}
		if err := s.Delete(t.Context(), sel, points.Range{From: -1, To: 1}); err != nil {
			t.Fatal(err)
		}
		if known && len(there) > 500 && len(s.crowds.least) == 0 {
			t.Error("no crowd is known")
		}
		if len(there) > 20 {
			come(rng.IntN(10))
		}
		if rng.IntN(5) == 0 {
			tidy(t, s)
		}
		verified(t, s)
	}
	if n := len(entries(t, s, keyPosting)); n != 0 {
		t.Errorf("%d postings are left", n)
	}
}

// TestCrowds: a crowd is known until it may be small.
func TestCrowds(t *testing.T) {
	var c crowds
	key := []byte("k")
	if c.leave(key, 1) {
		t.Error("a crowd that nobody knows of")
	}
	c.stay(key, posting.Few)
	if len(c.least) != 0 {
		t.Errorf("%d crowds are known, want none of few", len(c.least))
	}
	c.stay(key, 2*posting.Few+3)
	for _, n := range []int{posting.Few, 2, 1} {
		if !c.leave(key, n) {
			t.Errorf("%d of the crowd leave, and it is not known that others stay", n)
		}
	}
	if c.leave(key, 1) {
		t.Error("the crowd is known although it may be as small as the few")
	}
	c.stay(key, 3*posting.Few)
	if c.leave(key, 3*posting.Few) {
		t.Error("all leave, and others stay")
	}
	for i := range mostCrowds + 1 {
		c.stay(fmt.Append(nil, i), posting.Few+1)
	}
	if n := len(c.least); n > mostCrowds {
		t.Errorf("%d crowds are known, want %d at most", n, mostCrowds)
	}
}
