package connio

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"aion/aggregators"
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
			t = time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone.Location())
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
	t, n := time.UnixMilli(now).In(zone.Location()), int(s.Value)
	switch s.Unit {
	case points.Days:
		t = t.AddDate(0, 0, -n)
	case points.Weeks:
		t = t.AddDate(0, 0, -7*n)
	case points.Months:
		t = monthsBefore(t, n)
	default:
		t = monthsBefore(t, 12*n)
	}
	return t.UnixMilli(), true
}

// monthsBefore is the same day so many months before, or the last one of a month
// that is too short.
func monthsBefore(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC).AddDate(0, -n, 0)
	last := first.AddDate(0, 1, -1).Day()
	return time.Date(first.Year(), first.Month(), min(t.Day(), last), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
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

// clock writes times as Connio prints them: ISO 8601 in UTC, a fraction without
// the zeros at its end. It keeps the day and the second that it wrote last.
type clock struct {
	lead, tail string // what stands before and behind each time; neither is changed after the first
	day        int64  // the beginning of the day that text is of
	minute     int64  // the second of the day that the minute of text begins with
	second     int64  // the second of the day that text is of
	text       []byte // a time without a fraction; empty: none was written
	date       int    // how much of text stands before the time of day
}

// append adds a time between quotes, with what stands around it.
func (c *clock) append(dst []byte, at int64) []byte {
	gone := at - c.day
	if gone < 0 || gone >= 24*hour || len(c.text) == 0 {
		c.turnDay(at)
		gone = at - c.day
	}
	s, ms := gone/1000, gone%1000
	if s != c.second {
		c.turn(s)
	}
	if ms == 0 {
		return append(dst, c.text...)
	}
	plain := c.date + len("15:04:05")
	dst = append(append(dst, c.text[:plain]...), '.', byte('0'+ms/100))
	if ms%100 != 0 {
		dst = append(dst, byte('0'+ms/10%10))
	}
	if ms%10 != 0 {
		dst = append(dst, byte('0'+ms%10))
	}
	return append(dst, c.text[plain:]...)
}

// turn writes a second of the day down, and its minute where that is another one.
func (c *clock) turn(second int64) {
	c.second = second
	t := c.text[c.date : c.date+len("15:04:05")]
	if gone := second - c.minute; gone < 0 || gone >= 60 {
		m := second / 60
		c.minute = m * 60
		t[0], t[1] = byte('0'+m/600), byte('0'+m/60%10)
		t[3], t[4] = byte('0'+m%60/10), byte('0'+m%60%10)
	}
	s := second - c.minute
	t[6], t[7] = byte('0'+s/10), byte('0'+s%10)
}

// turnDay writes the day of a time down, at its midnight.
func (c *clock) turnDay(at int64) {
	c.day, c.minute, c.second = dayOf(at), 0, 0
	c.text = append(append(c.text[:0], c.lead...), '"')
	t := time.UnixMilli(c.day).UTC()
	if year := t.Year(); year < 0 || year > 9999 {
		c.text = append(strconv.AppendInt(c.text, int64(year), 10), t.Format("-01-02T")...)
	} else {
		c.text = t.AppendFormat(c.text, "2006-01-02T")
	}
	c.date = len(c.text)
	c.text = append(append(c.text, `00:00:00Z"`...), c.tail...)
}
