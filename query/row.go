package query

import (
	"context"
	"errors"
	"io"

	"aion/storage"
	"aion/storage/points"
)

// row reads one series of a query: it counts what it reads, stops at the
// metric's limit and charges the query's budget for the block that it fills.
type row struct {
	run     *run
	in      points.Cursor
	holder  points.Holder // in, if that tells what it keeps open; else nil
	left    int64         // points until the metric's limit; negative: no limit
	block   int           // bytes of the largest block that was filled
	charged int
	some    bool // it has had points
	done    error
}

// open makes the cursor of a series: with summaries where the series has them,
// the first aggregator can use them, and the metric neither limits nor turns
// the order round.
func (r *run) open(s storage.Series) points.Cursor { return r.openIn(s, r.plan.Range) }

// openIn is open for a part of the metric's range.
func (r *run) openIn(s storage.Series, in points.Range) points.Cursor {
	return r.openAt(nil, s, in)
}

// openAt is openIn in that memory, or, where it is nil, in memory of its own.
func (r *run) openAt(all *rows, s storage.Series, in points.Range) points.Cursor {
	if sum, ok := s.(storage.Summarized); ok && r.plan.summaries() {
		sums := sum.Summaries(in)
		if all == nil {
			all = new(rows)
		}
		*all = rows{row: row{run: r, in: sums, left: -1}}
		all.row.holder, _ = sums.(points.Holder)
		all.summary = summaryRow{row: &all.row, in: sums}
		if values, ok := sums.(points.Valuer); ok {
			all.value = valueRow{summaryRow: &all.summary, in: values}
			return &all.value
		}
		return &all.summary
	}
	c := new(row)
	if all != nil {
		c = &all.row
	}
	*c = row{run: r, in: s.Points(in, r.plan.Order), left: -1}
	c.holder, _ = c.in.(points.Holder)
	if r.plan.Limit > 0 {
		c.left = r.plan.Limit
		if b, ok := c.in.(points.Brief); ok {
			b.AtMost(int(min(c.left, points.BlockSize)))
		}
	}
	return c
}

// rows are the faces of one row, which are made together because very many are.
type rows struct {
	row     row
	summary summaryRow
	value   valueRow
}

// summaries tells whether the first aggregator may read summaries.
func (m *MetricPlan) summaries() bool {
	return m.Order == points.Asc && m.Limit == 0 && len(m.Splits) == 0 && len(m.Chain) > 0
}

// rowCost is about what a row occupies beside its block and what its series keeps
// open.
const rowCost = 1 << 10

// charge charges the query's budget for the row and a block of that size. What the
// series has let go of since is given back.
func (r *row) charge(block int) error {
	r.block = max(r.block, block)
	size := rowCost + r.block
	if r.holder != nil {
		size += r.holder.Held()
	}
	if size > r.charged {
		if err := r.run.use.Take(int64(size - r.charged)); err != nil {
			return err
		}
	} else {
		r.run.use.give(int64(r.charged - size))
	}
	r.charged = size
	return nil
}

// took counts points that were read.
func (r *row) took(n int64) error {
	r.some = r.some || n != 0
	return r.run.read(n)
}

// hadPoints tells whether points were read.
func (r *row) hadPoints() bool { return r.some }

// Next reads the next block within the limits. At the metric's limit it lets go of
// the series, whose iterators take more memory than a few points.
func (r *row) Next(ctx context.Context, b *points.Block) error {
	if r.done == nil && r.left == 0 {
		r.done = io.EOF
	}
	if r.done != nil {
		b.Reset(b.Kind)
		return r.done
	}
	if r.done = ctx.Err(); r.done == nil {
		r.done = r.in.Next(ctx, b)
	}
	if r.done != nil {
		b.Reset(b.Kind)
		return r.done
	}
	if n := int64(b.Len()); r.left >= 0 {
		if n > r.left {
			*b = b.Slice(0, int(r.left))
		}
		r.left -= int64(b.Len())
	}
	r.done = r.took(int64(b.Len()))
	if r.left == 0 {
		r.done = errors.Join(r.done, r.in.Close())
	}
	if r.done == nil {
		r.done = r.charge(b.Size())
	}
	if r.done != nil {
		b.Reset(b.Kind)
	}
	return r.done
}

// Close gives back the budget and the series' cursor.
func (r *row) Close() error {
	if r.charged > 0 {
		r.run.use.give(int64(r.charged))
		r.charged = 0
	}
	r.done = io.EOF
	return r.in.Close()
}

// summaryRow is a row whose series keeps summaries.
type summaryRow struct {
	*row
	in     points.Summarizer
	peeked int64
}

// Peek asks the series, unless the row has ended.
func (r *summaryRow) Peek(ctx context.Context, until int64) (points.Summary, bool, error) {
	if r.done != nil {
		return points.Summary{}, false, nil
	}
	s, ok, err := r.in.Peek(ctx, until)
	r.peeked = s.Count
	if r.charged == 0 && err == nil {
		err = r.charge(0)
	}
	return s, ok && err == nil, err
}

// Skip counts the points that were passed over by their summary as read.
func (r *summaryRow) Skip() {
	r.in.Skip()
	r.done = r.took(r.peeked)
}

// valueRow is a row whose series gives values without their times.
type valueRow struct {
	*summaryRow
	in points.Valuer
}

// Values asks the series, unless the row has ended, and counts what it gives.
func (r *valueRow) Values(ctx context.Context, until int64, v []float64, n int) (values []float64, at int64, ok bool, err error) {
	if r.done == nil {
		r.done = ctx.Err()
	}
	if r.done != nil {
		return v, 0, false, ifEOF(r.done, nil)
	}
	values, at, ok, err = r.in.Values(ctx, until, v, n)
	err = r.valued(len(values)-len(v), err)
	return values, at, ok, err
}

// Places asks as Values does. A series that places nothing gives nothing.
func (r *valueRow) Places(ctx context.Context, until int64, v []float64, n int, times []int64, places []int) (values []float64, placed []int, at int64, ok bool, err error) {
	in, takes := r.in.(points.Placer)
	if r.done == nil {
		r.done = ctx.Err()
	}
	if r.done != nil || !takes {
		return v, places, 0, false, ifEOF(r.done, nil)
	}
	values, placed, at, ok, err = in.Places(ctx, until, v, n, times, places)
	err = r.valued(len(values)-len(v), err)
	return values, placed, at, ok, err
}

// valued counts n values that were given.
func (r *valueRow) valued(n int, err error) error {
	if n != 0 && err == nil {
		err = r.took(int64(n))
	}
	if r.charged == 0 && err == nil {
		err = r.charge(0)
	}
	r.done = err
	return err
}

// drain reads in to its end and drops what it reads.
func drain(ctx context.Context, in points.Cursor) error {
	var b points.Block
	for {
		if err := in.Next(ctx, &b); err != nil {
			return ifEOF(err, nil)
		}
	}
}

// ifEOF is err, or otherwise where err is io.EOF.
func ifEOF(err, otherwise error) error {
	if err == io.EOF {
		return otherwise
	}
	return err
}
