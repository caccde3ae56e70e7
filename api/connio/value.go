package connio

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"unicode/utf8"

	"aion/query/fleet"
	"aion/storage/points"
)

// row is one point on its way into the store.
type row struct {
	at   int64
	text string
	f    float64 // of a number, always
	n    int64   // of a long
	kind stored
}

// stored is as what a value is stored.
type stored uint8

// The types of values that Connio's are stored as.
const (
	storedLong stored = iota
	storedDouble
	storedText
	storedTypes int = iota
)

// name is the type's name in keys of series.
func (s stored) name() string {
	return [storedTypes]string{points.TypeLong, points.TypeDouble, points.TypeText}[s]
}

// The most that values may be: bytes of a text and of an object's JSON, characters
// of an item of an enumeration.
const (
	maxText   = 1 << 10
	maxObject = 300 << 10
	maxItem   = 64
)

// The types of properties.
const (
	typeNumber   = "number"
	typeBoolean  = "boolean"
	typeString   = "string"
	typeEnum     = "enum"
	typeObject   = "object"
	typeWaypoint = "waypoint"
)

// typeOf is the type of a property whose first value this is. Not ok: no property
// has such a value.
func typeOf(v span) (kind string, ok bool) {
	switch v.first() {
	case 't', 'f':
		return typeBoolean, true
	case '"':
		return typeString, true
	case '{', '[':
		return typeObject, true
	}
	return typeNumber, v.number()
}

// rowOf is a value as a property of a type takes it, without a time. Not ok: it does not.
func rowOf(kind string, v span, within *fleet.Boundaries) (r row, ok bool) {
	switch first := v.first(); kind {
	case typeNumber:
		if r, ok = numberRow(v); ok {
			ok = within.Permit(r.f)
		}
		return r, ok
	case typeBoolean:
		if first == 't' {
			r.n, r.f = 1, 1
		}
		return r, first == 't' || first == 'f'
	case typeEnum:
		if first != '"' {
			r, ok = numberRow(v)
			return r, ok && within.PermitItem(r.f)
		}
		r = row{kind: storedText, text: v.text()}
		return r, utf8.RuneCountInString(r.text) <= maxItem && within.PermitItem(r.text)
	case typeString:
		if first != '"' {
			return r, false
		}
		r = row{kind: storedText, text: v.text()}
		return r, len(r.text) <= maxText && within.PermitSize(len(r.text))
	case typeObject:
		r, ok = jsonRow(v, first == '{' || first == '[')
		return r, ok && within.PermitSize(len(r.text))
	case typeWaypoint:
		return jsonRow(v, waypoint(v, within))
	}
	return r, false
}

// numberRow reads a number: a long where KairosDB makes one of it, without a point in
// its text, as far as that loses nothing; else a double, which is finite.
func numberRow(v span) (r row, ok bool) {
	if !v.number() {
		return r, false
	}
	if bytes.IndexByte(v, '.') < 0 {
		if n, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			return row{kind: storedLong, n: n, f: float64(n)}, true
		}
	}
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil || math.IsInf(f, 0) {
		return r, false
	}
	if bytes.IndexByte(v, '.') < 0 && f == math.Trunc(f) && math.Abs(f) <= 1<<53 {
		return row{kind: storedLong, n: int64(f), f: f + 0}, true
	}
	return row{kind: storedDouble, f: f}, true
}

// jsonRow is a value that is kept as its JSON, without white space.
func jsonRow(v span, fits bool) (r row, ok bool) {
	if !fits {
		return r, false
	}
	var compact bytes.Buffer
	compact.Grow(len(v))
	// The body is valid, and this a value of it.
	_ = json.Compact(&compact, bytes.ToValidUTF8(v, []byte("\uFFFD")))
	return row{kind: storedText, text: compact.String()}, compact.Len() <= maxObject
}
