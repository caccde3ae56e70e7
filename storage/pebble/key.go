package pebble

import (
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage/points"
)

// stepKeys is up to how far apart two numbers are to be reached by stepping.
// Nearly every number is that of a series.
const stepKeys = 8

// eachKey calls f with the keys of series, in the order of their numbers, until
// it answers false. That the index names a series that is not there is damage.
func (r reader) eachKey(members *set, f func(number uint64, k points.Key) (bool, error)) error {
	if members.GetCardinality() == 1 {
		return r.oneKey(members.Minimum(), f)
	}
	it, err := r.snap.NewIter(&pebble.IterOptions{LowerBound: []byte{keySeries}, UpperBound: []byte{keySeries + 1}})
	if err != nil {
		return translate(err)
	}
	var at uint64
	var seek []byte
	var parser keyParser
	more := true
	for m := members.Iterator(); m.HasNext() && more && err == nil; {
		number := m.Next()
		for it.Valid() && at < number && number-at <= stepKeys && it.Next() {
			at, _ = parseNumbered(it.Key())
		}
		if !it.Valid() || at < number {
			seek = appendNumbered(seek[:0], keySeries, number)
			it.SeekGE(seek)
		}
		if err = it.Error(); err == nil {
			at, more, err = keyAt(it, &parser, number, f)
		}
	}
	return translate(firstOf(err, it.Close()))
}

// keyAt calls f with the key that an iterator is at, which should be that of
// number.
func keyAt(it *pebble.Iterator, parser *keyParser, number uint64, f func(uint64, points.Key) (bool, error)) (at uint64, more bool, err error) {
	if it.Valid() {
		at, _ = parseNumbered(it.Key())
	}
	if at != number {
		return at, false, missing(number)
	}
	v, err := it.ValueAndErr()
	if err != nil {
		return at, false, err
	}
	k, err := parser.parse(v)
	if err != nil {
		return at, false, err
	}
	more, err = f(number, k)
	return at, more, err
}

// oneKey is eachKey for one series.
func (r reader) oneKey(number uint64, f func(uint64, points.Key) (bool, error)) error {
	b, ok, err := readKey(r.snap, nil, number)
	if err != nil {
		return err
	}
	if !ok {
		return missing(number)
	}
	k, err := parseKey(b)
	if err != nil {
		return err
	}
	_, err = f(number, k)
	return err
}

// missing is the error of an index that names a series that is not there.
func missing(number uint64) error {
	return fmt.Errorf("the index names series %d, which is not there: %w", number, points.ErrCorrupt)
}
