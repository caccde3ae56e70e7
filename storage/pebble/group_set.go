package pebble

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/cockroachdb/pebble/v2"
)

// groupSet is the groups of one sheet that lie under one prefix, taken apart: the
// runs of every series in the order of their ranks.
type groupSet struct {
	sheet   uint64
	slots   uint64 // by bits, which series have runs
	entries []groupEntry
	broken  []groupEntry // those that cannot be taken apart
	unread  uint64       // by bits, which series may have runs in these
	err     error        // why the first of them cannot be taken apart
	keys    []byte       // of the groups, one behind the other
	data    []byte       // the runs, one behind the other
	size    int          // of keys and values
	runs    [sheetSize][]groupedRun
	ends    []int
	reader  groupReader
}

// groupEntry is a group of a set.
type groupEntry struct {
	key   []byte
	rank  uint64
	slots uint64
	value []byte // of one that cannot be taken apart
}

// groupedRun is a run of a group, and where in the set's data it stands.
type groupedRun struct {
	rank     uint64
	entry    int // whose it is, among the set's
	from, to int
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
	base := len(g.data)
	slots, data, ends, err := g.reader.split(value, g.data, g.ends[:0])
	e.slots = slots
	if g.ends = ends; err != nil {
		g.keep(e, value, err)
		return
	}
	g.data = data
	for i, left := 0, slots; left != 0; i, left = i+1, left&(left-1) {
		slot := bits.TrailingZeros64(left)
		g.runs[slot] = append(g.runs[slot], groupedRun{e.rank, len(g.entries), base, ends[i]})
		base = ends[i]
	}
	g.entries, g.slots = append(g.entries, e), g.slots|slots
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

// addTo adds a run to an overlay.
func (g *groupSet) addTo(o *overlay, r groupedRun) error {
	run, err := runOfGroup(g.data[r.from:r.to])
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
		if err := g.addTo(o, r); err != nil {
			return err
		}
	}
	return nil
}

// without adds to a batch that series have left the groups, gone tells which by bits.
// Groups that have runs of enough others are written anew, the runs of fewer stand
// alone. It tells whether groups are left.
func (g *groupSet) without(b *pebble.Batch, gone uint64, w *groupWriter) (left bool, err error) {
	for i, e := range g.entries {
		switch stay := e.slots &^ gone; {
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

// rest is a group of the set with the series alone that left tells by bits. It does not
// go through the runs of a series: there may be as many as groups.
func (g *groupSet) rest(entry int, left uint64, w *groupWriter) *groupWriter {
	w.reset(g.sheet)
	for ; left != 0; left &= left - 1 {
		slot := uint64(bits.TrailingZeros64(left))
		runs := g.runs[slot]
		if i, ok := slices.BinarySearchFunc(runs, entry, inEntry); ok {
			w.add(g.sheet+slot, g.data[runs[i].from:runs[i].to])
		}
	}
	return w
}

// inEntry compares whose a run is with one of the set's entries.
func inEntry(r groupedRun, entry int) int { return cmp.Compare(r.entry, entry) }
