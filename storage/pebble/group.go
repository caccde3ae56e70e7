package pebble

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"aion/storage/points"
)

// A group is one entry for the small runs of several series of one sheet that came
// in one write, or that were carried together: an entry for each would cost more
// than what it says. It has one rank, and of a series at most one run. A group begins
// with its version and 8 bytes, little-endian, that tell by bits which series of the
// sheet it has; then come, 2 bytes each, where their runs end, and then the runs, in
// the order of the series' numbers. The runs have points and no cuts, and are no
// chunks.

// groupVersion is the first byte of a group.
const groupVersion = 1

// groupFrom is from how many runs on they are a group.
const groupFrom = 4

// groupedBytes is up to how long the runs of a group are: a longer one is worth an
// entry of its own. Together they are shorter than 64 KiB.
const groupedBytes = 1<<10 - 1

// groupHead is how many bytes stand before where the runs end.
const groupHead = 1 + sheetSize/8

// groupWriter collects runs of series of one sheet.
type groupWriter struct {
	sheet uint64
	slots uint64 // by bits, which series there are
	runs  []byte
	ends  []int // of the runs
	value []byte
}

// reset begins a group of a sheet.
func (g *groupWriter) reset(sheet uint64) {
	g.sheet, g.slots = sheet, 0
	g.runs, g.ends = g.runs[:0], g.ends[:0]
}

// n is how many runs there are.
func (g *groupWriter) n() int { return len(g.ends) }

// add adds the run of a series of the sheet. Numbers ascend from call to call.
func (g *groupWriter) add(number uint64, run []byte) {
	g.slots |= 1 << (number % sheetSize)
	g.runs = append(g.runs, run...)
	g.ends = append(g.ends, len(g.runs))
}

// encode is the group. Its memory is used again.
func (g *groupWriter) encode() []byte {
	g.value = binary.LittleEndian.AppendUint64(append(g.value[:0], groupVersion), g.slots)
	for _, end := range g.ends {
		g.value = binary.LittleEndian.AppendUint16(g.value, uint16(end))
	}
	g.value = append(g.value, g.runs...)
	return g.value
}

// each calls f with every run.
func (g *groupWriter) each(f func(number uint64, run []byte) error) error {
	from, left := 0, g.slots
	for _, to := range g.ends {
		slot := bits.TrailingZeros64(left)
		if err := f(g.sheet+uint64(slot), g.runs[from:to]); err != nil {
			return err
		}
		from, left = to, left&(left-1)
	}
	return nil
}

// groupSlots tells by bits which series of the sheet a group has, and what stands
// behind that.
func groupSlots(group []byte) (slots uint64, rest []byte, err error) {
	if len(group) < groupHead || group[0] != groupVersion {
		return 0, nil, damagedGroup()
	}
	return binary.LittleEndian.Uint64(group[1:]), group[groupHead:], nil
}

// damagedGroup is the error of a group that cannot be taken apart.
func damagedGroup() error { return fmt.Errorf("parse a group of runs: %w", points.ErrCorrupt) }

// findInGroup is the run of the series in that place of the sheet, nil where the
// group has none of it.
func findInGroup(group []byte, slot uint) ([]byte, error) {
	slots, rest, err := groupSlots(group)
	if err != nil || slots>>slot&1 == 0 {
		return nil, err
	}
	ends, runs, err := groupEnds(slots, rest)
	if err != nil {
		return nil, err
	}
	i, from := bits.OnesCount64(slots&(1<<slot-1)), 0
	if i != 0 {
		from = groupEnd(ends, i-1)
	}
	to := groupEnd(ends, i)
	if from > to || to > len(runs) {
		return nil, damagedGroup()
	}
	return runOfGroup(runs[from:to])
}

// groupEnds is where the runs end and the runs, of what stands behind slots.
func groupEnds(slots uint64, rest []byte) (ends, runs []byte, err error) {
	n := bits.OnesCount64(slots)
	if n == 0 || len(rest) < 2*n || groupEnd(rest, n-1) != len(rest)-2*n {
		return nil, nil, damagedGroup()
	}
	return rest[:2*n], rest[2*n:], nil
}

// groupEnd is where run i ends.
func groupEnd(ends []byte, i int) int { return int(binary.LittleEndian.Uint16(ends[2*i:])) }

// runOfGroup is a run that stands in a group, if it is as such a run has to be.
func runOfGroup(run []byte) ([]byte, error) {
	if len(run) == 0 || run[0] != 0 {
		return nil, damagedHead()
	}
	return run, nil
}

// splitGroup takes a group apart: it answers which series of the sheet it has, and
// appends to ends where their runs end in runs.
func splitGroup(group []byte, ends []int) (slots uint64, runs []byte, _ []int, err error) {
	slots, rest, err := groupSlots(group)
	if err != nil {
		return 0, nil, ends, err
	}
	places, runs, err := groupEnds(slots, rest)
	if err != nil {
		return slots, nil, ends, err
	}
	last := 0
	for i := range len(places) / 2 {
		end := groupEnd(places, i)
		if end < last || end > len(runs) {
			return slots, nil, ends, damagedGroup()
		}
		ends, last = append(ends, end), end
	}
	return slots, runs, ends, nil
}
