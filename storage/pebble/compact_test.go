package pebble

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// tidy settles as the background does, once.
func tidy(t *testing.T, s *Store) {
	t.Helper()
	if err := settleSome(s); err != nil {
		t.Fatal(err)
	}
}

// times lists the times from from to to.
func times(from, to, step int64) (out []int64) {
	for at := from; at <= to; at += step {
		out = append(out, at)
	}
	return out
}

// sameTimes fails where the points of a series are not those.
func sameTimes(t *testing.T, s storage.Reader, k points.Key, want []int64) {
	t.Helper()
	b := read(t, s, k, points.Always)
	if got := b.Times; !slices.Equal(got, want) {
		t.Fatalf("got %d points, want %d: %v", len(got), len(want), got[:min(10, len(got))])
	}
}

// TestOnePointADay: a series that gets one point a day, each settled by itself,
// has few chunks after years and few carried runs at any time.
func TestOnePointADay(t *testing.T) {
	whole(t)
	const day, days = 86_400_000, 3650
	s := still(t, nil)
	for i := range int64(days) {
		put(t, s, cpu("a"), i*day, i*day, 1)
		tidy(t, s)
		if n := len(entries(t, s, keyCarried)); i%500 == 0 && n > carriedRuns {
			t.Fatalf("%d carried runs after %d days", n, i)
		}
	}
	if n := len(entries(t, s, keyChunk)); n < 1 || n > days/smallChunk+1 {
		t.Errorf("%d chunks after %d days", n, days)
	}
	if n := len(entries(t, s, keyRun)); n != 0 {
		t.Errorf("%d runs are left", n)
	}
	sameTimes(t, s, cpu("a"), times(0, (days-1)*day, day))
}

// TestTenThousandASecond: a series that gets a great deal has full chunks.
func TestTenThousandASecond(t *testing.T) {
	whole(t)
	s := still(t, nil)
	const batches, each = 60, 10_000
	for i := range int64(batches) {
		put(t, s, cpu("a"), i*each, (i+1)*each-1, 1)
		if i%7 == 0 {
			tidy(t, s)
		}
	}
	sameTimes(t, s, cpu("a"), times(0, batches*each-1, 1))
	tidy(t, s)
	if n := len(entries(t, s, keyChunk)); n > 3*batches*each/(2*chunkSize) {
		t.Errorf("%d chunks for %d points", n, batches*each)
	}
	sameTimes(t, s, cpu("a"), times(0, batches*each-1, 1))
}

// TestSmallBatches: many small writes of one series make chunks of a good size
// without every chunk being written again and again.
func TestSmallBatches(t *testing.T) {
	s := still(t, nil)
	const n = 20_000
	for at := int64(0); at < n; at += 10 {
		put(t, s, cpu("a"), at, at+9, 1)
		if at%400 == 0 {
			tidy(t, s)
		}
	}
	tidy(t, s)
	if got := len(entries(t, s, keyChunk)); got > n/smallChunk+1 {
		t.Errorf("%d chunks for %d points", got, n)
	}
	sameTimes(t, s, cpu("a"), times(0, n-1, 1))
}

// TestLatePoints: late and repeated points rewrite the chunk that they fall
// into and no other.
func TestLatePoints(t *testing.T) {
	s := still(t, nil)
	put(t, s, cpu("a"), 0, 10*(5*chunkSize-1), 10)
	tidy(t, s)
	before := entries(t, s, keyChunk)
	if len(before) != 5 {
		t.Fatalf("%d chunks for %d points", len(before), 5*chunkSize)
	}
	for at := range int64(300) {
		put(t, s, cpu("a"), 100_001+at, 100_001+at, 1)
	}
	tidy(t, s)
	after := entries(t, s, keyChunk)
	same := 0
	for _, e := range after {
		if slices.Contains(before, e) {
			same++
		}
	}
	if same != 4 || len(after) > 6 {
		t.Errorf("%d of %d chunks stayed, there are %d now", same, len(before), len(after))
	}
	want := append(times(0, 10*(5*chunkSize-1), 10), times(100_001, 100_300, 1)...)
	slices.Sort(want)
	sameTimes(t, s, cpu("a"), slices.Compact(want))
}

// TestBackwards: history that is written from its end to its beginning makes
// chunks of a good size.
func TestBackwards(t *testing.T) {
	s := still(t, nil)
	const n, each = 30_000, 300
	for at := int64(n); at > 0; at -= each {
		put(t, s, cpu("a"), at-each, at-1, 1)
		tidy(t, s)
	}
	if got := len(entries(t, s, keyChunk)); got > n/smallChunk+1 {
		t.Errorf("%d chunks for %d points", got, n)
	}
	sameTimes(t, s, cpu("a"), times(0, n-1, 1))
}

// TestSettleAgain: settling the same runs a second time, as after a crash in
// between, changes nothing.
func TestSettleAgain(t *testing.T) {
	s := still(t, nil)
	put(t, s, cpu("a"), 0, 9_999, 1)
	tidy(t, s)
	var batch storage.Batch
	batch.Remove(cpu("a"), 5, 6, 7)
	var b points.Block
	b.AppendInt(6, 66)
	batch.Put(cpu("a"), b, 0)
	batch.Remove(cpu("a"), 5000)
	if err := s.Write(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
	put(t, s, cpu("a"), 20_000, 20_400, 1)
	runs := entries(t, s, keyRun)
	want := read(t, s, cpu("a"), points.Always)
	tidy(t, s)
	for _, e := range runs {
		if err := s.db.Set([]byte(e[:17]), []byte(e[18:]), nil); err != nil {
			t.Fatal(err)
		}
	}
	s.oldest.Store(s.oldest.Load() - 1)
	for range 2 {
		got := read(t, s, cpu("a"), points.Always)
		if !slices.Equal(got.Times, want.Times) || !slices.Equal(got.Ints, want.Ints) {
			t.Fatalf("got %d points, want %d", got.Len(), want.Len())
		}
		if err := s.settleOldest(false); err != nil {
			t.Fatal(err)
		}
	}
}

// TestHeavyTexts: long texts make chunks of few points, whether they come at
// once or one by one.
func TestHeavyTexts(t *testing.T) {
	whole(t)
	k := points.Key{Metric: "log", Type: points.TypeText}
	for name, each := range map[string]int64{"once": 2000, "many": 100} {
		t.Run(name, func(t *testing.T) {
			s := still(t, nil)
			for from := int64(0); from < 2000; from += each {
				b := points.Block{Kind: points.Text}
				for at := from; at < from+each; at++ {
					b.AppendText(at, strings.Repeat(strconv.FormatInt(at, 36), 4000))
				}
				var batch storage.Batch
				batch.Put(k, b, 0)
				if err := s.Write(t.Context(), &batch); err != nil {
					t.Fatal(err)
				}
			}
			if err := settleAll(s); err != nil {
				t.Fatal(err)
			}
			if n := len(entries(t, s, keyChunk)); n < 8 || n > 60 {
				t.Errorf("%d chunks for 2,000 texts of 8 KB", n)
			}
			b := read(t, s, k, points.Always)
			if want := strings.Repeat("zz", 4000); b.Len() != 2000 || b.Texts[35*36+35] != want {
				t.Errorf("%d texts came back, the one of %q as %.10q", b.Len(), "zz", b.Texts[35*36+35])
			}
		})
	}
}

// TestSteadyState: a block in the middle of a series costs no allocation.
func TestSteadyState(t *testing.T) {
	s := still(t, nil)
	put(t, s, cpu("a"), 0, 499_999, 1)
	if err := settleAll(s); err != nil {
		t.Fatal(err)
	}
	for _, o := range []points.Order{points.Asc, points.Desc} {
		for sr, err := range s.Select(t.Context(), storage.Selection{}) {
			if err != nil {
				t.Fatal(err)
			}
			c := sr.Points(points.Always, o)
			var b points.Block
			next := func() {
				if err := c.Next(t.Context(), &b); err != nil {
					t.Fatal(err)
				}
			}
			next()
			if n := testing.AllocsPerRun(200, next); n > 0.5 {
				t.Errorf("%v allocations a block, %s", n, o)
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}
