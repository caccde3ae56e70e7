package pebble

import (
	"context"
	"fmt"

	"aion/storage"
	"aion/storage/pebble/tips"
	"aion/storage/points"
)

// itself is the series, also where it offers summaries.
func (s *series) itself() *series { return s }

// Leading reads the first points of series with one scan, one series after the
// other.
func (s *series) Leading(ctx context.Context, all []storage.Series, r points.Range, o points.Order, n int, b *points.Block, ends []int) ([]int, error) {
	b.Reset(s.key.Kind())
	l := leading{order: o, most: n, now: s.from.s.millis(), seen: s.from.sees()}
	ends, err := l.all(ctx, all, r, b, ends)
	return ends, firstOf(err, l.close(s.from.s))
}

// leading reads the first points of one series after the other.
type leading struct {
	order points.Order
	most  int
	now   int64
	seen  uint64 // the last batch that is seen for certain
	sc    *scan  // nil before the first series that may have points
	at    epochs
}

// all adds the first points of series to b, and where those of each end to ends.
func (l *leading) all(ctx context.Context, all []storage.Series, r points.Range, b *points.Block, ends []int) ([]int, error) {
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

// add adds the first points of a series to b.
func (l *leading) add(s *series, r points.Range, b *points.Block) error {
	if r.Empty() {
		return nil
	}
	q := s.tipQuery(r, l.now, l.seen)
	switch q.Ask(); {
	case q.None():
		return nil
	case l.most != 1 || l.order != points.Desc:
		return l.read(s, r, l.most, b)
	case q.Found():
		q.Newest.Add(b, s.key.Type)
		return nil
	}
	return l.newest(s, &q, b)
}

// newest adds the newest point of a series, whose tip does not tell it.
func (l *leading) newest(s *series, q *tips.Query, b *points.Block) error {
	r := q.Wanting()
	err := l.begin(s, r, true)
	if err == nil {
		err = l.sc.merge.fill(&l.sc.first, &l.sc.expires, 1)
	}
	if err != nil {
		return l.again(s, q.Range, r, b, err)
	}
	v := l.sc.first.Slice(0, min(1, l.sc.first.Len()))
	if q.Bring(&v, l.sc.expires); v.Len() != 0 && v.Times[0] > q.Range.To {
		return l.read(s, q.Range, 1, b)
	}
	b.AppendBlock(&v)
	return l.end()
}

// again reads what is asked for where more than that could not be read: what is
// damaged behind the range is no matter.
func (l *leading) again(s *series, r, tried points.Range, b *points.Block, failed error) error {
	if tried == r || s.from.s.forgive(failed) != nil {
		return failed
	}
	if err := l.close(s.from.s); err != nil {
		return failed
	}
	l.sc = nil
	return l.read(s, r, 1, b)
}

// begin begins to read a series. With always it tells when points expire.
func (l *leading) begin(s *series, r points.Range, always bool) (err error) {
	if l.sc == nil {
		if l.sc, l.at, err = s.from.open(s.number); err != nil {
			return err
		}
	}
	l.sc.merge.always = always
	l.sc.expires = l.sc.expires[:0]
	l.sc.first.Reset(s.key.Kind())
	return l.sc.read(s.number, l.at, r, l.order, l.now)
}

// read adds the first n points of a series to b.
func (l *leading) read(s *series, r points.Range, n int, b *points.Block) error {
	if err := l.begin(s, r, false); err != nil {
		return err
	}
	sc := l.sc
	for left := n; left > 0; {
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
	return l.end()
}

// end lets go of the series that has been read.
func (l *leading) end() error {
	l.sc.forget()
	return l.sc.dropLarges()
}

// close gives back what has been opened.
func (l *leading) close(s *Store) error {
	if l.sc == nil {
		return nil
	}
	return translate(s.release(l.sc))
}
