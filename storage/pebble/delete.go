package pebble

import (
	"context"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage"
	"aion/storage/pebble/tips"
	"aion/storage/points"
)

// Delete removes the points in the range of all series that match: those that
// were acknowledged before the call. As far as one batch can hold it, all of it
// happens at once. Of a range chunks are rewritten later; what reads see does not
// wait for that. Where the range is all of time, the series are erased.
func (s *Store) Delete(ctx context.Context, sel storage.Selection, r points.Range) error {
	if err := firstOf(s.admit(ctx), s.admits(true)); err != nil || r.Empty() {
		return err
	}
	held := s.hold()
	numbers, err := held.numbers(ctx, sel)
	if err := firstOf(err, translate(held.snap.Close())); err != nil {
		return fmt.Errorf("select series to delete from: %w", err)
	}
	if r == points.Always {
		err = s.eraseAll(numbers)
	} else {
		err = s.cutAndReap(numbers, r)
	}
	if err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	return nil
}

// deleteAtOnce is how many series are cut or erased in one batch: about
// storage.MaxBatch bytes of cuts.
const deleteAtOnce = storage.MaxBatch / 40

// cutAndReap takes a range out of series, and removes those that are empty then.
func (s *Store) cutAndReap(numbers []uint64, r points.Range) error {
	for rest := numbers; len(rest) != 0; {
		n := min(len(rest), deleteAtOnce)
		if err := s.cutAll(rest[:n], r); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return s.reap(numbers)
}

// cutAll takes a range out of series.
func (s *Store) cutAll(numbers []uint64, r points.Range) error {
	batch := s.newBatch()
	applied, err := s.applyCuts(batch, numbers, r)
	if err != nil || !applied {
		return translate(err)
	}
	return s.synced(batch)
}

// applyCuts is cutAll but for the sync, which the caller waits for where it
// answers true.
func (s *Store) applyCuts(batch *pebble.Batch, numbers []uint64, r points.Range) (applied bool, err error) {
	s.lives.RLock()
	defer s.lives.RUnlock()
	seq := s.reserveCuts(len(numbers))
	var key, known []byte
	run := appendRun(nil, []points.Range{r}, &points.Block{}, nil)
	for _, n := range numbers {
		var ok bool
		var err error
		known, ok, err = readKey(s.db, known[:0], n)
		if ok = ok || err != nil && s.forgive(err) == nil; !ok && err != nil {
			return false, err
		}
		if !ok {
			continue
		}
		seq++
		key = appendRunKey(key[:0], s.newest.Load(), n, seq)
		if err := batch.Set(key, run, nil); err != nil {
			return false, err
		}
	}
	if batch.Empty() {
		return false, nil
	}
	size := int64(batch.Len())
	if err := s.commitChange(batch, pebble.Sync, &tips.Changes{Cuts: numbers, Gone: r}); err != nil {
		return false, err
	}
	s.note(size)
	return true, nil
}

// reserveCuts takes a stretch of sequence numbers and answers where it begins. Until
// the epoch is settled nothing is put aside, which would lie below the cuts, and
// nothing in the next one: of a series that is damaged the cuts stay.
func (s *Store) reserveCuts(n int) uint32 {
	s.dict.mu.Lock()
	defer s.dict.mu.Unlock()
	s.dict.uncut = s.newest.Load() + 1
	return s.seq.Add(uint32(n)) - uint32(n)
}
