package query

import (
	"testing"
	"time"
)

// TestPauses has queries pause rarely while nobody asks small ones, and often for
// a while after somebody has.
func TestPauses(t *testing.T) {
	const often, seldom = 1 << oftenShift, 1 << pauseShift
	begun := time.UnixMilli(1_767_225_600_000)
	for _, test := range []struct {
		name         string
		answered     int64         // points of the last query; negative: there was none
		since        time.Duration // then
		before, read int64
		want         time.Duration
	}{
		{"no query, few points", -1, 0, 0, often, 0},
		{"no query, many points", -1, 0, seldom - 1, seldom, glance},
		{"no query, many points at once", -1, 0, seldom - 1, 3 * seldom, glance},
		{"small query, itself small", 10_000, 0, often, 2 * often, 0},
		{"small query, hardly more points", 10_000, 0, seldom, seldom + often - 1, 0},
		{"small query, few more points", 10_000, 0, seldom, seldom + often, breath},
		{"small query, many points", 10_000, lately / 2, seldom - 1, seldom, breath},
		{"query of nothing", 0, lately / 2, seldom, 2 * seldom, breath},
		{"small query long ago, few more points", 10_000, lately, seldom, seldom + often, 0},
		{"small query long ago, many points", 10_000, lately, seldom - 1, seldom, glance},
		{"large query, few more points", seldom, 0, seldom, seldom + often, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			var p pacing
			if test.answered >= 0 {
				p.answered(test.answered, begun)
			}
			got := p.due(test.before, test.read, func() time.Time { return begun.Add(test.since) })
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			yields := p.yields(test.before, test.read, func() time.Time { return begun.Add(test.since) })
			if want := test.want == breath; yields != want {
				t.Errorf("the reader yields: %t, want %t", yields, want)
			}
		})
	}
}

// TestPaces has a query that reads fast pause when time has passed, and one that is
// sooner than its clock as well.
func TestPaces(t *testing.T) {
	begun := time.UnixMilli(1_767_225_600_000)
	var p paces
	for _, step := range []struct {
		long, at time.Duration
		want     bool
	}{
		{glance, 0, true},
		{glance, farApart - 1, false},
		{breath, closeApart - 1, false},
		{breath, closeApart, true},
		{glance, farApart, false},
		{glance, closeApart + farApart, true},
		{glance, -time.Hour, true},
		{breath, -time.Hour + closeApart - 1, false},
	} {
		if got := p.elapsed(step.long, begun.Add(step.at)); got != step.want {
			t.Errorf("a pause of %s after %s: %t, want %t", step.long, step.at, got, step.want)
		}
	}
}
