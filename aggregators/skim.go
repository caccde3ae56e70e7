package aggregators

import (
	"context"

	"aion/storage/points"
)

// taker is a Folder that decides which summaries it takes.
type taker interface {
	Folder

	// hopes tells whether it might take the next summary, whatever that is.
	hopes() bool
	takes(s *points.Summary) bool
}

// timeless is a Reducer of doubles whose result may not depend on times.
type timeless interface {
	Reducer

	// untimed tells whether values will do for the points that come next.
	untimed() bool

	// AddValues takes the values of points that all lie in the range.
	AddValues(v []float64) error
}

// skim gives r the summaries of coming points that it takes, and tells whether
// it might take more later. Behind a range that has ended with values the stream
// stands within a page, of which no summary tells.
func (l *lane) skim(ctx context.Context, r Reducer, end int64) (hopes bool, err error) {
	if l.sums == nil {
		return false, nil
	}
	t := r.(taker)
	if l.torn {
		l.torn = false
		return t.hopes(), nil
	}
	for t.hopes() {
		var ok bool
		if l.sum, ok, err = l.sums.Peek(ctx, end); err != nil || !ok || !t.takes(&l.sum) {
			return true, err
		}
		t.AddSummary(l.sum)
		l.given += l.sum.Count
		if l.sums.Skip(); l.sum.Final {
			return t.hopes(), nil
		}
	}
	return false, nil
}

// strip gives r values of coming points without their times: with page, of one
// page at most, behind which there may be summaries again. known tells that the
// head was found, which lies at or behind end.
func (l *lane) strip(ctx context.Context, r Reducer, end int64, page bool) (added, known bool, err error) {
	if l.vals == nil {
		return false, false, nil
	}
	t := r.(timeless)
	if !t.untimed() {
		return false, false, nil
	}
	n := points.BlockSize
	if page {
		n = 1
	}
	v, at, ok, err := l.vals.Values(ctx, end, l.room.values[:0], n)
	l.room.values = v
	if err != nil {
		return false, false, err
	}
	if len(v) != 0 {
		l.given += int64(len(v))
		err = t.AddValues(v)
	}
	if ok {
		l.at = at
	}
	known = ok && at >= end && err == nil
	l.torn = known && len(v) != 0
	return len(v) != 0, known, err
}
