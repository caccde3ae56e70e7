package pebble

import (
	"context"
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage"
	"aion/storage/points"
)

// Write applies the batch. It returns when the batch is synced to disk; other
// writes share the sync. A batch that is too large to be applied at once is given
// back where it has numbers of series that are recalled.
func (s *Store) Write(ctx context.Context, b *storage.Batch) error {
	for i := range b.Changes {
		if err := fits(&b.Changes[i]); err != nil {
			return fmt.Errorf("write change %d: %w", i, err)
		}
	}
	if len(b.Recalled) != 0 && b.Size() > storage.MaxBatch {
		return storage.ErrForgotten
	}
	w := s.writers.Get().(*writer)
	defer s.writers.Put(w)
	w.shrunk = w.shrunk[:0]
	w.recalled.take(b.Recalled)
	for rest := b.Changes; len(rest)+len(w.recalled.list) != 0; {
		if err := firstOf(s.admit(ctx), s.admits(false)); err != nil {
			return err
		}
		n := len(rest)
		if b.Size() > storage.MaxBatch {
			n = portion(rest)
		}
		if err := s.write(w, rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
		w.recalled.list = w.recalled.list[:0]
	}
	return s.reap(w.shrunk)
}

// fits tells whether a change can be stored: its columns belong together and
// hold points of the type that its key says, and that is not too long.
func fits(c *storage.Change) error {
	b, n := &c.Points, c.Points.Len()
	if err := c.Key.CheckSize(); err != nil || n == 0 {
		return err
	}
	ok := b.Kind == c.Key.Kind()
	switch b.Kind {
	case points.Number:
		ok = ok && len(b.Floats) == n && uniform(b)
		switch c.Key.Type {
		case points.TypeLong:
			ok = ok && b.Int(0)
		case points.TypeDouble:
			ok = ok && !b.Int(0) && !b.Null(0)
		case points.TypeNull:
			ok = ok && b.Null(0)
		case points.TypeLegacy:
			ok = false // a series has integers or doubles, and what it has already is not known here
		}
	case points.Text:
		ok = ok && len(b.Texts) == n
	default:
		ok = ok && len(b.Bytes) == n && b.Type == c.Key.Type
	}
	if !ok {
		return points.Invalid("the points are not of the kind of %s", c.Key)
	}
	return nil
}

// uniform tells whether the numbers of b are all integers, all doubles or all
// null.
func uniform(b *points.Block) bool {
	n := b.Len()
	if len(b.Ints) != 0 && len(b.Ints) != n || len(b.IsInt) != 0 && len(b.IsInt) != n ||
		len(b.Nulls) != 0 && len(b.Nulls) != n {
		return false
	}
	if len(b.IsInt) == 0 && len(b.Nulls) == 0 {
		return true
	}
	for i := range n {
		if b.Int(i) != b.Int(0) || b.Null(i) != b.Null(0) {
			return false
		}
	}
	return true
}

// portion is how many changes are stored together when a batch is too large to
// be stored at once.
func portion(changes []storage.Change) int {
	var b storage.Batch
	for i := range changes {
		c := &changes[i]
		b.Remove(c.Key, c.Remove...)
		b.Put(c.Key, c.Points, 0)
		if b.Size() > storage.MaxBatch {
			return max(1, i)
		}
	}
	return len(changes)
}

// admit waits until there is room for another write.
func (s *Store) admit(ctx context.Context) error {
	for {
		if err := firstOf(ctx.Err(), s.fault.ended()); err != nil || !s.waiting.isShut() {
			return err
		}
		if err := s.fault.present(); err != nil {
			return err
		}
		if err := s.waiting.wait(ctx); err != nil {
			return err
		}
	}
}

// write stores changes in one batch.
func (s *Store) write(w *writer, changes []storage.Change) error {
	batch := w.batch
	if w.batch = nil; batch == nil {
		batch = s.newBatch()
	}
	applied, err := s.apply(w, batch, changes)
	if err == nil && applied {
		err = s.onDisk(batch)
	}
	if err != nil {
		return translate(err)
	}
	batch.Reset()
	w.batch = batch
	return nil
}

// apply builds the batch and makes it visible. Where it answers true, the caller
// waits for the batch's sync. The batch itself cannot be asked: Pebble empties a
// large one.
func (s *Store) apply(w *writer, batch *pebble.Batch, changes []storage.Change) (applied bool, err error) {
	s.lives.RLock()
	defer s.lives.RUnlock()
	if err := w.build(s, batch, changes); err != nil || batch.Empty() {
		return false, err
	}
	size := int64(batch.Len()) + w.saved // an epoch is as many points, whatever they take
	commit := func() error { return s.commitChange(batch, pebble.Sync, &w.tips) }
	if len(w.fresh) == 0 {
		err = commit()
	} else {
		err = s.postings.change(commit)
	}
	if err != nil {
		return false, err
	}
	s.note(size)
	s.settleNames(w)
	return true, nil
}

// note counts what came into the epoch, wakes the background when the epoch is
// full, and holds writers back when it is far too full. The epoch stays open
// meanwhile.
func (s *Store) note(size int64) {
	filled := s.filled.Add(size)
	if filled == size {
		s.begun.Store(int64(time.Since(s.opened)))
	}
	if filled >= epochBytes {
		s.wake()
	}
	if filled >= epochLimit && !s.still {
		s.waiting.shut()
	}
}

// wake tells the background that there may be work.
func (s *Store) wake() {
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// settleNames notes that the index has the new series of a batch, and what the
// batch files. That the batch is not synced yet is no matter: what rests on it
// stands behind it in the log. No series is removed meanwhile.
func (s *Store) settleNames(w *writer) {
	if len(w.fresh) != 0 {
		s.dict.settle(w.fresh)
	}
	w.mark(s.dict)
	for _, f := range w.filed {
		s.dict.file(f.number, f.due)
	}
}
