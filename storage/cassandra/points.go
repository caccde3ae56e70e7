package cassandra

import (
	"context"
	"io"

	"aion/storage/points"
)

// reader reads the points of a series page by page. While one page is read the
// next one is fetched. It serves one goroutine at a time.
type reader struct {
	*scan
	source source
	block  *points.Block // what was read last
	from   int           // where it goes on
	fresh  bool          // nothing of it has been taken yet
}

// reader is a reader of s that has not begun.
func (s *series) reader(r points.Range, o points.Order) *reader {
	rd := &reader{scan: newScan(s, r, o)}
	lanes := rd.lanes(s.rows)
	if len(lanes) == 1 {
		rd.source = lanes[0]
	} else {
		rd.source = newMerged(rd.scan, lanes)
	}
	return rd
}

// peek sees that there is a next point, or answers io.EOF or what went wrong.
func (r *reader) peek(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.block != nil && r.from < r.block.Len() {
		return nil
	}
	b, err := r.source.next(ctx)
	if err != nil {
		r.block = nil
		return err
	}
	r.block, r.from, r.fresh = b, 0, true
	return nil
}

// take adds the next points to b, at most a block of them. There are some: peek
// has said so.
func (r *reader) take(ctx context.Context, b *points.Block) {
	if r.fresh {
		r.fresh = false
		r.source.ahead(ctx)
	}
	to := min(r.from+points.BlockSize, r.block.Len())
	v := r.block.Slice(r.from, to)
	b.AppendBlock(&v)
	r.from = to
}

// close ends what is under way.
func (r *reader) close() {
	r.source.close()
	r.block = nil
}

// cursor reads a series, or goes on where Any or Ahead have begun.
type cursor struct {
	series *series
	r      points.Range
	order  points.Order
	reader *reader
	end    error
}

// Points reads the points of a range, page by page. Points that Cassandra gives
// beside the range are left out: in SECONDS KairosDB answers whole seconds.
func (s *series) Points(r points.Range, o points.Order) points.Cursor {
	return &cursor{series: s, r: r, order: o}
}

// Next copies up to a block of points.
func (c *cursor) Next(ctx context.Context, b *points.Block) error {
	b.Reset(c.series.key.Kind())
	if c.end == nil && c.r.Empty() {
		c.end = io.EOF
	}
	if c.end == nil {
		c.end = c.open().peek(ctx)
	}
	if c.end != nil {
		return c.end
	}
	c.reader.take(ctx, b)
	return nil
}

// open is the cursor's reader.
func (c *cursor) open() *reader {
	if c.reader == nil {
		c.series.store.fetching.open.Add(1)
		if c.reader = c.series.claim(c.r, &c.order); c.reader == nil {
			c.reader = c.series.reader(c.r, c.order)
		}
	}
	return c.reader
}

// Close ends what is under way and waits for its end.
func (c *cursor) Close() error {
	if c.reader != nil {
		c.reader.close()
		c.series.store.fetching.open.Add(-1)
		c.reader = nil
	}
	c.end = io.EOF
	return nil
}
