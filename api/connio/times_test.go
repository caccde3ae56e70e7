package connio

import (
	"math/rand/v2"
	"testing"
	"time"

	"aion/aggregators"
	"aion/storage/points"
)

// TestClock writes times as package time does, in any order.
func TestClock(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	c := clock{lead: "(", tail: ")"}
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
		if got := string(c.append(nil, at)); got != want.Format(`("2006-01-02T15:04:05.999Z07:00")`) {
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
	for text, want := range map[string]string{
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
}
