package storage

import (
	"context"

	"aion/storage/points"
)

// Ahead is a Series whose points lie beyond a network. Told what will be asked
// of it, it fetches while the caller reads other series.
type Ahead interface {
	Series

	// Ahead begins to fetch the first points of the range and returns at once.
	// The next Any or Points of the same range and order uses them, or waits for
	// them, or reads anew. Where the driver has enough under way it does nothing.
	// What is fetched ends with ctx.
	Ahead(ctx context.Context, r points.Range, o points.Order)
}

// Prefetch tells s, or the series that s wraps, what will be read of it. It
// answers false where the series is no Ahead and nothing was done.
func Prefetch(ctx context.Context, s Series, r points.Range, o points.Order) bool {
	a := far(s)
	if a != nil {
		a.Ahead(ctx, r, o)
	}
	return a != nil
}

// Far tells whether s, or a series that s wraps, is an Ahead: every question to
// its driver costs a round trip.
func Far(s Series) bool { return far(s) != nil }

// far is the Ahead that s is or wraps, or nil.
func far(s Series) Ahead {
	for {
		if a, ok := s.(Ahead); ok {
			return a
		}
		w, ok := s.(interface{ Unwrap() Series })
		if !ok {
			return nil
		}
		s = w.Unwrap()
	}
}
