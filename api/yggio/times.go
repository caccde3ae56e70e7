package yggio

import (
	"math"
	"regexp"
	"strconv"
	"time"
)

// farthest is how many milliseconds a time is from the epoch at most, either way:
// what a Date of the clients' JavaScript holds.
const farthest = 8_640_000_000_000_000

// number is a decimal number as it stands for a time.
var number = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?$`)

// iso is a date, or a date and a time, of ISO 8601: a fraction of any number of
// digits, with or without a zone. A plus that a client has not encoded arrives as
// a blank.
var iso = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::(\d{2})(?:[.,](\d+))?)?(Z|[+ -]\d{2}(?::?\d{2})?)?)?$`)

// parseTime reads Unix milliseconds or ISO 8601, in UTC where no zone is named.
// A part of a millisecond is rounded up with up, and else down.
func parseTime(text string, up bool) (at int64, ok bool) {
	if number.MatchString(text) {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || math.Abs(v) > farthest {
			return 0, false
		}
		if up {
			return int64(math.Ceil(v)), true
		}
		return int64(math.Floor(v)), true
	}
	parts := iso.FindStringSubmatch(text)
	if parts == nil {
		return 0, false
	}
	return instant(parts, up)
}

// instant is the time of the parts of ISO 8601: date, hours and minutes, seconds,
// digits of the fraction, zone.
func instant(parts []string, up bool) (int64, bool) {
	date, clock, seconds, fraction, zone := parts[1], parts[2], parts[3], parts[4], parts[5]
	if clock == "" {
		clock = "00:00"
	}
	if seconds == "" {
		seconds = "00"
	}
	midnight := clock == "24:00" && seconds == "00" // the end of the day
	if midnight {
		clock = "00:00"
	}
	t, err := time.Parse("2006-01-02T15:04:05", date+"T"+clock+":"+seconds)
	if err != nil {
		return 0, false
	}
	at := t.UnixMilli()
	if midnight {
		at += 24 * time.Hour.Milliseconds()
	}
	offset, ok := offsetOf(zone)
	millis, rest := fractionOf(fraction)
	if up && rest {
		millis++
	}
	return at + millis - offset, ok && (!midnight || millis == 0)
}

// fractionOf is the digits of a fraction of a second in milliseconds, and whether
// there is more behind them.
func fractionOf(digits string) (millis int64, rest bool) {
	for i, c := range digits + "000" {
		switch {
		case i < 3:
			millis = millis*10 + int64(c-'0')
		case c != '0':
			rest = true
		}
	}
	return millis, rest
}

// offsetOf is a zone's offset from UTC in milliseconds.
func offsetOf(zone string) (int64, bool) {
	if zone == "" || zone == "Z" {
		return 0, true
	}
	digits := zone[1:]
	hours, _ := strconv.Atoi(digits[:2])
	minutes := 0
	if len(digits) > 2 {
		minutes, _ = strconv.Atoi(digits[len(digits)-2:])
	}
	if hours > 23 || minutes > 59 {
		return 0, false
	}
	offset := int64(hours*60+minutes) * time.Minute.Milliseconds()
	if zone[0] == '-' {
		offset = -offset
	}
	return offset, true
}
