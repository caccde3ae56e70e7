package pebble

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage/points"
)

// walk calls f with every entry under a prefix that can be read. Where entries
// cannot be read it calls lost with the last key before and the first behind
// them, goes on behind, and tells what has failed. Either key is nil where there
// is none. The error is the caller's end.
func (v *verifier) walk(prefix byte, f func(key, value []byte), lost func(before, behind []byte, err error)) error {
	from, end := []byte{prefix}, []byte{prefix + 1}
	var before []byte
	for from != nil {
		last, err := v.stretch(from, end, f)
		if last != nil {
			before = last
		}
		if stops(err) || err == nil {
			return err
		}
		failed := from
		if last != nil {
			failed = append(append([]byte{}, last...), 0)
		}
		if from, err = v.readable(failed, end, err); stops(err) {
			return err
		}
		lost(before, from, translate(err))
	}
	return nil
}

// stretch calls f with the entries from from on, up to the first that cannot be
// read. It answers the last key that it has called f with.
func (v *verifier) stretch(from, end []byte, f func(key, value []byte)) (last []byte, err error) {
	it, err := v.r.snap.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: end})
	if err != nil {
		return nil, err
	}
	for ok := it.First(); ok; ok = it.Next() {
		value, err := it.ValueAndErr()
		if err = firstOf(err, v.ctx.Err()); err != nil {
			return last, errors.Join(err, it.Close())
		}
		f(it.Key(), value)
		last = append(last[:0], it.Key()...)
		v.step()
	}
	// Close tells the iterator's error once more.
	return last, firstOf(it.Error(), it.Close())
}

// readable finds the first key behind from at which reading works again: nil
// where none does before end. The error is why from cannot be read.
func (v *verifier) readable(from, end []byte, err error) ([]byte, error) {
	var found []byte
	digits(from).search(func(p position) bool {
		if v.ctx.Err() != nil {
			return false
		}
		key, err := v.probe(p.key(from[0]), end)
		if err == nil {
			found = key
		}
		return err == nil
	})
	return found, firstOf(v.ctx.Err(), err)
}

// probe reads the entry at or behind a key and answers its key: nil where there is
// none before end.
func (v *verifier) probe(from, end []byte) (key []byte, err error) {
	it, err := v.r.snap.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: end})
	if err != nil {
		return nil, err
	}
	if it.First() {
		key = append(key, it.Key()...)
		_, err = it.ValueAndErr()
	}
	return key, firstOf(err, it.Error(), it.Close())
}

// position is where a key lies among those of its prefix: its next 16 bytes as a
// number.
type position [2]uint64

// search calls holds with positions behind p, of which it tells whether they are far
// enough, until it has answered true for the first of them, as far as there is one. It
// gallops and then bisects.
func (p position) search(holds func(position) bool) {
	high := p
	for shift := 0; high == p || !holds(high); shift++ {
		if high.last() {
			return
		}
		high = p.plus(shift)
	}
	for low := p; low.next() != high; {
		if middle := low.between(high); holds(middle) {
			high = middle
		} else {
			low = middle
		}
	}
}

// digits is the position of a key.
func digits(key []byte) position {
	var b [16]byte
	copy(b[:], key[1:])
	return position{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
}

// key is the key at a position.
func (p position) key(prefix byte) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64([]byte{prefix}, p[0]), p[1])
}

// last tells whether there is no position behind p.
func (p position) last() bool { return p == position{math.MaxUint64, math.MaxUint64} }

// plus is the position 1<<shift further on, the last one where there is none.
func (p position) plus(shift int) position {
	var step position
	if shift < 128 {
		step[1-shift/64] = 1 << (shift % 64)
	}
	low, carry := bits.Add64(p[1], step[1], 0)
	high, carry := bits.Add64(p[0], step[0], carry)
	if carry != 0 || shift >= 128 {
		return position{math.MaxUint64, math.MaxUint64}
	}
	return position{high, low}
}

// next is the position behind p.
func (p position) next() position {
	low, carry := bits.Add64(p[1], 1, 0)
	return position{p[0] + carry, low}
}

// between is the position halfway to a later one.
func (p position) between(q position) position {
	low, borrow := bits.Sub64(q[1], p[1], 0)
	high, _ := bits.Sub64(q[0], p[0], borrow)
	low, carry := bits.Add64(p[1], low>>1|high<<63, 0)
	return position{p[0] + high>>1 + carry, low}
}

// place is where the key of an entry lies: its series, and its time if it has one.
type place struct {
	number uint64
	first  int64
	timed  bool
}

// lostPoints reports that what lies between two keys of points cannot be read,
// for every series that may have some there. at reads a key.
func (v *verifier) lostPoints(before, behind []byte, at func(key []byte) place, err error) {
	from, to := place{}, place{number: math.MaxUint64}
	if before != nil {
		from = at(before)
	}
	if behind != nil {
		to = at(behind)
	}
	v.lostBetween(from, to, err)
}

// lostBetween is lostPoints between two places, both of which are still concerned.
func (v *verifier) lostBetween(from, to place, err error) {
	members := v.all.Iterator()
	members.AdvanceIfNeeded(from.number)
	for members.HasNext() {
		number := members.Next()
		if number > to.number {
			return
		}
		r := points.Always
		if number == from.number && from.timed {
			r.From = from.first
		}
		if number == to.number && to.timed {
			r.To = to.first - 1
		}
		v.blame(number, r, err)
	}
}
