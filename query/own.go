package query

import (
	"cmp"
	"context"
	"time"

	"aion/storage/points"
)

// ownLimits are the limits of whoever asks; the zero value where he has none.
func (e *Engine) ownLimits(ctx context.Context) Limits {
	if e.own == nil {
		return Limits{}
	}
	return e.own(ctx)
}

// usage is nothing used yet of what whoever asks may use.
func (e *Engine) usage(ctx context.Context) *usage {
	own := e.ownLimits(ctx)
	return &usage{limits: e.limits.Within(own), own: own}
}

// Within are the smaller limits of l and other. A member that is zero in one of
// them is the other's. How many queries run and wait at once stays l's.
func (l Limits) Within(other Limits) Limits {
	l.MaxPoints = smaller(l.MaxPoints, other.MaxPoints)
	l.MaxSeries = smaller(l.MaxSeries, other.MaxSeries)
	l.MaxGroups = smaller(l.MaxGroups, other.MaxGroups)
	l.MaxGaps = smaller(l.MaxGaps, other.MaxGaps)
	l.MaxMemory = smaller(l.MaxMemory, other.MaxMemory)
	l.Timeout = smaller(l.Timeout, other.Timeout)
	return l
}

// smaller is the smaller of two limits, of which zero is none.
func smaller[T int64 | time.Duration](a, b T) T {
	if a <= 0 || b <= 0 {
		return cmp.Or(max(a, 0), max(b, 0))
	}
	return min(a, b)
}

// tooLarge says that a query would hold more than it may.
func (u *usage) tooLarge() error { return Bounds{u.limits, u.own}.TooLarge() }

// Bounds are what a query of somebody may take beside the engine.
type Bounds struct {
	limits Limits // the smaller ones of the server's and of own
	own    Limits
}

// Bounds are the server's limits, or the own ones of whoever asks where those are
// smaller, for what a caller reads and holds before the engine does.
func (e *Engine) Bounds(ctx context.Context, server Limits) Bounds {
	own := e.ownLimits(ctx)
	return Bounds{server.Within(own), own}
}

// Points is a points.LimitError when somebody has read too many points.
func (b Bounds) Points(read int64) error {
	return within(read, b.limits.MaxPoints, b.own.MaxPoints, "points")
}

// Memory is how many bytes may be held; 0: any number.
func (b Bounds) Memory() int64 { return b.limits.MaxMemory }

// TooLarge is the points.LimitError of who would hold more than he may.
func (b Bounds) TooLarge() error {
	name := limitName("memory", b.own.MaxMemory == b.limits.MaxMemory)
	return &points.LimitError{Limit: name, Max: b.limits.MaxMemory, What: "bytes"}
}

// limitName is what a limit is called: the server's as its setting is, such as
// query.max-points, and the own one of whoever asks as the member of his record
// is, such as limits.points.
func limitName(what string, own bool) string {
	switch {
	case own:
		return "limits." + what
	case what == "timeout":
		return "query.timeout"
	}
	return "query.max-" + what
}
