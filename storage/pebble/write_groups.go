package pebble

import (
	"github.com/cockroachdb/pebble/v2"

	"aion/storage/points"
)

// few adds the few points of a series to the batch, which are all that the batch has
// of it, with others of its sheet if there are enough of them.
func (w *writer) few(s *Store, b *pebble.Batch, number uint64, carried bool, block *points.Block, expires []int64) error {
	g := &w.group
	if carried {
		g = &w.carriedGroup
	}
	if sheet := sheetOf(number); g.n() == 0 {
		g.reset(sheet)
	} else if g.sheet != sheet {
		if err := w.flushGroup(s, b, g, carried); err != nil {
			return err
		}
		g.reset(sheet)
	}
	most := plainBytes
	if carried {
		most = groupedBytes
	}
	if g.put(number, block, expires, most) {
		return nil
	}
	w.value = appendRun(w.value[:0], nil, block, expires)
	return w.alone(s, b, number, carried)
}

// alone adds the encoded run to the batch by itself.
func (w *writer) alone(s *Store, b *pebble.Batch, number uint64, carried bool) error {
	if carried {
		return w.setCarried(s, b, number)
	}
	return w.set(s, b, number)
}

// flushGroups adds to the batch what is left to be grouped.
func (w *writer) flushGroups(s *Store, b *pebble.Batch) error {
	return firstOf(w.flushGroup(s, b, &w.carriedGroup, true), w.flushGroup(s, b, &w.group, false))
}

// flushGroup adds a group to the batch, or its runs by themselves where they are too
// few for one, and empties it.
func (w *writer) flushGroup(s *Store, b *pebble.Batch, g *groupWriter, carried bool) (err error) {
	defer g.reset(0)
	switch epoch := s.newest.Load(); {
	case g.n() < groupFrom:
		return g.each(func(number uint64, run []byte) error {
			w.value = append(w.value[:0], run...)
			return w.alone(s, b, number, carried)
		})
	case carried:
		w.step(s)
		s.grouped.carried(g.sheet, epoch)
		w.key = appendCarriedGroupKey(w.key[:0], g.sheet, rankOf(epoch-1, w.seq))
	default:
		w.step(s)
		s.grouped.runs(g.sheet, epoch)
		w.key = appendRunGroupKey(w.key[:0], epoch, g.sheet, w.seq)
	}
	if !carried && g.size() > plainBytes*g.n() {
		return b.Set(w.key, g.plain(), nil)
	}
	value, saved := g.encode()
	w.saved += int64(saved)
	return b.Set(w.key, value, nil)
}

// plainBytes is how long the runs of an epoch's group are, taken together, for each of
// them, where the group has no columns: runs of several points are mostly settled
// before Pebble writes them into a table, and columns would cost more than they save.
const plainBytes = 40
