package spool

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/points"
	"aion/storage/storagetest"
)

// TestContract holds the spool, with nothing in it, to the suite.
func TestContract(t *testing.T) {
	t.Parallel()
	storagetest.Run(t, storagetest.Driver{
		Open: func(t testing.TB, dir string, now storage.Now) storage.Store {
			return reopened(t, Config{Dir: dir, Now: now, Target: newTarget(now)})
		},
		Forgets: true,
	})
}

// through is a spool that every write goes through; Write returns when it is
// delivered.
type through struct{ *Store }

// Write writes and waits.
func (s through) Write(ctx context.Context, b *storage.Batch) error {
	if err := s.Store.Write(ctx, b); err != nil {
		return err
	}
	return s.ledger.drained(ctx)
}

// never is a target that takes nothing directly.
type never struct{ *target }

// Write answers that the target is away.
func (never) Write(ctx context.Context, _ *storage.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return errAway
}

// TestContractThrough holds the spool to the suite where everything goes through
// its files.
func TestContractThrough(t *testing.T) {
	t.Parallel()
	storagetest.Run(t, storagetest.Driver{
		Open: func(t testing.TB, dir string, now storage.Now) storage.Store {
			g := newTarget(now)
			g.quiet = true
			return through{reopened(t, Config{Dir: dir, Now: now, Target: never{g}})}
		},
		Forgets: true,
		Lacks:   map[string]string{"expire/at once": "where the clock stands still, write times run ahead of it"},
	})
}

// TestWrite: writes go straight through until the target is away, then to the
// disk until all that waits is delivered, then straight through again; each
// keeps its own write time, and they ascend.
func TestWrite(t *testing.T) {
	g := newTarget(nil)
	s := opened(t, Config{Dir: t.TempDir(), Target: g})
	write(t, s, put("m", 1, 1))
	if w := s.Waiting(); w != (State{}) || g.direct != 1 {
		t.Errorf("after a write the spool holds %+v, and the target has %d", w, g.direct)
	}
	g.set(errAway)
	before := time.Now().UnixMilli()
	for i := range int64(5) {
		write(t, s, put("m", 2, i, 10+i, i))
	}
	after := time.Now().UnixMilli()
	eventually(t, "delivery fails", func() bool { return s.Waiting().Failure != "" })
	w := s.Waiting()
	if w.Points != 10 || w.Batches != 5 || w.Spooled != 10 || w.Delivered != 0 || w.Oldest < before || w.Oldest > after || w.Failure != errAway.Error() {
		t.Errorf("away, the spool holds %+v", w)
	}
	g.set(nil)
	drained(t, s)
	w = s.Waiting()
	if w.Oldest != 0 || w.Failure != "" || w.Delivered != 10 || w.Points != 0 {
		t.Errorf("back, the spool holds %+v", w)
	}
	got := g.got()
	for i, d := range got {
		if want := fmt.Sprintf("m{host=a} kairos_long 2=%d %d=%d", i, 10+i, i); d.batch != want || d.at < before || d.at > after+1 {
			t.Errorf("delivery %d is %s at %d, want %s from %d to %d", i, d.batch, d.at, want, before, after)
		}
		if i > 0 && d.at <= got[i-1].at {
			t.Errorf("delivery %d has the write time %d after %d", i, d.at, got[i-1].at)
		}
	}
	eventually(t, "writes go straight through", func() bool {
		write(t, s, put("n", 1, 1))
		return g.direct > 1
	})
	if len(got) != 5 {
		t.Errorf("%d deliveries, want 5", len(got))
	}
	eventually(t, "the disk is empty", func() bool { return s.Waiting().Bytes == 0 && len(files(t, s.dir, "*.spool")) == 0 })
}

// TestOrder: many write to series of their own and to a common one while the
// target comes and goes; of each series the last write is there in the end.
func TestOrder(t *testing.T) {
	const writers, rounds = 8, 150
	g := newTarget(nil)
	s := opened(t, Config{Dir: t.TempDir(), Target: g, Segment: 4 << 10})
	stay := g.comeAndGo()
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			for n := range int64(rounds) {
				var b storage.Batch
				b.Remove(long(fmt.Sprint("m", i)), n-1)
				b.Put(long(fmt.Sprint("m", i)), longs(0, n, n+1, n), 0)
				b.Put(long("common"), longs(n*writers+int64(i), n), 0)
				if err := s.Write(t.Context(), &b); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	stay()
	drained(t, s)
	for i := range writers {
		want := fmt.Sprintf("m%d{host=a} kairos_long 0=%d %d=%d %d=%d", i, rounds-1, rounds-1, rounds-2, rounds, rounds-1)
		if got := g.holds(t); !slices.Contains(got, want) {
			t.Errorf("the target holds\n%s\nwant %s", strings.Join(got, "\n"), want)
		}
	}
	inOrder(t, g.got())
	t.Logf("%d deliveries, %d direct writes", len(g.got()), g.direct)
}

// comeAndGo switches the target away and back until stay is called.
func (g *target) comeAndGo() (stay func()) {
	stop := make(chan struct{})
	var switching sync.WaitGroup
	switching.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				g.set(nil)
				return
			case <-time.After(time.Millisecond):
				g.set([]error{errAway, nil, nil}[i%3])
			}
		}
	})
	return func() {
		close(stop)
		switching.Wait()
	}
}

// inOrder checks that of each series the write times ascend.
func inOrder(t *testing.T, got []delivery) {
	t.Helper()
	last := map[string]int64{}
	for _, d := range got {
		for _, change := range strings.Split(d.batch, "; ") {
			name, _, _ := strings.Cut(change, " ")
			if d.at < last[name] {
				t.Fatalf("%s gets a write of %d after one of %d", name, d.at, last[name])
			}
			last[name] = d.at
		}
	}
}

// TestLife: of a point's life only what is left counts, and a point that came
// too late is counted.
func TestLife(t *testing.T) {
	c := storagetest.NewClock(time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC))
	g := newTarget(c.Now)
	g.set(errAway)
	s := opened(t, Config{Dir: t.TempDir(), Target: g, Now: c.Now})
	var b storage.Batch
	b.Put(long("short"), longs(1, 1, 2, 2), time.Second)
	b.Put(long("long"), longs(1, 1), time.Minute)
	b.Put(long("ever"), longs(1, 1), 0)
	write(t, s, &b)
	c.Advance(30 * time.Second)
	g.set(nil)
	drained(t, s)
	if w := s.Waiting(); w.Expired != 2 || w.Delivered != 4 {
		t.Errorf("the spool has done %+v, want 2 of 4 expired", w)
	}
	if got, want := g.holds(t), []string{"ever{host=a} kairos_long 1=1", "long{host=a} kairos_long 1=1"}; !slices.Equal(got, want) {
		t.Errorf("the target holds %v, want %v", got, want)
	}
	c.Advance(31 * time.Second)
	if got, want := g.holds(t), []string{"ever{host=a} kairos_long 1=1"}; !slices.Equal(got, want) {
		t.Errorf("later the target holds %v, want %v", got, want)
	}
}

// leaving is a target that goes away after one delivery.
type leaving struct{ *target }

// WriteAt writes, until it has.
func (l leaving) WriteAt(ctx context.Context, b *storage.Batch, at int64) error {
	err := l.target.WriteAt(ctx, b, at)
	if err == nil {
		l.set(errAway)
	}
	return err
}

// TestOldest: the age of what waits is that of the first that is not delivered.
func TestOldest(t *testing.T) {
	dir := filled(t, 3, 0)
	g := newTarget(nil)
	g.set(errAway)
	s := opened(t, Config{Dir: dir, Target: leaving{g}})
	first := s.Waiting().Oldest
	g.set(nil)
	eventually(t, "the second waits", func() bool { w := s.Waiting(); return w.Points == 2 && w.Failure != "" && w.Oldest > first })
}

// TestClock: after the clock was set back, writes go through the spool until it
// has passed the last write time, so that none is older than what it replaces.
func TestClock(t *testing.T) {
	c := storagetest.NewClock(time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC))
	g := newTarget(c.Now)
	g.set(errAway)
	s := opened(t, Config{Dir: t.TempDir(), Target: g, Now: c.Now})
	write(t, s, put("m", 1, 1))
	g.set(nil)
	drained(t, s)
	c.Advance(-time.Hour)
	write(t, s, put("m", 1, 2))
	drained(t, s)
	got := g.got()
	if len(got) != 2 || got[1].at <= got[0].at || g.direct != 0 {
		t.Errorf("deliveries %v and %d direct writes, want two that ascend and none", got, g.direct)
	}
	c.Advance(2 * time.Hour)
	write(t, s, put("m", 1, 3))
	if g.direct != 1 {
		t.Errorf("%d direct writes, want 1", g.direct)
	}
}

// TestRefused: what the spool does not take it says, and keeps nothing of it.
func TestRefused(t *testing.T) {
	g := newTarget(nil)
	g.set(errAway)
	s := opened(t, Config{Dir: t.TempDir(), Target: g, Max: 2000})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	var wrong, cut storage.Batch
	wrong.Put(points.Key{Metric: "m", Type: points.TypeText}, longs(1, 1), 0)
	cut.Put(long("m"), points.Block{Times: []int64{1}}, 0)
	big := make([]int64, 4000)
	var invalid *points.InvalidError
	tests := []struct {
		name string
		ctx  context.Context
		b    *storage.Batch
		want func(error) bool
		text string
	}{
		{"ended", gone, put("m", 1, 1), func(err error) bool { return errors.Is(err, context.Canceled) }, "context canceled"},
		{"kind", t.Context(), &wrong, func(err error) bool { return errors.As(err, &invalid) }, "change 0: the points are not of the kind of m{} kairos_string"},
		{"columns", t.Context(), &cut, func(err error) bool { return errors.As(err, &invalid) }, "are not whole"},
		{"full", t.Context(), put("m", big...), func(err error) bool { return errors.Is(err, points.ErrUnavailable) }, "0 of 2000 bytes are taken, and a batch of 2000 points needs"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := s.Write(tt.ctx, tt.b); !tt.want(err) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("Write gives %v, want %s", err, tt.text)
			}
		})
	}
	if w := s.Waiting(); w.Refused != 1 || w.Points != 0 || w.Bytes != 0 {
		t.Errorf("the spool holds %+v, want nothing and 1 refused", w)
	}
	var full error
	for i := int64(0); full == nil; i++ {
		full = s.Write(t.Context(), put("m", i, i))
	}
	if !errors.Is(full, points.ErrUnavailable) || s.Waiting().Bytes > 2000 {
		t.Errorf("a full spool says %v and takes %d bytes", full, s.Waiting().Bytes)
	}
	g.set(nil)
	drained(t, s)
	write(t, s, put("m", 1, 1))
}

// TestTooLarge: a batch that is longer than a record may be is refused.
func TestTooLarge(t *testing.T) {
	g := newTarget(nil)
	g.set(errAway)
	s := opened(t, Config{Dir: t.TempDir(), Target: g})
	var b storage.Batch
	var block points.Block
	block.Reset(points.Text)
	block.AppendText(1, strings.Repeat("x", maxEntry))
	b.Put(points.Key{Metric: "m", Type: points.TypeText}, block, 0)
	if err := s.Write(t.Context(), &b); !errors.Is(err, points.ErrUnavailable) || s.Waiting().Refused != 1 {
		t.Errorf("Write gives %v, and %d are refused", err, s.Waiting().Refused)
	}
}

// choosy is a target that knows beforehand what it refuses.
type choosy struct{ *target }

// Check refuses everything.
func (choosy) Check(*storage.Batch) error { return points.Invalid("no") }

// TestChecker: what the target would refuse is not spooled.
func TestChecker(t *testing.T) {
	g := newTarget(nil)
	g.set(errAway)
	s := opened(t, Config{Dir: t.TempDir(), Target: choosy{g}})
	var invalid *points.InvalidError
	if err := s.Write(t.Context(), put("m", 1, 1)); !errors.As(err, &invalid) || s.Waiting().Spooled != 0 {
		t.Errorf("Write gives %v, want the target's refusal", err)
	}
}
