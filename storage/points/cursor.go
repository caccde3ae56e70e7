package points

import (
	"context"
	"io"
)

// Cursor reads points in time order, a block at a time. It serves one
// goroutine at a time.
//
// A cursor over one stored series yields strictly ascending times (strictly
// descending ones under Desc). Streams that an operator has merged or computed
// may repeat a time.
type Cursor interface {
	// Next replaces b's contents with the next points: at least one and a nil
	// error, or none and io.EOF, or none and what went wrong. The answer that
	// ended the series is given again on every later call. b and the memory of
	// its columns stay the caller's: a cursor keeps no reference to them after
	// it has returned. Texts and Bytes point to memory that nobody changes.
	Next(ctx context.Context, b *Block) error

	// Close gives back what the cursor holds. Closing early or twice is fine;
	// Next is not called after it.
	Close() error
}

// Brief is a Cursor that reads less where it knows how little is wanted.
type Brief interface {
	Cursor

	// AtMost tells, before the first Next, that no more than n points will be
	// made use of. The cursor may yield more all the same.
	AtMost(n int)
}

// Holder is a Cursor that can tell what it keeps open.
type Holder interface {
	Cursor

	// Held is about how many bytes the cursor holds now, beside its own few and
	// the blocks that it fills: those of the store's iterators, 0 where it has let
	// go of them.
	Held() int
}

// Summarizer is a Cursor over numbers that can tell of coming points without
// decoding them. Only ascending cursors of a single series offer it.
type Summarizer interface {
	Cursor

	// Peek returns the summary of the longest run of coming points that the
	// store has one for and whose last time is below until. ok is false where
	// there is none: the caller then reads on with Next, which after a Peek
	// yields points up to the place where a summary may be had again.
	Peek(ctx context.Context, until int64) (s Summary, ok bool, err error)

	// Skip passes over the run that the last Peek told of.
	Skip()
}

// Valuer is a Summarizer that can give the values of coming points without
// their times, for sums and the like, to which only the values matter.
type Valuer interface {
	Summarizer

	// Values appends the values of coming points whose times are below until to
	// v, in their order, until it has appended n or more, or there are no more of
	// them that it can give in this way: all are doubles, none is null. at is the
	// time of the point behind them; ok is false where that is not known, and
	// the caller asks again, or reads on with Next, as after a Peek.
	Values(ctx context.Context, until int64, v []float64, n int) (values []float64, at int64, ok bool, err error)
}

// Placer is a Valuer that tells where points of others come among its values.
type Placer interface {
	Valuer

	// Places is Values. times, which ascend, lie below until and behind all points
	// that came before, are those of other points: for the first of them, as far
	// as that is known, and for all where at is known and not below until, it
	// appends to places how many of the values that it appends come before, or the
	// complement of that number where the value behind has the very time. All
	// points that are yet to come lie behind the times that it has placed.
	Places(ctx context.Context, until int64, v []float64, n int, times []int64, places []int) (values []float64, placed []int, at int64, ok bool, err error)
}

// Empty is a cursor without points.
type Empty struct{}

// Next answers io.EOF.
func (Empty) Next(_ context.Context, b *Block) error {
	b.Reset(b.Kind)
	return io.EOF
}

// Close does nothing.
func (Empty) Close() error { return nil }
