package storagetest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// randomChecks hold a driver against the model through long random histories.
func randomChecks() []check {
	return []check{
		{"random", "points", func(f *fixture) { histories(f, historyKind{}, 1, 2, 9, 10) }},
		{"random", "lives", func(f *fixture) { histories(f, historyKind{ttl: true}, 1, 2, 3, 4) }},
		{"random", "names", func(f *fixture) { histories(f, historyKind{names: true}, 5, 6) }},
		{"random", "snapshots", func(f *fixture) { histories(f, historyKind{snapshots: true}, 7, 8) }},
	}
}

// historyKind says what a history has besides puts, removals and deletions.
type historyKind struct{ ttl, names, snapshots bool }

// histories runs one history for each seed, one after the other in one store.
func histories(f *fixture, kind historyKind, seeds ...uint64) {
	for _, seed := range seeds {
		h := &history{fixture: f, kind: kind, seed: seed, rng: rand.New(rand.NewPCG(seed, 0))}
		for h.step = range 300 {
			h.do()
			if h.step%10 == 9 {
				h.compare()
			}
		}
		h.finish()
	}
}

// history is a random history under way.
type history struct {
	*fixture
	kind    historyKind
	seed    uint64
	rng     *rand.Rand
	step    int
	end     int64    // the latest time so far
	done    []string // what was done, in words
	snap    storage.Snapshot
	snapped *model
}

// keys are the series that a history is about.
func (h *history) keys() []points.Key {
	return []points.Key{
		long("m", "h", "a"), long("m", "h", "b", "x", "1"), double("m", "h", "a"), double("n", "h", "b"),
		text("n", "h", "a", "x", "2"), key(points.TypeNull, "n", "x", "1"), key(points.TypeComplex, "o", "h", "c"),
	}
}

// do does one thing.
func (h *history) do() {
	switch n := h.rng.IntN(100); {
	case n < 70:
		h.writeSome()
	case n < 80:
		h.deleteSome()
	case n < 86:
		h.note("compact")
		h.compact()
	case n < 90:
		h.note("sweep")
		h.sweep()
	case n < 92 && h.snap == nil:
		h.note("reopen")
		h.reopen()
	case n < 96 && h.kind.ttl:
		d := time.Duration(h.rng.IntN(8000)+1) * time.Millisecond
		h.note("advance %v", d)
		h.clock.Advance(d)
	case n >= 96 && h.kind.snapshots:
		h.swapSnapshot()
	}
}

// note remembers what is done, for the report of a failure.
func (h *history) note(format string, args ...any) {
	h.done = append(h.done, fmt.Sprintf("%d: "+format, append([]any{h.step}, args...)...))
}

// writeSome writes a batch of a few changes.
func (h *history) writeSome() {
	var b storage.Batch
	keys := h.keys()
	for range 1 + h.rng.IntN(3) {
		k := keys[h.rng.IntN(len(keys))]
		if h.rng.IntN(6) == 0 {
			times := []int64{h.time(), h.time(), h.time()}
			h.note("remove %s %v", k, times)
			b.Remove(k, times...)
			continue
		}
		var ttl time.Duration
		if h.kind.ttl && h.rng.IntN(4) == 0 {
			ttl = time.Duration(1+h.rng.IntN(60)) * time.Second
		}
		block := h.run(k.Type)
		h.note("put %s %d points from %d to %d, ttl %v", k, block.Len(), block.Times[0], block.Times[block.Len()-1], ttl)
		b.Put(k, block, ttl)
	}
	h.write(&b)
}

// time is a time that is likely to be that of a point.
func (h *history) time() int64 { return h.rng.Int64N(h.end/10+20)*10 - 50 }

// run makes points behind the end, or late ones, or some all over the place.
func (h *history) run(stored string) points.Block {
	b := points.Block{Kind: points.KindOf(stored), Type: typed(stored, 0, 0).Type}
	form, n := h.rng.IntN(10), 1+h.rng.IntN(40)
	if h.rng.IntN(12) == 0 {
		n *= 20
	}
	at := h.end
	if form > 5 {
		at = h.time()
	}
	for range n {
		if at += 10; form > 8 {
			at = h.time()
		}
		one := typed(stored, at, h.rng.IntN(10_000)-5000)
		b.AppendBlock(&one)
		h.end = max(h.end, at)
	}
	return b
}

// deleteSome deletes a range of some series.
func (h *history) deleteSome() {
	s := storage.Selection{}
	switch h.rng.IntN(4) {
	case 0:
		s.Metrics = []string{string("mno"[h.rng.IntN(3)])}
	case 1:
		s.Matchers = []storage.Matcher{{Tag: "h", Values: []string{string("ab"[h.rng.IntN(2)])}, Not: h.rng.IntN(3) == 0}}
	case 2:
		s.Types = []string{h.keys()[h.rng.IntN(7)].Type}
	}
	r := points.Range{From: h.time()}
	r.To = r.From + h.rng.Int64N(h.end/5+50)
	if h.rng.IntN(12) == 0 {
		r = points.Always
	}
	h.note("delete %+v %v", s, r)
	h.delete(s, r)
}

// swapSnapshot compares the snapshot there is with its model and takes the next.
func (h *history) swapSnapshot() {
	h.closeSnapshot()
	h.note("snapshot")
	h.snap, h.snapped = h.snapshot()
}

// closeSnapshot compares the snapshot, if there is one, and closes it.
func (h *history) closeSnapshot() {
	if h.snap == nil {
		return
	}
	h.unchanged(h.where(), h.snap, h.snapped)
	h.close(h.snap)
	h.snap = nil
}

// compare compares store and model in some range.
func (h *history) compare() {
	r := points.Range{From: h.time()}
	r.To = r.From + h.rng.Int64N(h.end+100)
	if h.rng.IntN(3) == 0 {
		r = points.Always
	}
	s := storage.Selection{Metrics: []string{"m", "n", "o"}[:1+h.rng.IntN(3)]}
	h.points(s, r, points.Order(h.rng.IntN(2) == 0))
	if h.kind.names {
		h.sweep()
		h.namedIn(h.where(), h.store, h.model, s)
	}
}

// points compares points, and Any with them.
func (h *history) points(s storage.Selection, r points.Range, o points.Order) {
	got, err := read(h.Context(), h.store, s, r, o)
	h.must(err)
	want := h.model.read(s, r, o)
	if d := difference(got, want); d != "" {
		h.Fatalf("%s%v in %v %s: %s", h.where(), s.Metrics, r, o, d)
	}
	some := map[string]bool{}
	for _, w := range want {
		some[id(w)] = true
	}
	for sr, err := range h.store.Select(h.Context(), s) {
		h.must(err)
		found, err := sr.Any(h.Context(), r)
		if h.must(err); found != some[id(series{key: sr.Key()})] {
			h.Fatalf("%sAny(%v) of %s is %t", h.where(), r, sr.Key(), found)
		}
	}
}

// where names seed and step and tells what was done last.
func (h *history) where() string {
	return fmt.Sprintf("seed %d, after\n\t%s\n", h.seed, strings.Join(h.done[max(0, len(h.done)-12):], "\n\t"))
}

// finish compares everything, once as it is and once opened again.
func (h *history) finish() {
	h.closeSnapshot()
	h.points(storage.Selection{}, points.Always, points.Asc)
	h.reopen()
	h.points(storage.Selection{}, points.Always, points.Desc)
	h.delete(storage.Selection{}, points.Always)
	h.holds()
}
