package storagetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"sort"

	"aion/storage"
	"aion/storage/points"
)

// values compares values without times with points in many ranges and returns
// how many there were.
func (f *fixture) values(rng *rand.Rand) int {
	f.Helper()
	given := 0
	for s, err := range f.store.Select(f.Context(), storage.Selection{}) {
		f.must(err)
		sum, ok := s.(storage.Summarized)
		if !ok {
			continue
		}
		for i := range 12 {
			r := points.Always
			if i > 1 {
				r.From = rng.Int64N(2_600_000) - 50_000
				r.To = r.From + rng.Int64N(1_500_000)
			}
			in, ok := sum.Summaries(r).(points.Valuer)
			if !ok {
				continue
			}
			w := stroll{in: in, rng: rng}
			f.must(w.read(f.Context(), s.Points(r, points.Asc)))
			if err := w.walk(f.Context()); err != nil {
				f.Fatalf("values of %s in %v: %v", s.Key(), r, err)
			}
			given += w.given
		}
	}
	return given
}

// stroll walks over a series by values, summaries and points at random.
type stroll struct {
	in    points.Valuer
	rng   *rand.Rand
	all   points.Block // what it must come across
	pos   int          // of what comes next in all
	given int          // values without times
}

// read reads all that is to come.
func (w *stroll) read(ctx context.Context, c points.Cursor) error {
	var b points.Block
	for {
		if err := c.Next(ctx, &b); err != nil {
			if err == io.EOF {
				err = nil
			}
			return errors.Join(err, c.Close())
		}
		w.all.AppendBlock(&b)
	}
}

// final checks that nothing is told of behind a summary that is said to be final.
func (w *stroll) final(ctx context.Context, s *points.Summary, until int64) error {
	if !s.Final {
		return nil
	}
	if more, ok, err := w.in.Peek(ctx, until); ok || err != nil {
		return fmt.Errorf("behind a final summary up to %d there is one from %d, %v", s.LastAt, more.FirstAt, err)
	}
	return nil
}

// walk reads to the end and compares.
func (w *stroll) walk(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, w.in.Close()) }()
	var b points.Block
	for {
		if w.rng.IntN(4) != 0 {
			if err := w.values(ctx); err != nil {
				return err
			}
		}
		if w.rng.IntN(2) == 0 {
			until := w.until()
			s, ok, err := w.in.Peek(ctx, until)
			if err != nil {
				return err
			}
			if ok && (w.pos == w.all.Len() || s.FirstAt != w.all.Times[w.pos]) {
				return fmt.Errorf("a summary from %d at point %d", s.FirstAt, w.pos)
			}
			if ok {
				w.in.Skip()
				w.pos += int(s.Count)
				if err := w.final(ctx, &s, until); err != nil {
					return err
				}
				continue
			}
		}
		if err := w.in.Next(ctx, &b); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
		for i, at := range b.Times {
			if w.pos+i >= w.all.Len() || at != w.all.Times[w.pos+i] || b.Floats[i] != w.all.Floats[w.pos+i] {
				return fmt.Errorf("got %v at %d, behind point %d", b.Floats[i], at, w.pos+i)
			}
		}
		w.pos += b.Len()
	}
	if w.pos != w.all.Len() {
		return fmt.Errorf("got %d points, want %d", w.pos, w.all.Len())
	}
	return nil
}

// until is a time not far behind the next point.
func (w *stroll) until() int64 {
	if w.pos == w.all.Len() {
		return math.MaxInt64
	}
	return w.all.Times[w.pos] + w.rng.Int64N(100_000) - 1000
}

// values reads values without times and compares them.
func (w *stroll) values(ctx context.Context) error {
	until, n := w.until(), w.rng.IntN(500)
	if in, ok := w.in.(points.Placer); ok && n%2 == 0 {
		return w.places(ctx, in, until, 5*n)
	}
	v, at, ok, err := w.in.Values(ctx, until, nil, n)
	if err != nil {
		return err
	}
	return w.check(v, until, at, ok)
}

// places reads values without times beside the times of others, and compares.
func (w *stroll) places(ctx context.Context, in points.Placer, until int64, n int) error {
	var times []int64
	for rest := w.all.Times[w.pos:]; len(rest) != 0 && rest[0] < until; rest = rest[min(len(rest), 1+w.rng.IntN(200)):] {
		if other := rest[0] - 1 + w.rng.Int64N(3); other < until && (len(times) == 0 || other > times[len(times)-1]) {
			times = append(times, other)
		}
	}
	old := w.pos
	v, places, at, ok, err := in.Places(ctx, until, nil, n, times, nil)
	if err == nil {
		err = w.check(v, until, at, ok)
	}
	if err != nil {
		return err
	}
	for i, other := range times {
		want := sort.Search(w.all.Len()-old, func(i int) bool { return w.all.Times[old+i] >= other })
		if old+want < w.pos && w.all.Times[old+want] == other {
			want = ^want
		}
		switch {
		case i < len(places) && places[i] != want:
			return fmt.Errorf("%d is placed at %d of %d values, want %d", other, places[i], len(v), want)
		case i >= len(places) && w.pos > old && other <= w.all.Times[w.pos-1]:
			return fmt.Errorf("%d is not placed among %d values", other, len(v))
		}
	}
	return nil
}

// check compares values that end below until with what must come, and the time
// behind them, if it is known.
func (w *stroll) check(v []float64, until, at int64, ok bool) error {
	for _, x := range v {
		if w.pos == w.all.Len() || w.all.Times[w.pos] >= until || x != w.all.Floats[w.pos] {
			return fmt.Errorf("got the value %v, until %d, at point %d", x, until, w.pos)
		}
		w.pos++
	}
	if ok && (w.pos == w.all.Len() || at != w.all.Times[w.pos]) {
		return fmt.Errorf("the time behind %d values is %d, at point %d", len(v), at, w.pos)
	}
	w.given += len(v)
	return nil
}
