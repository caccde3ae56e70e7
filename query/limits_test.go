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

// TestSeriesLeft: a store is told how many series are left where their number is what one
// more is refused for, and not where that is the memory.
func TestSeriesLeft(t *testing.T) {
	for _, of := range []struct {
		name          string
		series        int64 // the limits
		memory        int64
		used          int
		want          int64
		refusedBehind int64 // how many more may be selected before the query is refused; -1: any number
	}{
		{"no limit", 0, 0, 0, 0, -1},
		{"some left", 10, 0, 3, 7, 7},
		{"none left", 10, 0, 10, 0, 0},
		{"memory for all", 10, 10 * seriesCost, 3, 7, 7},
		{"memory for fewer", 10, 10*seriesCost - 1, 3, 0, 6},
	} {
		use := &usage{limits: Limits{MaxSeries: of.series, MaxMemory: of.memory}}
		for range of.used {
			if err := use.addSeries(); err != nil {
				t.Fatal(err)
			}
		}
		if got := use.seriesLeft(); got != of.want {
			t.Errorf("%s: %d are left, want %d", of.name, got, of.want)
		}
		n := int64(0)
		for ; n < 20 && use.addSeries() == nil; n++ {
		}
		if of.refusedBehind < 0 {
			of.refusedBehind = 20
		}
		if n != of.refusedBehind {
			t.Errorf("%s: %d more are selected, want %d", of.name, n, of.refusedBehind)
		}
	}
}

// TestRefuseSeries: what a store refuses is told and counted as what is counted one by one.
func TestRefuseSeries(t *testing.T) {
	limits := Limits{MaxSeries: 10}
	counted, refused := &usage{limits: limits}, &usage{limits: limits}
	var want error
	for range 11 {
		want = counted.addSeries()
	}
	for range 4 {
		if err := refused.addSeries(); err != nil {
			t.Fatal(err)
		}
	}
	err := refused.refuseSeries(refused.seriesLeft())
	if err == nil || err.Error() != want.Error() || refused.series.Load() != counted.series.Load() {
		t.Errorf("got %v behind %d series, want %v behind %d", err, refused.series.Load(), want, counted.series.Load())
	}
}
