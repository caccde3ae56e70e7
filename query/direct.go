package query

import (
	"context"
	"errors"
	"io"

	"aion/storage/points"
)

// direct is the stream of a result that is alone: who reads it computes its
// first blocks, which costs no change of goroutines, and the others are computed
// ahead.
type direct struct {
	run   *run
	ctx   context.Context // the computation's, which may end before the reader's
	in    points.Cursor
	first *points.Block // read, not yet handed on
	read  int           // blocks that the reader has computed
	ready bool          // in is computed ahead as it is
	rest  *parted       // what is computed ahead; nil: nothing yet
	done  error
}

// direct hands a result to yield with its points yet to be computed, and
// computes those that yield leaves.
func (o *emitter) direct(ctx context.Context, result *Result, in points.Cursor, keepEmpty bool) error {
	desk := o.desk()
	d := &desk.direct
	*d = direct{run: o.run, ctx: ctx, in: in, first: o.run.engine.blocks.Get().(*points.Block)}
	defer o.run.engine.blocks.Put(d.first)
	_, d.ready = in.(*parted)
	d.done = in.Next(ctx, d.first)
	switch {
	case d.done == io.EOF && !keepEmpty:
		return in.Close()
	case d.done != nil && d.done != io.EOF:
		return closing(d.done, in)
	}
	result.Points = d
	if !o.yield(result) {
		return errors.Join(errStopped, d.end())
	}
	for d.done == nil {
		_ = d.Next(ctx, &desk.rest) // d.done tells
	}
	return errors.Join(ifEOF(d.done, nil), d.end())
}

// Next hands on the next block.
func (d *direct) Next(ctx context.Context, b *points.Block) error {
	if d.done == nil {
		d.done = ctx.Err()
	}
	if d.done == nil {
		d.next(b)
		d.run.give(b.Len())
	}
	if d.done != nil {
		b.Reset(b.Kind)
	}
	return d.done
}

// next reads the next block, or what ends the stream.
func (d *direct) next(b *points.Block) {
	switch {
	case d.first.Len() != 0:
		d.give(b)
	case d.read < depth, d.ready:
		d.read++
		d.done = d.in.Next(d.ctx, b)
	default:
		if d.rest == nil {
			d.rest = &parted{run: d.run, width: 1, n: 1, compute: func(ctx context.Context, _ int, out *emitter) error {
				return out.emit(ctx, nil, d.in, false)
			}}
		}
		d.done = d.rest.Next(d.ctx, b)
	}
}

// give hands on the first block. A reader without memory gets a copy, so that the
// block keeps its own for the next result.
func (d *direct) give(b *points.Block) {
	if cap(b.Times) < d.first.Len() {
		b.Reset(d.first.Kind)
		b.AppendBlock(d.first)
	} else {
		*b, *d.first = *d.first, *b
	}
	d.first.Reset(d.first.Kind)
}

// end waits until nothing is computed any more and closes the input.
func (d *direct) end() error {
	if d.rest != nil {
		_ = d.rest.Close() // it only waits
	}
	return d.in.Close()
}

// Close leaves the rest to the engine.
func (d *direct) Close() error { return nil }
