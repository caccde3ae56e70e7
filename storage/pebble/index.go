package pebble

import (
	"bytes"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage/points"
)

// index collects the index entries of series for one batch: postings that
// several series share become one change. The changes come in the order of their
// keys, which is how Pebble takes them fastest.
type index struct {
	buf      []byte
	postings gathering
}

// touch notes that a series enters or leaves its postings.
func (x *index) touch(k *points.Key, number uint64) {
	x.buf = eachPosting(k, x.buf, func(posting []byte) { x.postings.add(posting, number) })
}

// add adds to a batch that the series have entered their postings, and starts
// afresh.
func (x *index) add(b *pebble.Batch) error {
	defer x.postings.reset()
	return x.postings.each(func(key []byte, numbers []uint64) (err error) {
		if x.buf, err = appendAdded(x.buf[:0], numbers); err != nil {
			return err
		}
		return b.Merge(key, x.buf, nil)
	})
}

// remove adds to a batch that the series have left their postings, and starts
// afresh. Postings that nobody is left in are deleted: r tells who is in them,
// and nobody writes meanwhile.
func (x *index) remove(b *pebble.Batch, r pebble.Reader) error {
	defer x.postings.reset()
	it, err := r.NewIter(&pebble.IterOptions{LowerBound: []byte{keyPosting}, UpperBound: []byte{keyPosting + 1}})
	if err != nil {
		return err
	}
	err = x.postings.each(func(key []byte, numbers []uint64) error { return x.leave(b, it, key, numbers) })
	return firstOf(err, it.Close())
}

// leave adds to a batch that numbers have left a posting. it is over postings.
func (x *index) leave(b *pebble.Batch, it *pebble.Iterator, key []byte, numbers []uint64) error {
	if !it.SeekGE(key) || !bytes.Equal(it.Key(), key) {
		return it.Error()
	}
	v, err := it.ValueAndErr()
	if err != nil {
		return err
	}
	if x.buf, err = appendAdded(x.buf[:0], numbers); err != nil {
		return err
	}
	if bytes.Equal(v, x.buf) {
		return b.Delete(key, nil)
	}
	left, err := parsePosting(v)
	if err != nil {
		return err
	}
	var added, removed set
	removed.AddMany(numbers)
	if left.AndNot(&removed); left.IsEmpty() {
		return b.Delete(key, nil)
	}
	if x.buf, err = appendDelta(x.buf[:0], &added, &removed); err != nil {
		return err
	}
	return b.Merge(key, x.buf, nil)
}
