package aggregators

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestLoadZone takes and refuses ids as joda-time does.
func TestLoadZone(t *testing.T) {
	for _, c := range []struct {
		id     string
		want   string // the loaded zone's id; empty where the id is refused
		offset int64  // on 1 January 2014
	}{
		{"", "UTC", 0},
		{"UTC", "UTC", 0},
		{"GMT", "GMT", 0},
		{"CET", "CET", hour},
		{"EST", "EST", -5 * hour},
		{"Etc/GMT+3", "Etc/GMT+3", -3 * hour},
		{"Europe/Paris", "Europe/Paris", hour},
		{"Asia/Kabul", "Asia/Kabul", 4*hour + 30*minute},
		{"+02", "+02", 2 * hour},
		{"-0330", "-0330", -(3*hour + 30*minute)},
		{"+05:45", "+05:45", 5*hour + 45*minute},
		{"+00:19:32", "+00:19:32", 19*minute + 32*second},
		{"-023015", "-023015", -(2*hour + 30*minute + 15*second)},
		{"+23:59", "+23:59", 23*hour + 59*minute},
		{"+00:00", "UTC", 0},
		{id: "utc"}, {id: "Z"}, {id: "PST"}, {id: "GMT+2"}, {id: "+2"}, {id: "europe/paris"}, {id: "Factory"}, {id: "Europe/"},
		{id: "+24"}, {id: "+02:60"}, {id: "+02:00:60"}, {id: "+02:"}, {id: "+02:3"}, {id: "+020"}, {id: "+02:0030"}, {id: "+02:00:30:1"},
		{id: "+"}, {id: "++02"}, {id: " UTC"}, {id: "Local"}, {id: "../zone"},
	} {
		z, err := LoadZone(c.id)
		got, offset := "", int64(0)
		if err == nil {
			got, offset = z.String(), z.Offset(1_388_534_400_000)
		}
		if got != c.want || offset != c.offset {
			t.Errorf("%q: got %q %d %v, want %q %d", c.id, got, offset, err, c.want, c.offset)
		}
	}
}

// TestZones lists the ids.
func TestZones(t *testing.T) {
	ids := Zones()
	if len(ids) < 590 || !slices.IsSorted(ids) || ids[0] != "Africa/Abidjan" || ids[len(ids)-1] != "Zulu" {
		t.Errorf("got %d ids from %s to %s", len(ids), ids[0], ids[len(ids)-1])
	}
	again, err := LoadZone("Europe/Paris")
	first, _ := LoadZone("Europe/Paris")
	if again != first || err != nil {
		t.Error("a zone is read twice")
	}
}

// TestOffsets compares every zone with package time, which knows no more than
// 365 days to a year in some places, but the offset everywhere.
func TestOffsets(t *testing.T) {
	for _, id := range Zones() {
		z, err := LoadZone(id)
		if err != nil {
			t.Fatal(err)
		}
		d := rand.New(rand.NewPCG(1, 2))
		at := func() int64 {
			return time.Date(1850, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli() + d.Int64N(1200*365)*day + d.Int64N(day)
		}
		c := newClock(z)
		for range 300 {
			instant := at()
			_, seconds := time.UnixMilli(instant).In(z.Location()).Zone()
			if got, want := c.at(instant), int64(seconds)*1000; got != want {
				t.Errorf("%s at %d: got %d, want %d", id, instant, got, want)
			}
			if c.begin(instant) > instant || c.next(instant) <= instant {
				t.Errorf("%s at %d: interval from %d to %d", id, instant, c.begin(instant), c.next(instant))
			}
		}
	}
}

// TestTransitions finds the transitions around an instant.
func TestTransitions(t *testing.T) {
	paris, err := LoadZone("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	utc := func(y, m, d, h int) int64 { return time.Date(y, time.Month(m), d, h, 0, 0, 0, time.UTC).UnixMilli() }
	for _, c := range []struct {
		name     string
		at       int64
		from, to int64
	}{
		{"summer", utc(2014, 7, 1, 0), utc(2014, 3, 30, 1), utc(2014, 10, 26, 1)},
		{"at a transition", utc(2014, 10, 26, 1), utc(2014, 10, 26, 1), utc(2015, 3, 29, 1)},
		{"just before it", utc(2014, 10, 26, 1) - 1, utc(2014, 3, 30, 1), utc(2014, 10, 26, 1)},
		{"behind the listed years", utc(2514, 7, 1, 0), utc(2514, 3, 25, 1), utc(2514, 10, 28, 1)},
		{"across the end of the cycle", utc(2500, 1, 1, 0), utc(2499, 10, 25, 1), utc(2500, 3, 28, 1)},
		{"far away", utc(99999, 7, 1, 0), utc(99999, 3, 28, 1), utc(99999, 10, 31, 1)},
		{"the end of time", math.MaxInt64, utc(292278994, 3, 30, 1), math.MaxInt64},
	} {
		c0 := newClock(paris)
		if from, to := c0.begin(c.at), c0.next(c.at); from != c.from || to != c.to {
			t.Errorf("%s: got %s to %s, want %s to %s", c.name, time.UnixMilli(from).UTC(), time.UnixMilli(to).UTC(),
				time.UnixMilli(c.from).UTC(), time.UnixMilli(c.to).UTC())
		}
	}
}

// FuzzLoadZone feeds ids of any kind: what is taken has a name and an offset of
// less than a day.
func FuzzLoadZone(f *testing.F) {
	for _, id := range []string{"", "UTC", "+02:30", "-0330", "Europe/Paris", "+1", "\xff"} {
		f.Add(id, int64(0))
	}
	f.Fuzz(func(t *testing.T, id string, at int64) {
		z, err := LoadZone(id)
		if err != nil {
			return
		}
		if again, err := LoadZone(z.String()); err != nil || again.Offset(at) != z.Offset(at) {
			t.Errorf("%q: %v", id, err)
		}
		if o := z.Offset(at); o <= -day || o >= day {
			t.Errorf("%q: offset %d", id, o)
		}
	})
}
