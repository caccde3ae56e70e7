package pebble

import (
	"fmt"
	"hash/maphash"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage/points"
)

// digest stands for a series' key in memory: two hashes under seeds that are
// drawn anew whenever a store is opened. Two keys that had the same would be taken
// for one series; that nobody can bring about who does not know the seeds, and
// among a billion series it comes to pass by chance once in 10²⁰ stores.
type digest [2]uint64

// entry is what the dictionary holds of a series.
type entry struct {
	number uint64
	stored bool  // the index on disk has the series
	due    int64 // the time under which the sweeper has it; 0: not looked up
}

// notDue is the due time of a series that the sweeper does not have.
const notDue = 1<<63 - 1

// dictionary maps the keys of series to their numbers. On disk it is whole; in
// memory there are the series that have been written of late.
//
// A number is given out before the batch that makes it known to the index is
// stored. Until then every batch that uses the number carries the index entries
// too: they say the same, so that it does not matter whose comes first, or
// whether one of them fails.
type dictionary struct {
	db    *pebble.DB
	seeds [2]maphash.Seed

	newest *atomic.Uint32 // the current epoch

	mu    sync.RWMutex
	known cards
	dues  map[uint64]int64 // of the known series that have a time, by number
	last  uint64           // the highest number given out
	uncut uint32           // the epoch behind the last one in which points were cut out of series; 0: none were
	whole bool             // known has all series: what is not there is nowhere
}

// openDictionary finds the highest number in use. newest is the current epoch. lost is what
// is wrong with the last sheet, without which the number is a higher one than that.
func openDictionary(db *pebble.DB, newest *atomic.Uint32) (d *dictionary, lost, err error) {
	d = &dictionary{
		db:     db,
		newest: newest,
		seeds:  [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()},
		dues:   map[uint64]int64{},
	}
	it, err := db.NewIter(&pebble.IterOptions{LowerBound: []byte{keySeries}, UpperBound: []byte{keySeries + 1}})
	if err != nil {
		return nil, nil, err
	}
	d.last, lost, err = findLast(it)
	if err = firstOf(err, it.Error(), it.Close()); isDamage(err) {
		lost = err
		var highest uint64
		if highest, err = highestNumber(db); err == nil {
			d.last = sheetOf(highest) + sheetSize - 1 // the sheet may be the damaged one
		}
	}
	d.whole = d.last == 0
	return d, lost, err
}

// findLast finds the highest number in use on the last sheet, which may be lost in part.
func findLast(it *pebble.Iterator) (last uint64, lost, err error) {
	if !it.Last() {
		return 0, nil, nil
	}
	v, err := it.ValueAndErr()
	if err != nil {
		return 0, nil, err
	}
	var sheet sheetReader
	first, _ := parseNumbered(it.Key())
	for sheet.open(first, v); sheet.next(); {
		last = sheet.number
	}
	if sheet.damaged || len(v) == 0 { // any number of it may have been given
		last = first + sheetSize - 1
	}
	return last, sheet.err(), nil
}

// digest hashes a key in the form of points.Key.Append.
func (d *dictionary) digest(key []byte) digest {
	return digest{maphash.Bytes(d.seeds[0], key), maphash.Bytes(d.seeds[1], key)}
}

// cached looks a series up in memory.
func (d *dictionary) cached(g digest) (entry, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.recall(g)
}

// recall is cached with the lock held.
func (d *dictionary) recall(g digest) (entry, bool) {
	c := d.known.find(g)
	if c == nil {
		return entry{}, false
	}
	return d.entry(*c), true
}

// entry is what a card tells. The lock is held.
func (d *dictionary) entry(c card) entry {
	e := entry{number: c.number(), due: notDue, stored: !c.isYoung()}
	if c&cardNotDue == 0 {
		e.due = d.dues[e.number]
	}
	return e
}

// find looks a series up in memory and on disk.
func (d *dictionary) find(g digest, key []byte) (entry, bool, error) {
	if e, ok := d.cached(g); ok {
		return e, e.stored, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.load(g, key)
}

// load looks a series up on disk and remembers it. The lock is held.
func (d *dictionary) load(g digest, key []byte) (entry, bool, error) {
	if e, ok := d.recall(g); ok {
		return e, e.stored, nil
	}
	if d.whole {
		return entry{}, false, nil
	}
	number, ok, err := readNumber(d.db, key)
	if err != nil || !ok {
		return entry{}, false, err
	}
	d.known.set(g, newCard(number, d.newest.Load()))
	return entry{number: number, stored: true}, true, nil
}

// numberAll gives those of the items numbers that have points and none, and whose
// series are not on disk, as their caller knows: that of the series where somebody
// else has given it one in between, and else the next, from the one that is answered
// on, in the order of the items. So the new series of a batch are neighbours, whoever
// writes beside it.
func (d *dictionary) numberAll(items []item) (from uint64, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	from = d.last + 1
	fresh := newCard(0, d.newest.Load()-longAgo).notDue(true) | cardYoung
	for i := range items {
		it := &items[i]
		if it.number != 0 || it.change.Points.Len() == 0 {
			continue
		}
		if d.last >= cardNumber && d.known.find(it.digest) == nil {
			return from, fmt.Errorf("give a number to a series: %d is the last: %w", d.last, points.ErrCorrupt)
		}
		e := d.entry(*d.known.place(it.digest, card(d.last+1)|fresh))
		d.last = max(d.last, e.number)
		it.number, it.due, it.young = e.number, e.due, !e.stored
	}
	return from, nil
}

// file notes the time under which the sweeper has a series, unless the series has
// been removed since.
func (d *dictionary) file(number uint64, due int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := d.known.at(number)
	if c == nil {
		return
	}
	if *c = c.notDue(due == notDue); due == notDue {
		delete(d.dues, number)
		return
	}
	d.dues[number] = due
}

// settle notes that the index has series. A number is that of one series for ever, and
// those of a batch are neighbours, so that their cards are at hand.
func (d *dictionary) settle(fresh []named) {
	d.mu.Lock()
	defer d.mu.Unlock()
	look := cardLook{cards: &d.known}
	for i := range fresh {
		if c := look.at(fresh[i].number); c != nil {
			*c &^= cardYoung
		}
	}
}

// forget takes series out of memory.
func (d *dictionary) forget(digests []digest) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, g := range digests {
		if c := d.known.find(g); c != nil {
			delete(d.dues, c.number())
			d.known.remove(g)
		}
	}
}

// shrink forgets half of the series when more than n are known, but none that
// the index may not have yet. Nobody writes meanwhile.
func (d *dictionary) shrink(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known.len() <= n {
		return
	}
	d.whole = false
	left := d.known.len() / 2
	d.known.removeSome(func(c card) bool {
		left--
		if left < 0 || c.isYoung() {
			return false
		}
		delete(d.dues, c.number())
		return true
	})
}
