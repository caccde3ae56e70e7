package pebble

import (
	"encoding/binary"
	"fmt"
	"math"

	"aion/storage/points"
)

// data checks chunks, carried runs and runs.
func (v *verifier) data() error {
	return firstOf(
		v.walk(keyChunk, v.checkChunk, func(before, behind []byte, err error) {
			v.lostPoints(before, behind, v.chunkAt, fmt.Errorf("its chunks: %w", err))
		}),
		v.walk(keyCarried, func(key, value []byte) {
			number, rank, ok := parseCarriedKey(key)
			if ok && v.ahead(rank) {
				v.blame(number, points.Always, fmt.Errorf("a carried run lies behind the epochs %v: %w", v.r.at, points.ErrCorrupt))
			}
			v.checkRun(key, value, number, rank, ok)
		}, func(before, behind []byte, err error) {
			v.lostPoints(before, behind, carriedAt, fmt.Errorf("its carried runs: %w", err))
		}),
		v.walk(keyRun, func(key, value []byte) {
			number, rank, ok := parseRunKey(key)
			if ok && v.outside(rank) {
				v.blame(number, points.Always, fmt.Errorf("a run lies outside the epochs %v: %w", v.r.at, points.ErrCorrupt))
			}
			v.checkRun(key, value, number, rank, ok)
		}, v.lostRuns),
		v.groups(),
	)
}

// outside tells whether an epoch that should not have runs any more, or yet, has
// something of a rank.
func (v *verifier) outside(rank uint64) bool {
	return v.ahead(rank) || uint32(rank>>32) < v.r.at.oldest
}

// ahead tells whether a rank is of an epoch that has not begun, and would go before what
// is written from now on.
func (v *verifier) ahead(rank uint64) bool {
	epoch := uint32(rank >> 32)
	if epoch > v.r.at.newest {
		return true
	}
	v.latest = max(v.latest, epoch)
	return false
}

// chunkAt reads the key of a chunk. Of the one that was read last it is where the
// chunk ends that counts.
func (v *verifier) chunkAt(key []byte) place {
	number, _ := parseNumbered(key)
	first, timed := parseChunkKey(key, number)
	if number == v.number {
		first = max(first, v.last) + 1
	}
	return place{number, first, timed}
}

// carriedAt reads the key of a carried run, whose times are not known.
func carriedAt(key []byte) place {
	number, _ := parseNumbered(key)
	return place{number: number}
}

// runAt reads the key of a run, whose times are not known.
func runAt(key []byte) place {
	number, _, _ := parseRunKey(key)
	return place{number: number}
}

// lostRuns reports that the runs between two keys cannot be read: of the series
// between them where both lie in one epoch, else of all.
func (v *verifier) lostRuns(before, behind []byte, err error) {
	err = fmt.Errorf("its runs: %w", err)
	if len(before) < 5 || len(behind) < 5 || string(before[:5]) != string(behind[:5]) {
		before, behind = nil, nil
	}
	v.lostPoints(before, behind, runAt, err)
}

// known reports a series that has entries and no name, once.
func (v *verifier) known(number uint64, key []byte) {
	if !v.all.Contains(number) && v.strays.CheckedAdd(number) {
		v.blame(number, points.Always, fmt.Errorf("the entry %x belongs to no series: %w", key, points.ErrCorrupt))
	}
}

// checkChunk checks one chunk against its key and the chunk before.
func (v *verifier) checkChunk(key, value []byte) {
	v.tally.Chunks++
	number, ok := parseNumbered(key)
	first, ok2 := parseChunkKey(key, number)
	if !ok || !ok2 {
		v.wrong("the chunk entry %x", key)
		return
	}
	v.known(number, key)
	r := points.Range{From: first, To: first}
	err := v.openChunk(number, value, first)
	if err == nil && number == v.number && first <= v.last {
		err = fmt.Errorf("a chunk overlaps the one before: %w", points.ErrCorrupt)
	}
	if err != nil {
		r.To = v.chunkEnd(key, number)
		v.blame(number, r, err)
		return
	}
	v.tally.Points += int64(v.chunk.Len())
	v.number, v.last = number, v.chunk.Last()
}

// openChunk checks a chunk of a series that should begin at first.
func (v *verifier) openChunk(number uint64, value []byte, first int64) error {
	if err := v.chunk.Open(value); err != nil {
		return fmt.Errorf("a chunk: %w", err)
	}
	v.block.Reset(v.chunk.Kind())
	if err := v.chunk.AppendPages(&v.block, 0, v.chunk.Pages()); err != nil {
		return fmt.Errorf("a chunk: %w", err)
	}
	n := v.block.Len()
	if n == 0 || n != v.chunk.Len() || v.block.Times[0] != first || v.block.Times[n-1] != v.chunk.Last() || !ascending(v.block.Times) {
		return fmt.Errorf("the times of a chunk: %w", points.ErrCorrupt)
	}
	expires, err := v.chunk.AppendExpiries(nil)
	if err == nil {
		err = v.chunk.Check(&v.block, expires)
	}
	if err != nil {
		return fmt.Errorf("a chunk: %w", err)
	}
	return v.fits(number, &v.block, expires)
}

// chunkEnd is up to where a chunk may reach that cannot be asked: to the next
// chunk of its series.
func (v *verifier) chunkEnd(key []byte, number uint64) int64 {
	behind, _ := v.probe(append(append([]byte{}, key...), 0), next(key[:9]))
	if first, ok := parseChunkKey(behind, number); ok {
		return first - 1
	}
	return math.MaxInt64
}

// checkRun checks one run.
func (v *verifier) checkRun(key, value []byte, number, rank uint64, ok bool) {
	v.tally.Runs++
	if !ok {
		v.wrong("the run entry %x", key)
		return
	}
	v.known(number, key)
	v.over.reset(points.Number)
	err := v.over.add(key, value, rank)
	if err == nil && len(v.over.larges) != 0 {
		err = v.openLarge(number, value, rank)
	}
	if err == nil {
		err = v.fits(number, &v.over.block, v.over.expires)
	}
	if err != nil {
		v.blame(number, points.Always, fmt.Errorf("a run: %w", err))
		return
	}
	v.tally.Points += int64(v.over.block.Len())
}

// openLarge checks a run that is a chunk against what it says of itself.
func (v *verifier) openLarge(number uint64, value []byte, rank uint64) error {
	_, data, _, err := parseRunHead(value, rank, nil)
	if err != nil {
		return err
	}
	n, span, data, err := parseChunkRun(data)
	if err == nil {
		err = v.openChunk(number, data, span.From)
	}
	if err == nil && (span.To != v.chunk.Last() || n != v.chunk.Len()) {
		err = fmt.Errorf("it is not what it says: %w", points.ErrCorrupt)
	}
	if err == nil {
		v.tally.Points += int64(n)
	}
	return err
}

// strangers reports entries of a kind that there is none of, and where it cannot be
// read whether there are such.
func (v *verifier) strangers() error {
	ours := [256]bool{}
	for _, prefix := range []byte{keyMeta, keySeries, keyNumber, keyPosting, keyRun, keyCarried, keyRunGroup, keyCarriedGroup, keyChunk, keyDue, keyFiled, keyRecord} {
		ours[prefix] = true
	}
	for prefix := range 255 {
		from, end := []byte{byte(prefix)}, []byte{byte(prefix) + 1}
		if ours[prefix] {
			continue
		}
		switch key, err := v.probe(from, end); {
		case stops(err):
			return err
		case err != nil:
			v.report(fmt.Errorf("entries of no known kind that begin with %q: %w", from, translate(err)))
		case key != nil:
			v.wrong("the entry %q is of no known kind", key)
		}
	}
	return nil
}

// counters checks that the counter of epochs is not behind what there is of epochs: the
// next start would give one again, and take what is older there for newer.
func (v *verifier) counters() error {
	return v.walk(keyMeta, func(key, value []byte) {
		switch {
		case string(key) != string(metaEpoch) || len(value) != 4:
			v.wrong("the counter %q", key)
		case binary.BigEndian.Uint32(value) < v.latest:
			v.wrong("the counter of epochs says %d, and there are runs of epoch %d", binary.BigEndian.Uint32(value), v.latest)
		}
	}, func(_, _ []byte, err error) { v.report(fmt.Errorf("the counters: %w", err)) })
}
