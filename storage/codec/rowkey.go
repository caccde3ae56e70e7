package codec

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"

	"aion/storage/points"
)

// What separates the parts of a row key.
const (
	metricEnd  = 0x00
	typeMarker = 0x00
	nameEnd    = '=' // and escapes within a value
	valueEnd   = ':' // and escapes within a name
)

// nullType is what KairosDB calls the type of nulls.
const nullType = "null"

// maxType is the longest type whose length KairosDB reads back, as a signed byte.
const maxType = 127

// RowKey is a parsed row key of data_points. An Untyped one has no type in its
// bytes, Type is then points.TypeLegacy: its points have the form of
// AppendUntypedPoint if the key was found in row_key_index, and that of
// AppendPoint if it was built from row_keys.
type RowKey struct {
	Metric  string
	Row     int64
	Type    string
	Tags    points.Tags
	Untyped bool
}

// StoredType is what KairosDB calls a type of points.Key. KeyType turns it round.
func StoredType(typ string) string { return swapNull(typ) }

// KeyType is what points.Key calls a type of KairosDB's: of a column data_type
// or within a row key. The name that StoredType never gives, kairos_null, becomes
// null, so that no two types share a name.
func KeyType(stored string) string { return swapNull(stored) }

// swapNull exchanges the two names of the type of nulls.
func swapNull(typ string) string {
	switch typ {
	case points.TypeNull:
		return nullType
	case nullType:
		return points.TypeNull
	}
	return typ
}

// CheckKey is a points.InvalidError where Cassandra or KairosDB cannot store
// the series of k: names and types that are not UTF-8, a metric without a name,
// a type that is too long, more names and values together than fit a key.
//
// An unpaired surrogate is no UTF-8. In KairosDB's names it becomes a question
// mark; in ours it is U+FFFD by the time that JSON has been read.
func CheckKey(k *points.Key) error {
	if k.Metric == "" {
		return points.Invalid("a metric without a name cannot be stored")
	}
	valid := utf8.ValidString(k.Metric) && utf8.ValidString(k.Type)
	for i := range k.Tags {
		t := &k.Tags[i]
		valid = valid && utf8.ValidString(t.Name) && utf8.ValidString(t.Value)
	}
	switch {
	case !valid:
		return points.Invalid("%q is not all UTF-8", k.String())
	case len(k.Type) > maxType:
		return points.Invalid("a type of %d bytes is longer than the %d that can be stored", len(k.Type), maxType)
	}
	return k.CheckSize()
}

// AppendRowKey adds the row key of the series k in a row. Tags may stand in any
// order. Rows of the type kairos_legacy have no type in their key. The bytes of
// names and values are written as they are.
func AppendRowKey(dst []byte, k *points.Key, row int64) []byte {
	if k.Type == points.TypeLegacy {
		return AppendUntypedRowKey(dst, k, row)
	}
	typ := StoredType(k.Type)
	dst = appendRowTime(dst, k.Metric, row)
	dst = append(dst, typeMarker, byte(len(typ)))
	dst = append(dst, typ...)
	return appendTagText(dst, k.Tags)
}

// AppendUntypedRowKey adds the row key that the series has in rows without a
// type, whatever the type of k.
func AppendUntypedRowKey(dst []byte, k *points.Key, row int64) []byte {
	return appendTagText(appendRowTime(dst, k.Metric, row), k.Tags)
}

// appendRowTime adds what all row keys begin with.
func appendRowTime(dst []byte, metric string, row int64) []byte {
	dst = append(append(dst, metric...), metricEnd)
	return binary.BigEndian.AppendUint64(dst, uint64(row))
}

// appendTagText adds the tags as name=value:name=value: in their stored order.
func appendTagText(dst []byte, t points.Tags) []byte {
	t = ordered(t)
	for i := range t {
		dst = append(appendEscaped(dst, t[i].Name, valueEnd), nameEnd)
		dst = append(appendEscaped(dst, t[i].Value, nameEnd), valueEnd)
	}
	return dst
}

// appendEscaped adds s with a byte before all that could be taken for an end.
func appendEscaped(dst []byte, s string, escape byte) []byte {
	from := 0
	for i := range len(s) {
		if s[i] == nameEnd || s[i] == valueEnd {
			dst = append(append(dst, s[from:i]...), escape)
			from = i
		}
	}
	return append(dst, s[from:]...)
}

// ParseRowKey reads a row key. Its texts share no memory with b. An untyped key
// without tags, at which KairosDB fails, is one. The metric ends at the first
// zero byte, as KairosDB has it: one that has such a byte in its name is read by
// ParseRowKeyOf. Errors are points.ErrCorrupt.
func ParseRowKey(b []byte) (RowKey, error) {
	end := bytes.IndexByte(b, metricEnd)
	if end < 0 {
		return RowKey{}, corrupt("a row key of %d bytes has no metric", len(b))
	}
	return ParseRowKeyOf(string(b[:end]), b)
}

// ParseRowKeyOf reads a row key of a metric, like ParseRowKey.
func ParseRowKeyOf(metric string, b []byte) (RowKey, error) {
	n := len(metric)
	if len(b) < n+9 || string(b[:n]) != metric || b[n] != metricEnd {
		return RowKey{}, corrupt("a row key of %d bytes is none of %s", len(b), metric)
	}
	k := RowKey{Metric: metric, Row: int64(binary.BigEndian.Uint64(b[n+1:])), Type: points.TypeLegacy, Untyped: true}
	b = b[n+9:]
	if len(b) > 0 && b[0] == typeMarker {
		if len(b) < 2 || len(b) < 2+int(b[1]) {
			return RowKey{}, corrupt("a row key of %s ends within its type", metric)
		}
		n = 2 + int(b[1])
		k.Type, k.Untyped, b = KeyType(string(b[2:n])), false, b[n:]
		if k.Type == points.TypeLegacy {
			return RowKey{}, corrupt("a row key of %s has the type that has no name", metric)
		}
	}
	tags, err := parseTagText(string(b))
	if err != nil {
		return RowKey{}, err
	}
	k.Tags = tags
	return k, nil
}

// parseTagText reads name=value:name=value: in any order.
func parseTagText(s string) (points.Tags, error) {
	var t points.Tags
	for whole := s; s != ""; {
		var tag points.Tag
		var ok bool
		if tag.Name, s, ok = cutEscaped(s, valueEnd, nameEnd); ok {
			tag.Value, s, ok = cutEscaped(s, nameEnd, valueEnd)
		}
		if !ok {
			return nil, corrupt("a row key ends within its tags %.80q", whole)
		}
		t = append(t, tag)
	}
	return sorted(t)
}

// cutEscaped reads a text up to its end and takes the escapes out.
func cutEscaped(s string, escape, end byte) (text, rest string, ok bool) {
	var b []byte
	from := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case end:
			if from == 0 {
				return s[:i], s[i+1:], true
			}
			return string(append(b, s[from:i]...)), s[i+1:], true
		case escape:
			b = append(b, s[from:i]...)
			i++
			from = i
		}
	}
	return "", "", false
}

// IndexBounds are the bounds [start, end) in row_key_index of a metric's rows
// from one row time to another, inclusive. KairosDB sorts row times as unsigned
// numbers there: a range from below zero to above is asked in two. Untyped keys
// without tags, which KairosDB's bounds leave out at from, are within.
func IndexBounds(metric string, from, to int64) (start, end []byte) {
	n := len(metric) + 11
	start = appendRowTime(make([]byte, 0, n), metric, from)
	end = append(appendRowTime(make([]byte, 0, n), metric, to), 0xff, 0x00)
	return start, end
}
