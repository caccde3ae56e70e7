package pebble

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/points"
	"aion/storage/storagetest"
)

// TestFloor: of the rules whose prefix a metric has the longest counts.
func TestFloor(t *testing.T) {
	r := newRetention([]Rule{{"", time.Hour}, {"cpu.", time.Minute}, {"cpu.load.", 0}, {"c", 2 * time.Minute}})
	for _, c := range []struct {
		metric string
		want   int64
		ok     bool
	}{
		{"disk", -3_599_000, true}, {"cpu", -119_000, true}, {"cpu.idle", -59_000, true}, {"cpu.load.1", 0, false},
	} {
		if got, ok := r.floor(c.metric, 1000); ok != c.ok || ok && got != c.want {
			t.Errorf("%s: got %d, %t, want %d, %t", c.metric, got, ok, c.want, c.ok)
		}
	}
	if _, ok := (retention)(nil).floor("cpu", 1000); ok {
		t.Error("without rules something is hidden")
	}
}

// minute is a point in time of the tests of retention.
func minute(n int64) int64 { return n * 60_000 }

// putMinutes writes a point of each minute from a to b.
func putMinutes(t *testing.T, s *Store, k points.Key, a, b int64) {
	t.Helper()
	put(t, s, k, minute(a), minute(b), minute(1))
}

// TestRetention: what is older than its rule allows cannot be read from that
// moment on, whatever state it is in; a sweep takes it from the disk, and series
// of which nothing is left with it. Other metrics stay as they are.
func TestRetention(t *testing.T) {
	nothing := func(*testing.T, *Store) {}
	all := func(t *testing.T, s *Store) {
		if err := settleAll(s); err != nil {
			t.Fatal(err)
		}
	}
	other := points.Key{Metric: "disk", Tags: points.Tags{{Name: "host", Value: "b"}}, Type: points.TypeLong}
	for state, settle := range map[string]func(*testing.T, *Store){"run": nothing, "carried": tidy, "chunk": all} {
		t.Run(state, func(t *testing.T) {
			c := storagetest.NewClock(time.UnixMilli(minute(100)))
			s := mustOpenClosing(t, Config{Dir: t.TempDir(), Now: c.Now, still: true, Retention: []Rule{{"cpu", time.Hour}}})
			putMinutes(t, s, cpu("a"), 0, 100)
			putMinutes(t, s, cpu("short"), 0, 50)
			putMinutes(t, s, other, 0, 100)
			settle(t, s)
			for at := int64(100); at <= 170; at += 10 {
				visible := times(minute(at-60), minute(100), minute(1))
				sameTimes(t, s, cpu("a"), visible)
				sameSums(t, s, cpu("a"), len(visible))
				sameTimes(t, s, other, times(0, minute(100), minute(1)))
				if at%20 == 0 {
					if err := s.Sweep(t.Context()); err != nil {
						t.Fatal(err)
					}
					want := []string{"a", "b", "short"}
					want = slices.DeleteFunc(want, func(h string) bool { return h == "short" && at > 110 || h == "a" && at > 160 })
					if got := hosts(t, s); !slices.Equal(got, want) {
						t.Errorf("minute %d: got the hosts %v, want %v", at, got, want)
					}
					sameTimes(t, s, cpu("a"), visible)
				}
				c.Advance(10 * time.Minute)
			}
			if err := s.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			all(t, s)
			verified(t, s)
			if got := hosts(t, s); !slices.Equal(got, []string{"b"}) {
				t.Errorf("at the end: got the hosts %v, want b alone", got)
			}
		})
	}
}

// sameSums compares how many points a series' summaries and Any tell of.
func sameSums(t *testing.T, s *Store, k points.Key, want int) {
	t.Helper()
	for sr, err := range s.Select(t.Context(), storage.Selection{Metrics: []string{k.Metric}}) {
		if err != nil {
			t.Fatal(err)
		}
		if sr.Key().String() != k.String() {
			continue
		}
		z := sr.(*numbers).Summaries(points.Always)
		got := 0
		var b points.Block
		for {
			if sum, ok, err := z.Peek(t.Context(), 1<<60); err == nil && ok {
				got += int(sum.Count)
				z.Skip()
			} else if z.Next(t.Context(), &b) == nil {
				got += b.Len()
			} else {
				break
			}
		}
		any, err := sr.(*numbers).Any(t.Context(), points.Always)
		if err := firstOf(err, z.Close()); err != nil {
			t.Fatal(err)
		}
		if got != want || any != (want != 0) {
			t.Errorf("the summaries tell of %d points, Any of %t, want %d", got, any, want)
		}
	}
}

// TestRetentionChanged: a longer rule shows what is still there; a shorter one
// hides more.
func TestRetentionChanged(t *testing.T) {
	dir := t.TempDir()
	c := storagetest.NewClock(time.UnixMilli(minute(100)))
	for _, step := range []struct {
		rules []Rule
		want  []int64
	}{
		{nil, times(0, minute(100), minute(1))},
		{[]Rule{{"cpu", time.Hour}}, times(minute(40), minute(100), minute(1))},
		{[]Rule{{"cpu", 10 * time.Minute}}, times(minute(90), minute(100), minute(1))},
		{[]Rule{{"cpu", time.Hour}}, times(minute(40), minute(100), minute(1))},
		{[]Rule{{"disk", time.Minute}}, times(0, minute(100), minute(1))},
	} {
		s := mustOpen(t, Config{Dir: dir, Now: c.Now, still: true, Retention: step.rules})
		if step.rules == nil {
			putMinutes(t, s, cpu("a"), 0, 100)
		}
		sameTimes(t, s, cpu("a"), step.want)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRetentionAndLateWrites: a point that is too old when it is written is taken
// and never shown, and one that comes in time keeps its series.
func TestRetentionAndLateWrites(t *testing.T) {
	c := storagetest.NewClock(time.UnixMilli(minute(100)))
	s := mustOpenClosing(t, Config{Dir: t.TempDir(), Now: c.Now, still: true, Retention: []Rule{{"cpu", time.Hour}}})
	for range 3 {
		putMinutes(t, s, cpu("a"), 0, 10)
		sameTimes(t, s, cpu("a"), nil)
		if err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := hosts(t, s); len(got) != 0 {
			t.Errorf("got the hosts %v, want none", got)
		}
		tidy(t, s)
	}
	putMinutes(t, s, cpu("a"), 0, 41)
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	sameTimes(t, s, cpu("a"), times(minute(40), minute(41), minute(1)))
	verified(t, s)
}

// TestRetentionCutOff: where the server dies between the points' going and their series',
// the names go all the same, also when there is no such rule any more; and what is left
// of a series goes when it expires.
func TestRetentionCutOff(t *testing.T) {
	c := storagetest.NewClock(time.UnixMilli(minute(100)))
	s := mustOpenClosing(t, Config{Dir: t.TempDir(), Now: c.Now, still: true})
	putMinutes(t, s, cpu("gone"), 0, 10)
	put(t, s, cpu("brief"), 0, minute(10), 1000) // pages of it
	putFor(t, s, cpu("brief"), 10*time.Minute, 1, minute(90))
	putFor(t, s, cpu("brief"), 40*time.Minute, 1, minute(91))
	if err := s.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.Advance(20 * time.Minute)
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	held := s.hold()
	numbers, err := held.numbers(t.Context(), storage.Selection{})
	if err := errors.Join(err, held.snap.Close()); err != nil {
		t.Fatal(err)
	}
	if err := s.dropBefore(numbers, minute(60)); err != nil {
		t.Fatal(err)
	}
	if got := append(damages(t, s), leftovers(t, s)...); len(got) != 0 {
		t.Errorf("before anybody has looked: %q", got)
	}
	for _, want := range [][]string{{"brief"}, nil} {
		if err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := hosts(t, s); !slices.Equal(got, want) {
			t.Errorf("got the hosts %v, want %v", got, want)
		}
		if got := append(damages(t, s), leftovers(t, s)...); len(got) != 0 {
			t.Error(got)
		}
		c.Advance(30 * time.Minute)
	}
}

// TestLookIsNoTrim: to look at a series of which retention has taken a chunk away, which
// has nothing that expires, the sweeper does not read all the others.
func TestLookIsNoTrim(t *testing.T) {
	const size, chunks = 8000, 60
	c := storagetest.NewClock(time.UnixMilli(minute(size * chunks)))
	s := mustOpenClosing(t, Config{Dir: t.TempDir(), Now: c.Now, still: true})
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range int64(chunks) {
		var b points.Block
		b.Reset(points.Number)
		for j := range int64(size) {
			b.AppendInt(minute(i*size+j), int64(rng.Uint64()))
		}
		var batch storage.Batch
		batch.Put(cpu("a"), b, 0)
		must(t, s.Write(t.Context(), &batch))
	}
	must(t, errors.Join(s.Compact(t.Context()), s.dropBefore([]uint64{1}, minute(size))))
	m := s.db.Metrics().BlockCache
	must(t, s.Sweep(t.Context()))
	after := s.db.Metrics().BlockCache
	if n := after.Hits + after.Misses - m.Hits - m.Misses; n > chunks/2 {
		t.Errorf("the sweeper has read %d blocks of %d chunks", n, chunks-1)
	}
	if n := len(entries(t, s, keyChunk)); n != chunks-1 {
		t.Errorf("%d chunks are left, want %d", n, chunks-1)
	}
	verified(t, s)
}
