package pebble

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"
)

// walkNumbers is from how many series on their numbers are read in the order in which
// these stand on disk. Fewer are looked up one by one.
const walkNumbers = 16

// vainSheets is how many sheets a walk reads for the sake of series that it does not
// know to be there.
const vainSheets = 8

// numberWalk finds the numbers of the series of a batch on disk, in the order of their
// fingerprints, which is that of the entries there. Series that are written in one
// batch have often begun in one: who finds one looks for the others on its sheet, for
// as long as there is one more for each sheet. Its memory is used again.
type numberWalk struct {
	list   []sought
	wanted map[digest]struct{} // those of the list
	key    []byte
	sheet  sheetReader
	found  []named // one and others on its sheet
	sheets int     // how many have been read
	others int     // how many others were found
}

// sought is a series whose number is to be read from disk.
type sought struct {
	item  *item
	print fingerprint
}

// reset forgets the series.
func (n *numberWalk) reset() {
	clear(n.list)
	clear(n.wanted)
	n.list, n.sheets, n.others = n.list[:0], 0, 0
}

// find gives the items of the list the numbers that their series have on disk, and leaves
// those in the list whose numbers are damaged. None is removed meanwhile, and none forgotten.
func (n *numberWalk) find(d *dictionary) (err error) {
	n.prepare()
	it, err := d.db.NewIter(&pebble.IterOptions{LowerBound: []byte{keyNumber}, UpperBound: []byte{keyNumber + 1}})
	if err != nil {
		return fmt.Errorf("look up series: %w", translate(err))
	}
	damaged := n.list[:0]
	defer func() {
		clear(n.list[len(damaged):])
		n.list = damaged
		if failed := it.Close(); !isDamage(failed) { // of which the seek has told that met it
			err = firstOf(err, translate(failed))
		}
	}()
	for _, x := range n.list {
		e, ok := d.cached(x.item.digest)
		if !ok {
			if e, err = n.load(d, it, &x); isDamage(err) {
				damaged = append(damaged, x)
				continue
			}
			if err != nil {
				return err
			}
		}
		if e.stored {
			x.item.number, x.item.due = e.number, e.due
		}
	}
	return nil
}

// prepare puts the list in order.
func (n *numberWalk) prepare() {
	if n.wanted == nil {
		n.wanted = map[digest]struct{}{}
	}
	for i := range n.list {
		x := &n.list[i]
		n.key = x.item.change.Key.Append(n.key[:0])
		x.print = fingerprintOf(n.key)
		n.wanted[x.item.digest] = struct{}{}
	}
	slices.SortFunc(n.list, func(a, b sought) int { return bytes.Compare(a.print[:], b.print[:]) })
}

// load reads the number of a series and remembers it, and those of others on its sheet.
// A series that somebody else has begun meanwhile is in memory, whatever was read.
func (n *numberWalk) load(d *dictionary, it *pebble.Iterator, x *sought) (entry, error) {
	number, err := n.read(it, x.print)
	if err != nil {
		return entry{}, fmt.Errorf("look up series: %w", translate(err))
	}
	n.found = n.found[:0]
	if number != 0 {
		n.found = append(n.found, named{number: number, digest: x.item.digest})
		if n.sheets < vainSheets || n.sheets < n.others {
			if err := n.readSheet(d, number); err != nil {
				return entry{}, err
			}
		}
	}
	return d.learn(n.found, x.item.digest), nil
}

// read reads the number of a series; 0: it is not there.
func (n *numberWalk) read(it *pebble.Iterator, print fingerprint) (uint64, error) {
	n.key = appendNumberKey(n.key[:0], print)
	if !it.SeekGE(n.key) || !bytes.Equal(it.Key(), n.key) {
		return 0, it.Error()
	}
	v, err := it.ValueAndErr()
	if err != nil {
		return 0, err
	}
	return parseNumber(v)
}

// readSheet finds the others that are looked for on the sheet of a series. Those that
// cannot be read there are looked up by themselves.
func (n *numberWalk) readSheet(d *dictionary, number uint64) error {
	n.sheets++
	n.key = appendSheetKey(n.key[:0], number)
	v, closer, err := d.db.Get(n.key)
	if errors.Is(err, pebble.ErrNotFound) || isDamage(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look up series %d: %w", number, translate(err))
	}
	defer closer.Close()
	for n.sheet.open(sheetOf(number), v); n.sheet.next(); {
		g := d.digest(n.sheet.key)
		if _, ok := n.wanted[g]; ok && n.sheet.number != number {
			n.found = append(n.found, named{number: n.sheet.number, digest: g})
			n.others++
		}
	}
	return nil
}

// learn notes the numbers of series that are on disk, and answers what is known of
// one, which may be another series.
func (d *dictionary) learn(found []named, g digest) entry {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range found {
		if d.known.find(f.digest) == nil {
			d.known.set(f.digest, newCard(f.number, d.newest.Load()))
		}
	}
	e, _ := d.recall(g)
	return e
}
