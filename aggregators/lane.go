package aggregators

import (
	"context"
	"errors"
	"io"
	"math"

	"aion/storage/points"
)

// lane reads one stream for the folding of ranges. Where the stream can tell of
// points by summaries, and the reducer takes them, it does not decode them;
// where the reducer needs no times, it does not decode those. The block is the
// input's to charge to the query's budget.
type lane struct {
	in     points.Cursor
	sums   points.Summarizer // nil if summaries are not wanted or not to be had
	vals   points.Valuer     // nil if values without times are not wanted or not to be had
	block  points.Block
	pos    int            // of the next point in block
	at     int64          // time of the next point, which head has found
	view   points.Block   // what the reducer is given
	sum    points.Summary // what was last peeked at
	room   *room          // for values without times; lanes may share it
	given  int64          // points that the reducer has been given of the range
	short  bool           // the range is expected to hold so few that blocks are decoded
	wavers bool           // times may both rise and fall
	torn   bool           // the values of the last range ended within a page, most likely
}

// shortRange is up to how many points of a range cost less to decode, times and
// all, with those of its neighbours than to ask the stream for.
const shortRange = 256

// open begins to read in for reducers like r, and keeps the block's memory.
func (l *lane) open(in points.Cursor, r Reducer) {
	l.in, l.sums, l.vals, l.pos, l.short, l.torn = in, nil, nil, 0, false, false
	if _, ok := r.(taker); ok {
		l.sums, _ = in.(points.Summarizer)
	}
	if _, ok := r.(timeless); ok {
		l.vals, _ = in.(points.Valuer)
	}
	l.block.Reset(l.block.Kind)
}

// first finds the time of the first point, without decoding it where the
// stream can tell; false where there is none.
func (l *lane) first(ctx context.Context) (bool, error) {
	if l.vals != nil {
		_, at, ok, err := l.vals.Values(ctx, math.MinInt64, nil, 0)
		if ok || err != nil {
			l.at = at
			return ok, err
		}
	}
	return l.load(ctx)
}

// head finds the time of the next point; false where there is none. With peek,
// a summary that ends below until may tell it, so that block may be empty after.
func (l *lane) head(ctx context.Context, peek bool, until int64) (bool, error) {
	if l.pos < l.block.Len() {
		l.at = l.block.Times[l.pos]
		return true, nil
	}
	if peek && l.sums != nil {
		s, ok, err := l.sums.Peek(ctx, until)
		if err != nil {
			return false, err
		}
		if ok {
			l.at = s.FirstAt
			return true, nil
		}
	}
	return l.load(ctx)
}

// load decodes the next points; false where there are none.
func (l *lane) load(ctx context.Context) (bool, error) {
	l.pos, l.torn = 0, false
	if err := l.in.Next(ctx, &l.block); err != nil {
		l.block.Reset(l.block.Kind)
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		return false, err
	}
	l.at = l.block.Times[0]
	return true, nil
}

// feed gives r the next points as long as their times are below end, and finds
// the head behind them; false where the stream ends. next is where the range
// behind this one ends, about.
func (l *lane) feed(ctx context.Context, r Reducer, end, next int64) (bool, error) {
	for {
		if err := l.give(r, end); err != nil {
			return false, err
		}
		if l.pos < l.block.Len() {
			l.at = l.block.Times[l.pos]
			return true, nil
		}
		if l.short && l.given < shortRange {
			if more, err := l.load(ctx); !more || err != nil {
				return false, err
			}
			continue
		}
		peek, err := l.skim(ctx, r, end)
		if err != nil {
			return false, err
		}
		if added, known, err := l.strip(ctx, r, end, peek); known || err != nil {
			return known, err
		} else if added {
			continue
		}
		more, err := l.head(ctx, peek, next)
		if !more || err != nil {
			return false, err
		}
		if l.at >= end && l.pos == l.block.Len() {
			return true, nil
		}
		if l.pos == l.block.Len() {
			if more, err = l.load(ctx); !more || err != nil {
				return false, err
			}
		}
	}
}

// give gives r the decoded points whose times are below end.
func (l *lane) give(r Reducer, end int64) error {
	n := l.pos + l.below(end)
	if n == l.pos {
		return nil
	}
	l.look(l.pos, n)
	l.given += int64(n - l.pos)
	l.pos = n
	return r.Add(&l.view)
}

// look makes view the points [from, to) of block. For plain doubles, which are
// most, that is less work than a Slice.
func (l *lane) look(from, to int) {
	if !plain(&l.block) || !plain(&l.view) {
		l.view = l.block.Slice(from, to)
		return
	}
	l.view.Times, l.view.Floats = l.block.Times[from:to], l.block.Floats[from:to]
}

// plain tells whether b holds doubles and nothing else.
func plain(b *points.Block) bool {
	return b.Kind == points.Number && len(b.Ints) == 0 && len(b.Nulls) == 0
}

// one gives r the next point, whatever its time.
func (l *lane) one(ctx context.Context, r Reducer) error {
	if l.pos == l.block.Len() {
		if more, err := l.load(ctx); !more || err != nil {
			return err
		}
	}
	l.look(l.pos, l.pos+1)
	l.pos++
	return r.Add(&l.view)
}

// close ends the stream and lets go of its block.
func (l *lane) close() error {
	l.block, l.view, l.pos = points.Block{Kind: l.block.Kind}, points.Block{}, 0
	return l.in.Close()
}

// below counts the leading times that are below end. The times ascend or, under
// descending order, all lie below end but perhaps the first.
func below(times []int64, end int64) int {
	const stride = 8
	n := 0
	for n+stride < len(times) && times[n] < end && times[n+stride] < end {
		n += stride
	}
	for i, t := range times[n:] {
		if t >= end {
			return n + i
		}
	}
	return len(times)
}
