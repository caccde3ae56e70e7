package pebble

import (
	"bytes"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage/pebble/posting"
	"aion/storage/points"
)

// index collects the index entries of series for one batch: postings that
// several series share become one change. The changes come in the order of their
// keys, which is how Pebble takes them fastest.
type index struct {
	buf      []byte
	postings gathering
	shape    points.Key          // of the series that came last, whose metric and tags, values aside, count
	alike    []uint64            // the numbers of those of that shape that came last
	kept     map[string]struct{} // postings that a series is in which does not leave
	crowds   *crowds             // of postings that series leave
}

// touch notes that a series enters or leaves its postings. Series that follow
// each other mostly have the same metric and tags, so that the postings which all
// of them are in get them together.
func (x *index) touch(k *points.Key, number uint64) {
	if len(x.alike) != 0 && !sameShape(k, &x.shape) {
		x.share()
	}
	if x.alike = append(x.alike, number); len(x.alike) == 1 {
		x.shape = *k
	}
	lane := 0 // the tag's
	x.buf = eachValuePosting(k, x.buf, func(posting []byte) {
		lane++
		x.postings.add(posting, number, lane)
	})
}

// sameShape tells whether two series have the same metric and tags, values aside.
func sameShape(a, b *points.Key) bool {
	if a.Metric != b.Metric || len(a.Tags) != len(b.Tags) {
		return false
	}
	for i := range a.Tags {
		if a.Tags[i].Name != b.Tags[i].Name {
			return false
		}
	}
	return true
}

// share gives the series of one shape to the postings that all of them are in.
func (x *index) share() {
	if len(x.alike) != 0 {
		x.buf = eachSharedPosting(&x.shape, x.buf, func(posting []byte) { x.postings.addAll(posting, x.alike) })
	}
	x.alike, x.shape = x.alike[:0], points.Key{}
}

// keep notes that a series of that key stays in its postings. To know that of one of
// those that leave it saves reading postings that may be very long.
func (x *index) keep(key []byte) {
	k, err := parseKey(key)
	if err != nil {
		return // nothing is known then
	}
	if x.kept == nil {
		x.kept = map[string]struct{}{}
	}
	keep := func(posting []byte) { x.kept[string(posting)] = struct{}{} }
	x.buf = eachValuePosting(&k, eachSharedPosting(&k, x.buf, keep), keep)
}

// reset forgets what has been noted.
func (x *index) reset() {
	x.postings.reset()
	x.alike, x.shape, x.kept = x.alike[:0], points.Key{}, nil
}

// add adds to a batch that the series have entered their postings, and starts
// afresh.
func (x *index) add(b *pebble.Batch) error {
	defer x.reset()
	x.share()
	return x.postings.each(func(key []byte, numbers []uint64) (err error) {
		if x.buf, err = posting.AppendAdded(x.buf[:0], numbers); err != nil {
			return err
		}
		return b.Merge(key, x.buf, nil)
	})
}

// remove adds to a batch that the series have left their postings, and starts
// afresh. Postings that nobody is left in are deleted: r tells who is in them,
// and nobody writes meanwhile.
func (x *index) remove(b *pebble.Batch, r pebble.Reader) error {
	defer x.reset()
	x.share()
	it, err := r.NewIter(&pebble.IterOptions{LowerBound: []byte{keyPosting}, UpperBound: []byte{keyPosting + 1}})
	if err != nil {
		return err
	}
	err = x.postings.each(func(key []byte, numbers []uint64) error { return x.leave(b, it, key, numbers) })
	return firstOf(err, it.Close())
}

// leave adds to a batch that numbers have left a posting. it is over postings.
func (x *index) leave(b *pebble.Batch, it *pebble.Iterator, key []byte, numbers []uint64) error {
	crowded := x.crowds.leave(key, len(numbers)) // also where that is known already
	if _, kept := x.kept[string(key)]; !kept && !crowded {
		others, err := x.others(it, key, numbers)
		switch {
		case err != nil || !it.Valid() || !bytes.Equal(it.Key(), key):
			return err
		case !others:
			return b.Delete(key, nil)
		}
	}
	var added, removed set
	removed.AddMany(numbers)
	var err error
	if x.buf, err = posting.AppendDelta(x.buf[:0], &added, &removed); err != nil {
		return err
	}
	return b.Merge(key, x.buf, nil)
}

// others goes to a posting, and tells whether any but numbers are in it.
func (x *index) others(it *pebble.Iterator, key []byte, numbers []uint64) (bool, error) {
	if !it.SeekGE(key) || !bytes.Equal(it.Key(), key) {
		return false, it.Error()
	}
	v, err := it.ValueAndErr()
	if err != nil {
		return false, err
	}
	if x.buf, err = posting.AppendAdded(x.buf[:0], numbers); err != nil || bytes.Equal(v, x.buf) {
		return false, err
	}
	in, err := posting.Parse(v)
	if err != nil {
		return false, err
	}
	if n := uint64(len(numbers)); in.GetCardinality() > n {
		x.crowds.stay(key, in.GetCardinality()-n)
		return true, nil
	}
	var leave set
	leave.AddMany(numbers)
	in.AndNot(&leave)
	return !in.IsEmpty(), nil
}
