package pebble

import (
	"encoding/binary"
	"fmt"
	"math"

	"aion/storage/chunk"
	"aion/storage/points"
)

// The flags in a run's first byte.
const (
	runHasCuts  = 1 << iota // cuts follow
	runIsChunk              // the points are a chunk, strictly ascending
	runNoPoints             // cuts are all there is
	runUnknown              // from here on: bits that no run has

	runDamaged = 0xff // before a run that is known to be damaged
)

// chunkFrom is from how many points of one series in one write on they are
// stored as a chunk at once.
const chunkFrom = 1024

// chunkSize is about how many points a chunk holds at most. To open a chunk costs
// about the same whatever it holds, and what a late point costs grows with it.
const chunkSize = 8192

// pieceWeight is about how many bytes of texts or opaque values a chunk or a run
// holds at most.
const pieceWeight = 1 << 20

// fitting is how many of the n points from from on one chunk or run takes:
// fewer than n where their values are heavy, but one at least.
func fitting(b *points.Block, from, n int) int {
	if b.Kind == points.Number {
		return n
	}
	weight := 0
	for i := from; i < from+n; i++ {
		if b.Kind == points.Text {
			weight += len(b.Texts[i])
		} else {
			weight += len(b.Bytes[i])
		}
		if weight > pieceWeight {
			return max(1, i-from)
		}
	}
	return n
}

// cut is a range whose points of lower rank are gone.
type cut struct {
	points.Range
	rank uint64
}

// appendRunHead encodes a run up to its points.
func appendRunHead(dst []byte, flags byte, cuts []points.Range) []byte {
	if len(cuts) != 0 {
		flags |= runHasCuts
	}
	if dst = append(dst, flags); len(cuts) == 0 {
		return dst
	}
	dst = binary.AppendUvarint(dst, uint64(len(cuts)))
	for _, c := range cuts {
		dst = appendRange(dst, c)
	}
	return dst
}

// appendRange encodes a range.
func appendRange(dst []byte, r points.Range) []byte {
	return binary.AppendUvarint(binary.AppendVarint(dst, r.From), uint64(r.To)-uint64(r.From))
}

// appendRun encodes a small run.
func appendRun(dst []byte, cuts []points.Range, b *points.Block, expires []int64) []byte {
	if b.Len() == 0 {
		return appendRunHead(dst, runNoPoints, cuts)
	}
	return chunk.AppendRun(appendRunHead(dst, 0, cuts), b, expires)
}

// runSize is how many bytes appendRun appends of points alone.
func runSize(b *points.Block, expires []int64) int {
	if b.Len() == 0 {
		return 1
	}
	return 1 + chunk.RunSize(b, expires)
}

// appendChunkRun encodes a run whose points, strictly ascending, are a chunk.
// How many they are and their first and last times stand before it, so that the
// chunk need not be opened to know them.
func appendChunkRun(dst []byte, cuts []points.Range, b *points.Block, expires []int64) []byte {
	dst = appendRunHead(dst, runIsChunk, cuts)
	n := b.Len()
	dst = binary.AppendUvarint(dst, uint64(n))
	dst = appendRange(dst, points.Range{From: b.Times[0], To: b.Times[n-1]})
	return chunk.Append(dst, b, expires)
}

// parseChunkRun reads what stands before the chunk of a run.
func parseChunkRun(data []byte) (n int, span points.Range, rest []byte, err error) {
	count, size := binary.Uvarint(data)
	if size <= 0 || count > math.MaxInt32 {
		return 0, points.Range{}, nil, damagedHead()
	}
	data = data[size:]
	if span, size = parseRange(data); size <= 0 {
		return 0, points.Range{}, nil, damagedHead()
	}
	return int(count), span, data[size:], nil
}

// parseRunHead reads a run up to its points and adds its cuts to cuts.
func parseRunHead(data []byte, rank uint64, cuts []cut) (flags byte, rest []byte, _ []cut, err error) {
	if len(data) == 0 || data[0] >= runUnknown {
		return 0, nil, cuts, damagedHead()
	}
	flags, data = data[0], data[1:]
	if flags&runHasCuts == 0 {
		return flags, data, cuts, nil
	}
	n, size := binary.Uvarint(data)
	if size <= 0 || n > uint64(len(data)) {
		return 0, nil, cuts, damagedHead()
	}
	data = data[size:]
	for range n {
		r, size := parseRange(data)
		if size <= 0 {
			return 0, nil, cuts, damagedHead()
		}
		data, cuts = data[size:], append(cuts, cut{r, rank})
	}
	return flags, data, cuts, nil
}

// damagedHead is the error of parseRunHead.
func damagedHead() error { return fmt.Errorf("parse head of a run: %w", points.ErrCorrupt) }

// parseRange reads a range and answers how many bytes it took, 0 if it is none.
func parseRange(data []byte) (r points.Range, size int) {
	from, n := binary.Varint(data)
	if n <= 0 {
		return points.Range{}, 0
	}
	width, m := binary.Uvarint(data[n:])
	if m <= 0 || width > uint64(math.MaxInt64)-uint64(from) {
		return points.Range{}, 0
	}
	return points.Range{From: from, To: int64(uint64(from) + width)}, n + m
}
