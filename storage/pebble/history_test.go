package pebble

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/points"
	"aion/storage/storagetest"
)

// historySteps is how many operations the random histories have together: ten
// thousand, 250 in a short run, or as many as the environment says.
func historySteps(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("AION_HISTORY"))
	switch {
	case err != nil && testing.Short():
		return 250
	case err != nil:
		return 10_000
	}
	t.Logf("%d operations", n)
	return n
}

// whole leaves a test of one goroutine out of short runs, which make test does with
// the race detector: that makes it ten times as slow and has nothing to find in it.
// The long run has it.
func whole(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip(ofOne)
	}
}

// ofOne is why a short run leaves a test out.
const ofOne = "one goroutine, and minutes with the race detector: the long run has it"

// slower is what a short run divides the length of a test by that has one
// goroutine, for the reason of whole.
func slower() int {
	if testing.Short() {
		return 10
	}
	return 1
}

// stepsOfOne is how many operations one history has, on a disk of its own.
const stepsOfOne = 2000

// TestHistories: whatever is written, removed, deleted, settled, swept and made
// tables of, with lives that end and a clock that jumps back, over reopening and
// power cuts: the store answers what the simplest model does.
func TestHistories(t *testing.T) {
	left := historySteps(t)
	long := left >= 10_000
	var grouped groupTally
	parts, recalled, forgotten, crowded := 0, 0, 0, 0
	for seed := uint64(1); left > 0; seed++ {
		h := &lifeline{
			T: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 77)), fs: vfs.NewCrashableMem(),
			clock: time.UnixMilli(10_000_000), model: map[string]map[int64]fate{},
			refs: map[string]storage.Ref{},
		}
		h.open()
		for h.step = 0; h.step < min(stepsOfOne, left) && !t.Failed(); h.step++ {
			h.do()
			h.grouped.look(t, h.s)
			h.lookAtCrowds()
			h.compareOne()
			if h.step%4 == 0 {
				h.compareNewest()
			}
			if h.step%250 == 249 {
				h.compareAll()
			}
		}
		h.compareAll()
		h.shut()
		h.grouped.add(&grouped)
		parts, crowded = parts+h.parts, crowded+h.crowded
		recalled, forgotten = recalled+h.recalled, forgotten+h.forgotten
		if left -= stepsOfOne; t.Failed() {
			t.Fatalf("seed %d, step %d, after %q", seed, h.step, h.done)
		}
	}
	if long {
		grouped.check(t)
		if parts < 100 {
			t.Errorf("compared between parts of what is settled %d times, want 100", parts)
		}
		if recalled < 1000 || forgotten < 10 {
			t.Errorf("%d changes were recalled and %d forgotten, want 1000 and 10", recalled, forgotten)
		}
		if crowded < 10 {
			t.Errorf("crowds were left %d times, want 10", crowded)
		}
	}
}

// fate is a point of the model: its value, and when it expires; 0 for never.
type fate struct{ value, expires int64 }

// lifeline is a random history under way, beside its model.
type lifeline struct {
	*testing.T
	seed     uint64
	step     int
	rng      *rand.Rand
	fs       *vfs.MemFS
	s        *Store
	clock    time.Time
	latest   time.Time // that the clock has shown: what has expired then may be gone
	model    map[string]map[int64]fate
	done     []string // what was done last
	written  int64
	grouped  groupTally
	settling bool // the store is told to settle, and does nothing else
	parts    int  // how often it was compared between parts

	refs                map[string]storage.Ref // what the store has called series
	recalled, forgotten int                    // changes of series that were recalled, and batches that could not be

	crowds  map[string]uint64 // that the store knew of after the step before
	crowded int               // how often one of them was left
}

// note keeps what is done, for the case that something is wrong.
func (h *lifeline) note(format string, args ...any) {
	h.done = append(h.done[max(0, len(h.done)-30):], fmt.Sprintf(format, args...))
}

// must ends the history with an error.
func (h *lifeline) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatalf("seed %d, step %d, after %q: %v", h.seed, h.step, h.done, err)
	}
}

// open opens the folder.
func (h *lifeline) open() {
	clear(h.refs)
	h.crowds = nil
	h.s = h.opened(h.fs, h.flushed)
}

// opened opens the folder of a disk. In every other history little is settled at a
// time, so that what is between the parts is seen, and in half of them a few carried
// runs are joined; in most of them a few series are a crowd.
func (h *lifeline) opened(fs vfs.FS, flushed func()) *Store {
	c := Config{Dir: "db", fs: fs, still: true, Cache: 1 << 20, Now: func() time.Time { return h.clock }, flushed: flushed}
	if h.seed%2 == 0 {
		c.piece = 100
	}
	if h.seed%4 >= 2 {
		c.joins = 1 + int(h.seed/4%4)
	}
	if h.seed%4 != 0 {
		c.crowd = 1 + int(h.seed/4%8)
	}
	s, err := Open(c)
	h.must(err)
	return s
}

// shut closes the folder.
func (h *lifeline) shut() { h.must(h.s.Close()) }

// do does one thing.
func (h *lifeline) do() {
	switch n := h.rng.IntN(200); {
	case n < 90:
		h.write()
	case n < 120:
		h.writeNeighbours()
	case n < 145:
		h.delete()
	case n < 165:
		h.note("settle some")
		h.settles(func() error { return settleSome(h.s) })
	case n < 170:
		h.note("settle all")
		h.settles(func() error { return settleAll(h.s) })
	case n < 175:
		h.note("sweep")
		h.must(h.s.Sweep(h.Context()))
	case n < 178:
		h.note("condense")
		h.settles(func() error { return h.s.condense(h.Context()) })
	case n < 179:
		h.note("join")
		h.must(h.s.join(h.Context()))
	case n < 193:
		h.tick()
	case n < 194:
		h.note("reopen")
		h.shut()
		h.open()
	case n < 196:
		h.crash()
	case n < 197:
		h.drain()
	default:
		h.write()
	}
}

// crash cuts the power: of what was not synced, some is on the disk.
func (h *lifeline) crash() {
	h.note("crash")
	clone := h.fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: h.rng.IntN(101), RNG: h.rng})
	h.shut()
	h.fs = clone
	h.open()
}

// tick moves the clock, now and then back.
func (h *lifeline) tick() {
	d := time.Duration(h.rng.IntN(30_000)) * time.Millisecond
	if h.rng.IntN(5) == 0 {
		d = -d
	}
	h.note("clock %v", d)
	if h.clock = h.clock.Add(d); h.clock.After(h.latest) {
		h.latest = h.clock
	}
}

// lifelines is how many series there are: more than stand on a sheet.
const lifelines = sheetSize + 30

// host is one of the series, mostly one of a few.
func (h *lifeline) host() string {
	n := 6
	if h.rng.IntN(4) == 0 {
		n = lifelines
	}
	return fmt.Sprint("h", h.rng.IntN(n))
}

// write writes points of some series, many or few, and removes some.
func (h *lifeline) write() {
	var batch storage.Batch
	for range 1 + h.rng.IntN(3) {
		host := h.host()
		if h.model[host] == nil {
			h.model[host] = map[int64]fate{}
		}
		from, step, n := h.rng.Int64N(3000), 1+h.rng.Int64N(3), 1+h.rng.Int64N(1500)>>h.rng.IntN(14)
		if h.rng.IntN(8) == 0 {
			gone := times(from, from+min(n, 20)*step, step)
			batch.Remove(cpu(host), gone...)
			for _, at := range gone {
				delete(h.model[host], at)
			}
		}
		ttl := time.Duration(h.rng.IntN(3)) * 20 * time.Second
		expires := int64(0)
		if ttl != 0 {
			expires = h.clock.Add(ttl).UnixMilli()
		}
		var b points.Block
		for i := range n {
			h.written++
			b.AppendInt(from+i*step, h.written)
			h.model[host][from+i*step] = fate{h.written, expires}
		}
		batch.Put(cpu(host), b, ttl)
		h.note("write %s %d+%d*%d for %v", host, from, n, step, ttl)
	}
	h.put(&batch)
}

// compareOne compares a range of one series.
func (h *lifeline) compareOne() {
	from := h.rng.Int64N(4000)
	h.compare(h.host(), points.Range{From: from, To: from + h.rng.Int64N(2000)})
}

// compareAll compares all series, and names after a sweep.
func (h *lifeline) compareAll() {
	h.must(h.s.Sweep(h.Context()))
	h.comparePoints()
	verified(h.T, h.s)
	var names []string
	for name, err := range h.s.TagValues(h.Context(), "host", storage.Selection{}) {
		h.must(err)
		names = append(names, name)
	}
	for name, series := range h.model {
		certain, possible := false, false
		for _, f := range series {
			certain = certain || f.expires == 0 || f.expires > h.latest.UnixMilli()
			possible = possible || f.expires == 0 || f.expires > h.clock.UnixMilli()
		}
		if has := slices.Contains(names, name); certain && !has || !possible && has {
			h.Errorf("the name %s is there: %t, points are: certainly %t, possibly %t", name, has, certain, possible)
		}
	}
}

// compare compares a range of a series with the model. What had expired before
// the clock jumped back may be there or not.
func (h *lifeline) compare(host string, r points.Range) {
	got, err := readRange(h.T, h.s, cpu(host), r)
	h.must(err)
	seen := map[int64]bool{}
	now, latest := h.clock.UnixMilli(), h.latest.UnixMilli()
	for i, at := range got.Times {
		f, ok := h.model[host][at]
		if seen[at] = true; !ok || f.value != got.Ints[i] || f.expires != 0 && f.expires <= now || i > 0 && at <= got.Times[i-1] {
			h.Errorf("%s has %d at %d, the model %v, %t, at %d", host, got.Ints[i], at, f, ok, now)
			return
		}
	}
	for at, f := range h.model[host] {
		if r.Holds(at) && !seen[at] && (f.expires == 0 || f.expires > latest) {
			h.Errorf("%s lacks %v at %d", host, f, at)
			return
		}
	}
}

// TestClockJumpsBack makes sure that a clock that jumps back hides nothing that
// is alive and shows nothing that is not.
func TestClockJumpsBack(t *testing.T) {
	c := storagetest.NewClock(time.UnixMilli(100_000_000))
	s := still(t, c.Now)
	putFor(t, s, cpu("a"), time.Minute, 1, 1)
	c.Advance(-time.Hour)
	putFor(t, s, cpu("a"), time.Minute, 2, 2)
	sameTimes(t, s, cpu("a"), []int64{1, 2})
	c.Advance(2 * time.Minute)
	sameTimes(t, s, cpu("a"), []int64{1})
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.Advance(time.Hour)
	sameTimes(t, s, cpu("a"), nil)
}
