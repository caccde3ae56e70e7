package connio

import (
	"math"

	"aion/query/fleet"
)

// spot is what a location says of where it is.
type spot struct {
	lat, lon float64
	exact    bool // it has coordinates
}

// waypoint tells whether a value is a location within boundaries.
func waypoint(v span, within *fleet.Boundaries) bool {
	s, ok := spotOf(v)
	if !ok || !within.Fenced() {
		return ok
	}
	return s.exact && within.PermitPlace(s.lat, s.lon)
}

// spotOf is a location as a waypoint takes it: an object with a zone, a text, or
// with coordinates, in geo or by themselves.
func spotOf(v span) (s spot, ok bool) {
	zoned := false
	for name, value := range v.members() {
		if name.named("zone") {
			if value.first() != '"' || len(value.text()) > maxText {
				return s, false
			}
			zoned = true
		}
	}
	lat, lon := v.member("lat"), v.member("lon")
	if geo := v.member("geo"); geo != nil {
		lat, lon = geo.member("lat"), geo.member("lon")
	} else if lat == nil && lon == nil {
		return s, zoned
	}
	s.exact = true
	if s.lat, ok = degrees(lat, 90); ok {
		s.lon, ok = degrees(lon, 180)
	}
	return s, ok
}

// degrees is an angle up to a bound either way.
func degrees(v span, most float64) (angle float64, ok bool) {
	r, ok := numberRow(v)
	return r.f, ok && math.Abs(r.f) <= most
}
