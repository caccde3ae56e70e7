package pebble

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage/pebble/tips"
	"aion/storage/points"
)

// keptBatch is up to how many bytes of a batch's memory are kept for another, but where
// it is said otherwise.
const keptBatch = 1 << 20

// newBatch is an empty batch. Pebble uses batches again, with what was said of them
// before, so that each says what holds for it.
func (s *Store) newBatch() *pebble.Batch {
	return s.db.NewBatch(pebble.WithMaxRetainedSizeBytes(keptBatch))
}

// commit is commitChange of a batch that changes no points, or none that can be seen.
func (s *Store) commit(batch *pebble.Batch, o *pebble.WriteOptions) error {
	return s.commitChange(batch, o, nil)
}

// commitChange applies a batch: it is visible when commitChange returns nil. Tips are
// told what it changes, before it can be seen. A batch that is
// to be synced is then given to synced; any other is closed by the caller. After
// an error a batch is left alone, because Pebble may still hold it.
//
// Where Pebble cannot write its log, it panics and leaves a lock behind, and
// whoever commits then waits for ever. So batches are applied one after the
// other, and none after such a failure.
func (s *Store) commitChange(batch *pebble.Batch, o *pebble.WriteOptions, c *tips.Changes) (err error) {
	s.committing.Lock()
	defer s.committing.Unlock()
	if err := s.fault.ended(); err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			s.stuck.Store(true)
			err = s.broken(fmt.Errorf("%v", p))
		}
	}()
	s.room.spend(batch.Len())
	if c != nil {
		c.Tell(&s.tips)
	}
	if o.GetSync() {
		err = s.db.ApplyNoSyncWait(batch, o)
	} else {
		err = s.db.Apply(batch, o)
	}
	if err != nil {
		return s.broken(err)
	}
	s.tips.Applied()
	return s.fault.ended()
}

// synced waits until an applied batch is on the disk, and closes it.
func (s *Store) synced(batch *pebble.Batch) error {
	if err := s.onDisk(batch); err != nil {
		return err
	}
	return translate(batch.Close())
}

// onDisk waits until an applied batch is on the disk. After a failure nothing that
// is written is safe any more, so that the store takes no more writes.
func (s *Store) onDisk(batch *pebble.Batch) error {
	if err := batch.SyncWait(); err != nil {
		return s.broken(err)
	}
	return s.fault.ended()
}

// broken notes that the store takes no more writes, and why.
func (s *Store) broken(err error) error {
	err = fmt.Errorf("the store takes no more writes until it is opened again: %w", errors.Join(points.ErrUnavailable, err))
	s.fault.fail(err)
	s.log.Error("a write did not reach the disk", "error", err)
	return err
}
