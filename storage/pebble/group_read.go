package pebble

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"aion/storage/chunk"
	"aion/storage/points"
)

// groupReader takes groups apart. Its memory is used again.
type groupReader struct {
	slots   uint64 // by bits, which series the group has
	plain   uint64 // by bits, those that have no columns
	columns chunk.Runs
	ends    []byte // of the runs of those
	runs    []byte
	run     []byte
}

// groupSlots tells by bits which series of the sheet a group has, and what stands
// behind that.
func groupSlots(group []byte) (slots uint64, rest []byte, err error) {
	if len(group) < groupHead || group[0] != groupPlain && group[0] != groupColumns {
		return 0, nil, damagedGroup()
	}
	return binary.LittleEndian.Uint64(group[1:]), group[groupHead:], nil
}

// damagedGroup is the error of a group that cannot be taken apart.
func damagedGroup() error { return fmt.Errorf("parse a group of runs: %w", points.ErrCorrupt) }

// open begins to read a group, which must stay as it is meanwhile. Where it fails
// slots may be 0: it cannot be told which series the group has.
func (g *groupReader) open(group []byte) error {
	slots, rest, err := groupSlots(group)
	g.slots, g.plain = slots, slots
	if err != nil {
		return err
	}
	if group[0] == groupColumns {
		if g.plain, rest, err = g.columns.Open(rest, slots); err != nil {
			return damagedGroup()
		}
	}
	n := bits.OnesCount64(g.plain)
	if slots == 0 || len(rest) < 2*n {
		return damagedGroup()
	}
	if g.ends, g.runs = rest[:2*n], rest[2*n:]; g.end(n) != len(g.runs) {
		return damagedGroup()
	}
	return nil
}

// end is where the first n runs that have no columns end.
func (g *groupReader) end(n int) int {
	if n == 0 {
		return 0
	}
	return int(binary.LittleEndian.Uint16(g.ends[2*n-2:]))
}

// appendRun adds the run of the series in that place of the sheet, which the group
// has, to dst.
func (g *groupReader) appendRun(dst []byte, slot uint) ([]byte, error) {
	if g.plain>>slot&1 == 0 {
		dst, _ = g.columns.AppendRun(append(dst, 0), slot)
		return dst, nil
	}
	i := bits.OnesCount64(g.plain & (1<<slot - 1))
	from, to := g.end(i), g.end(i+1)
	if from > to || to > len(g.runs) {
		return dst, damagedGroup()
	}
	return append(dst, g.runs[from:to]...), nil
}

// addTo adds the run of the series in that place of the sheet, which the group has, to an
// overlay, or answers false: it has no columns, or is none that the overlay takes.
func (g *groupReader) addTo(o *overlay, slot uint, rank uint64) bool {
	return g.plain>>slot&1 == 0 && o.addColumns(&g.columns, slot, rank)
}

// find is the run of the series in that place of the sheet, nil where the group has
// none of it. It is valid until the next call.
func (g *groupReader) find(group []byte, slot uint) ([]byte, error) {
	slots, _, err := groupSlots(group)
	if err != nil || slots>>slot&1 == 0 {
		return nil, err
	}
	if err := g.open(group); err != nil {
		return nil, err
	}
	if g.run, err = g.appendRun(g.run[:0], slot); err != nil {
		return nil, err
	}
	return runOfGroup(g.run)
}

// runOfGroup is a run that stands in a group, if it is as such a run has to be.
func runOfGroup(run []byte) ([]byte, error) {
	if len(run) == 0 || run[0] != 0 {
		return nil, damagedHead()
	}
	return run, nil
}

// check tells whether all runs can be read. Each of them may be damaged still.
func (g *groupReader) check() error {
	for i := range bits.OnesCount64(g.plain) {
		if g.end(i) > g.end(i+1) {
			return damagedGroup()
		}
	}
	return nil
}

// points is how many points the run has of the series in that place of the sheet,
// which the group has; of a damaged run that is any number.
func (g *groupReader) points(slot uint) int {
	if g.plain>>slot&1 == 0 {
		return g.columns.Len(slot)
	}
	i := bits.OnesCount64(g.plain & (1<<slot - 1))
	if from, to := g.end(i), g.end(i+1); from < to && to <= len(g.runs) {
		return chunk.RunLen(g.runs[from+1 : to])
	}
	return 0
}

// split takes a group apart: it answers which series of the sheet it has, appends
// their runs to runs, and to ends where each of these ends there.
func (g *groupReader) split(group, runs []byte, ends []int) (slots uint64, _ []byte, _ []int, err error) {
	err = g.open(group)
	if err == nil {
		err = g.check()
	}
	for left := g.slots; left != 0 && err == nil; left &= left - 1 {
		runs, err = g.appendRun(runs, uint(bits.TrailingZeros64(left)))
		ends = append(ends, len(runs))
	}
	return g.slots, runs, ends, err
}
