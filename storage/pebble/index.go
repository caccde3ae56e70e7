package pebble

import (
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage/points"
)

// index collects the index entries of series for one batch: postings that
// several series share become one change.
type index struct {
	buf      []byte
	postings map[string]*[]uint64
}

// touch notes that a series enters or leaves its postings.
func (x *index) touch(k *points.Key, number uint64) {
	if x.postings == nil {
		x.postings = map[string]*[]uint64{}
	}
	x.buf = eachPosting(k, x.buf, func(posting []byte) {
		if s := x.postings[string(posting)]; s != nil {
			*s = append(*s, number)
			return
		}
		x.postings[string(posting)] = &[]uint64{number}
	})
}

// add adds to a batch that the series have entered their postings, and starts
// afresh.
func (x *index) add(b *pebble.Batch) (err error) {
	for key, numbers := range x.postings {
		slices.Sort(*numbers)
		if x.buf, err = appendAdded(x.buf[:0], *numbers); err != nil {
			return err
		}
		if err := b.Merge([]byte(key), x.buf, nil); err != nil {
			return err
		}
	}
	clear(x.postings)
	return nil
}

// remove adds to a batch that the series have left their postings, and starts
// afresh. Postings that nobody is left in are deleted: r tells who is in them,
// and nobody writes meanwhile.
func (x *index) remove(b *pebble.Batch, r pebble.Reader) error {
	for key, numbers := range x.postings {
		left, err := posting(r, []byte(key))
		if err != nil {
			return err
		}
		var added, removed set
		removed.AddMany(*numbers)
		if left.AndNot(&removed); left.IsEmpty() {
			err = b.Delete([]byte(key), nil)
		} else if x.buf, err = appendDelta(x.buf[:0], &added, &removed); err == nil {
			err = b.Merge([]byte(key), x.buf, nil)
		}
		if err != nil {
			return err
		}
	}
	clear(x.postings)
	return nil
}
