package connio

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"aion/aggregators"
	"aion/storage/points"
)

// TestRows writes times as package time does, in any order.
func TestRows(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	times := rows(`("`, `")`, "")
	at := int64(0)
	for range 100_000 {
		switch r.IntN(4) {
		case 0:
			at = r.Int64N(4e14) - 6e13
		case 1:
			at += r.Int64N(2000) - 1000
		case 2:
			at -= at % 1000
		default:
			at += r.Int64N(36e5) - 18e5
		}
		want := time.UnixMilli(at).UTC()
		if want.Year() < 0 || want.Year() > 9999 {
			continue
		}
		if got := string(times.AppendTime(nil, at)); got != want.Format(`("2006-01-02T15:04:05.999Z07:00")`) {
			t.Fatalf("%d: got %s, want %s", at, got, want)
		}
	}
}

// TestTimes reads times of requests.
func TestTimes(t *testing.T) {
	berlin, err := aggregators.LoadZone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	newYork, err := aggregators.LoadZone("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{ // of a time that comes twice the first, of one that is skipped the one as much later
		`"2024-11-03T01:30:00"`: "2024-11-03T05:30:00Z", `"2024-11-03T02:00:00"`: "2024-11-03T07:00:00Z", `"2024-03-10T02:30:00"`: "2024-03-10T07:30:00Z",
	} {
		at, ok := instant([]byte(text), newYork)
		if got := time.UnixMilli(at).UTC().Format(time.RFC3339Nano); !ok || got != want {
			t.Errorf("%s in New York: got %s %t, want %s", text, got, ok, want)
		}
	}
	for text, want := range map[string]string{
		`"2024-10-27T02:30:00"`: "2024-10-27T00:30:00Z", `"2024-10-27T02:00:00"`: "2024-10-27T00:00:00Z", `"2024-10-27T03:00:00"`: "2024-10-27T02:00:00Z",
		`"2024-10-27T01:59:59.999"`: "2024-10-26T23:59:59.999Z", `"2024-03-31T02:30:00"`: "2024-03-31T01:30:00Z", `"2024-03-31T03:30:00"`: "2024-03-31T01:30:00Z",
		`"2015-08-24T10:53:32.674-0800"`: "2015-08-24T18:53:32.674Z", `"2015-08-24T10:53:32.674-08:00"`: "2015-08-24T18:53:32.674Z",
		`"2015-08-24T10:53:32,5+01"`: "2015-08-24T09:53:32.5Z", `"2015-08-24t10:53:32z"`: "2015-08-24T10:53:32Z", `"2015-08-24 10:53Z"`: "2015-08-24T10:53:00Z",
		`"2015-08-24T10:53:32.6789Z"`: "2015-08-24T10:53:32.678Z", `"2015-08-24T10:53:32"`: "2015-08-24T08:53:32Z", `"2015-02-24"`: "2015-02-23T23:00:00Z",
		`"1969-12-31T23:59:59.9999Z"`: "1969-12-31T23:59:59.999Z", `1440413612674`: "2015-08-24T10:53:32.674Z", `1.440413612674e12`: "2015-08-24T10:53:32.674Z",
		`"2015-08-24T10:53:32+0000 "`: "2015-08-24T10:53:32Z", `"0000-01-01T00:00:00Z"`: "", `"9999-12-31T23:59:59-0100"`: "", `"2015-08-24T25:00:00Z"`: "", `"2015-02-30T00:00:00Z"`: "",
		`"2015-08-24T10:53:32+1"`: "", `"2015-08-24T10:53:32+0160"`: "", `"1440413612674"`: "", `""`: "", `"Z"`: "", `[]`: "", `1e17`: "",
	} {
		at, ok := instant([]byte(text), berlin)
		if got := time.UnixMilli(at).UTC().Format(time.RFC3339Nano); ok != (want != "") || ok && got != want {
			t.Errorf("%s: got %s %t, want %s", text, got, ok, want)
		}
	}
	now := time.Date(2024, 3, 31, 12, 0, 0, 0, berlin.Location()).UnixMilli()
	for span, want := range map[points.Span]string{
		{Value: 1, Unit: points.Months}: "2024-02-29T12:00:00+01:00", {Value: 13, Unit: points.Months}: "2023-02-28T12:00:00+01:00",
		{Value: 1, Unit: points.Days}: "2024-03-30T12:00:00+01:00", {Value: 24, Unit: points.Hours}: "2024-03-30T11:00:00+01:00",
		{Value: 4, Unit: points.Years}: "2020-03-31T12:00:00+02:00", {Value: 2, Unit: points.Weeks}: "2024-03-17T12:00:00+01:00",
	} {
		at, ok := before(now, span, berlin)
		if got := time.UnixMilli(at).In(berlin.Location()).Format(time.RFC3339); !ok || got != want {
			t.Errorf("%d %s: got %s, want %s", span.Value, span.Unit, got, want)
		}
	}
	for _, c := range []struct {
		zone           *aggregators.Zone
		now, ago, want string
	}{
		{berlin, "2024-11-27T02:30:00+01:00", "1 MONTHS", "2024-10-27T02:30:00+02:00"}, {berlin, "2024-10-28T02:30:00+01:00", "1 DAYS", "2024-10-27T02:30:00+02:00"},
		{newYork, "2024-11-10T01:30:00-05:00", "1 WEEKS", "2024-11-03T01:30:00-04:00"}, {newYork, "2024-04-10T02:30:00-04:00", "1 MONTHS", "2024-03-10T03:30:00-04:00"},
		{newYork, "2024-03-11T02:30:00-04:00", "1 DAYS", "2024-03-10T03:30:00-04:00"}, {berlin, "2025-03-31T02:30:00+02:00", "1 YEARS", "2024-03-31T03:30:00+02:00"},
	} {
		at, ok := before(momentIn(t, c.now), spanIn(t, c.ago), c.zone)
		if got := time.UnixMilli(at).In(c.zone.Location()).Format(time.RFC3339); !ok || got != c.want {
			t.Errorf("%s before %s: got %s, want %s", c.ago, c.now, got, c.want)
		}
	}
}

// TestCounted: from when on ranges are counted that are counted from an origin, so
// that all boundaries stay where they are, and where the first one begins.
func TestCounted(t *testing.T) {
	for _, c := range []struct{ zone, origin, size, start, from, first string }{
		{"UTC", "2024-01-01T00:00:07.25Z", "250 MILLISECONDS", "2024-03-01T00:00:00.1Z", "2024-03-01T00:00:00Z", "2024-03-01T00:00:00Z"},
		{"UTC", "2024-06-01T00:20:00Z", "1 HOURS", "2024-03-01T12:10:00Z", "2024-03-01T11:20:00Z", "2024-03-01T11:20:00Z"},
		{"UTC", "2024-06-01T00:20:00Z", "2 DAYS", "2024-05-31T00:00:00Z", "2024-05-30T00:20:00Z", "2024-05-30T00:20:00Z"},
		{"Europe/Berlin", "2024-06-01T12:00:00+02:00", "1 DAYS", "2024-03-01T13:00:00+01:00", "2024-03-01T12:00:00+01:00", "2024-03-01T12:00:00+01:00"},
		{"Europe/Berlin", "2024-06-01T02:30:00+02:00", "1 DAYS", "2024-03-31T20:00:00+02:00", "2024-03-30T02:30:00+01:00", "2024-03-31T03:30:00+02:00"},
		{"UTC", "2023-10-31T08:00:00Z", "1 MONTHS", "2024-03-15T00:00:00Z", "2024-01-31T08:00:00Z", "2024-02-29T08:00:00Z"},
		{"UTC", "2026-08-31T08:00:00Z", "3 MONTHS", "2024-12-15T00:00:00Z", "2024-08-31T08:00:00Z", "2024-11-30T08:00:00Z"},
		{"UTC", "2024-02-29T00:00:00Z", "1 YEARS", "2023-05-01T00:00:00Z", "2020-02-29T00:00:00Z", "2023-02-28T00:00:00Z"},
		{"UTC", "2024-02-29T00:00:00Z", "2 WEEKS", "2024-02-28T00:00:00Z", "2024-02-15T00:00:00Z", "2024-02-15T00:00:00Z"},
		{"UTC", "2024-02-29T00:00:00Z", "1000000 YEARS", "2024-02-28T00:00:00Z", "-997976-02-29T00:00:00Z", "-997976-02-29T00:00:00Z"},
	} {
		zone, err := aggregators.LoadZone(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		origin, start := momentIn(t, c.origin), momentIn(t, c.start)
		e := edges{clockOf(origin, zone.Location()), spanIn(t, c.size), zone.Location()}
		from, first := e.counted(origin, start)
		text := func(at int64) string { return time.UnixMilli(at).In(zone.Location()).Format(time.RFC3339Nano) }
		if got, want := text(from)+" "+text(first), c.from+" "+c.first; got != want {
			t.Errorf("%s from %s at %s: got %s, want %s", c.size, c.origin, c.start, got, want)
		}
	}
}

// spanIn is a value and a unit.
func spanIn(t *testing.T, text string) (s points.Span) {
	t.Helper()
	var unit string
	if _, err := fmt.Sscan(text, &s.Value, &unit); err != nil {
		t.Fatal(err)
	}
	s.Unit, _ = points.ParseUnit(unit)
	return s
}

// momentIn is a time in milliseconds.
func momentIn(t *testing.T, text string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMilli()
}
