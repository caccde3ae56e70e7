package pebble

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/pebble/tips"
	"aion/storage/points"
	"aion/storage/storagetest"
)

// TestTipsTellWhatCursorsTell: through writes in and out of order, overwrites,
// removals, deletes, lives that end, settling, series that go and come again,
// snapshots of before and pages that make room for others, the newest point of a
// range is the one that a cursor finds first.
func TestTipsTellWhatCursorsTell(t *testing.T) {
	for seed := range uint64(6/slower() + 1) {
		tipHistory(t, seed, 600/slower())
	}
}

// tipHistory is one random history.
func tipHistory(t *testing.T, seed uint64, steps int) {
	rng := rand.New(rand.NewPCG(seed, 5))
	clock := storagetest.NewClock(time.UnixMilli(1_000_000))
	dir := t.TempDir()
	open := func() *Store {
		s, err := Open(Config{Dir: dir, still: true, Now: clock.Now, Cache: 1 << 20, Tips: int64(rng.IntN(8)) * tips.PageSize})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	crowd(t, s, 5*tips.PerPage)
	var snaps []storage.Snapshot
	for step := range steps {
		switch n := rng.IntN(100); {
		case n < 55:
			must(t, writeTips(s, rng))
		case n < 63:
			from := rng.Int64N(120)
			must(t, s.Delete(t.Context(), storage.Selection{Metrics: []string{"m"}, Matchers: []storage.Matcher{oneOf(rng)}}, points.Range{From: from, To: from + rng.Int64N(60)}))
		case n < 66:
			must(t, s.Delete(t.Context(), storage.Selection{Matchers: []storage.Matcher{oneOf(rng)}}, points.Always))
		case n < 72:
			clock.Advance(time.Duration(rng.IntN(3000)) * time.Millisecond)
		case n < 75:
			must(t, settleSome(s))
		case n < 76:
			must(t, errors.Join(settleAll(s), s.Sweep(t.Context())))
		case n < 80 && len(snaps) < 4:
			snap, err := s.Snapshot(t.Context())
			must(t, err)
			snaps = append(snaps, snap)
		case n < 83 && len(snaps) != 0:
			i := rng.IntN(len(snaps))
			must(t, snaps[i].Close())
			snaps = slices.Delete(snaps, i, i+1)
		case n < 84 && len(snaps) == 0:
			must(t, s.Close())
			s = open()
		}
		readers := []storage.Reader{s}
		for _, snap := range snaps {
			readers = append(readers, snap)
		}
		compareTips(t, readers[rng.IntN(len(readers))], rng, fmt.Sprintf("seed %d, step %d", seed, step))
	}
	for _, snap := range snaps {
		must(t, snap.Close())
	}
	must(t, s.Close())
}

// must ends a test with an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// tipHosts is how many series a history has that are changed, far apart among the
// others.
const tipHosts = 30

// crowd writes a point of each of n series, those of the history included.
func crowd(t *testing.T, s *Store, n int) {
	t.Helper()
	var batch storage.Batch
	for i := range n {
		k := points.Key{Metric: "crowd", Tags: hostTag("c", i), Type: points.TypeLong}
		if i%(n/tipHosts) == 0 {
			k = tipKey(i / (n / tipHosts))
		}
		var b points.Block
		putTip(&b, k.Type, 50, int64(i))
		batch.Put(k, b, 0)
	}
	must(t, s.Write(t.Context(), &batch))
}

// tipKey is the key of a series of the history: longs, doubles and some texts.
func tipKey(i int) points.Key {
	k := points.Key{Metric: "m", Tags: hostTag("h", i), Type: points.TypeLong}
	switch i % 7 {
	case 1, 2:
		k.Type = points.TypeDouble
	case 3:
		k.Type = points.TypeText
	}
	return k
}

// hostTag is the tag of one of many hosts.
func hostTag(kind string, i int) points.Tags {
	return points.Tags{{Name: "host", Value: fmt.Sprint(kind, i)}}
}

// putTip adds a point of a stored type.
func putTip(b *points.Block, stored string, at, v int64) {
	if b.Len() == 0 {
		b.Reset(points.KindOf(stored))
	}
	switch stored {
	case points.TypeLong:
		b.AppendInt(at, v)
	case points.TypeDouble:
		b.AppendFloat(at, float64(v)+0.5)
	default:
		b.AppendText(at, fmt.Sprint(v))
	}
}

// oneOf matches one of the series of the history.
func oneOf(rng *rand.Rand) storage.Matcher {
	return storage.Matcher{Tag: "host", Values: []string{fmt.Sprint("h", rng.IntN(tipHosts))}}
}

// writeTips writes points of some series.
func writeTips(s *Store, rng *rand.Rand) error {
	var batch storage.Batch
	for range 1 + rng.IntN(4) {
		k := tipKey(rng.IntN(tipHosts))
		if rng.IntN(6) == 0 {
			batch.Remove(k, rng.Int64N(100), rng.Int64N(100))
		}
		var b points.Block
		for at := rng.Int64N(100); at < 100 && b.Len() < 1+rng.IntN(40); at += 1 + rng.Int64N(3) {
			putTip(&b, k.Type, at, rng.Int64())
		}
		batch.Put(k, b, time.Duration(max(0, rng.IntN(6)-3))*time.Second)
	}
	return s.Write(context.Background(), &batch)
}

// compareTips compares the newest points of series in some ranges with those that
// cursors find.
func compareTips(t *testing.T, from storage.Reader, rng *rand.Rand, when string) {
	t.Helper()
	var all []storage.Series
	for one, err := range from.Select(t.Context(), storage.Selection{Metrics: []string{"m", "crowd"}}) {
		must(t, err)
		if k := one.Key(); points.KindOf(k.Type) == points.Number && (k.Metric == "m" || rng.IntN(100) == 0) {
			all = append(all, one)
		}
	}
	r := points.Always
	if rng.IntN(2) == 0 {
		r.From = rng.Int64N(120)
	}
	if rng.IntN(2) == 0 {
		r.To = max(r.From, rng.Int64N(120))
	}
	for len(all) != 0 {
		n := min(len(all), 1+rng.IntN(64))
		for range 2 { // the first may bring what the second finds
			if err := sameTips(t.Context(), all[:n], r); err != nil {
				t.Fatalf("%s, %v: %v", when, r, err)
			}
		}
		all = all[n:]
	}
}

// sameTips tells where the newest points of series are not those of their cursors.
func sameTips(ctx context.Context, all []storage.Series, r points.Range) error {
	var got, want points.Block
	ends, _, err := storage.Lead(ctx, all, r, points.Desc, 1, &got, nil)
	if err != nil {
		return err
	}
	at := 0
	for i, end := range ends {
		c := all[i].Points(r, points.Desc)
		if err := errors.Join(ended(c.Next(ctx, &want)), c.Close()); err != nil {
			return err
		}
		v := got.Slice(at, end)
		if at = end; v.Len() != min(1, want.Len()) {
			return fmt.Errorf("%v has %d points, want one of %d", all[i].Key(), v.Len(), want.Len())
		}
		if err := sameFirst(ctx, all[i], r, &want); err != nil {
			return err
		}
		if v.Len() != 0 && (v.Times[0] != want.Times[0] || tips.PointOf(&v, 0) != tips.PointOf(&want, 0)) {
			return fmt.Errorf("%v: got %v, want %v", all[i].Key(), tips.PointOf(&v, 0), tips.PointOf(&want, 0))
		}
	}
	return nil
}

// sameFirst tells where a cursor of which no more than the newest point is wanted
// does not give what another one does, or Any does not know of it.
func sameFirst(ctx context.Context, s storage.Series, r points.Range, want *points.Block) error {
	c := s.Points(r, points.Desc)
	c.(points.Brief).AtMost(1)
	n := 0
	var got points.Block
	for {
		if err := c.Next(ctx, &got); err != nil {
			if n != want.Len() && n < points.BlockSize || ended(err) != nil {
				return errors.Join(fmt.Errorf("%v: %d points one by one, want %d", s.Key(), n, want.Len()), ended(err))
			}
			break
		}
		for i := 0; i < got.Len() && n < want.Len(); i, n = i+1, n+1 {
			if got.Times[i] != want.Times[n] || tips.PointOf(&got, i) != tips.PointOf(want, n) {
				return fmt.Errorf("%v: point %d is %v, want %v", s.Key(), n, tips.PointOf(&got, i), tips.PointOf(want, n))
			}
		}
	}
	some, err := s.Any(ctx, r)
	if err == nil && some != (want.Len() != 0) {
		err = fmt.Errorf("%v: any is %t, of %d points", s.Key(), some, want.Len())
	}
	return errors.Join(err, c.Close())
}

// ended is err where it is not that a cursor has ended.
func ended(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// TestTipsBesideWriters: whoever reads beside writers of the same series, and
// beside deletes, finds in a snapshot the points that its cursors find.
func TestTipsBesideWriters(t *testing.T) {
	clock := storagetest.NewClock(time.UnixMilli(1_000_000))
	s, err := Open(Config{Dir: t.TempDir(), Now: clock.Now, Tips: 2 * tips.PageSize})
	must(t, err)
	defer s.Close()
	crowd(t, s, 4*tips.PerPage)
	ctx, stop := context.WithCancel(t.Context())
	var beside sync.WaitGroup
	defer beside.Wait()
	defer stop()
	for w := range uint64(3) {
		beside.Go(func() {
			rng := rand.New(rand.NewPCG(w, 9))
			for ctx.Err() == nil {
				err := writeTips(s, rng)
				if rng.IntN(10) == 0 {
					err = errors.Join(err, s.Delete(context.Background(), storage.Selection{Matchers: []storage.Matcher{oneOf(rng)}}, points.Range{From: 60, To: 130}))
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	rng := rand.New(rand.NewPCG(3, 9))
	for i := range 150 / slower() {
		snap, err := s.Snapshot(t.Context())
		must(t, err)
		compareTips(t, snap, rng, fmt.Sprint("read ", i))
		must(t, snap.Close())
	}
}
