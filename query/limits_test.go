package query

import (
	"errors"
	"testing"

	"aion/storage/points"
)

// TestDefaultLimitsFit: with the default limits a query that selects as many
// series as it may has memory left, and one more is refused by the limit of
// series, not by one that nobody would look for.
func TestDefaultLimitsFit(t *testing.T) {
	limits := DefaultLimits()
	use := &usage{limits: limits}
	for n := range limits.MaxSeries {
		if err := use.addSeries(); err != nil {
			t.Fatalf("series %d of %d: %v", n+1, limits.MaxSeries, err)
		}
	}
	if left := limits.MaxMemory - use.bytes.Load(); left < 16<<20 {
		t.Errorf("%d bytes are left, want 16 MiB", left)
	}
	var refused *points.LimitError
	if err := use.addSeries(); !errors.As(err, &refused) || refused.Limit != "query.max-series" {
		t.Errorf("one series more: %v, want query.max-series", err)
	}
}
