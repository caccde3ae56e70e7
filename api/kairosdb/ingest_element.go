package kairosdb

import (
	"context"
	"math"
	"strconv"
	"strings"
	"unicode"

	"aion/api/kairosdb/gson"
)

// readElement reads a value of any kind. What no rule of ingest looks at is left
// out of the element: members of objects, and all but the first two items of
// arrays.
func readElement(r *gson.Reader) (*gson.Element, error) {
	t, err := r.Peek()
	if err != nil {
		return nil, err
	}
	e := &gson.Element{}
	switch t {
	case gson.Null:
		err = r.NextNull()
	case gson.Boolean:
		var v bool
		v, err = r.NextBoolean()
		e.Kind, e.Text = gson.BooleanKind, strconv.FormatBool(v)
	case gson.Number:
		e.Kind = gson.NumberKind
		e.Text, err = r.NextString()
	case gson.BeginArray:
		e.Kind = gson.ArrayKind
		err = readItems(r, e)
	case gson.BeginObject:
		e.Kind = gson.ObjectKind
		err = each(r, gson.EndObject, skipMember)
	default:
		e.Kind = gson.StringKind
		e.Text, err = r.NextString()
	}
	return e, err
}

// readItems reads an array into e.
func readItems(r *gson.Reader, e *gson.Element) error {
	return each(r, gson.EndArray, func(r *gson.Reader) error {
		item, err := readElement(r)
		if len(e.Items) < 2 {
			e.Items = append(e.Items, item)
		}
		return err
	})
}

// skipMember reads a member as Gson does where it wants a tree, so that errors
// name the same path.
func skipMember(r *gson.Reader) error {
	if _, err := r.NextName(); err != nil {
		return err
	}
	_, err := readElement(r)
	return err
}

// readRows reads the data points of an object, which replace those of an
// earlier member of that name.
func (p *ingestParser) readRows(ctx context.Context, r *gson.Reader) error {
	p.object.rows.reset()
	t, err := r.Peek()
	if err != nil {
		return err
	}
	if t == gson.Null {
		return r.NextNull()
	}
	if err := r.BeginArray(); err != nil {
		return err
	}
	for patience := p.patience(); ; patience-- {
		if patience <= 0 && p.readPlainRows(r) == 0 {
			patience = patienceLater
		}
		more, err := r.HasNext()
		if err != nil {
			return err
		}
		if !more {
			return r.EndArray()
		}
		if err := p.readRow(r); err != nil {
			return err
		}
		if err := p.publishEarly(ctx); err != nil {
			return err
		}
	}
}

// How many data points are read one by one before the scanner is asked to read
// on. What it reads cannot become texts any more when the type, which may come
// later, says so: an object that it has seen before needs less of it.
const (
	patienceScanned = 256
	patienceUnknown = 16 << 10
	patienceLater   = 64 // after a data point that the scanner has not taken
)

// patience is how long to wait at the beginning of an object's data points.
func (p *ingestParser) patience() int {
	switch {
	case !p.scanned:
		return patienceUnknown
	case p.plain.seen&memberType != 0 && !p.plain.double:
		return math.MaxInt
	}
	return patienceScanned
}

// readPlainRows lets the scanner read the data points that r has at hand, unless
// their type wants more than numbers, and tells how many it took.
func (p *ingestParser) readPlainRows(r *gson.Reader) int {
	o := &p.object
	if p.exact || o.kind.given && o.kind.v != "double" {
		return 0
	}
	text := r.Window()
	p.scratch = append(append(p.scratch[:0], text...), make([]byte, windowPad)...)
	taken, n := scanRows(p.scratch, 0, false, &o.rows)
	r.Advance(taken, n)
	return n
}

// readRow reads one data point: a null, or an array of which all but the first
// three items are left out.
func (p *ingestParser) readRow(r *gson.Reader) error {
	t, err := r.Peek()
	if err != nil {
		return err
	}
	if t == gson.Null {
		p.object.rows.addOdd(nil)
		return r.NextNull()
	}
	items := make([]*gson.Element, 0, 3)
	err = each(r, gson.EndArray, func(r *gson.Reader) error {
		item, err := readElement(r)
		if len(items) < 3 {
			items = append(items, item)
		}
		return err
	})
	p.object.rows.addOdd(items)
	return err
}

// inferType is the type of a value that was sent without one, as KairosDB finds
// it, or nothing for what is no primitive.
func inferType(e *gson.Element) string {
	switch e.Kind {
	case gson.NumberKind:
	case gson.StringKind:
		if !looksNumeric(e.Text) {
			return "string"
		}
	case gson.BooleanKind:
		return "string"
	default:
		return ""
	}
	if strings.Contains(e.Text, ".") {
		return "double"
	}
	return "long"
}

// looksNumeric is org.kairosdb.util.Util.isNumber: one sign or point at the
// beginning, then digits of any script and points, not ending in a point. A
// second point is noticed only when something follows it, and one at the
// beginning does not count.
func looksNumeric(s string) bool {
	if s == "" || s[len(s)-1] == '.' {
		return false
	}
	if c := s[0]; c == '+' || c == '-' || c == '.' {
		if s = s[1:]; s == "" {
			return false
		}
	}
	dots := 0
	for _, c := range s {
		if dots > 1 {
			return false
		}
		if c == '.' {
			dots++
		} else if (c < '0' || c > '9') && (c < 0x80 || c > 0xffff || !unicode.IsDigit(c)) {
			return false
		}
	}
	return true
}

// equalFoldTrue is Java's Boolean.parseBoolean.
func equalFoldTrue(s string) bool { return strings.EqualFold(s, "true") }
