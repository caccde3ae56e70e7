package pebble

import (
	"bytes"
	"slices"

	"github.com/cockroachdb/pebble/v2"
)

// born collects the dictionary entries of new series for one batch. Its memory
// is used again.
type born struct {
	keys []byte // of the series, one behind the other
	list []birth
	buf  []byte
}

// birth is a new series: its number, and where its key stands.
type birth struct {
	number   uint64
	from, to int
	print    fingerprint
}

// add notes a new series.
func (n *born) add(key []byte, number uint64) {
	from := len(n.keys)
	n.keys = append(n.keys, key...)
	n.list = append(n.list, birth{number, from, len(n.keys), fingerprintOf(key)})
}

// reset empties n.
func (n *born) reset() { n.keys, n.list = n.keys[:0], n.list[:0] }

// write adds the entries to a batch, either half of them in the order of their
// keys as far as that is cheap, which is how Pebble takes them fastest.
func (n *born) write(b *pebble.Batch) error {
	for _, s := range n.list {
		n.buf = appendNumbered(n.buf[:0], keySeries, s.number)
		if err := b.Set(n.buf, n.keys[s.from:s.to], nil); err != nil {
			return err
		}
	}
	slices.SortFunc(n.list, func(x, y birth) int { return bytes.Compare(x.print[:], y.print[:]) })
	for _, s := range n.list {
		n.buf = appendNumberKey(n.buf[:0], s.print)
		at := len(n.buf)
		n.buf = appendNumbered(n.buf, 0, s.number)
		if err := b.Set(n.buf[:at], n.buf[at+1:], nil); err != nil {
			return err
		}
	}
	return nil
}
