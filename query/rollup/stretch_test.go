package rollup

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"aion/aggregators"
	"aion/storage/points"
)

// TestStretches: stretches follow each other without a gap, cut at whole ranges
// that do not depend on where one begins.
func TestStretches(t *testing.T) {
	for _, tt := range []struct {
		value      int64
		unit       points.Unit
		zone       string
		from, till string
		want       string
	}{
		{10, points.Minutes, "UTC", "2026-06-01T12:34", "2026-06-01T12:51", "06-01T12:30+30m"},
		{10, points.Minutes, "UTC", "2026-06-01T23:55", "2026-06-02T00:05", "06-01T23:50+10m 06-02T00:00+10m"},
		{12, points.Hours, "UTC", "2026-06-01T05:00", "2026-06-02T13:00", "06-01T00:00+24h 06-02T00:00+24h"},
		{12, points.Hours, "Europe/Berlin", "2026-10-24T05:00", "2026-10-25T22:30", "10-23T22:00+24h 10-24T22:00+25h"},
		{12, points.Hours, "Europe/Berlin", "2026-10-25T22:30", "2026-10-25T22:40", "10-25T22:00+1h"},
		{7, points.Hours, "UTC", "2026-06-01T12:00", "2026-06-02T12:00", "06-01T09:00+28h"},
		{1, points.Days, "Europe/Berlin", "2026-10-24T05:00", "2026-10-26T05:00", "10-23T22:00+73h"},
		{2, points.Days, "UTC", "2026-06-01T05:00", "2026-06-03T05:00", "05-31T00:00+96h"},
		{1, points.Weeks, "UTC", "2026-06-03T05:00", "2026-06-10T05:00", "06-01T00:00+336h"},
		{1, points.Months, "UTC", "2026-02-03T05:00", "2026-03-10T05:00", "02-01T00:00+1416h"},
		{1, points.Years, "America/New_York", "2026-02-03T05:00", "2026-03-10T05:00", "01-01T05:00+8760h"},
	} {
		zone, err := aggregators.LoadZone(tt.zone)
		if err != nil {
			t.Fatal(err)
		}
		cut := cutter{points.Span{Value: tt.value, Unit: tt.unit}, zone}
		at, till := parsed(t, tt.from), parsed(t, tt.till)
		var got []string
		for at <= till {
			s, err := cut.first(at, till)
			if err != nil {
				t.Fatal(err)
			}
			if !s.Holds(at) || len(got) > 9 {
				t.Fatalf("%v of %s: %v does not hold %d", cut.size, tt.from, s.Range, at)
			}
			length := time.Duration(s.To+1-s.From) * time.Millisecond
			text := strings.TrimSuffix(strings.TrimSuffix(length.String(), "0s"), "h0m")
			if strings.HasSuffix(length.String(), "h0m0s") {
				text += "h"
			}
			got = append(got, time.UnixMilli(s.From).UTC().Format("01-02T15:04")+"+"+text)
			at = s.To + 1
		}
		if g := strings.Join(got, " "); g != tt.want {
			t.Errorf("%v in %s from %s: got %s, want %s", cut.size, tt.zone, tt.from, g, tt.want)
		}
	}
}

// parsed is a time in UTC.
func parsed(t *testing.T, text string) int64 {
	t.Helper()
	at, err := time.Parse("2006-01-02T15:04", text)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMilli()
}

// TestStretchesAreBounded: a stretch of very short ranges ends with its day, one
// of long ranges after some of them, and ranges without a length are refused.
func TestStretchesAreBounded(t *testing.T) {
	for _, tt := range []struct {
		size points.Span
		want time.Duration
	}{
		{points.Span{Value: 1, Unit: points.Milliseconds}, 24 * time.Hour},
		{points.Span{Value: 7, Unit: points.Milliseconds}, 7 * shortRanges * time.Millisecond},
		{points.Span{Value: 1, Unit: points.Days}, longRanges * 24 * time.Hour},
	} {
		s, err := cutter{size: tt.size}.first(0, parsed(t, "2026-06-01T12:00"))
		if got := time.Duration(s.To+1-s.From) * time.Millisecond; err != nil || got != tt.want {
			t.Errorf("%v: got %s and %v, want %s", tt.size, got, err, tt.want)
		}
	}
	if _, err := (cutter{}).first(0, 1); err == nil {
		t.Error("ranges without a length were taken")
	}
}

// TestDue: tasks are due in the calendar's steps, and what was missed is counted.
func TestDue(t *testing.T) {
	for _, tt := range []struct {
		was, now string
		interval points.Span
		want     string
	}{
		{"2026-06-01T12:00", "2026-06-01T12:00", points.Span{Value: 10, Unit: points.Minutes}, "2026-06-01T12:10 0"},
		{"2026-06-01T12:00", "2026-06-01T12:09", points.Span{Value: 10, Unit: points.Minutes}, "2026-06-01T12:10 0"},
		{"2026-06-01T12:00", "2026-06-01T12:25", points.Span{Value: 10, Unit: points.Minutes}, "2026-06-01T12:30 2"},
		{"2026-01-31T12:00", "2026-02-01T12:00", points.Span{Value: 1, Unit: points.Months}, "2026-02-28T12:00 0"},
		{"2024-06-01T12:00", "2026-06-01T12:00", points.Span{Value: 1, Unit: points.Years}, "2027-06-01T12:00 2"},
		{"2026-06-01T12:00", "2026-06-15T12:00", points.Span{Value: 1, Unit: points.Weeks}, "2026-06-22T12:00 2"},
	} {
		next, missed := due(parsed(t, tt.was), parsed(t, tt.now), tt.interval)
		if got := fmt.Sprintf("%s %d", time.UnixMilli(next).UTC().Format("2006-01-02T15:04"), missed); got != tt.want {
			t.Errorf("%s every %v, at %s: got %s, want %s", tt.was, tt.interval, tt.now, got, tt.want)
		}
	}
	if next, _ := due(0, 0, points.Span{Value: 1, Unit: points.Milliseconds}); next != 1000 {
		t.Errorf("the shortest interval: got %d ms, want 1000", next)
	}
}

// TestStatusTime prints times as KairosDB does.
func TestStatusTime(t *testing.T) {
	for _, tt := range [][2]string{
		{"2026-11-20T18:34", "20 Nov 2026 06:34:00 PM"},
		{"2026-11-20T12:05", "20 Nov 2026 00:05:00 PM"},
		{"2026-01-02T00:59", "02 Jan 2026 00:59:00 AM"},
		{"2026-01-02T11:59", "02 Jan 2026 11:59:00 AM"},
	} {
		if got := StatusTime(time.UnixMilli(parsed(t, tt[0])).UTC()); got != tt[1] {
			t.Errorf("%s: got %s, want %s", tt[0], got, tt[1])
		}
	}
}
