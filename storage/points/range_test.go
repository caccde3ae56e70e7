package points

import (
	"math"
	"testing"
	"time"
)

// TestSpanBefore: relative times go by the calendar in UTC, as KairosDB's do.
func TestSpanBefore(t *testing.T) {
	tests := []struct {
		now   string
		value int64
		unit  Unit
		want  string
	}{
		{"2024-03-31T10:20:30.400Z", 1, Milliseconds, "2024-03-31T10:20:30.399Z"},
		{"2024-03-31T10:20:30.400Z", 90, Seconds, "2024-03-31T10:19:00.400Z"},
		{"2024-03-31T10:20:30.400Z", 30, Minutes, "2024-03-31T09:50:30.400Z"},
		{"2024-03-31T10:20:30.400Z", 24, Hours, "2024-03-30T10:20:30.400Z"},
		{"2024-03-31T10:20:30.400Z", 4294967297, Hours, "2024-03-31T09:20:30.400Z"},
		{"2024-03-31T10:20:30.400Z", 4294967296, Years, "2024-03-31T10:20:30.400Z"},
		{"2024-03-31T10:20:30.400Z", 4294967297, Milliseconds, "2024-02-10T17:17:43.103Z"},
		{"2024-03-31T10:20:30.400Z", 31, Days, "2024-02-29T10:20:30.400Z"},
		{"2024-03-31T10:20:30.400Z", 2, Weeks, "2024-03-17T10:20:30.400Z"},
		{"2024-03-31T10:20:30.400Z", 1, Months, "2024-02-29T10:20:30.400Z"},
		{"2023-03-31T10:20:30.400Z", 1, Months, "2023-02-28T10:20:30.400Z"},
		{"2024-03-31T10:20:30.400Z", 4, Months, "2023-11-30T10:20:30.400Z"},
		{"2024-01-15T00:00:00.000Z", 1, Months, "2023-12-15T00:00:00.000Z"},
		{"2024-01-15T00:00:00.000Z", 12, Months, "2023-01-15T00:00:00.000Z"},
		{"2024-12-31T00:00:00.000Z", -2, Months, "2025-02-28T00:00:00.000Z"},
		{"2024-02-29T23:59:59.999Z", 1, Years, "2023-02-28T23:59:59.999Z"},
		{"2024-02-29T23:59:59.999Z", 4, Years, "2020-02-29T23:59:59.999Z"},
		{"2024-03-31T00:00:00.000Z", 60, Years, "1964-03-31T00:00:00.000Z"},
		{"2024-03-31T00:00:00.000Z", 441, Years, "1583-03-31T00:00:00.000Z"},
		{"2024-10-15T00:00:00.000Z", 442, Years, "1582-10-15T00:00:00.000Z"},
		{"2024-10-04T00:00:00.000Z", 442, Years, "1582-10-14T00:00:00.000Z"},
		{"2024-03-31T00:00:00.000Z", 500, Years, "1524-04-10T00:00:00.000Z"},
		{"2024-03-31T12:00:00.000Z", 6001, Months, "1524-03-10T12:00:00.000Z"},
		{"2024-02-29T00:00:00.000Z", 924, Years, "1100-03-07T00:00:00.000Z"},
	}
	for _, tt := range tests {
		got := time.UnixMilli(Span{tt.value, tt.unit}.Before(millis(t, tt.now))).UTC().Format("2006-01-02T15:04:05.000Z")
		if got != tt.want {
			t.Errorf("%d %s before %s is %s, want %s", tt.value, tt.unit, tt.now, got, tt.want)
		}
	}
}

// millis is a time in Unix milliseconds.
func millis(t *testing.T, s string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMilli()
}

// TestRange: both ends belong to a range.
func TestRange(t *testing.T) {
	tests := []struct {
		r     Range
		at    int64
		holds bool
		empty bool
	}{
		{Range{1, 3}, 1, true, false},
		{Range{1, 3}, 3, true, false},
		{Range{1, 3}, 0, false, false},
		{Range{1, 3}, 4, false, false},
		{Range{3, 3}, 3, true, false},
		{Range{3, 1}, 2, false, true},
		{Always, math.MinInt64, true, false},
		{Always, math.MaxInt64, true, false},
	}
	for _, tt := range tests {
		if holds, empty := tt.r.Holds(tt.at), tt.r.Empty(); holds != tt.holds || empty != tt.empty {
			t.Errorf("%v: holds %d %t, empty %t, want %t, %t", tt.r, tt.at, holds, empty, tt.holds, tt.empty)
		}
	}
}

// TestParseUnit: units are read in any case, and nothing else is.
func TestParseUnit(t *testing.T) {
	tests := []struct {
		text string
		want Unit
		ok   bool
	}{
		{"MILLISECONDS", Milliseconds, true}, {"seconds", Seconds, true}, {"Minutes", Minutes, true}, {"HOURS", Hours, true},
		{"dAYS", Days, true}, {"weeks", Weeks, true}, {"months", Months, true}, {"YEARS", Years, true},
		{"", 0, false}, {"month", 0, false}, {" hours", 0, false}, {"decades", 0, false},
	}
	for _, tt := range tests {
		if got, ok := ParseUnit(tt.text); got != tt.want || ok != tt.ok {
			t.Errorf("ParseUnit(%q) = %v, %t, want %v, %t", tt.text, got, ok, tt.want, tt.ok)
		}
	}
}
