package yggio

import (
	"context"
	"errors"
	"fmt"
	"io"

	"aion/aggregators"
	"aion/storage/points"
)

// columns is how many points an interval has: value, min, max and stddev.
const columns = aggregators.SpreadColumns

// filling puts between two intervals that lie apart those between them, whose
// values are on the straight line.
func filling(width int64) aggregators.Aggregator {
	return &step{fmt.Sprintf("filling(%d ms)", width), func(g aggregators.Group, in points.Cursor) points.Cursor {
		f := &filler{in: in, width: width}
		if g.Run != nil {
			f.most = g.Run.MaxGaps
		}
		return &reading{in: in, fill: f.fill}
	}}
}

// filler fills one stream of intervals.
type filler struct {
	in          points.Cursor
	width, most int64 // of an interval; of intervals that are filled in, 0: any number
	block       points.Block
	pos         int     // of the next interval in block
	begun       bool    // there is an interval before it
	at          int64   // that was answered last
	from        float64 // the value of the last one with points
	since       int64   // and its time
	filled      int64
}

// fill answers intervals until b is full or there are none.
func (f *filler) fill(ctx context.Context, b *points.Block) error {
	for b.Len()+columns <= points.BlockSize {
		if f.pos == f.block.Len() {
			f.pos = 0
			if err := f.in.Next(ctx, &f.block); err != nil {
				f.block.Reset(points.Number)
				if errors.Is(err, io.EOF) && b.Len() != 0 {
					return nil
				}
				return err
			}
		}
		if err := f.next(b); err != nil {
			return err
		}
	}
	return nil
}

// next answers the interval behind the last one: the next one with points, or one
// on the way there.
func (f *filler) next(b *points.Block) error {
	at, to := f.block.Times[f.pos], f.block.Floats[f.pos]
	if f.begun && at-f.at > f.width {
		return f.between(b, at, to)
	}
	interval := f.block.Slice(f.pos, f.pos+columns)
	b.AppendBlock(&interval)
	f.pos += columns
	f.begun, f.at, f.since, f.from = true, at, at, to
	return nil
}

// between answers an interval without points, of which there are not too many.
func (f *filler) between(b *points.Block, at int64, to float64) error {
	if missing := (at - f.at) / f.width; f.most > 0 && f.at == f.since && f.filled+missing > f.most {
		return &points.LimitError{Limit: "query.max-gaps", Max: f.most, What: "intervals without points"}
	}
	f.filled++
	f.at += f.width
	v := f.from + (to-f.from)*(float64(f.at-f.since)/float64(at-f.since))
	b.AppendFloat(f.at, v)
	b.AppendFloat(f.at, v)
	b.AppendFloat(f.at, v)
	b.AppendFloat(f.at, 0)
	return nil
}
