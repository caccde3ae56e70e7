package storagetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"

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
			s, ok, err := w.in.Peek(ctx, w.until())
			if err != nil {
				return err
			}
			if ok && (w.pos == w.all.Len() || s.FirstAt != w.all.Times[w.pos]) {
				return fmt.Errorf("a summary from %d at point %d", s.FirstAt, w.pos)
			}
			if ok {
				w.in.Skip()
				w.pos += int(s.Count)
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
	v, at, ok, err := w.in.Values(ctx, until, nil, n)
	if err != nil {
		return err
	}
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
