package posting

import (
	"encoding/binary"
	"io"
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2/roaring64"
	"github.com/cockroachdb/pebble/v2"
)

// Joiner lets Pebble join changes to postings.
type Joiner struct{ deltas *sync.Pool }

// NewJoiner is a joiner.
func NewJoiner() Joiner {
	deltas := &sync.Pool{}
	deltas.New = func() any { return &delta{home: deltas} }
	return Joiner{deltas}
}

// Begin begins with a change, which others may be joined to.
func (j Joiner) Begin(change []byte) pebble.ValueMerger {
	d := j.deltas.Get().(*delta)
	d.encoded, d.alone = append(d.encoded[:0], change...), true
	return d
}

// delta is a change to a posting in the making. What it adds and what it
// removes have nothing in common. Its memory is used again: Pebble asks for one
// for each posting that it comes by.
type delta struct {
	home           *sync.Pool
	encoded        []byte
	alone          bool     // there is one change, which encoded is
	plain          []uint64 // numbers that are added, too, in any order; then the sets are empty
	gone           []uint64 // numbers that are removed after that, in any order; as plain
	added, removed Set
}

// keptDelta is up to how many bytes of a delta are kept for the next.
const keptDelta = 4 << 10

// Close gives the memory back, that of what Finish has answered, too.
func (d *delta) Close() error {
	if cap(d.encoded) <= keptDelta && cap(d.plain)+cap(d.gone) <= keptDelta/8 {
		d.plain, d.gone, d.added, d.removed = d.plain[:0], d.gone[:0], Set{}, Set{}
		d.home.Put(d)
	}
	return nil
}

// parse reads the first change when there is a second.
func (d *delta) parse() error {
	if !d.alone {
		return nil
	}
	d.alone = false
	if d.append(d.encoded, true) {
		return nil
	}
	return ParseDelta(d.encoded, &d.added, &d.removed)
}

// append adds a change that adds a few numbers, or removes a few, and no more, to those
// that are plain or gone, if value is one and may be taken there: what is gone is gone
// after all that is plain was added.
func (d *delta) append(value []byte, older bool) (ok bool) {
	if older || len(d.gone) == 0 {
		if d.plain, ok = appendPlain(d.plain, value); ok {
			return true
		}
	}
	if !older || len(d.plain) == 0 {
		d.gone, ok = appendGone(d.gone, value)
	}
	return ok
}

// join is append as long as all changes were such ones.
func (d *delta) join(value []byte, older bool) (ok bool, err error) {
	if err := d.parse(); err != nil || !d.added.IsEmpty() || !d.removed.IsEmpty() {
		return false, err
	}
	return d.append(value, older), nil
}

// fold makes sets of what is plain and what is gone.
func (d *delta) fold() {
	slices.Sort(d.plain)
	slices.Sort(d.gone)
	d.added.AddMany(d.plain)
	if len(d.gone) != 0 {
		d.removed.AddMany(d.gone)
		d.added.AndNot(&d.removed)
	}
	d.plain, d.gone = d.plain[:0], d.gone[:0]
}

// MergeNewer joins a change that came after d.
func (d *delta) MergeNewer(value []byte) error {
	if ok, err := d.join(value, false); ok || err != nil {
		return err
	}
	d.fold()
	var n delta
	if err := ParseDelta(value, &n.added, &n.removed); err != nil {
		return err
	}
	d.then(&n)
	return nil
}

// MergeOlder joins a change that came before d.
func (d *delta) MergeOlder(value []byte) error {
	if ok, err := d.join(value, true); ok || err != nil {
		return err
	}
	d.fold()
	var o delta
	if err := ParseDelta(value, &o.added, &o.removed); err != nil {
		return err
	}
	o.then(d)
	d.added, d.removed = o.added, o.removed
	return nil
}

// then makes d what d and n do one after the other.
func (d *delta) then(n *delta) {
	d.added.AndNot(&n.removed)
	unite(&d.added, &n.added)
	d.removed.AndNot(&n.added)
	unite(&d.removed, &n.removed)
}

// unite adds the members of a set to another. Where both have runs, as postings do
// that all series of a batch have entered, it makes a new set: in the one that is there
// they would be looked for one after the other.
func unite(to, from *Set) {
	if to.HasRunCompression() && from.HasRunCompression() {
		*to = *roaring64.Or(to, from)
		return
	}
	to.Or(from)
}

// Finish encodes the joined change. With the oldest change included there is
// nothing left to be removed from.
func (d *delta) Finish(includesBase bool) (value []byte, _ io.Closer, err error) {
	if d.alone && onlyAdds(d.encoded) {
		return d.encoded, d, nil
	}
	if err := d.parse(); err != nil {
		return nil, nil, err
	}
	if d.added.IsEmpty() && d.removed.IsEmpty() && len(d.gone) == 0 {
		slices.Sort(d.plain)
		d.encoded, err = AppendAdded(d.encoded[:0], slices.Compact(d.plain))
		return d.encoded, d, err
	}
	d.fold()
	if includesBase {
		d.removed.Clear()
	}
	d.encoded, err = AppendDelta(d.encoded[:0], &d.added, &d.removed)
	return d.encoded, d, err
}

// appendPlain adds the numbers of an encoded change that adds a few and removes
// none. Of any other change it adds nothing and is not ok.
func appendPlain(dst []uint64, b []byte) (out []uint64, ok bool) {
	out, b, ok = appendFew(dst, b)
	if !ok || len(b) != len(fewNone) || string(b) != fewNone {
		return dst, false
	}
	return out, true
}

// appendGone adds the numbers of an encoded change that removes a few and adds none.
// Of any other change it adds nothing and is not ok.
func appendGone(dst []uint64, b []byte) (out []uint64, ok bool) {
	if len(b) < len(fewNone) || string(b[:len(fewNone)]) != fewNone {
		return dst, false
	}
	if out, b, ok = appendFew(dst, b[len(fewNone):]); !ok || len(b) != 0 {
		return dst, false
	}
	return out, true
}

// fewNone is a set of no number.
const fewNone = string(rune(formFew)) + "\x00"

// appendFew adds the numbers of the set that b begins with, if it is one of a few, and
// answers what lies behind it.
func appendFew(dst []uint64, b []byte) (out []uint64, rest []byte, ok bool) {
	if len(b) < 2 || b[0] != formFew {
		return dst, b, false
	}
	n, size := binary.Uvarint(b[1:])
	if size <= 0 || n > Few {
		return dst, b, false
	}
	out, b = dst, b[1+size:]
	last := uint64(0)
	for range n {
		d, size := binary.Uvarint(b)
		if size <= 0 {
			return dst, b, false
		}
		last, b = last+d, b[size:]
		out = append(out, last)
	}
	return out, b, true
}

// onlyAdds tells whether an encoded change adds a few numbers and removes none.
func onlyAdds(b []byte) bool {
	var some [Few]uint64
	_, ok := appendPlain(some[:0], b)
	return ok
}
