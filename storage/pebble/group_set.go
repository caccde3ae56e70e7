package pebble

import (
	"math/bits"

	"github.com/cockroachdb/pebble/v2"
)

// groupSet is the groups of one sheet that lie under one prefix, and which runs they
// have of every series, in the order of their ranks. A run is read when it is asked
// for.
type groupSet struct {
	sheet   uint64
	slots   uint64 // by bits, which series have runs
	entries []groupEntry
	broken  []groupEntry  // those that cannot be taken apart
	unread  uint64        // by bits, which series may have runs in these
	err     error         // why the first of them cannot be taken apart
	readers []groupReader // of the entries
	keys    []byte        // of the groups, one behind the other
	data    []byte        // the groups, one behind the other
	size    int           // of keys and values
	runs    [sheetSize][]groupedRun
	run     []byte
}

// groupEntry is a group of a set.
type groupEntry struct {
	key   []byte
	rank  uint64
	slots uint64
	value []byte // of one that cannot be taken apart
}

// groupedRun is a run of a group.
type groupedRun struct {
	rank  uint64
	entry int // whose it is, among the set's
}

// reset empties the set.
func (g *groupSet) reset(sheet uint64) {
	g.sheet, g.slots, g.unread, g.err, g.size = sheet, 0, 0, nil, 0
	g.entries, g.broken, g.keys, g.data = g.entries[:0], g.broken[:0], g.keys[:0], g.data[:0]
	for i := range g.runs {
		g.runs[i] = g.runs[i][:0]
	}
}

// load fills the set with the groups of the sheet, at the first of which an iterator
// is, and moves the iterator behind them. It stops where there are more bytes than
// most, and then tells that not all are there. Groups that cannot be taken apart are
// kept as they are; the error is the iterator's.
func (g *groupSet) load(it *pebble.Iterator, parse parseRank, most int) (all bool, err error) {
	for ; it.Valid(); it.Next() {
		sheet, rank, ok := parse(it.Key())
		if !ok {
			return false, damagedGroup()
		}
		if sheet != g.sheet {
			break
		}
		v, err := it.ValueAndErr()
		if err != nil {
			return false, err
		}
		if len(g.data)+len(v) > most {
			return false, nil
		}
		at := len(g.keys)
		g.keys = append(g.keys, it.Key()...)
		g.size += len(it.Key()) + len(v)
		g.add(groupEntry{key: g.keys[at:], rank: rank}, v)
	}
	return true, it.Error()
}

// parseRank reads the key of a run or a group: the series or the sheet that it is of,
// and its rank.
type parseRank func(key []byte) (number, rank uint64, ok bool)

// keep keeps a group that cannot be taken apart, of the series that e.slots tells, or
// of any.
func (g *groupSet) keep(e groupEntry, value []byte, err error) {
	if e.slots == 0 {
		e.slots = 1<<sheetSize - 1
	}
	e.value = append([]byte{}, value...)
	g.broken, g.unread, g.err = append(g.broken, e), g.unread|e.slots, firstOf(g.err, err)
}

// add adds a group. Ranks ascend from call to call.
func (g *groupSet) add(e groupEntry, value []byte) {
	n, from := len(g.entries), len(g.data)
	if n == len(g.readers) {
		g.readers = append(g.readers, groupReader{})
	}
	g.data = append(g.data, value...)
	r := &g.readers[n]
	err := r.open(g.data[from:])
	if err == nil {
		err = r.check()
	}
	if e.slots = r.slots; err != nil {
		g.data = g.data[:from]
		g.keep(e, value, err)
		return
	}
	for left := r.slots; left != 0; left &= left - 1 {
		slot := bits.TrailingZeros64(left)
		g.runs[slot] = append(g.runs[slot], groupedRun{e.rank, n})
	}
	g.entries, g.slots = append(g.entries, e), g.slots|r.slots
}

// of is the runs of a series of the sheet.
func (g *groupSet) of(number uint64) []groupedRun { return g.runs[number%sheetSize] }

// readable is the error of a series that may have runs in a group that cannot be taken
// apart.
func (g *groupSet) readable(number uint64) error {
	if g.unread>>(number%sheetSize)&1 != 0 {
		return g.err
	}
	return nil
}

// read is a run of a series of the sheet. It is valid until the next call.
func (g *groupSet) read(number uint64, r groupedRun) []byte {
	g.run, _ = g.readers[r.entry].appendRun(g.run[:0], uint(number%sheetSize))
	return g.run
}

// points is how many points a run of a series of the sheet has.
func (g *groupSet) points(number uint64, r groupedRun) int {
	return g.readers[r.entry].points(uint(number % sheetSize))
}

// addTo adds a run of a series to an overlay.
func (g *groupSet) addTo(o *overlay, number uint64, r groupedRun) error {
	if g.readers[r.entry].addTo(o, uint(number%sheetSize), r.rank) {
		return nil
	}
	run, err := runOfGroup(g.read(number, r))
	if err != nil {
		return err
	}
	return o.add(nil, run, r.rank)
}

// addAll adds all runs of a series to an overlay.
func (g *groupSet) addAll(o *overlay, number uint64) error {
	if err := g.readable(number); err != nil {
		return err
	}
	for _, r := range g.of(number) {
		if err := g.addTo(o, number, r); err != nil {
			return err
		}
	}
	return nil
}

// ranks is a rank for each series of a sheet.
type ranks [sheetSize]uint64

// above is which of the series that slots tells by bits have a rank above that one.
func (r *ranks) above(rank, slots uint64) (above uint64) {
	for ; slots != 0; slots &= slots - 1 {
		if r[bits.TrailingZeros64(slots)] > rank {
			above |= slots & -slots
		}
	}
	return above
}

// without adds to a batch that series have left the groups, gone tells which by bits
// and from from which rank on. Groups that have runs of enough others are written anew,
// the runs of fewer stand alone. It tells whether groups are left.
func (g *groupSet) without(b *pebble.Batch, gone uint64, from *ranks, w *groupWriter) (left bool, err error) {
	for i, e := range g.entries {
		switch stay := e.slots&^gone | from.above(e.rank, e.slots&gone); {
		case stay == e.slots:
			left = true
		case bits.OnesCount64(stay) >= groupFrom:
			left = true
			value, _ := g.rest(i, stay, w).encode()
			err = b.Set(e.key, value, nil)
		default:
			err = firstOf(b.Delete(e.key, nil), g.rest(i, stay, w).each(func(number uint64, run []byte) error {
				return b.Set(aloneKey(e.key[0], number, e.rank), aloneRun(run), nil)
			}))
		}
		if err != nil {
			return left, err
		}
	}
	for _, e := range g.broken {
		if e.slots&^gone != 0 {
			left = true
		} else if err := b.Delete(e.key, nil); err != nil {
			return left, err
		}
	}
	return left, nil
}

// aloneKey is the key under which a run of a group of that kind stands alone.
func aloneKey(kind byte, number, rank uint64) []byte {
	if kind == keyRunGroup {
		return appendRunKey(nil, uint32(rank>>32), number, uint32(rank))
	}
	return appendCarriedKey(nil, number, rank)
}

// aloneRun is a run of a group as it stands alone. One that no group has, and that
// could be taken for another run there, stays what it is: damaged.
func aloneRun(run []byte) []byte {
	if len(run) != 0 && run[0] != 0 && run[0] < runUnknown {
		return append([]byte{runDamaged}, run...)
	}
	return run
}

// rest is a group of the set with the series alone that left tells by bits.
func (g *groupSet) rest(entry int, left uint64, w *groupWriter) *groupWriter {
	w.reset(g.sheet)
	for ; left != 0; left &= left - 1 {
		number := g.sheet + uint64(bits.TrailingZeros64(left))
		w.add(number, g.read(number, groupedRun{entry: entry}))
	}
	return w
}
