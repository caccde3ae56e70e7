package pebble

import (
	"context"
	"fmt"

	"aion/storage"
	"aion/storage/points"
)

// itself is the series, also where it offers summaries.
func (s *series) itself() *series { return s }

// Leading reads the first points of series with one scan, one series after the
// other.
func (s *series) Leading(ctx context.Context, all []storage.Series, r points.Range, o points.Order, n int, b *points.Block, ends []int) (_ []int, err error) {
	b.Reset(s.key.Kind())
	l := leading{order: o, most: n, now: s.from.s.millis()}
	defer func() { err = firstOf(err, l.close(s.from.s)) }()
	for _, one := range all {
		own, ok := one.(interface{ itself() *series })
		if !ok {
			return ends, fmt.Errorf("read the first points of a %T", one)
		}
		if err := ctx.Err(); err != nil {
			return ends, err
		}
		x := own.itself()
		kept := x.kept(r)
		if err := l.add(x, kept, b); err != nil {
			return ends, x.failed(kept, err)
		}
		ends = append(ends, b.Len())
	}
	return ends, nil
}

// leading reads the first points of one series after the other.
type leading struct {
	order points.Order
	most  int
	now   int64
	sc    *scan // nil before the first series that may have points
	at    epochs
}

// add adds the first points of a series to b.
func (l *leading) add(s *series, r points.Range, b *points.Block) (err error) {
	if r.Empty() {
		return nil
	}
	if l.sc == nil {
		if l.sc, l.at, err = s.from.open(s.number); err != nil {
			return err
		}
		l.sc.merge.always = false
	}
	sc := l.sc
	if err := sc.read(s.number, l.at, r, l.order, l.now); err != nil {
		return err
	}
	for left := l.most; left > 0; {
		sc.first.Reset(s.key.Kind())
		if err := sc.merge.fill(&sc.first, &sc.expires, min(left, points.BlockSize)); err != nil {
			return err
		}
		v := sc.first.Slice(0, min(left, sc.first.Len()))
		if v.Len() == 0 {
			break
		}
		b.AppendBlock(&v)
		left -= v.Len()
	}
	sc.forget()
	return sc.dropLarges()
}

// close gives back what has been opened.
func (l *leading) close(s *Store) error {
	if l.sc == nil {
		return nil
	}
	return translate(s.release(l.sc))
}
