package fleet

import (
	"fmt"
	"math"
	"slices"
	"unicode/utf8"
)

// Boundaries are the values that a property takes: of numbers those of a range, of
// texts and objects those of a size, of enumerations those of a set, of waypoints
// those inside a circle or outside. What is nil, or nothing, bounds nothing.
type Boundaries struct {
	Min  *float64 `json:"min,omitempty" yaml:"min"`
	Max  *float64 `json:"max,omitempty" yaml:"max"`
	Size int64    `json:"size,omitempty" yaml:"size"` // bytes of a text, or of an object's JSON without white space
	Enum *Items   `json:"enum,omitempty" yaml:"enum"`

	// The circle: where its middle lies, in degrees, and its radius in kilometers.
	Lat    *float64 `json:"lat,omitempty" yaml:"lat"`
	Lon    *float64 `json:"lon,omitempty" yaml:"lon"`
	Radius *float64 `json:"radius,omitempty" yaml:"radius"`
	Inside *bool    `json:"inside,omitempty" yaml:"inside"` // nil: it is
}

// Items are the values of an enumeration: texts and numbers, the latter as float64.
type Items struct {
	Set []any `json:"set" yaml:"set"`
}

// The most items of an enumeration, and the most characters of one.
const (
	maxItems = 100
	maxItem  = 64
)

// Permit tells whether a value lies within the range of b, or b is nil.
func (b *Boundaries) Permit(v float64) bool {
	return b == nil || (b.Min == nil || v >= *b.Min) && (b.Max == nil || v <= *b.Max)
}

// PermitSize tells whether a text or an object may have so many bytes.
func (b *Boundaries) PermitSize(bytes int) bool {
	return b == nil || b.Size == 0 || int64(bytes) <= b.Size
}

// Sized tells whether b bounds sizes.
func (b *Boundaries) Sized() bool { return b != nil && b.Size != 0 }

// PermitItem tells whether a text, or a float64, is one of the set of b.
func (b *Boundaries) PermitItem(item any) bool {
	return b == nil || b.Enum == nil || slices.Contains(b.Enum.Set, item)
}

// Fenced tells whether b has a circle, which only what has coordinates can lie in.
func (b *Boundaries) Fenced() bool {
	return b != nil && (b.Lat != nil || b.Lon != nil || b.Radius != nil || b.Inside != nil)
}

// PermitPlace tells whether a place lies on the side of the circle that is taken.
func (b *Boundaries) PermitPlace(lat, lon float64) bool {
	if !b.Fenced() || b.Lat == nil || b.Lon == nil || b.Radius == nil {
		return true
	}
	inside := kilometers(*b.Lat, *b.Lon, lat, lon) <= *b.Radius
	return inside == (b.Inside == nil || *b.Inside)
}

// kilometers is how far apart two places are on a globe.
func kilometers(lat1, lon1, lat2, lon2 float64) float64 {
	const radius = 6371.0088
	rad := func(degrees float64) float64 { return degrees * math.Pi / 180 }
	half := func(a, b float64) float64 { s := math.Sin(rad(b-a) / 2); return s * s }
	h := half(lat1, lat2) + math.Cos(rad(lat1))*math.Cos(rad(lat2))*half(lon1, lon2)
	return 2 * radius * math.Asin(math.Sqrt(min(h, 1)))
}

// boundaries checks the boundaries of a property.
func (p *problems) boundaries(at string, b *Boundaries) {
	if b.Min != nil && b.Max != nil && *b.Min > *b.Max {
		p.add("%s: min is above max", at)
	}
	if b.Size < 0 {
		p.add("%s.size: got %d, want bytes, more than none", at, b.Size)
	}
	if b.Enum != nil {
		p.items(at+".enum.set", b.Enum.Set)
	}
	switch {
	case !b.Fenced():
	case b.Lat == nil || b.Lon == nil || b.Radius == nil:
		p.add("%s: want lat, lon and radius", at)
	case !(math.Abs(*b.Lat) <= 90):
		p.add("%s.lat: got %v, want -90 to 90", at, *b.Lat)
	case !(math.Abs(*b.Lon) <= 180):
		p.add("%s.lon: got %v, want -180 to 180", at, *b.Lon)
	case !(*b.Radius > 0):
		p.add("%s.radius: got %v, want kilometers, more than none", at, *b.Radius)
	}
}

// items checks the values of an enumeration.
func (p *problems) items(at string, set []any) {
	if len(set) == 0 {
		p.add("%s: it is missing", at)
	}
	p.most(at, len(set), maxItems)
	for i, item := range set {
		switch item := item.(type) {
		case float64:
		case string:
			if n := utf8.RuneCountInString(item); n > maxItem {
				p.add("%s[%d]: it has %d characters, and at most %d are kept", at, i, n, maxItem)
			}
		default:
			p.add("%s[%d]: got %v, want a text or a number", at, i, fmt.Sprint(item))
		}
	}
}
