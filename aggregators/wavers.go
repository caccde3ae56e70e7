package aggregators

import (
	"slices"

	"aion/storage/points"
)

// waverer is a cursor of a chain, which may give times that both rise and fall. All
// others ascend, or descend where the query's order does.
type waverer interface{ wavers() bool }

// wavers tells whether the times of a stream may both rise and fall.
func wavers(in points.Cursor) bool {
	w, ok := in.(waverer)
	return ok && w.wavers()
}

// wavers is true, since only under descending order does anything waver, but that is
// not known here.
func (c *gapsCursor) wavers() bool { return true }

// wavers is whether the input does.
func (c *blockCursor) wavers() bool { return wavers(c.in) }

// wavers is whether the input does.
func (c *trimCursor) wavers() bool { return wavers(c.in) }

// wavers is whether the input does: its ranges' results stand in their order.
func (c *windowCursor) wavers() bool { return c.lane.wavers }

// below counts the next times of the block that are below end, up to the first that is
// not.
func (l *lane) below(end int64) int {
	times := l.block.Times[l.pos:]
	if !l.wavers {
		return below(times, end)
	}
	if n := slices.IndexFunc(times, func(at int64) bool { return at >= end }); n >= 0 {
		return n
	}
	return len(times)
}
