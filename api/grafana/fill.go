package grafana

import (
	"context"
	"errors"
	"io"

	"aion/aggregators"
	"aion/storage/points"
)

// filled is a cursor over what a panel's steps have, and over steps without
// points where the payload says what stands there. A series without any points
// stays one. Texts can only be repeated.
func (j *job) filled(m *part, in points.Cursor) (points.Cursor, error) {
	if j.fill == fillNone || m.own == 0 {
		return in, nil
	}
	grid, err := aggregators.NewGrid(m.step, m.within.From, m.zone)
	if err != nil {
		return nil, err
	}
	return &filler{Cursor: in, grid: grid, end: j.align == alignEnd, fill: j.fill, next: m.within.From, to: m.within.To}, nil
}

// filler puts something into the steps for which its cursor has no point.
type filler struct {
	points.Cursor
	grid  *aggregators.Grid
	end   bool // points are stamped by the ends of their steps
	fill  string
	next  int64 // start of the step that comes next
	to    int64 // behind which no step begins
	held  points.Block
	at    int  // of the point of held that comes next
	begun bool // a point has been found
	last  points.Block
	ended error
}

// Next fills b with points and with what stands for them.
func (f *filler) Next(ctx context.Context, b *points.Block) error {
	b.Reset(f.held.Kind)
	for b.Len() < points.BlockSize {
		if f.ended == nil && f.at == f.held.Len() {
			f.at = 0
			if f.ended = f.Cursor.Next(ctx, &f.held); f.ended == nil && !f.begun {
				f.begun = true
				b.Reset(f.held.Kind)
			}
		}
		if f.ended != nil && (!errors.Is(f.ended, io.EOF) || !f.begun || f.next > f.to) {
			break
		}
		if err := f.step(b); err != nil {
			return err
		}
	}
	if b.Len() == 0 || f.ended != nil && !errors.Is(f.ended, io.EOF) {
		b.Reset(b.Kind)
		return f.ended
	}
	return nil
}

// step adds the point of the next step, or what stands for it.
func (f *filler) step(b *points.Block) error {
	r, err := f.grid.Range(f.next)
	if err != nil {
		return err
	}
	stamp := r.From
	if f.end {
		stamp = r.To + 1
	}
	if f.ended == nil && (f.held.Times[f.at] <= stamp || f.next > f.to) {
		one := f.held.Slice(f.at, f.at+1)
		b.AppendBlock(&one)
		f.last.Reset(one.Kind)
		f.last.AppendBlock(&one)
		if f.held.Times[f.at] == stamp {
			f.next = r.To + 1
		}
		f.at++
		return nil
	}
	f.next = r.To + 1
	f.stand(b, stamp)
	return nil
}

// stand adds what stands for a point.
func (f *filler) stand(b *points.Block, at int64) {
	switch {
	case f.fill == fillPrevious && f.last.Len() > 0:
		f.last.Times[0] = at
		b.AppendBlock(&f.last)
	case b.Kind != points.Number:
	case f.fill == fillZero:
		b.AppendInt(at, 0)
	default:
		b.AppendNull(at)
	}
}
