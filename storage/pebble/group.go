package pebble

import (
	"encoding/binary"
	"math/bits"

	"aion/storage/chunk"
	"aion/storage/points"
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
	runs    []byte // the first ones, and the others are in columns alone: see spell
	spelled int    // how many runs the first ones are
	ends    []int  // of all runs, as they stand behind each other
	value   []byte
	columns chunk.RunsWriter
	list    [sheetSize][]byte // the runs without the byte that all begin with
}

// reset begins a group of a sheet.
func (g *groupWriter) reset(sheet uint64) {
	g.sheet, g.slots = sheet, 0
	g.runs, g.ends, g.spelled = g.runs[:0], g.ends[:0], 0
	g.columns.Reset()
}

// n is how many runs there are.
func (g *groupWriter) n() int { return len(g.ends) }

// size is how long the runs are together.
func (g *groupWriter) size() int {
	if n := g.n(); n != 0 {
		return g.ends[n-1]
	}
	return 0
}

// add adds the run of a series of the sheet. Numbers ascend from call to call.
func (g *groupWriter) add(number uint64, run []byte) {
	g.spell()
	g.runs = append(g.runs, run...)
	g.spelled++
	g.end(number, len(run))
}

// put is add of the run of points, or answers that it is too long. One of up to that
// many bytes is not made before it is needed, which it mostly is not, if its points can
// have columns.
func (g *groupWriter) put(number uint64, b *points.Block, expires []int64, most int) (ok bool) {
	size := runSize(b, expires)
	if size > groupedBytes {
		return false
	}
	if size > most || !g.columns.Take(g.n(), b, expires) {
		g.spell()
		g.runs = appendRun(g.runs, nil, b, expires)
		g.spelled++
	}
	g.end(number, size)
	return true
}

// end notes a run that is so long.
func (g *groupWriter) end(number uint64, size int) {
	g.slots |= 1 << (number % sheetSize)
	g.ends = append(g.ends, g.size()+size)
}

// spell makes the runs that are in columns alone.
func (g *groupWriter) spell() {
	for ; g.spelled < g.n(); g.spelled++ {
		g.runs = g.columns.AppendTaken(appendRunHead(g.runs, 0, nil), g.spelled)
	}
}

// encode is the group, in columns where that is shorter, and how much shorter it is
// for that. Its memory is used again.
func (g *groupWriter) encode() (group []byte, saved int) {
	plain := groupHead + 2*g.n() + g.size()
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
// points alone does stands there as none, and so does one that they have alone.
func (g *groupWriter) listed() [][]byte {
	from := 0
	clear(g.list[g.spelled:g.n()])
	for i, to := range g.ends[:g.spelled] {
		g.list[i] = nil
		if run, err := runOfGroup(g.runs[from:to]); err == nil {
			g.list[i] = run[1:]
		}
		from = to
	}
	return g.list[:g.n()]
}

// appendRuns writes the runs of the series that left tells by bits, behind where they
// end.
func (g *groupWriter) appendRuns(left uint64) {
	if left == 0 {
		return
	}
	g.spell()
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
	g.spell()
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
