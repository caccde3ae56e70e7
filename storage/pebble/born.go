package pebble

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/cockroachdb/pebble/v2"
)

// born collects the dictionary entries of new series for one batch. Its memory
// is used again.
type born struct {
	keys   []byte // of the series, one behind the other
	list   []birth
	prints []printed
	order  []uint64 // of prints
	buf    []byte
	sheet  sheetWriter
}

// birth is a new series: its number, and where its key stands.
type birth struct {
	number   uint64
	from, to int
}

// printed is the number of a new series by the two halves of its fingerprint, as
// which it is put in order with little to move and to compare.
type printed struct{ high, low, number uint64 }

// compare compares fingerprints.
func (p *printed) compare(q *printed) int {
	if p.high != q.high {
		return cmp.Compare(p.high, q.high)
	}
	return cmp.Compare(p.low, q.low)
}

// add notes a new series.
func (n *born) add(key []byte, number uint64) {
	from := len(n.keys)
	n.keys = append(n.keys, key...)
	n.list = append(n.list, birth{number, from, len(n.keys)})
	n.print(key, number)
}

// print notes that the number of a series is to be stored, which may not be a new one.
func (n *born) print(key []byte, number uint64) {
	print := fingerprintOf(key)
	n.prints = append(n.prints, printed{binary.BigEndian.Uint64(print[:8]), binary.BigEndian.Uint64(print[8:]), number})
}

// reset empties n.
func (n *born) reset() { n.keys, n.list, n.prints = n.keys[:0], n.list[:0], n.prints[:0] }

// write adds the entries to a batch, either half of them in the order of their
// keys, which is how Pebble takes them fastest.
func (n *born) write(b *pebble.Batch) error {
	byNumber := func(x, y birth) int { return cmp.Compare(x.number, y.number) }
	if !slices.IsSortedFunc(n.list, byNumber) {
		slices.SortFunc(n.list, byNumber)
	}
	for rest := n.list; len(rest) != 0; {
		sheet := sheetOf(rest[0].number)
		n.sheet.reset()
		for len(rest) != 0 && sheetOf(rest[0].number) == sheet {
			n.sheet.add(rest[0].number, n.keys[rest[0].from:rest[0].to])
			rest = rest[1:]
		}
		n.buf = appendSheetKey(n.buf[:0], sheet)
		if err := b.Merge(n.buf, n.sheet.buf, nil); err != nil {
			return err
		}
	}
	return n.writeNumbers(b)
}

// ascending yields the fingerprints in their order. They are sorted as what they begin
// with and the place that they have, in one word: two that begin alike are rare.
func (n *born) ascending(yield func(p *printed) bool) {
	room := bits.Len(uint(len(n.prints)))
	at := func(x uint64) *printed { return &n.prints[x&(1<<room-1)] }
	n.order = n.order[:0]
	for i := range n.prints {
		n.order = append(n.order, n.prints[i].high>>room<<room|uint64(i))
	}
	slices.Sort(n.order)
	if byPrint := func(x, y uint64) int { return at(x).compare(at(y)) }; !slices.IsSortedFunc(n.order, byPrint) {
		slices.SortFunc(n.order, byPrint)
	}
	for _, x := range n.order {
		if !yield(at(x)) {
			return
		}
	}
}

// writeNumbers adds the numbers of the series to a batch.
func (n *born) writeNumbers(b *pebble.Batch) error {
	for s := range n.ascending {
		var print fingerprint
		binary.BigEndian.PutUint64(print[:8], s.high)
		binary.BigEndian.PutUint64(print[8:], s.low)
		n.buf = appendNumberKey(n.buf[:0], print)
		at := len(n.buf)
		n.buf = binary.BigEndian.AppendUint64(n.buf, s.number)
		if err := b.Set(n.buf[:at], n.buf[at:], nil); err != nil {
			return err
		}
	}
	return nil
}
