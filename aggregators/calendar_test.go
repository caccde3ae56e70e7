package aggregators

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"aion/storage/points"
)

// calendarOf is the calendar of a zone.
func calendarOf(t *testing.T, id string) *calendar {
	t.Helper()
	z, err := LoadZone(id)
	if err != nil {
		t.Fatal(err)
	}
	return &calendar{newClock(z)}
}

// clocked reads a local time as milliseconds on the zone's clock.
func clocked(t *testing.T, s string) int64 {
	t.Helper()
	at, err := time.Parse("2006-01-02 15:04:05.000", s+" 00:00:00.000"[min(len(s)-10, 13):])
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMilli()
}

// shown is a local time as clocked reads it.
func shown(local int64) string { return time.UnixMilli(local).UTC().Format("2006-01-02 15:04:05.000") }

// TestInstant maps local times to instants, by both of joda-time's rules. The
// answers are the zone's offsets there.
func TestInstant(t *testing.T) {
	const none = 99 * hour // an offset that holds nowhere
	for _, c := range []struct {
		zone, local    string
		reference      int64
		want, earlier  int64 // offsets of the instants
		moved, movedBy int64 // how far the answers lie ahead of the local time
	}{
		{"Europe/Paris", "2014-07-01 12:00", none, 2 * hour, 2 * hour, 0, 0},
		{"Europe/Paris", "2014-03-30 02:30", hour, 2 * hour, 2 * hour, hour, hour},
		{"Europe/Paris", "2014-03-30 02:30", 2 * hour, 2 * hour, 2 * hour, hour, hour},
		{"Europe/Paris", "2014-10-26 02:30", hour, hour, 2 * hour, 0, 0},
		{"Europe/Paris", "2014-10-26 02:30", 2 * hour, 2 * hour, 2 * hour, 0, 0},
		{"Europe/Paris", "2014-10-26 02:59:59.999", hour, hour, 2 * hour, 0, 0},
		{"Europe/Paris", "2014-10-26 02:00", hour, hour, 2 * hour, 0, 0},
		{"Europe/Paris", "2014-10-26 03:00", none, hour, hour, 0, 0},
		{"America/New_York", "2014-03-09 02:30", -5 * hour, -4 * hour, -4 * hour, hour, hour},
		{"America/New_York", "2014-03-09 02:30", -4 * hour, -4 * hour, -4 * hour, hour, hour},
		{"America/New_York", "2014-11-02 01:30", -5 * hour, -5 * hour, -4 * hour, 0, 0},
		{"America/New_York", "2014-11-02 01:30", -4 * hour, -4 * hour, -4 * hour, 0, 0},
		{"America/Sao_Paulo", "2018-11-04 00:00", -3 * hour, -2 * hour, -2 * hour, hour, hour},
		{"Australia/Lord_Howe", "2014-10-05 02:15", 10*hour + 30*minute, 11 * hour, 11 * hour, 30 * minute, 30 * minute},
	} {
		cal, local := calendarOf(t, c.zone), clocked(t, c.local)
		u, err := cal.instant(local, c.reference)
		if got, err2 := cal.local(u); err != nil || err2 != nil || cal.clock.at(u) != c.want || got-local != c.moved {
			t.Errorf("instant of %s in %s from %d: got %s, offset %d, %v %v",
				c.local, c.zone, c.reference, shown(got), cal.clock.at(u), err, err2)
		}
		u, err = cal.earlier(local)
		if got, err2 := cal.local(u); err != nil || err2 != nil || cal.clock.at(u) != c.earlier || got-local != c.movedBy {
			t.Errorf("earlier of %s in %s: got %s, offset %d, %v %v", c.local, c.zone, shown(got), cal.clock.at(u), err, err2)
		}
	}
}

// TestCounting counts whole units between local times.
func TestCounting(t *testing.T) {
	for _, c := range []struct {
		from, to string
		unit     points.Unit
		want     int64
	}{
		{"2014-01-31 10:00", "2014-02-28 10:00", points.Months, 1},
		{"2014-01-31 10:00", "2014-02-28 09:59", points.Months, 0},
		{"2014-01-30 10:00", "2014-03-30 09:00", points.Months, 1},
		{"2014-03-10", "2014-02-10", points.Months, -1},
		{"2014-03-10", "2014-02-11", points.Months, 0},
		{"2014-03-10", "2013-01-10", points.Months, -14},
		{"2012-02-29 06:00", "2013-02-28 06:00", points.Years, 1},
		{"2012-02-29 06:00", "2013-02-28 05:59", points.Years, 0},
		{"2013-06-01", "2016-05-31", points.Years, 2},
		{"2013-06-01", "2016-06-01", points.Years, 3},
		{"2012-06-01", "2013-05-31", points.Years, 0},
		{"2012-06-01", "2013-06-01", points.Years, 1},
		{"2013-02-01", "2016-02-01", points.Years, 3},
		{"2013-02-01", "2012-02-02", points.Years, 0},
		{"2014-01-01", "2014-01-08", points.Days, 7},
		{"2014-01-01", "2013-12-31 00:01", points.Days, 0},
		{"2014-01-01", "2014-01-14 23:59", points.Weeks, 1},
	} {
		got, err := localDifference(clocked(t, c.to), clocked(t, c.from), c.unit)
		if got != c.want || err != nil {
			t.Errorf("%s from %s to %s: got %d %v, want %d", c.unit, c.from, c.to, got, err, c.want)
		}
	}
}

// TestAdding adds weeks, months and years.
func TestAdding(t *testing.T) {
	for _, c := range []struct {
		from string
		n    int64
		unit points.Unit
		want string
	}{
		{"2014-01-31 10:00", 1, points.Months, "2014-02-28 10:00:00.000"},
		{"2014-01-31 10:00", 25, points.Months, "2016-02-29 10:00:00.000"},
		{"2014-01-31 10:00", -2, points.Months, "2013-11-30 10:00:00.000"},
		{"2014-01-31 10:00", -13, points.Months, "2012-12-31 10:00:00.000"},
		{"2012-02-29 06:00", 1, points.Years, "2013-02-28 06:00:00.000"},
		{"2012-02-29 06:00", -4, points.Years, "2008-02-29 06:00:00.000"},
		{"1969-12-31 23:59:59.999", 1, points.Years, "1970-12-31 23:59:59.999"},
		{"2014-01-01", -1, points.Weeks, "2013-12-25 00:00:00.000"},
	} {
		got, err := addLocal(clocked(t, c.from), c.n, c.unit)
		if shown(got) != c.want || err != nil {
			t.Errorf("%s and %d %s: got %s %v, want %s", c.from, c.n, c.unit, shown(got), err, c.want)
		}
	}
}

// TestOverflow shows joda-time's words where numbers are too large.
func TestOverflow(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func() (int64, error)
		want string
	}{
		{"days", func() (int64, error) { return addLocal(1, math.MaxInt64/2, points.Days) },
			"Multiplication overflows a long: 4611686018427387903 * 86400000"},
		{"sum", func() (int64, error) { return addFixed(math.MaxInt64, 1, 1) },
			"The calculation caused an overflow: 9223372036854775807 + 1"},
		{"difference", func() (int64, error) { return localDifference(math.MaxInt64, -1, points.Days) },
			"The calculation caused an overflow: 9223372036854775807 - -1"},
		{"months", func() (int64, error) { return addLocal(0, 1<<40, points.Months) },
			"Magnitude of add amount is too large: 1099511627776"},
		{"months of all time", func() (int64, error) { return addLocal(0, math.MinInt64, points.Months) },
			"Magnitude of add amount is too large: -9223372036854775808"},
		{"years", func() (int64, error) { return addLocal(0, 3_000_000_000, points.Years) },
			"Value cannot fit in an int: 3000000000"},
		{"calendar", func() (int64, error) { return addLocal(0, 300_000_000, points.Years) },
			"Value 300001970 for year must be in the range [-292275054,292278993]"},
		{"int", func() (int64, error) { return addLocal(0, math.MaxInt32, points.Years) },
			"The calculation caused an overflow: 1970 + 2147483647"},
		{"to local", func() (int64, error) { return toLocal(math.MaxInt64, 1) }, "Adding time zone offset caused overflow"},
		{"to instant", func() (int64, error) { return toInstant(math.MinInt64, 1) }, "Subtracting time zone offset caused overflow"},
	} {
		_, err := c.do()
		var compute *ComputeError
		if !errors.As(err, &compute) || compute.Message != c.want {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}

// TestAlign moves origins back, and fails where the boundary is skipped.
func TestAlign(t *testing.T) {
	const hours = "Value 0 for hourOfDay is not supported: "
	const millis = "Value 0 for millisOfDay is not supported: "
	const gap = "Illegal instant due to time zone offset transition (daylight savings time 'gap'): "
	for _, c := range []struct {
		zone, from string
		unit       points.Unit
		want       string // local time or failure
	}{
		{"UTC", "2014-05-15 10:11:12.345", points.Milliseconds, "2014-05-15 10:11:12.000"},
		{"UTC", "2014-05-15 10:11:12.345", points.Seconds, "2014-05-15 00:00:00.000"},
		{"UTC", "2014-05-15 10:11:12.345", points.Hours, "2014-05-15 00:00:00.000"},
		{"UTC", "2014-05-15 10:11:12.345", points.Weeks, "2014-05-12 00:00:00.000"},
		{"UTC", "2014-05-18 10:11:12.345", points.Weeks, "2014-05-12 00:00:00.000"},
		{"UTC", "2014-05-12", points.Weeks, "2014-05-12 00:00:00.000"},
		{"UTC", "2014-05-15 10:11:12.345", points.Months, "2014-05-01 00:00:00.000"},
		{"UTC", "2012-12-31 10:11:12.345", points.Years, "2012-01-01 00:00:00.000"},
		{"UTC", "1969-12-31 23:59:59.999", points.Milliseconds, "1969-12-31 23:59:59.000"},
		{"America/New_York", "2014-07-15 10:11:12.345", points.Years, "2014-01-01 00:00:00.000"},
		{"America/Sao_Paulo", "2018-11-04 10:20:30", points.Hours, hours + gap + "2018-11-04T00:20:30.000 (America/Sao_Paulo)"},
		{"America/Sao_Paulo", "2018-11-04 10:20:30", points.Milliseconds, "2018-11-04 10:20:30.000"},
		{"Asia/Beirut", "2015-04-01 01:30", points.Weeks, "2015-03-30 00:00:00.000"},
		{"America/Asuncion", "2017-10-01 05:00", points.Months, millis + gap + "2017-10-01T00:00:00.000 (America/Asuncion)"},
	} {
		cal := calendarOf(t, c.zone)
		at, err := cal.earlier(clocked(t, c.from))
		if err != nil {
			t.Fatal(err)
		}
		at, err = cal.align(at, c.unit)
		local, _ := cal.local(at)
		got := shown(local)
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s in %s to %s: got %s, want %s", c.from, c.zone, c.unit, got, c.want)
		}
	}
}

// TestRangesCoverTime checks, in all zones, that aligned ranges hold the times
// that count as part of them and follow each other without a break, but for the
// hours around transitions.
func TestRangesCoverTime(t *testing.T) {
	d := rand.New(rand.NewPCG(3, 4))
	for _, id := range Zones() {
		z, err := LoadZone(id)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			start := time.Date(1900+d.IntN(200), 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli() + d.Int64N(365*day)
			size := points.Span{Value: 1 + d.Int64N(5), Unit: points.Unit(d.IntN(8))}
			r, err := newGrid(size, start, true, z)
			if err != nil {
				continue
			}
			at := start + d.Int64N(1000*day)
			from, to, err := r.of(at)
			if err != nil {
				t.Fatal(err)
			}
			c := newClock(z)
			if near := c.next(at-day) < at+day; (at < from || at >= to) && !near {
				t.Errorf("%s %v from %d: %d is not in [%d, %d)", id, size, start, at, from, to)
			}
			next, _, err := r.of(to)
			if err != nil || next != to {
				t.Errorf("%s %v from %d: [%d, %d) is followed by %d", id, size, start, from, to, next)
			}
		}
	}
}
