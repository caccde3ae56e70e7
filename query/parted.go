package query

import (
	"context"
	"errors"
	"io"
	"math"
	"sync"

	"aion/aggregators"
	"aion/storage"
	"aion/storage/points"
)

// partSize is about how many points a part of a series has that is computed
// beside other parts, fewParts how many parts make that worth while, and
// maxParts how many there are at most. To begin a part costs as much as reading
// the summaries of some twenty thousand points.
const (
	partSize = 1 << 18
	fewParts = 2
	maxParts = 256
)

// aside is the stream of a single series' row behind the first aggregator of the
// plan, computed in parts side by side; nil if that does not pay or would answer
// something else. It owns row only if it is not nil.
func (r *run) aside(ctx context.Context, g aggregators.Group, s storage.Series, row points.Cursor) (points.Cursor, error) {
	if r.lanes < 2 || !r.plan.summaries() || storage.Far(s) {
		return nil, nil
	}
	a, ok := r.plan.Chain[0].(aggregators.Parted)
	if !ok {
		return nil, nil
	}
	if _, takes := a.Kind(points.KindOf(s.Key().Type)); !takes {
		return nil, nil
	}
	parts, err := r.parts(ctx, a, s, row)
	if len(parts) < fewParts || err != nil {
		return nil, err
	}
	if b := firstBlock(row); b != nil {
		err = r.read(-int64(b.Len())) // a part reads it again
	}
	if err := errors.Join(err, row.Close()); err != nil {
		return nil, err
	}
	return &parted{run: r, width: r.lanes, n: len(parts), compute: func(ctx context.Context, i int, out *emitter) error {
		out.brief = true
		return out.emit(ctx, nil, a.Apply(g, r.openIn(s, parts[i])), false)
	}}, nil
}

// parts cuts the plan's range where the aggregator allows it into parts of about
// the same size.
func (r *run) parts(ctx context.Context, a aggregators.Parted, s storage.Series, row points.Cursor) ([]points.Range, error) {
	all := r.plan.Range
	n, first, last, err := sample(ctx, row)
	if err != nil || n < 2 || expected(n, first, last, all.To) < fewParts {
		return nil, err
	}
	end, err := lastOf(ctx, s, all)
	if err != nil {
		return nil, err
	}
	count := min(expected(n, first, last, end), maxParts)
	var parts []points.Range
	from := all.From
	for i := 1.0; i < count; i += stride(i, count, r.lanes) {
		at, ok := a.Boundary(all.From, first+int64(i/count*float64(end-first)))
		if !ok {
			return nil, nil
		}
		if at > from && at <= end {
			parts = append(parts, points.Range{From: from, To: at - 1})
			from = at
		}
	}
	return append(parts, points.Range{From: from, To: all.To}), nil
}

// stride is how many times partSize the part has that begins with number i of count
// such sizes: one at the beginning, for which the reader waits, and at the end, so that
// all who compute have done at about the same time, and two between.
func stride(i, count float64, width int) float64 {
	if i < float64(width) || count-i <= float64(2*width+1) {
		return 1
	}
	return 2
}

// sample tells of the first points of a row that has been begun how many they
// are, and from when to when.
func sample(ctx context.Context, row points.Cursor) (n int64, first, last int64, err error) {
	if b := firstBlock(row); b != nil && b.Len() != 0 {
		return int64(b.Len()), b.Times[0], b.Times[b.Len()-1], nil
	}
	in, ok := row.(points.Summarizer)
	if !ok {
		return 0, 0, 0, nil
	}
	s, _, err := in.Peek(ctx, math.MaxInt64)
	return s.Count, s.FirstAt, s.LastAt, err
}

// expected is how many parts a series is expected to make of which n points lie
// from first to last, and all of them before end.
func expected(n, first, last, end int64) float64 {
	return float64(n) * (float64(end) - float64(first)) / max(float64(last)-float64(first), 1) / partSize
}

// lastOf is the time of a series' last point in a range that has points.
func lastOf(ctx context.Context, s storage.Series, r points.Range) (at int64, err error) {
	c := s.Points(r, points.Desc)
	defer func() { err = errors.Join(err, c.Close()) }()
	if b, ok := c.(points.Brief); ok {
		b.AtMost(1)
	}
	var b points.Block
	if err := c.Next(ctx, &b); err != nil {
		return r.From, ifEOF(err, nil)
	}
	return b.Times[0], nil
}

// parted is a stream whose parts are computed side by side, some ahead of the
// reader.
type parted struct {
	run     *run
	width   int // how many parts are computed at once
	n       int // parts
	compute func(ctx context.Context, i int, out *emitter) error
	jobs    chan job
	next    int             // the first part that has not been begun
	begun   []*inbox        // of the parts that have been, the reader's first
	ctx     context.Context // of those who compute; nil: they have not been called
	stop    context.CancelFunc
	running sync.WaitGroup
	done    error
}

// Next hands on the next block.
func (p *parted) Next(ctx context.Context, b *points.Block) error {
	if p.stop == nil && p.done == nil {
		p.start(ctx)
	}
	for p.done == nil {
		for ; len(p.begun) < p.inFlight() && p.next < p.n; p.next++ {
			j, in, ok := p.run.job(p.next, p.next+1, len(p.begun) == 0)
			if !ok {
				break
			}
			p.begun = append(p.begun, in)
			p.jobs <- j
		}
		if len(p.begun) == 0 {
			p.done = io.EOF
			break
		}
		s, ok := p.begun[0].receive(p.ctx)
		if !ok {
			p.begun = p.begun[1:]
			continue
		}
		if p.done = s.err; p.done == nil {
			*b, *s.block = *s.block, *b
			p.run.engine.blocks.Put(s.block)
			return nil
		}
	}
	b.Reset(b.Kind)
	return p.done
}

// inFlight is how many parts are given out at once: several times as many as are
// computed, so that nobody waits for the reader to give out the next while he sends
// what he has, which may take as long as to compute a few.
func (p *parted) inFlight() int { return 8 * p.width }

// start starts who computes the parts. The query waits for them, too: where something
// panics, nobody closes what it was about.
func (p *parted) start(ctx context.Context) {
	p.ctx, p.stop = context.WithCancel(ctx)
	p.jobs = make(chan job, p.inFlight())
	p.run.use.running.Add(p.width)
	for range p.width {
		p.running.Go(func() {
			defer p.run.use.running.Done()
			p.run.work(p.ctx, p.jobs, p.compute)
		})
	}
}

// Close waits until nothing runs any more.
func (p *parted) Close() error {
	p.done = io.EOF
	if p.stop != nil {
		p.stop()
		close(p.jobs)
		p.running.Wait()
		for _, in := range p.begun {
			in.leave()
		}
		p.stop = nil
	}
	return nil
}
