package connio

import (
	"context"
	"errors"
	"io"
	"math"

	"aion/query/fleet"
	"aion/storage"
	"aion/storage/points"
)

// history tells what value a property had at a time, for times that ascend.
type history struct {
	series []*past
	last   row  // the value that counts at the time
	known  bool // there is one
}

// past is one series of a history.
type past struct {
	storage.Series
	cursor points.Cursor // of the points behind the first time; nil at their end
	block  points.Block
	next   int // in the block
}

// history is that of a sheet's property, over the times of the sheet's rows.
func (s *sheets) history(ctx context.Context, store storage.Store, one *sheet) (*history, error) {
	sel, err := s.selection(one)
	if err != nil {
		return nil, err
	}
	h := &history{}
	from, to := one.rows[0].at, one.rows[len(one.rows)-1].at
	for series, err := range store.Select(ctx, sel) {
		if err == nil {
			err = h.begin(ctx, series, from)
		}
		if err != nil {
			h.close()
			return nil, err
		}
		p := &past{Series: series}
		if from < to {
			p.cursor = series.Points(points.Range{From: from + 1, To: to}, points.Asc)
		}
		h.series = append(h.series, p)
	}
	return h, nil
}

// begin looks for the value of a series at a time, or the last one before.
func (h *history) begin(ctx context.Context, series storage.Series, at int64) error {
	c := few(series.Points(points.Range{From: math.MinInt64, To: at}, points.Desc), 1)
	var b points.Block
	err := c.Next(ctx, &b)
	if err == nil {
		h.see(&b, 0)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, c.Close())
}

// see takes a point of a block for the value, if it is not an older one.
func (h *history) see(b *points.Block, i int) {
	if h.known && b.Times[i] < h.last.at || b.Null(i) {
		return
	}
	h.known, h.last = true, row{at: b.Times[i], kind: storedText}
	switch {
	case b.Kind == points.Text:
		h.last.text = b.Texts[i]
	case b.Kind == points.Number && b.Int(i):
		h.last.kind, h.last.n, h.last.f = storedLong, b.Ints[i], b.Floats[i]
	case b.Kind == points.Number:
		h.last.kind, h.last.f = storedDouble, b.Floats[i]
	}
}

// advance goes on to a time.
func (h *history) advance(ctx context.Context, at int64) error {
	for _, p := range h.series {
		for {
			for ; p.next < p.block.Len() && p.block.Times[p.next] <= at; p.next++ {
				h.see(&p.block, p.next)
			}
			if p.next < p.block.Len() || p.cursor == nil {
				break
			}
			err := p.cursor.Next(ctx, &p.block)
			p.next = 0
			if errors.Is(err, io.EOF) {
				err = p.cursor.Close()
				p.cursor, p.block = nil, points.Block{}
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// close gives back what the history holds.
func (h *history) close() {
	for _, p := range h.series {
		if p.cursor != nil {
			// It was only read: there is nothing that its end could lose.
			_ = p.cursor.Close()
			p.cursor = nil
		}
	}
}

// sift leaves of the rows of a sheet those whose values differ from the ones before
// them as a condition asks.
func (h *history) sift(ctx context.Context, one *sheet, c *fleet.Condition) error {
	kept := one.rows[:0]
	for _, r := range one.rows {
		if err := h.advance(ctx, r.at); err != nil {
			return err
		}
		if h.known && !differs(&h.last, &r, c) {
			continue
		}
		h.known, h.last = true, r
		kept = append(kept, r)
	}
	one.rows = kept
	return nil
}

// differs tells whether a value differs from the one before as a condition asks.
func differs(last, r *row, c *fleet.Condition) bool {
	if last.kind == storedText || r.kind == storedText {
		return last.kind != r.kind || last.text != r.text
	}
	if c.When != "changedx" || last.f == 0 {
		return last.f != r.f || last.kind == r.kind && last.n != r.n
	}
	return 100*math.Abs(r.f-last.f) > c.Value*math.Abs(last.f)*(1+rounding)
}

// rounding is how far apart numbers may be that are the same in decimals.
const rounding = 1e-12
