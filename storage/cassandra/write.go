package cassandra

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"aion/storage"
	"aion/storage/codec"
	"aion/storage/points"
)

// writePath is what the writes of a store share.
type writePath struct {
	stamps   *stamps
	index    *index
	slots    chan struct{} // for statements that are under way
	plans    sync.Pool
	sheets   sync.Pool
	outlived outlived
}

// ready makes the store ready to write.
func (w *writePath) ready(c *Config, now storage.Now) {
	w.stamps = &stamps{now: now}
	w.index = newIndex(w.stamps, c.IndexRefresh)
	w.slots = make(chan struct{}, c.Writing)
	w.outlived.log = c.Log
}

// Write stores a batch: index rows first, then the points, all at the
// consistency of the write cluster and acknowledged when it returns. Of several
// changes to a point the last one counts. A call with a point that cannot be
// stored is a points.InvalidError and stores nothing. Any other failure may have
// stored a part, and says how many points are not surely stored. Points that
// live from their own time on and whose life is over are not stored.
func (s *Store) Write(ctx context.Context, b *storage.Batch) error { return s.store(ctx, b, 0) }

// WriteAt is Write as it would have been at an earlier time, in Unix
// milliseconds: points have that write time and what is left of their life, and
// those whose life is over by now only take away what was there before.
func (s *Store) WriteAt(ctx context.Context, b *storage.Batch, at int64) error {
	if at < 1 {
		return points.Invalid("the write time %d is not after 1970", at)
	}
	return s.store(ctx, b, at)
}

// LastWrite is the greatest write time that the store has given out so far, in
// Unix milliseconds.
func (s *Store) LastWrite() int64 { return s.stamps.latest() }

// store writes a batch, with a write time of its own where at is not 0.
func (s *Store) store(ctx context.Context, b *storage.Batch, at int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c, err := s.writer()
	if err != nil {
		return fmt.Errorf("%d points were not stored: %w", b.Len(), err)
	}
	p, done := s.plan(c.layout, at)
	defer done()
	if err := p.load(b); err != nil {
		return err
	}
	s.outlived.add(p.unborn)
	if len(p.rows) == 0 {
		return nil
	}
	return s.carryOut(ctx, c, p, at)
}

// plan is an empty plan for what is written at a time, now if it is 0. Done takes
// it back.
func (s *Store) plan(layout codec.Layout, at int64) (p *plan, done func()) {
	p, _ = s.plans.Get().(*plan)
	if p == nil {
		p = &plan{}
	}
	p.reset()
	p.layout, p.reaper, p.seeds = layout, s.config.reaper(s.now().UnixMilli(), at), &s.index.seeds
	return p, func() {
		p.reset() // which lets go of the batch
		s.plans.Put(p)
	}
}

// Check is what Write says of a batch that has a point that cannot be stored,
// whether Cassandra is there or not. It stores nothing.
func (s *Store) Check(b *storage.Batch) error {
	layout := s.config.Layout
	if c, err := s.writer(); err == nil {
		layout = c.layout
	}
	p, done := s.plan(layout, 0)
	defer done()
	return p.load(b)
}

// carryOut enters the rows of a plan into the indexes and stores its points.
func (s *Store) carryOut(ctx context.Context, c *conn, p *plan, at int64) error {
	stamp, err := s.prepareIndex(ctx, c, p, at)
	if err != nil {
		return fmt.Errorf("%d points were not stored: %w", p.size(), err)
	}
	if err := s.put(ctx, c, p, cmp.Or(at, stamp)); err != nil || at != 0 {
		return err
	}
	s.stamps.pass(ctx, stamp)
	return nil
}

// prepareIndex gives the plan its write time and sees that all of its rows are
// in the indexes, before any of its points is stored.
func (s *Store) prepareIndex(ctx context.Context, c *conn, p *plan, at int64) (stamp int64, err error) {
	if s.index.look(p, s.now().UnixMilli()) {
		if err := s.ask(ctx, c, p); err != nil {
			return 0, err
		}
	}
	stamp = s.index.draw(p, s.now().UnixMilli(), at)
	if at == 0 {
		err = s.stamps.settle(ctx, stamp)
	}
	if !p.needs() {
		return stamp, err
	}
	if err == nil {
		err = s.enterPlan(ctx, c, p, stamp)
	}
	s.index.settle(p, s.now().UnixMilli(), err != nil)
	return stamp, err
}

// put stores the points of a plan, and waits for all of them whatever happens to
// some.
func (s *Store) put(ctx context.Context, c *conn, p *plan, at int64) error {
	var failed problems
	var unsure atomic.Int64
	for i := range p.rows {
		if r := &p.rows[i]; r.index.refused != nil {
			failed.add(fmt.Errorf("%s: %w", r.key, r.index.refused))
		}
	}
	batches := p.batches(c.owner)
	var first atomic.Pointer[error]
	err := s.together(ctx, len(batches), func(ctx context.Context, i int) error {
		n, err := s.putBatch(ctx, c, p, batches[i], at, &failed)
		if err != nil {
			unsure.Add(int64(n))
			first.CompareAndSwap(nil, &err)
		}
		return nil
	})
	switch reason := first.Load(); {
	case err != nil:
		return fmt.Errorf("up to %d points are not surely stored: %w", p.size(), err)
	case reason == nil:
		return failed.err()
	case failed.err() != nil:
		return fmt.Errorf("%d of %d points are not surely stored: %w (and %v)", unsure.Load(), p.size(), *reason, failed.err())
	default:
		return fmt.Errorf("%d of %d points are not surely stored: %w", unsure.Load(), p.size(), *reason)
	}
}

// putBatch stores one batch. Where the server refuses it, its points are sent
// again with a statement each, and those that it means are added to failed: it
// may also be one that does not know statements for several points.
func (s *Store) putBatch(ctx context.Context, c *conn, p *plan, spans []span, at int64, failed *problems) (unsure int, err error) {
	f, _ := s.sheets.Get().(*sheet)
	if f == nil {
		f = &sheet{}
	}
	defer s.sheets.Put(f)
	f.pack(p, spans, c.compact)
	err = c.send(ctx, "points", at, f.entries)
	var invalid *points.InvalidError
	switch {
	case err == nil:
		return 0, nil
	case !errors.As(err, &invalid):
		return f.points, err
	}
	f.fill(p, spans)
	return c.deliver(ctx, "points", at, f.entries, 0, func(i int, err error) {
		r, o := p.cell(spans, i)
		failed.add(fmt.Errorf("%s: %w", p.series(r, o), err))
	})
}

// cell is the row and the column of statement i of a batch.
func (p *plan) cell(spans []span, i int) (*rowPlan, *op) {
	for _, s := range spans {
		if n := int(s.to - s.from); i >= n {
			i -= n
			continue
		}
		return &p.rows[s.row], &p.rows[s.row].ops[int(s.from)+i]
	}
	return nil, nil
}

// problems collects what the server refuses, for several goroutines.
type problems struct {
	mu   sync.Mutex
	list []string
	more int
}

// add adds one.
func (p *problems) add(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.list) == maxProblems {
		p.more++
		return
	}
	p.list = append(p.list, err.Error())
}

// err is a points.InvalidError of all, or nil.
func (p *problems) err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.list) == 0 {
		return nil
	}
	list := p.list
	if p.more != 0 {
		list = append(list[:len(list):len(list)], fmt.Sprintf("and %d more", p.more))
	}
	return &points.InvalidError{Problems: list}
}
