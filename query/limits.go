package query

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"aion/storage/points"
)

// Limits end a query before it harms the server. A zero member is no limit.
type Limits struct {
	MaxPoints     int64         // stored points that one query may read
	MaxSeries     int64         // series that one query may select
	MaxGroups     int64         // groups that one query may answer
	MaxGaps       int64         // nulls that gaps may make in one metric of a query
	MaxMemory     int64         // bytes that one query may hold
	Timeout       time.Duration // from the request to the last byte of its answer
	MaxConcurrent int           // queries that run at once
	MaxWaiting    int           // queries that wait for their turn
}

// DefaultLimits are those of a server that was not told otherwise. As many series
// as may be selected fit into the memory, and leave some of it; of long ones that
// have to be merged in the order of their points, some 35,000 do, in small blocks.
func DefaultLimits() Limits {
	return Limits{
		MaxPoints: 10_000_000_000, MaxSeries: 600_000, MaxGroups: 1_000_000, MaxGaps: 10_000_000,
		MaxMemory: 256 << 20, Timeout: 10 * time.Minute, MaxConcurrent: 64, MaxWaiting: 1024,
	}
}

// ErrBusy is answered when too many queries wait already, or when a query's
// turn did not come before its deadline. It is a points.ErrUnavailable.
var ErrBusy = fmt.Errorf("too many queries are running, see query.max-concurrent: %w", points.ErrUnavailable)

// usage is what one request has used of its limits, safe for concurrent use.
type usage struct {
	limits                        Limits // the smaller ones of the server's and of own
	own                           Limits // of whoever asks
	points, series, groups, bytes atomic.Int64
	ahead                         atomic.Int64 // of bytes, what may wait of what is computed ahead
	peak                          atomic.Int64 // the most that bytes has been

	running sync.WaitGroup // those who compute parts of series
}

// Stats are the facts about one request: what it has selected, read and
// answered, and the most bytes that it held.
type Stats struct{ Series, Points, Groups, Bytes int64 }

// tell adds what was used to s, which may be nil.
func (u *usage) tell(s *Stats) {
	if s == nil {
		return
	}
	s.Series += u.series.Load()
	s.Points += u.points.Load()
	s.Groups += u.groups.Load()
	s.Bytes = max(s.Bytes, u.peak.Load())
}

// Take charges bytes to the query's memory, or gives back what is negative.
func (u *usage) Take(bytes int64) error {
	now := u.bytes.Add(bytes)
	if bytes > 0 && u.limits.MaxMemory > 0 && now > u.limits.MaxMemory {
		u.bytes.Add(-bytes)
		return u.tooLarge()
	}
	for peak := u.peak.Load(); now > peak && !u.peak.CompareAndSwap(peak, now); peak = u.peak.Load() {
	}
	return nil
}

// takeHalf charges bytes as long as half of the query's memory is left for
// others and for what is computed ahead, and tells whether it did.
func (u *usage) takeHalf(bytes int64) bool {
	if u.limits.MaxMemory > 0 && u.bytes.Load()-u.ahead.Load()+bytes > u.limits.MaxMemory/2 {
		return false
	}
	return u.Take(bytes) == nil
}

// takeAhead charges bytes for what is computed ahead, as long as that is a quarter of
// what others have left of the query's memory, and tells whether it did.
func (u *usage) takeAhead(bytes int64) bool {
	ahead := u.ahead.Load()
	left := u.limits.MaxMemory - (u.bytes.Load() - ahead)
	if u.limits.MaxMemory > 0 && ahead+bytes > left/4 || u.Take(bytes) != nil {
		return false
	}
	u.ahead.Add(bytes)
	return true
}

// giveAhead gives back what takeAhead has charged.
func (u *usage) giveAhead(bytes int64) {
	u.ahead.Add(-bytes)
	u.give(bytes)
}

// give gives bytes back.
func (u *usage) give(bytes int64) { u.bytes.Add(-bytes) }

// addPoints counts stored points that were read.
func (u *usage) addPoints(n int64) error {
	return within(u.points.Add(n), u.limits.MaxPoints, u.own.MaxPoints, "points")
}

// seriesCost is about what a selected series occupies until the query ends, with
// its key and its share of what lays series out in groups.
const seriesCost = 400

// addSeries counts a series that was selected. Its memory is charged until the
// query ends.
func (u *usage) addSeries() error {
	if err := within(u.series.Add(1), u.limits.MaxSeries, u.own.MaxSeries, "series"); err != nil {
		return err
	}
	return u.Take(seriesCost)
}

// seriesLeft is how many series may be selected yet, or 0 where one more would not be
// refused for their number, but for the memory that those before take.
func (u *usage) seriesLeft() int64 {
	if u.limits.MaxSeries <= 0 {
		return 0
	}
	left := u.limits.MaxSeries - u.series.Load()
	if u.limits.MaxMemory > 0 && u.bytes.Load()+left*seriesCost > u.limits.MaxMemory {
		return 0
	}
	return max(left, 0)
}

// refuseSeries counts the series that were left and one more, which there are.
func (u *usage) refuseSeries(left int64) error {
	return within(u.series.Add(left+1), u.limits.MaxSeries, u.own.MaxSeries, "series")
}

// addGroup counts a group that is answered.
func (u *usage) addGroup() error {
	return within(u.groups.Add(1), u.limits.MaxGroups, u.own.MaxGroups, "groups")
}

// within is a LimitError when n exceeds a limit that is set. own is what whoever
// asks has of his own, which counts where it is the limit.
func within(n, limit, own int64, what string) error {
	if limit > 0 && n > limit {
		return &points.LimitError{Limit: limitName(what, own == limit), Max: limit, What: what}
	}
	return nil
}

// Clocked is ctx with the deadline of a query that begins now, for what a caller
// does with its answers himself.
func (e *Engine) Clocked(ctx context.Context) (context.Context, context.CancelFunc) {
	return e.clocked(ctx)
}

// clocked is ctx with the deadline of a query that begins now.
func (e *Engine) clocked(ctx context.Context) (context.Context, context.CancelFunc) {
	if end := e.timeout(ctx); end != nil {
		return context.WithTimeoutCause(ctx, end.after, end)
	}
	return context.WithCancel(ctx)
}

// clockedOnce is clocked, but without a clock if ctx ends before by its own, as one does
// that the caller has clocked: one more would end nothing sooner. What the query has begun
// ends with it all the same, and not when its caller, who may ask more, is done.
func (e *Engine) clockedOnce(ctx context.Context) (context.Context, context.CancelFunc) {
	if at, ok := ctx.Deadline(); ok {
		if end := e.timeout(ctx); end != nil && time.Until(at) <= end.after {
			return context.WithCancel(ctx)
		}
	}
	return e.clocked(ctx)
}

// clockedBriefly is clocked for what is mostly done soon. What gets the context asks it
// no more once release is called.
func (e *Engine) clockedBriefly(ctx context.Context) (_ context.Context, release func()) {
	if end := e.timeout(ctx); end != nil {
		b := newBrief(ctx, end)
		return b, b.release
	}
	return ctx, func() {}
}

// timeout is what ends a query that takes too long; nil: nothing does.
func (e *Engine) timeout(ctx context.Context) *timeoutError {
	own := e.ownLimits(ctx)
	after := e.limits.Within(own).Timeout
	if after <= 0 {
		return nil
	}
	return &timeoutError{after, limitName("timeout", own.Timeout == after)}
}

// timeoutError tells which limit ended a query.
type timeoutError struct {
	after time.Duration
	limit string
}

// Error names the limit.
func (e *timeoutError) Error() string {
	return fmt.Sprintf("the query exceeds the limit %s of %s", e.limit, e.after)
}

// Is makes a timeoutError a context.DeadlineExceeded.
func (e *timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// named replaces a bare context error by its cause, which names the limit.
func named(ctx context.Context, err error) error {
	var timeout *timeoutError
	if errors.Is(err, context.DeadlineExceeded) && errors.As(context.Cause(ctx), &timeout) {
		return timeout
	}
	return err
}
