package pebble

import (
	"encoding/binary"
	"math"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage/points"
)

// A scan walks from the walkAfter-th series on that it reads in the order of
// their numbers, each at most walkFar behind the one before. In any other order
// it would pass over runs that have been settled again and again.
const (
	walkAfter = 10
	walkFar   = 4096
)

// walkEpochs is among how many epochs a scan walks at most.
const walkEpochs = 8

// soleBytes is up to how large a chunk is copied, to find out whether it is the
// only one of its series.
const soleBytes = 1 << 10

// walk goes from series to series, in the order of their numbers. Each kind of
// entries has an iterator of its own, which mostly stands where the next series'
// entries begin, so that to reach them takes no search.
type walk struct {
	runs   []stride // over carried runs, and over each epoch's
	chunks stride
	only   sole
	groups groupWalk
}

// newWalk makes a walk over what it reads.
func newWalk(it *pebble.Iterator, e epochs) (w *walk, err error) {
	w = &walk{}
	prefixes := [][]byte{{keyCarried}}
	for epoch := e.oldest; epoch <= e.newest; epoch++ {
		prefixes = append(prefixes, appendEpoch(nil, epoch))
	}
	for _, prefix := range prefixes {
		var s stride
		s, err = newStride(it, prefix)
		if err != nil {
			return nil, firstOf(err, w.close())
		}
		w.runs = append(w.runs, s)
	}
	if w.chunks, err = newStride(it, []byte{keyChunk}); err != nil {
		return nil, firstOf(err, w.close())
	}
	w.groups = groupWalk{at: e}
	return w, nil
}

// close closes the iterators. A nil walk has none.
func (w *walk) close() (err error) {
	if w == nil {
		return nil
	}
	for i := range w.runs {
		err = firstOf(err, w.runs[i].close())
	}
	return firstOf(err, w.groups.close(), w.chunks.close())
}

// err is what one of the iterators has failed with.
func (w *walk) err() (err error) {
	if w == nil {
		return nil
	}
	for i := range w.runs {
		err = firstOf(err, w.runs[i].it.Error())
	}
	return firstOf(err, w.groups.err(), w.chunks.it.Error())
}

// stepKeys is up to how far apart two numbers are to be reached by stepping.
// Nearly every number is that of a series.
const stepKeys = 8

// stride is an iterator over the entries of one kind, whose keys are a prefix and
// then the number of a series.
type stride struct {
	it     *pebble.Iterator
	prefix []byte
	from   uint64 // from here up to number no series has entries
	number uint64 // the series whose entry it is at
	lost   bool   // somebody else has moved it
	key    []byte
}

// noNumber is above the numbers of all series.
const noNumber = math.MaxUint64

// newStride makes a stride over what it reads.
func newStride(it *pebble.Iterator, prefix []byte) (s stride, err error) {
	s = stride{prefix: prefix, number: noNumber, from: noNumber}
	s.it, err = it.Clone(pebble.CloneOptions{IterOptions: &pebble.IterOptions{LowerBound: prefix, UpperBound: next(prefix)}})
	return s, err
}

// reach moves to the first entry of a series, and tells whether there is one.
func (s *stride) reach(number uint64) (bool, error) {
	if s.lost {
		was := s.number
		s.note()
		if s.from, s.lost = s.number, false; s.number <= was {
			s.from++ // it is anywhere among the entries of this one
		}
	}
	if number >= s.from {
		for s.number < number && number-s.number <= stepKeys {
			s.next()
		}
	}
	if number < s.from || s.number < number {
		s.key = binary.BigEndian.AppendUint64(append(s.key[:0], s.prefix...), number)
		s.it.SeekGE(s.key)
		s.note()
	}
	s.from = number
	return s.number == number, s.it.Error()
}

// next moves to the next entry.
func (s *stride) next() {
	s.from = s.number + 1
	s.it.Next()
	s.note()
}

// note notes whose entry the iterator is at.
func (s *stride) note() {
	s.number = noNumber
	if s.it.Valid() && len(s.it.Key()) >= len(s.prefix)+8 {
		s.number = binary.BigEndian.Uint64(s.it.Key()[len(s.prefix):])
	}
}

// close closes the iterator, if it is open.
func (s *stride) close() error {
	if s.it == nil {
		return nil
	}
	return s.it.Close()
}

// tread reads the runs of the next series into sc.over, walking if that is worth
// it.
func (sc *scan) tread(number uint64, e epochs) (err error) {
	if sc.streak++; number < sc.last || number-sc.last > walkFar {
		sc.streak = 0
	}
	sc.last = number
	sc.walking = sc.home != nil && sc.streak >= walkAfter && e.newest-e.oldest < walkEpochs
	if !sc.walking {
		return sc.collect(number, e)
	}
	if sc.walk == nil {
		if sc.walk, err = newWalk(sc.it, e); err != nil {
			return err
		}
	}
	return sc.walked(number)
}

// walked reads the runs of a series into sc.over, as collect does.
func (sc *scan) walked(number uint64) error {
	sc.over.reset(points.Number)
	parse := parseCarriedKey
	for i := range sc.walk.runs {
		s := &sc.walk.runs[i]
		ok, err := s.reach(number)
		for ; ok && err == nil; ok, err = s.number == number, s.it.Error() {
			_, rank, parsed := parse(s.it.Key())
			if !parsed {
				return damagedHead()
			}
			if err := sc.addRun(s.it, rank); err != nil {
				return err
			}
			s.next()
		}
		if err != nil {
			return err
		}
		parse = parseRunKey
	}
	if err := sc.walkedGroups(number); err != nil {
		return err
	}
	sc.over.resolve()
	return nil
}

// chunksAhead is where the chunks of a series come from that has been walked to,
// nil where it has none.
func (sc *scan) chunksAhead(number uint64) (chunks, error) {
	s, only := &sc.walk.chunks, &sc.walk.only
	ok, err := s.reach(number)
	if !ok || err != nil {
		return nil, err
	}
	v, err := s.it.ValueAndErr()
	if err != nil {
		return nil, err
	}
	first, ok := parseChunkKey(s.it.Key(), number)
	sc.chain.led = ok
	if ok && len(v) <= soleBytes {
		sc.chain.led = false
		only.data, only.read = append(only.data[:0], v...), first > sc.chain.bounds.To
		if s.next(); s.number != number {
			return only, s.it.Error()
		}
	}
	sc.chain.it, s.lost = s.it, true
	return &sc.chain, nil
}

// sole is the only chunk of a series.
type sole struct {
	data []byte
	read bool
}

// next is the chunk's bytes, and nil from then on.
func (s *sole) next() ([]byte, error) {
	if s.read {
		return nil, nil
	}
	s.read = true
	return s.data, nil
}
