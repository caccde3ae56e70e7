package connio

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"aion/aggregators"
	"aion/query/encode"
	"aion/storage/points"
)

// The years that times of requests lie in.
const firstYear, lastYear = 1, 9999

// instant is a time of ISO 8601, or an integer of milliseconds since 1970. One
// without a zone designator is read in the zone; nil: it is no time.
func instant(raw json.RawMessage, zone *aggregators.Zone) (int64, bool) {
	if text, ok := textOf(raw); ok {
		return isoTime(text, zone)
	}
	at, ok := wholeOf(raw)
	return at, ok && inYears(time.UnixMilli(at).UTC())
}

// inYears tells whether a time is one of those that requests may name.
func inYears(t time.Time) bool { return t.Year() >= firstYear && t.Year() <= lastYear }

// isoTime reads a time of ISO 8601: a date, or a date and a time of day to the
// minute, to the second or with a fraction, of which what is finer than a
// millisecond is dropped. The designator is Z or an offset with or without a
// colon. Without one the time is read in the zone; nil: it is no time.
func isoTime(text string, zone *aggregators.Zone) (int64, bool) {
	text = strings.TrimSpace(text)
	plain, shift, designated := designatorOf(text)
	if !designated && zone == nil {
		return 0, false
	}
	plain = strings.NewReplacer(",", ".", " ", "T", "t", "T").Replace(plain)
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		t, err := time.Parse(layout, plain)
		if err != nil {
			continue
		}
		if !designated {
			at, _ := instantOf(t, zone.Location())
			t = time.UnixMilli(at)
		}
		t = t.Add(-shift)
		return t.UnixMilli(), inYears(t.UTC())
	}
	return 0, false
}

// designatorOf takes the zone designator off the end of a time.
func designatorOf(text string) (plain string, shift time.Duration, ok bool) {
	if plain, ok := strings.CutSuffix(strings.ToUpper(text), "Z"); ok {
		return plain, 0, true
	}
	day := strings.IndexAny(text, "Tt ")
	if day < 0 {
		return text, 0, false
	}
	at := strings.LastIndexAny(text, "+-")
	if at < day {
		return text, 0, false
	}
	digits := strings.Replace(text[at+1:], ":", "", 1)
	if len(digits) == 2 {
		digits += "00"
	}
	n, err := strconv.ParseUint(digits, 10, 16)
	if err != nil || len(digits) != 4 || n/100 > 23 || n%100 > 59 {
		return text, 0, false
	}
	shift = time.Duration(n/100)*time.Hour + time.Duration(n%100)*time.Minute
	if text[at] == '-' {
		shift = -shift
	}
	return text[:at], shift, true
}

// before is the time that lies a span before now: from days on by the calendar of
// the zone, in which a month that is too short ends earlier. It is false where
// there is no such time.
func before(now int64, s points.Span, zone *aggregators.Zone) (int64, bool) {
	if unit := s.Unit.Millis(); unit != 0 && s.Unit < points.Days {
		if s.Value > math.MaxInt64/4/unit {
			return 0, false
		}
		return now - s.Value*unit, true
	}
	const most = 1e6
	if s.Value > most {
		return 0, false
	}
	clock, n := clockOf(now, zone.Location()), int(s.Value)
	switch s.Unit {
	case points.Days:
		clock = clock.AddDate(0, 0, -n)
	case points.Weeks:
		clock = clock.AddDate(0, 0, -7*n)
	case points.Months:
		clock = monthsBefore(clock, n)
	default:
		clock = monthsBefore(clock, 12*n)
	}
	at, _ := instantOf(clock, zone.Location())
	return at, true
}

// monthsBefore is the same day on the clock so many months before, or the last one of
// a month that is too short.
func monthsBefore(clock time.Time, n int) time.Time {
	first := time.Date(clock.Year(), clock.Month(), 1, 0, 0, 0, 0, time.UTC).AddDate(0, -n, 0)
	last := first.AddDate(0, 1, -1).Day()
	return time.Date(first.Year(), first.Month(), min(clock.Day(), last), clock.Hour(), clock.Minute(), clock.Second(), clock.Nanosecond(), time.UTC)
}

// dayOf is the beginning of a time's day in UTC.
func dayOf(at int64) int64 {
	const day = 86_400_000
	start := at - at%day
	if start > at {
		start -= day
	}
	return start
}

// rows writes times as Connio prints them, with what stands around them and the
// values: ISO 8601 in UTC, a fraction without the zeros at its end.
func rows(before, between, behind string) encode.Rows {
	return encode.Rows{Before: before, Between: between, Behind: behind, Short: true, Year: appendYear}
}

// appendYear adds a year before 0 or behind 9999.
func appendYear(dst []byte, year int) []byte { return strconv.AppendInt(dst, int64(year), 10) }
