package query

import (
	"context"
	"io"

	"aion/storage/points"
)

// follow hands the results of one job to yield.
func (r *run) follow(ctx context.Context, steps *inbox, yield func(*Result) bool) error {
	in := new(stream) // serves one result after the other
	s, ok := steps.receive(ctx)
	for ok && s.err == nil {
		*in = stream{engine: r.engine, run: ctx, steps: steps, block: s.block}
		s.result.Points = in
		if !yield(s.result) {
			return errStopped
		}
		s, ok = in.rest()
	}
	return s.err
}

// stream is the reading end of one result. Blocks change hands without being
// copied: the reader's old memory becomes a block to fill.
type stream struct {
	engine *Engine
	run    context.Context // the computation's, which may end before the reader's
	steps  *inbox
	block  *points.Block // received, not yet handed on
	next   step          // what ended this result
	more   bool          // next is the head of another result or a failure
	done   error
}

// Next hands on the next block.
func (s *stream) Next(ctx context.Context, b *points.Block) error {
	if s.done == nil && s.block == nil {
		s.advance()
	}
	if s.done == nil {
		s.done = ctx.Err()
	}
	if s.done != nil {
		b.Reset(b.Kind)
		return s.done
	}
	s.steps.run.give(s.block.Len())
	*b, *s.block = *s.block, *b
	s.engine.blocks.Put(s.block)
	s.block = nil
	return nil
}

// advance receives the next block or what ends the result.
func (s *stream) advance() {
	next, ok := s.steps.receive(s.run)
	switch {
	case !ok:
		s.done = io.EOF
	case next.err != nil:
		s.next, s.more, s.done = next, true, next.err
	case next.result != nil:
		s.next, s.more, s.done = next, true, io.EOF
	default:
		s.block = next.block
	}
}

// rest passes over what the reader left unread and answers what comes after
// this result.
func (s *stream) rest() (step, bool) {
	for s.done == nil || s.block != nil {
		s.block = nil
		if s.done == nil {
			s.advance()
		}
	}
	return s.next, s.more
}

// Close leaves the rest to the engine.
func (s *stream) Close() error { return nil }
