package yggio

import (
	"context"
	"errors"
	"io"

	"aion/aggregators"
	"aion/query"
	"aion/storage/points"
)

// floor is the beginning of the window of a time, counted from the epoch.
func floor(at, width int64) int64 {
	start := at / width * width
	if start > at {
		start -= width
	}
	return start
}

// named are the aggregators that the value functions mean.
func named(function string) string {
	switch function {
	case "mean":
		return "avg"
	case "difference":
		return "first"
	}
	return function
}

// keepsTexts tells whether a value function takes texts, too.
func keepsTexts(function string) bool {
	return function == "first" || function == "last" || function == "count"
}

// windows answers window by window, or interval by interval.
func (q *question) windows(ctx context.Context, w *writer) error {
	plan, err := q.windowed()
	if err != nil {
		return err
	}
	err = q.run(ctx, plan, func(ctx context.Context, all []*query.Result) error {
		if len(all) > 1 {
			return errMixed
		}
		for _, r := range all {
			if err := q.p.copyTo(ctx, w, r.Points); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, errMixed) {
		return q.mixed(ctx, w)
	}
	return err
}

// windowed is the plan of windows.
func (q *question) windowed() (*query.Plan, error) {
	origin := floor(q.within.From, q.distance)
	m := query.Metric{}
	if q.function != "" {
		m.Aggregators = []query.Aggregation{{Name: named(q.function), Values: aggregators.Values{
			"sampling":       points.Span{Value: q.distance, Unit: points.Milliseconds},
			"align_sampling": false, "align_start_time": true, "start_time": origin,
		}}}
	}
	types := numeric[:]
	if keepsTexts(q.function) {
		types = valued[:]
	}
	p, err := q.plan(types, m, q.within)
	if err != nil {
		return nil, err
	}
	chain := &p.Metrics[0].Chain
	switch q.function {
	case "":
		env := aggregators.Env{Now: q.now.UnixMilli(), Start: q.within.From, End: q.within.To}
		*chain = append(*chain, aggregators.Spread(env, q.distance, origin), filling(q.distance))
	case "difference":
		*chain = append(*chain, differing())
	}
	return p, nil
}

// copyTo writes all points of a cursor.
func (p *Protocol) copyTo(ctx context.Context, w *writer, in points.Cursor) error {
	b := p.blocks.take()
	defer func() { p.blocks.rest(b) }()
	for {
		if err := in.Next(ctx, b); err != nil {
			return ended(err)
		}
		if err := w.block(b); err != nil {
			return err
		}
	}
}

// ended is nil where a stream has come to its end, and else what went wrong.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// mixed answers first, last and count of numbers and texts together.
func (q *question) mixed(ctx context.Context, w *writer) error {
	plan, err := q.plan(valued[:], query.Metric{}, q.within)
	if err != nil {
		return err
	}
	return q.run(ctx, plan, func(ctx context.Context, all []*query.Result) error {
		f := folding{question: q, w: w}
		if err := q.p.abreast(ctx, all, points.Asc, f.add); err != nil {
			return err
		}
		return f.flush()
	})
}

// folding folds points of any kind into windows.
type folding struct {
	*question
	w     *writer
	start int64
	count int64 // of the window's points; 0: there is no window yet
	kept  points.Block
}

// add takes the next points, all of one kind.
func (f *folding) add(b *points.Block) error {
	for i := 0; i < b.Len(); {
		start := floor(b.Times[i], f.distance)
		if f.count > 0 && start != f.start {
			if err := f.flush(); err != nil {
				return err
			}
		}
		n := i
		for n < b.Len() && b.Times[n]-start < f.distance {
			n++
		}
		f.fold(b, start, i, n)
		i = n
	}
	return nil
}

// fold takes points [from, to) of a block into a window.
func (f *folding) fold(b *points.Block, start int64, from, to int) {
	one := from
	if f.function == "last" {
		one = to - 1
	}
	if f.function == "last" || f.function == "first" && f.count == 0 {
		view := b.Slice(one, one+1)
		f.kept.Reset(b.Kind)
		f.kept.AppendBlock(&view)
		f.kept.Times[0] = start
	}
	f.start, f.count = start, f.count+int64(to-from)
}

// flush writes the window, if there is one.
func (f *folding) flush() error {
	if f.count == 0 {
		return nil
	}
	if f.function == "count" {
		f.kept.Reset(points.Number)
		f.kept.AppendInt(f.start, f.count)
	}
	f.count = 0
	return f.w.block(&f.kept)
}
