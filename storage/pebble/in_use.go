package pebble

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage/pebble/posting"
	"aion/storage/points"
)

// Which numbers and epochs are in use is told by the last sheet and the counter of epochs.
// Where one of these is damaged, all entries that have a number or an epoch tell. It has to
// be all: what cannot be read may have the highest.

// storedEpoch is the newest epoch that there has been, as its counter says.
func (s *Store) storedEpoch() (newest uint32, err error) {
	v, closer, err := s.db.Get(metaEpoch)
	if errors.Is(err, pebble.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, translate(err)
	}
	if len(v) != 4 {
		return 0, errors.Join(fmt.Errorf("read the counter of epochs: %w", points.ErrCorrupt), closer.Close())
	}
	newest = binary.BigEndian.Uint32(v)
	return newest, translate(closer.Close())
}

// oldestEpoch is the oldest epoch that has runs or, where none has any, the one to come.
func oldestEpoch(db *pebble.DB, coming uint32) (oldest uint32, err error) {
	oldest = coming
	for _, prefix := range []byte{keyRun, keyRunGroup} {
		it, err := db.NewIter(&pebble.IterOptions{LowerBound: []byte{prefix}, UpperBound: []byte{prefix + 1}})
		if err != nil {
			return 0, translate(err)
		}
		if it.First() && len(it.Key()) == 17 {
			oldest = min(oldest, binary.BigEndian.Uint32(it.Key()[1:]))
		}
		if err := firstOf(it.Error(), it.Close()); err != nil {
			return 0, fmt.Errorf("find out which runs are to be settled: %w", translate(err))
		}
	}
	return oldest, nil
}

// highestEpoch is the newest epoch that something tells of: a run or a group that there was
// such an epoch, a carried one that there was the one behind, in which it may have been put
// aside, so that another one that is put aside in that one might take its place.
func highestEpoch(db *pebble.DB) (epoch uint32, err error) {
	for _, of := range []struct {
		prefix byte
		parse  parseRank
		behind uint32
	}{{keyRun, parseRunKey, 0}, {keyRunGroup, parseRunGroupKey, 0}, {keyCarried, parseCarriedKey, 1}, {keyCarriedGroup, parseCarriedGroupKey, 1}} {
		err = firstOf(err, everyEntry(db, of.prefix, func(key, _ []byte) error {
			_, rank, ok := of.parse(key)
			if !ok {
				return damagedHead()
			}
			epoch = max(epoch, uint32(rank>>32)+of.behind)
			return nil
		}))
	}
	return epoch, err
}

// highestNumber is the highest number that a series has, as the numbers of all series say
// or, if they cannot all be read, the posting of all series.
func highestNumber(db *pebble.DB) (highest uint64, err error) {
	err = everyEntry(db, keyNumber, func(_, value []byte) error {
		number, err := parseNumber(value)
		highest = max(highest, number)
		return err
	})
	if err == nil {
		return highest, nil
	}
	v, closer, failed := db.Get(appendPosting(nil, postAll))
	if failed != nil {
		return 0, errors.Join(err, translate(failed))
	}
	all, failed := posting.Parse(v)
	if failed := firstOf(failed, closer.Close()); failed != nil || all.IsEmpty() {
		return 0, errors.Join(err, translate(failed))
	}
	return max(highest, all.Maximum()), nil
}

// everyEntry calls f with every entry under a prefix until it answers an error.
func everyEntry(db *pebble.DB, prefix byte, f func(key, value []byte) error) error {
	it, err := db.NewIter(&pebble.IterOptions{LowerBound: []byte{prefix}, UpperBound: []byte{prefix + 1}})
	if err != nil {
		return translate(err)
	}
	for ok := it.First(); ok && err == nil; ok = it.Next() {
		var value []byte
		if value, err = it.ValueAndErr(); err == nil {
			err = f(it.Key(), value)
		}
	}
	return translate(firstOf(err, it.Error(), it.Close()))
}
