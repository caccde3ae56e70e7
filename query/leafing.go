package query

import (
	"context"
	"io"

	"aion/storage"
	"aion/storage/points"
)

// leafing is a row that keeps nothing of the store's open between two blocks: it
// gives its cursor back after each, and opens one behind it for the next. To read
// on costs a search, but very many series can be merged that way.
type leafing struct {
	row
	series storage.Series
	rest   points.Range // what has not been read
	most   int          // about how many points a block has
}

// How many points a block of a leafing row has at least, which pays for the search,
// and what a point of it takes.
const (
	leastLeafed = 128
	pointCost   = 24
)

// openRow is about what a row holds that is read in whole blocks, with what the
// store keeps open for it.
const openRow = rowCost + 20<<10 + pointCost*points.BlockSize

// openMerged opens the cursors of series that are to be merged: leafing ones where
// so many series would take too much of the query's memory otherwise.
func (r *run) openMerged(series []storage.Series) []points.Cursor {
	most := r.leafed(len(series))
	if most == 0 || storage.Far(series[0]) {
		return r.openAll(series)
	}
	rows := make([]points.Cursor, len(series))
	for i, s := range series {
		rows[i] = r.leaf(s, most)
	}
	return rows
}

// leafed is about how many points each block of so many series may have that are
// merged beside others; 0: blocks need not be smaller than usual.
func (r *run) leafed(series int) int {
	limit := r.use.limits.MaxMemory
	if limit <= 0 {
		return 0
	}
	share := (limit - r.use.bytes.Load()) / 4 * 3 / int64(series*max(r.merges, 1))
	if share >= openRow {
		return 0
	}
	return int(max(leastLeafed, (share-rowCost)/pointCost))
}

// leaf makes the leafing cursor of a series.
func (r *run) leaf(s storage.Series, most int) *leafing {
	l := &leafing{row: row{run: r, left: -1}, series: s, rest: r.plan.Range, most: most}
	if r.plan.Limit > 0 {
		l.left = r.plan.Limit
	}
	l.open()
	return l
}

// open makes a cursor over what has not been read.
func (l *leafing) open() {
	l.in = l.series.Points(l.rest, l.run.plan.Order)
	l.holder, _ = l.in.(points.Holder)
	if b, ok := l.in.(points.Brief); ok {
		most := int64(l.most)
		if l.left >= 0 {
			most = min(most, l.left)
		}
		b.AtMost(int(max(most, 1)))
	}
}

// Next reads the next block and gives back what is open.
func (l *leafing) Next(ctx context.Context, b *points.Block) error {
	if err := l.row.Next(ctx, b); err != nil {
		return err
	}
	if l.done != nil || l.holder == nil || l.holder.Held() == 0 {
		return nil
	}
	if err := l.in.Close(); err != nil {
		b.Reset(b.Kind)
		l.done = err
		return err
	}
	if l.behind(b.Times[b.Len()-1]); l.rest.Empty() {
		l.done = io.EOF
	}
	l.open()
	return l.charge(0)
}

// behind takes from the rest what has been read up to a time.
func (l *leafing) behind(at int64) {
	switch {
	case l.run.plan.Order == points.Desc && at > l.rest.From:
		l.rest.To = at - 1
	case l.run.plan.Order == points.Asc && at < l.rest.To:
		l.rest.From = at + 1
	default:
		l.rest = points.Range{From: 1}
	}
}
