package aggregators

import (
	"archive/zip"
	_ "embed" // the rules of the zones travel in the binary
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"
)

// zoneinfo is Go's archive of the tz database.
//
//go:embed tzdata/zoneinfo.zip
var zoneinfo string

// Zone is a time zone as joda-time knows it: an id and the offsets from UTC that
// hold between its transitions. A Zone never changes and is safe for concurrent
// use.
type Zone struct {
	id       string
	location *time.Location
	starts   []int64 // where each offset begins to hold, ascending; the first is math.MinInt64
	offsets  []int64 // milliseconds to add to UTC
	horizon  int64   // from here on the offsets of the cycle before repeat
}

// utc is the zone without transitions.
var utc = fixedZone("UTC", 0)

// The rules in force in cycleYear are the last ones there are, and the Gregorian
// calendar repeats after a cycle of 400 years.
const (
	cycleYear = 2100
	cycle     = 146097 * day
)

// zones are the zones of the archive by their ids, each read when it is first
// asked for.
var zones = sync.OnceValue(listZones)

// listZones opens the archive.
func listZones() map[string]func() (*Zone, error) {
	loaders := map[string]func() (*Zone, error){"UTC": func() (*Zone, error) { return utc, nil }}
	archive, err := zip.NewReader(strings.NewReader(zoneinfo), int64(len(zoneinfo)))
	if err != nil {
		return loaders
	}
	for _, f := range archive.File {
		if strings.HasSuffix(f.Name, "/") || f.Name == "Factory" || f.Name == "UTC" {
			continue
		}
		loaders[f.Name] = sync.OnceValues(func() (*Zone, error) { return readZone(f) })
	}
	return loaders
}

// Zones are the ids of the tz database that LoadZone takes, sorted. Offsets are
// taken besides.
func Zones() []string { return slices.Sorted(maps.Keys(zones())) }

// LoadZone finds a zone by the id that joda-time's DateTimeZone.forID takes:
// UTC, an id of the tz database, in its very case, or an offset such as +02,
// -0330, +05:45 or +00:19:32. The empty text is UTC.
func LoadZone(id string) (*Zone, error) {
	if id == "" || id == utc.id { // the archive, of which most servers need nothing, stays unread
		return utc, nil
	}
	if load, ok := zones()[id]; ok {
		return load()
	}
	if offset, ok := parseOffset(id); ok {
		if offset == 0 {
			return utc, nil
		}
		return fixedZone(id, offset), nil
	}
	return nil, fmt.Errorf("%q is no time zone", id)
}

// parseOffset reads a sign and two digits each of hours, minutes and seconds,
// the latter two optional, with colons between all or none.
func parseOffset(id string) (millis int64, ok bool) {
	if len(id) < 3 || id[0] != '+' && id[0] != '-' {
		return 0, false
	}
	rest, colons := id[1:], strings.Contains(id, ":")
	for i, limit := range [3]int64{23, 59, 59} {
		if i > 0 && rest == "" {
			break
		}
		if i > 0 && colons {
			if rest[0] != ':' {
				return 0, false
			}
			rest = rest[1:]
		}
		if len(rest) < 2 || !digit(rest[0]) || !digit(rest[1]) {
			return 0, false
		}
		n := int64(rest[0]-'0')*10 + int64(rest[1]-'0')
		if n > limit {
			return 0, false
		}
		millis += n * [3]int64{3_600_000, 60_000, 1000}[i]
		rest = rest[2:]
	}
	if id[0] == '-' {
		millis = -millis
	}
	return millis, rest == ""
}

// digit tells whether c is a decimal digit.
func digit(c byte) bool { return '0' <= c && c <= '9' }

// fixedZone has one offset for ever.
func fixedZone(id string, offset int64) *Zone {
	return &Zone{
		id:       id,
		location: time.FixedZone(id, int(offset/1000)),
		starts:   []int64{math.MinInt64},
		offsets:  []int64{offset},
		horizon:  math.MaxInt64,
	}
}

// readZone reads one file of the archive.
func readZone(f *zip.File) (*Zone, error) {
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("open zone %s: %w", f.Name, err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read zone %s: %w", f.Name, err)
	}
	location, err := time.LoadLocationFromTZData(f.Name, data)
	if err != nil {
		return nil, fmt.Errorf("parse zone %s: %w", f.Name, err)
	}
	return newZone(f.Name, location), nil
}

// newZone lists the transitions of a location up to the end of a whole cycle.
func newZone(id string, location *time.Location) *Zone {
	z := &Zone{id: id, location: location, horizon: math.MaxInt64}
	horizon := time.Date(cycleYear+400, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	t := time.Unix(-1<<40, 0).In(location)
	for start := int64(math.MinInt64); start < horizon+366*day; start = t.UnixMilli() {
		_, seconds := t.Zone()
		if n := len(z.offsets); n == 0 || z.offsets[n-1] != int64(seconds)*1000 {
			z.starts, z.offsets = append(z.starts, start), append(z.offsets, int64(seconds)*1000)
		}
		_, end := t.ZoneBounds()
		if end.IsZero() {
			return z
		}
		if !end.After(t) {
			// Package time takes every year for one of 365 days here.
			end = t.Add(24 * time.Hour)
		}
		t = end
	}
	z.horizon = horizon
	return z
}

// String is the zone's id.
func (z *Zone) String() string { return z.id }

// Location is the zone as package time has it.
func (z *Zone) Location() *time.Location { return z.location }

// Offset is what is added to UTC at an instant, in milliseconds.
func (z *Zone) Offset(at int64) int64 {
	offset, _, _ := z.interval(at)
	return offset
}

// interval is the offset at an instant, and from when to when (exclusive) it
// holds: math.MinInt64 and math.MaxInt64 where that has no end.
func (z *Zone) interval(at int64) (offset, from, to int64) {
	if at >= z.horizon {
		shift := (at-z.horizon)/cycle*cycle + cycle
		offset, from, to = z.interval(at - shift)
		return offset, from + shift, later(to, shift)
	}
	i := sort.Search(len(z.starts), func(i int) bool { return z.starts[i] > at }) - 1
	to = math.MaxInt64
	if i+1 < len(z.starts) {
		to = z.starts[i+1]
	}
	return z.offsets[i], z.starts[i], to
}

// later is at + shift, or the last instant there is.
func later(at, shift int64) int64 {
	if at > math.MaxInt64-shift {
		return math.MaxInt64
	}
	return at + shift
}

// clock tells the offset of a zone and remembers the interval that it found
// last. It serves one goroutine at a time.
type clock struct {
	zone             *Zone
	from, to, offset int64
}

// newClock starts with nothing found.
func newClock(z *Zone) clock {
	if z == nil {
		z = utc
	}
	return clock{zone: z, from: math.MaxInt64, to: math.MinInt64}
}

// at is the offset at an instant.
func (c *clock) at(instant int64) int64 {
	if instant < c.from || instant >= c.to {
		c.offset, c.from, c.to = c.zone.interval(instant)
	}
	return c.offset
}

// next is the first transition after an instant, math.MaxInt64 if there is none.
func (c *clock) next(instant int64) int64 {
	c.at(instant)
	return c.to
}

// begin is the transition at or before an instant, math.MinInt64 if there is
// none.
func (c *clock) begin(instant int64) int64 {
	c.at(instant)
	return c.from
}
