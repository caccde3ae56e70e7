package pebble

import (
	"encoding/binary"
	"math/bits"

	"aion/storage/chunk"
)

// A group is one entry for the small runs of several series of one sheet that came
// in one write, or that were carried together: an entry for each would cost more
// than what it says. It has one rank, and of a series at most one run. A group begins
// with its version and 8 bytes, little-endian, that tell by bits which series of the
// sheet it has; in version 2 there follow, in the columns of package chunk, the
// numbers that these have. Of the others, which in version 1 are all, there come, 2
// bytes each, where their runs end, and then the runs, in the order of the series'
// numbers. The runs have points and no cuts, and are no chunks.

// The first bytes of groups.
const (
	groupPlain   = 1
	groupColumns = 2
)

// groupFrom is from how many runs on they are a group.
const groupFrom = 4

// groupedBytes is up to how long the runs of a group are: a longer one is worth an
// entry of its own. Together they are shorter than 64 KiB.
const groupedBytes = 1<<10 - 1

// groupHead is how many bytes stand before where the runs end.
const groupHead = 1 + sheetSize/8

// groupWriter collects runs of series of one sheet.
type groupWriter struct {
	sheet   uint64
	slots   uint64 // by bits, which series there are
	runs    []byte
	ends    []int // of the runs
	value   []byte
	columns chunk.RunsWriter
	list    [sheetSize][]byte // the runs without the byte that all begin with
}

// reset begins a group of a sheet.
func (g *groupWriter) reset(sheet uint64) {
	g.sheet, g.slots = sheet, 0
	g.runs, g.ends = g.runs[:0], g.ends[:0]
	g.columns.Reset()
}

// n is how many runs there are.
func (g *groupWriter) n() int { return len(g.ends) }

// add adds the run of a series of the sheet. Numbers ascend from call to call.
func (g *groupWriter) add(number uint64, run []byte) {
	g.runs = append(g.runs, run...)
	g.end(number)
}

// end is add of a run that stands behind the others in runs already.
func (g *groupWriter) end(number uint64) {
	g.slots |= 1 << (number % sheetSize)
	g.ends = append(g.ends, len(g.runs))
}

// encode is the group, in columns where that is shorter, and how much shorter it is
// for that. Its memory is used again.
func (g *groupWriter) encode() (group []byte, saved int) {
	plain := groupHead + 2*len(g.ends) + len(g.runs)
	left := g.begin(groupColumns)
	g.value, left = g.columns.Append(g.value, left, g.listed())
	if g.appendRuns(left); left == g.slots || len(g.value) >= plain {
		return g.plain(), 0
	}
	return g.value, plain - len(g.value)
}

// plain is the group without columns.
func (g *groupWriter) plain() []byte {
	g.appendRuns(g.begin(groupPlain))
	return g.value
}

// begin writes the head of the group and answers which series it has.
func (g *groupWriter) begin(version byte) (slots uint64) {
	g.value = binary.LittleEndian.AppendUint64(append(g.value[:0], version), g.slots)
	return g.slots
}

// listed is the runs as they stand in columns. One that does not begin as a run of
// points alone does stands there as none.
func (g *groupWriter) listed() [][]byte {
	from := 0
	for i, to := range g.ends {
		g.list[i] = nil
		if run, err := runOfGroup(g.runs[from:to]); err == nil {
			g.list[i] = run[1:]
		}
		from = to
	}
	return g.list[:len(g.ends)]
}

// appendRuns writes the runs of the series that left tells by bits, behind where they
// end.
func (g *groupWriter) appendRuns(left uint64) {
	if left == 0 {
		return
	}
	size, from := 0, 0
	for i, rest := 0, g.slots; i < len(g.ends); i, rest = i+1, rest&(rest-1) {
		if left&rest&-rest != 0 {
			size += g.ends[i] - from
			g.value = binary.LittleEndian.AppendUint16(g.value, uint16(size))
		}
		from = g.ends[i]
	}
	if left == g.slots {
		g.value = append(g.value, g.runs...)
		return
	}
	from = 0
	for i, rest := 0, g.slots; i < len(g.ends); i, rest = i+1, rest&(rest-1) {
		if left&rest&-rest != 0 {
			g.value = append(g.value, g.runs[from:g.ends[i]]...)
		}
		from = g.ends[i]
	}
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
