package conformance

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// nearby is up to which distance from the epoch times are told in units.
const nearby = 31 * 24 * time.Hour

// unit is a unit of the times in scripts.
type unit struct {
	name string
	ms   int64
}

// unitsOf are the units, the longest first. Weeks are read, not printed.
func unitsOf() []unit {
	return []unit{{"w", 604_800_000}, {"d", 86_400_000}, {"h", 3_600_000}, {"m", 60_000}, {"s", 1000}, {"ms", 1}}
}

// instants are the forms that an absolute time may have.
func instants() []string {
	return []string{"2006-01-02T15:04Z07:00", time.RFC3339Nano, "2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02"}
}

// parseTime reads a time of a script: a number with a unit counts from the
// epoch, a bare number is milliseconds, all else is a date in loc or with its
// offset.
func parseTime(s string, loc *time.Location) (int64, error) {
	if ms, err := strconv.ParseInt(s, 10, 64); err == nil {
		return ms, nil
	}
	for _, u := range unitsOf() {
		if digits, ok := strings.CutSuffix(s, u.name); ok {
			if n, err := strconv.ParseInt(digits, 10, 64); err == nil {
				return n * u.ms, nil
			}
		}
	}
	for _, form := range instants() {
		if t, err := time.ParseInLocation(form, s, loc); err == nil {
			return t.UnixMilli(), nil
		}
	}
	return 0, fmt.Errorf("%q is no time", s)
}

// formatTime is the shortest form of a time: 0m, 90s, 2d near the epoch, else a
// date in loc.
func formatTime(ms int64, loc *time.Location) string {
	if ms == 0 {
		return "0m"
	}
	if limit := nearby.Milliseconds(); -limit < ms && ms < limit && loc == time.UTC {
		for _, u := range unitsOf()[1:] {
			if ms%u.ms == 0 {
				return strconv.FormatInt(ms/u.ms, 10) + u.name
			}
		}
	}
	t := time.UnixMilli(ms).In(loc)
	if y := t.Year(); y < 1 || y > 9999 {
		return strconv.FormatInt(ms, 10)
	}
	if ms%60_000 == 0 {
		return t.Format("2006-01-02T15:04Z07:00")
	}
	return t.Format("2006-01-02T15:04:05.999Z07:00")
}
