package pebble

import (
	"aion/storage/points"

	"github.com/cockroachdb/pebble/v2"
)

// index collects the index entries of series for one batch: postings that
// several series share become one change.
type index struct {
	buf      []byte
	postings map[string]*set
}

// touch notes that a series enters or leaves its postings.
func (x *index) touch(k *points.Key, number uint64) {
	if x.postings == nil {
		x.postings = map[string]*set{}
	}
	x.buf = eachPosting(k, x.buf, func(posting []byte) {
		s := x.postings[string(posting)]
		if s == nil {
			s = &set{}
			x.postings[string(posting)] = s
		}
		s.Add(number)
	})
}

// add adds to a batch that the series have entered their postings, and starts
// afresh.
func (x *index) add(b *pebble.Batch) error {
	for key, s := range x.postings {
		if err := x.merge(b, key, s, &set{}); err != nil {
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
	for key, s := range x.postings {
		left, err := posting(r, []byte(key))
		if err != nil {
			return err
		}
		if left.AndNot(s); left.IsEmpty() {
			err = b.Delete([]byte(key), nil)
		} else {
			err = x.merge(b, key, &set{}, s)
		}
		if err != nil {
			return err
		}
	}
	clear(x.postings)
	return nil
}

// merge adds a change to one posting.
func (x *index) merge(b *pebble.Batch, key string, added, removed *set) (err error) {
	if x.buf, err = appendDelta(x.buf[:0], added, removed); err != nil {
		return err
	}
	return b.Merge([]byte(key), x.buf, nil)
}
