package grafana

import (
	"fmt"
	"testing"
	"time"

	"aion/aggregators"
	"aion/storage/points"
)

// TestStepFor has the rows that the protocol's page works out.
func TestStepFor(t *testing.T) {
	for _, c := range []struct {
		name           string
		span           int64
		room, interval int64
		want           string
	}{
		{"1 h", hour, 360, 10_000, "10 SECONDS"},
		{"6 h, Grafana's step is too small", 6 * hour, 550, 30_000, "1 MINUTES"},
		{"24 h", day, 1000, 60_000, "2 MINUTES"},
		{"30 d", 30 * day, 800, 3_600_000, "1 HOURS"},
		{"1 h, the panel has a minimum", hour, 1500, 10_000, "10 SECONDS"},
		{"5 min", 5 * minute, 1000, 200, "500 MILLISECONDS"},
		{"2 y", 730 * day, 1000, 43_200_000, "1 DAYS"},
		{"nothing", 0, 1000, 0, "1 MILLISECONDS"},
		{"weeks", 3000 * day, 1000, 0, "1 WEEKS"},
		{"months", 3650 * day, 150, 0, "1 MONTHS"},
		{"quarters", 3650 * day, 50, 0, "3 MONTHS"},
		{"years", 3650 * day, 11, 0, "1 YEARS"},
		{"more than there are", 36500 * day, 1, 0, "1 YEARS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := stepFor(points.Range{From: epoch, To: epoch + c.span}, c.room, c.interval)
			if text := fmt.Sprint(got.Value, " ", got.Unit); text != c.want {
				t.Errorf("got %s, want %s", text, c.want)
			}
		})
	}
}

// TestStepsNeverExceedTheRoom tries all lengths and rooms: a panel gets one step
// more than it has room for at most.
func TestStepsNeverExceedTheRoom(t *testing.T) {
	for span := int64(1); span < 300*day; span = span*3 + 1 {
		for room := int64(1); room <= mostPoints; room = room*2 + 1 {
			s := stepFor(points.Range{From: 0, To: span}, room, 0)
			if n := span / length(s); n > room {
				t.Errorf("%d ms at %d points: got %v, which is %d points", span, room, s, n)
			}
		}
	}
}

// TestBegin asks where steps begin, also on days that lack an hour or midnight.
func TestBegin(t *testing.T) {
	for _, c := range []struct {
		zone, at string
		step     points.Span
		want     string
	}{
		{"UTC", "2023-11-14T22:13:20.007Z", points.Span{Value: 5, Unit: points.Milliseconds}, "2023-11-14T22:13:20.005Z"},
		{"UTC", "2023-11-14T22:13:20Z", points.Span{Value: 15, Unit: points.Minutes}, "2023-11-14T22:00:00Z"},
		{"UTC", "2023-11-14T22:13:20Z", points.Span{Value: 7, Unit: points.Minutes}, "2023-11-14T22:10:00Z"},
		{"UTC", "2023-11-14T22:13:20Z", points.Span{Value: 1, Unit: points.Days}, "2023-11-14T00:00:00Z"},
		{"Europe/Berlin", "2023-11-14T23:13:20Z", points.Span{Value: 1, Unit: points.Days}, "2023-11-14T23:00:00Z"},
		{"UTC", "2023-11-14T22:13:20Z", points.Span{Value: 1, Unit: points.Weeks}, "2023-11-13T00:00:00Z"},
		{"UTC", "2023-11-14T22:13:20Z", points.Span{Value: 1, Unit: points.Months}, "2023-11-01T00:00:00Z"},
		{"UTC", "2023-11-14T22:13:20Z", points.Span{Value: 3, Unit: points.Months}, "2023-10-01T00:00:00Z"},
		{"UTC", "2023-11-14T22:13:20Z", points.Span{Value: 1, Unit: points.Years}, "2023-01-01T00:00:00Z"},
		{"Europe/Berlin", "2024-03-31T10:00:00Z", points.Span{Value: 6, Unit: points.Hours}, "2024-03-31T05:00:00Z"},
		{"Africa/Cairo", "2024-04-26T09:00:00Z", points.Span{Value: 1, Unit: points.Days}, "2024-04-25T22:00:00Z"},
		{"Africa/Cairo", "2024-04-26T09:20:00Z", points.Span{Value: 1, Unit: points.Hours}, "2024-04-26T09:00:00Z"},
		{"UTC", "1969-12-31T23:59:59.999Z", points.Span{Value: 10, Unit: points.Milliseconds}, "1969-12-31T23:59:59.99Z"},
	} {
		t.Run(c.at+" "+c.zone, func(t *testing.T) {
			zone, err := aggregators.LoadZone(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			at, err := time.Parse(time.RFC3339Nano, c.at)
			if err != nil {
				t.Fatal(err)
			}
			got, err := begin(at.UnixMilli(), c.step, zone)
			if text := time.UnixMilli(got).UTC().Format(time.RFC3339Nano); err != nil || text != c.want {
				t.Errorf("got %s, %v, want %s", text, err, c.want)
			}
		})
	}
}

// TestParseSpan has lengths as people write them.
func TestParseSpan(t *testing.T) {
	for text, want := range map[string]string{
		"5m": "5 MINUTES", "1M": "1 MONTHS", "250ms": "250 MILLISECONDS", " 1 h ": "1 HOURS", "5 minutes": "5 MINUTES",
		"1 DAY": "1 DAYS", "2 days": "2 DAYS", "1 week": "1 WEEKS", "0s": "", "m": "", "-1m": "", "1.5h": "", "10": "", "1 parsec": "",
		"9999999999999m": "",
	} {
		got, ok := parseSpan(text)
		if shown := fmt.Sprint(got.Value, " ", got.Unit); ok != (want != "") || ok && shown != want {
			t.Errorf("%q: got %s %v, want %s", text, shown, ok, want)
		}
	}
}
