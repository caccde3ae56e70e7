package pebble

import (
	"slices"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/points"
	"aion/storage/storagetest"
)

// putFor writes points that live for a while, each with value v.
func putFor(t *testing.T, s *Store, k points.Key, ttl time.Duration, v int64, times ...int64) {
	t.Helper()
	var b points.Block
	for _, at := range times {
		b.AppendInt(at, v)
	}
	var batch storage.Batch
	batch.Put(k, b, ttl)
	if err := s.Write(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
}

// hosts lists the values of the tag host.
func hosts(t *testing.T, s *Store) (out []string) {
	t.Helper()
	for name, err := range s.TagValues(t.Context(), "host", storage.Selection{}) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, name)
	}
	return out
}

// TestNoRevival: wherever an overwrite and what it hides have got to, chunk,
// carried run or run, the older value does not come back when the newer one
// expires.
func TestNoRevival(t *testing.T) {
	nothing := func(*testing.T, *Store) {}
	all := func(t *testing.T, s *Store) {
		if err := settleAll(s); err != nil {
			t.Fatal(err)
		}
	}
	states := map[string]func(*testing.T, *Store){"run": nothing, "carried": tidy, "chunk": all}
	for older, settleOlder := range states {
		for newer, settleNewer := range states {
			t.Run("older="+older+"/newer="+newer, func(t *testing.T) {
				c := storagetest.NewClock(time.UnixMilli(1_000_000))
				s := still(t, c.Now)
				putFor(t, s, cpu("a"), 0, 1, 10, 20, 30)
				settleOlder(t, s)
				putFor(t, s, cpu("a"), time.Second, 2, 20)
				settleNewer(t, s)
				c.Advance(2 * time.Second)
				for range 3 {
					sameTimes(t, s, cpu("a"), []int64{10, 30})
					putFor(t, s, cpu("b"), 0, 1, 1)
					tidy(t, s)
				}
				all(t, s)
				sameTimes(t, s, cpu("a"), []int64{10, 30})
				verified(t, s)
			})
		}
	}
}

// TestSweep: a series is gone with its last point, with everything it had on
// the disk; one that lives on loses what has expired of its chunks.
func TestSweep(t *testing.T) {
	c := storagetest.NewClock(time.UnixMilli(1_000_000))
	s := still(t, c.Now)
	putFor(t, s, cpu("short"), time.Minute, 1, times(0, 5000, 1)...)
	putFor(t, s, cpu("mixed"), time.Minute, 1, times(0, 1000, 1)...)
	putFor(t, s, cpu("mixed"), time.Hour, 2, times(500, 2000, 1)...)
	putFor(t, s, cpu("ever"), 0, 1, 1, 2, 3)
	if err := settleAll(s); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		after time.Duration
		hosts []string
		mixed []int64
		filed int
	}{
		{30 * time.Second, []string{"ever", "mixed", "short"}, times(0, 2000, 1), 2},
		{31 * time.Second, []string{"ever", "mixed"}, times(500, 2000, 1), 1},
		{time.Hour, []string{"ever"}, nil, 0},
	} {
		c.Advance(step.after)
		sameTimes(t, s, cpu("mixed"), step.mixed)
		if err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := hosts(t, s); !slices.Equal(got, step.hosts) {
			t.Errorf("after %s: got %v, want %v", step.after, got, step.hosts)
		}
		if got := len(entries(t, s, keyDue)); got != step.filed {
			t.Errorf("after %s: %d series are filed, want %d", step.after, got, step.filed)
		}
		sameTimes(t, s, cpu("mixed"), step.mixed)
		verified(t, s)
	}
	if n := len(entries(t, s, keyChunk)) + len(entries(t, s, keyCarried)); n != 1 {
		t.Errorf("%d chunks and carried runs are left, want the one of the series that lives for ever", n)
	}
}

// TestNamesWithoutSweeper: readers do without a sweeper that is late.
func TestNamesWithoutSweeper(t *testing.T) {
	c := storagetest.NewClock(time.UnixMilli(1_000_000))
	s := still(t, c.Now)
	putFor(t, s, cpu("a"), time.Minute, 1, 1)
	putFor(t, s, cpu("b"), time.Hour, 1, 1)
	c.Advance(2 * time.Minute)
	if got, want := hosts(t, s), []string{"b"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestNamesOfALull: that a reader has looked whether something is overdue does not
// keep the names of what becomes so.
func TestNamesOfALull(t *testing.T) {
	c := storagetest.NewClock(time.UnixMilli(1_000_000))
	s := still(t, c.Now)
	putFor(t, s, cpu("a"), 40*time.Second, 1, 1)
	putFor(t, s, cpu("ever"), 0, 1, 1)
	for _, step := range []struct {
		after time.Duration
		new   string // lives for a second
		want  []string
	}{
		{0, "", []string{"a", "ever"}},
		{time.Second, "b", []string{"a", "b", "ever"}},
		{29 * time.Second, "", []string{"a", "b", "ever"}},
		{2 * time.Second, "c", []string{"a", "c", "ever"}},
		{37 * time.Second, "", []string{"a", "ever"}},
		{time.Second, "", []string{"ever"}},
		{-time.Minute, "d", []string{"a", "b", "c", "d", "ever"}},
		{32 * time.Second, "", []string{"a", "c", "ever"}},
	} {
		if c.Advance(step.after); step.new != "" {
			putFor(t, s, cpu(step.new), time.Second, 1, 1)
		}
		if got := hosts(t, s); !slices.Equal(got, step.want) {
			t.Errorf("at %s: got %v, want %v", c.Now().UTC().Format(time.TimeOnly), got, step.want)
		}
	}
}

// TestDueAfterDelete: when the points that live longest are deleted, the names
// go with those that are left.
func TestDueAfterDelete(t *testing.T) {
	c := storagetest.NewClock(time.UnixMilli(1_000_000))
	s := still(t, c.Now)
	putFor(t, s, cpu("a"), 0, 1, 10)
	putFor(t, s, cpu("a"), time.Minute, 1, 20)
	putFor(t, s, cpu("b"), time.Hour, 1, 10)
	putFor(t, s, cpu("b"), time.Minute, 1, 20)
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), storage.Selection{}, points.Range{From: 10, To: 10}); err != nil {
		t.Fatal(err)
	}
	c.Advance(time.Minute + time.Second)
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := hosts(t, s); len(got) != 0 {
		t.Errorf("got %v, want no names", got)
	}
}

// TestRollingTTL: a series that goes on and on keeps no more than about twice
// what is alive.
func TestRollingTTL(t *testing.T) {
	c := storagetest.NewClock(time.UnixMilli(1_000_000))
	s := still(t, c.Now)
	for i := range int64(60) {
		putFor(t, s, cpu("a"), 10*time.Minute, 1, times(i*1000, i*1000+999, 1)...)
		tidy(t, s)
		c.Advance(time.Minute)
		if err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(entries(t, s, keyChunk)); n > 20 {
		t.Errorf("%d chunks for ten thousand living points", n)
	}
	sameTimes(t, s, cpu("a"), times(51_000, 59_999, 1))
}
