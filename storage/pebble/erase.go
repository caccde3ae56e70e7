package pebble

import (
	"encoding/binary"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage"
	"aion/storage/pebble/tips"
)

// spanKeys is up to how many keys are deleted one by one: many range deletions
// make every read slower.
const spanKeys = 64

// eraser adds the removal of series to a batch: of their names, their index
// entries and all that lies under their numbers. Series that are neighbours go
// together, so that it costs by what is there and not by the series. Nobody
// writes or settles meanwhile.
type eraser struct {
	s       *Store
	batch   *pebble.Batch
	names   roll
	sheet   sheetErasure
	groups  groupErasure
	data    *pebble.Iterator // over whatever lies under numbers
	index   index
	digests []digest // of the series that are erased
	tips    tips.Changes
	begun   bool   // there are neighbours to be erased yet, and names is at the last of them
	from    uint64 // the first of them
	to      uint64 // the last of them
	key     []byte
	end     []byte
}

// eraser begins to erase series. It is closed by the caller.
func (s *Store) eraser(batch *pebble.Batch) (*eraser, error) {
	names, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{keySeries}, UpperBound: []byte{keySeries + 1}})
	if err != nil {
		return nil, err
	}
	data, err := names.Clone(pebble.CloneOptions{IterOptions: &pebble.IterOptions{}})
	if err != nil {
		return nil, firstOf(err, names.Close())
	}
	e := &eraser{s: s, batch: batch, names: roll{it: names}, data: data}
	e.sheet.stays, e.index.crowds = e.index.keep, &s.crowds
	return e, nil
}

// close gives back the iterators.
func (e *eraser) close() error { return firstOf(e.names.it.Close(), e.data.Close()) }

// erase erases a series; one that is not there is nothing. Of one whose key cannot be
// read what lies under its number goes, and its names stay, damaged as they are.
// Numbers ascend from call to call.
func (e *eraser) erase(number uint64) error {
	e.tips.Lose(number)
	there, err := e.find(number)
	if err == nil && there {
		err = e.eraseNamed(number)
	}
	if err == nil || e.s.forgive(err) != nil {
		return err
	}
	if err := e.flush(); err != nil {
		return err
	}
	e.begun, e.from, e.to = true, number, number
	return e.flush()
}

// find goes to a series, and tells whether it is there.
func (e *eraser) find(number uint64) (bool, error) {
	if e.begun && e.names.next() && e.names.sheet.number == number {
		return true, nil
	}
	if err := e.flush(); err != nil {
		return false, err
	}
	found := e.names.seek(number) && e.names.sheet.number == number
	return found, e.names.err
}

// eraseNamed erases the series that names is at.
func (e *eraser) eraseNamed(number uint64) error {
	v := e.names.sheet.key
	k, err := parseKey(v)
	if err == nil {
		err = e.sheet.erase(e.batch, &e.names)
	}
	if err != nil {
		return err
	}
	if !e.begun {
		e.begun, e.from = true, number
	}
	e.to = number
	e.index.touch(&k, number)
	e.digests = append(e.digests, e.s.dict.digest(v))
	e.key = appendNumberKey(e.key[:0], fingerprintOf(v))
	return e.batch.Delete(e.key, nil)
}

// finish ends the batch, which then holds everything.
func (e *eraser) finish() error {
	if err := firstOf(e.flush(), e.flushGroups(), e.sheet.flush(e.batch)); err != nil {
		return err
	}
	return e.index.remove(e.batch, e.s.db)
}

// flush erases what lies under the numbers of the neighbours.
func (e *eraser) flush() error {
	if !e.begun {
		return nil
	}
	e.begun = false
	err := e.unfile()
	for _, prefix := range []byte{keyFiled, keyChunk, keyCarried} {
		if err == nil {
			e.key, e.end = appendNumbered(e.key[:0], prefix, e.from), appendNumbered(e.end[:0], prefix, e.to+1)
			err = e.span()
		}
	}
	for epoch, end := e.s.oldest.Load(), e.s.newest.Load(); epoch <= end && err == nil; epoch++ {
		e.key, e.end = appendRunSeries(e.key[:0], epoch, e.from), appendRunSeries(e.end[:0], epoch, e.to+1)
		err = e.span()
	}
	if err == nil {
		err = e.ungroup(e.from, e.to)
	}
	if err != nil {
		return fmt.Errorf("erase series %d to %d: %w", e.from, e.to, err)
	}
	return nil
}

// unfile erases the times under which the sweeper has the neighbours.
func (e *eraser) unfile() error {
	e.data.SetBounds(appendNumbered(nil, keyFiled, e.from), appendNumbered(nil, keyFiled, e.to+1))
	for ok := e.data.First(); ok; ok = e.data.Next() {
		number, _ := parseNumbered(e.data.Key())
		v, err := e.data.ValueAndErr()
		if err != nil {
			return err
		}
		if len(v) != 8 {
			continue
		}
		e.key = appendDueKey(e.key[:0], int64(binary.BigEndian.Uint64(v)), number)
		if err := e.batch.Delete(e.key, nil); err != nil {
			return err
		}
	}
	return e.data.Error()
}

// span erases what lies from key to end. What cannot be read goes too.
func (e *eraser) span() error {
	e.data.SetBounds(e.key, e.end)
	n := 0
	for ok := e.data.First(); ok && n <= spanKeys; ok = e.data.Next() {
		n++
	}
	if err := e.data.Error(); err != nil && e.s.forgive(err) != nil {
		return err
	} else if err != nil || n > spanKeys {
		return e.batch.DeleteRange(e.key, e.end, nil)
	}
	for ok := e.data.First(); ok; ok = e.data.Next() {
		if err := e.batch.Delete(e.data.Key(), nil); err != nil {
			return err
		}
	}
	return e.data.Error()
}

// eraseBytes is from how many bytes on a batch takes no further series: what stays
// on a sheet that one of them stood on is written anew.
const eraseBytes = 4 * storage.MaxBatch

// eraseAll erases series, all at once as far as one batch can hold it. What it
// did is durable.
func (s *Store) eraseAll(numbers []uint64) error {
	for rest := numbers; len(rest) != 0; {
		batch := s.newBatch()
		n, applied, err := s.applyErasing(batch, rest[:min(len(rest), deleteAtOnce)])
		if err == nil && applied {
			err = s.synced(batch)
		}
		if err != nil {
			return translate(err)
		}
		rest = rest[n:]
	}
	return nil
}

// applyErasing is what eraseAll does with one batch under the locks: all but the
// sync, which the caller waits for where it answers true. It answers how many
// series it has come to.
func (s *Store) applyErasing(batch *pebble.Batch, numbers []uint64) (n int, applied bool, err error) {
	s.settling.Lock()
	defer s.settling.Unlock()
	s.lives.Lock()
	defer s.lives.Unlock()
	e, err := s.eraser(batch)
	if err != nil {
		return 0, false, err
	}
	defer func() { err = firstOf(err, e.close()) }()
	for ; n < len(numbers) && batch.Len() < eraseBytes; n++ {
		if err := e.erase(numbers[n]); err != nil {
			return n, false, err
		}
	}
	applied, err = s.applyErased(e)
	return n, applied, err
}

// applyErased applies what has been erased, and lets the dictionary forget it.
// The locks are held.
func (s *Store) applyErased(e *eraser) (applied bool, err error) {
	if err := e.finish(); err != nil || e.batch.Empty() {
		return false, err
	}
	if err := s.postings.change(func() error { return s.commitChange(e.batch, pebble.Sync, &e.tips) }); err != nil {
		return false, err
	}
	s.dropped.Add(1)
	s.dict.forget(e.digests)
	return true, nil
}
