package pebble

import (
	"errors"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage/points"
)

// reapAtOnce is how many series are looked at while writers wait.
const reapAtOnce = 64

// spanKeys is up to how many keys are deleted one by one.
const spanKeys = 64

// reap removes those of the series that have no point left, with their names,
// and files the others for the sweeper as is due. What it did is durable.
func (s *Store) reap(numbers []uint64) error {
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	var some []uint64
	for i, n := range numbers {
		wrong, err := s.misfiled(n)
		if err != nil {
			return err
		}
		if wrong {
			some = append(some, n)
		}
		if len(some) == reapAtOnce || i == len(numbers)-1 && len(some) != 0 {
			if err := s.reapSome(some); err != nil {
				return err
			}
			some = some[:0]
		}
	}
	return nil
}

// misfiled tells whether a series has no point left, or is not filed as is due.
// A series that cannot be read is left as it is.
func (s *Store) misfiled(number uint64) (bool, error) {
	live, due, err := s.examine(number)
	if err != nil || !live {
		return err == nil, s.forgive(err)
	}
	filed, err := readDue(s.db, number)
	return filed != due, err
}

// forgive is err without damage to points: who tidies up leaves what is damaged.
func (s *Store) forgive(err error) error {
	if err = translate(err); errors.Is(err, points.ErrCorrupt) {
		return nil
	}
	return err
}

// examine tells whether a series has a point left, and a time at which it may
// have none: notDue if one of the newest points never expires.
func (s *Store) examine(number uint64) (live bool, due int64, err error) {
	sc, err := reader{s: s}.scan(number, points.Always, points.Desc, true)
	if err != nil {
		return false, 0, err
	}
	defer s.release(sc)
	b := &sc.small.spare
	b.Reset(points.Number)
	sc.expires = sc.expires[:0]
	if err := sc.merge.fill(b, &sc.expires, points.BlockSize); err != nil {
		return false, 0, err
	}
	if len(sc.expires) < b.Len() || slices.Contains(sc.expires, 0) {
		return b.Len() != 0, notDue, nil
	}
	for _, at := range sc.expires {
		due = max(due, at)
	}
	return b.Len() != 0, due, nil
}

// removed is a series that a batch removes.
type removed struct {
	digest digest
	number uint64
	due    int64 // for one that stays
	stays  bool
}

// reapSome looks again at series, with nobody writing or settling, and removes
// or files them.
func (s *Store) reapSome(numbers []uint64) error {
	batch := s.db.NewBatch()
	applied, err := s.applyReaping(batch, numbers)
	if err != nil || !applied {
		return translate(err)
	}
	return s.synced(batch)
}

// applyReaping is what reapSome does under the locks: all but the sync, which
// the caller waits for where it answers true.
func (s *Store) applyReaping(batch *pebble.Batch, numbers []uint64) (applied bool, err error) {
	s.settling.Lock()
	defer s.settling.Unlock()
	s.lives.Lock()
	defer s.lives.Unlock()
	it, err := s.db.NewIter(nil)
	if err != nil {
		return false, err
	}
	defer it.Close()
	var x index
	var done []removed
	for _, n := range numbers {
		r, err := s.reapOne(batch, it, &x, n)
		if err != nil {
			return false, err
		}
		done = append(done, r)
	}
	if err := x.remove(batch, s.db); err != nil || batch.Empty() {
		return false, err
	}
	if err := s.commit(batch, pebble.Sync); err != nil {
		return false, err
	}
	for _, r := range done {
		if r.stays {
			s.dict.update(r.digest, r.number, func(e *entry) { e.due = r.due })
		} else {
			s.dict.forget(r.digest)
		}
	}
	return true, nil
}

// reapOne adds the removal of a series to the batch, or its filing.
func (s *Store) reapOne(batch *pebble.Batch, it *pebble.Iterator, x *index, number uint64) (removed, error) {
	key, ok, err := readKey(s.db, nil, number)
	if err != nil || !ok {
		return removed{stays: true}, err
	}
	r := removed{digest: s.dict.digest(key), number: number}
	live, due, err := s.examine(number)
	if err != nil {
		return removed{stays: true}, s.forgive(err)
	}
	filed, err := readDue(s.db, number)
	if err != nil {
		return r, err
	}
	if live {
		r.stays, r.due = true, due
		if due == filed {
			return r, nil
		}
		return r, refile(batch, number, filed, due)
	}
	k, err := parseKey(key)
	if err != nil {
		return r, err
	}
	x.touch(&k, number)
	return r, s.removeData(batch, it, key, number, filed)
}

// removeData adds to the batch the removal of all that lies under a series'
// number, and of the number itself.
func (s *Store) removeData(batch *pebble.Batch, it *pebble.Iterator, key []byte, number uint64, filed int64) error {
	if err := refile(batch, number, filed, notDue); err != nil {
		return err
	}
	spans := [][]byte{
		appendNumbered(nil, keyChunk, number),
		appendNumbered(nil, keyCarried, number),
	}
	for e, end := s.oldest.Load(), s.newest.Load(); e <= end; e++ {
		spans = append(spans, appendRunSeries(nil, e, number))
	}
	for _, span := range spans {
		if err := deleteSpan(batch, it, span); err != nil {
			return fmt.Errorf("remove series %d: %w", number, err)
		}
	}
	if err := batch.Delete(appendNumbered(nil, keySeries, number), nil); err != nil {
		return err
	}
	return batch.Delete(append([]byte{keyNumber}, key...), nil)
}

// deleteSpan deletes all keys with a prefix: few of them one by one, because
// many range deletions make every read slower.
func deleteSpan(batch *pebble.Batch, it *pebble.Iterator, prefix []byte) error {
	end := next(prefix)
	n := 0
	for ok := it.SeekGE(prefix); ok && string(it.Key()) < string(end); ok = it.Next() {
		if n++; n > spanKeys {
			return batch.DeleteRange(prefix, end, nil)
		}
		if err := batch.Delete(it.Key(), nil); err != nil {
			return err
		}
	}
	return it.Error()
}
