package codec

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"aion/storage/points"
)

// refused tells whether a parser has refused its bytes, and complains of errors
// that are not ErrCorrupt.
func refused(t *testing.T, err error) bool {
	t.Helper()
	if err != nil && !errors.Is(err, points.ErrCorrupt) {
		t.Fatalf("%v, want an ErrCorrupt", err)
	}
	return err != nil
}

// FuzzParseRowKey: what is read of hostile bytes is written as a key that is
// read as the same.
func FuzzParseRowKey(f *testing.F) {
	for _, tt := range keyCases() {
		f.Add(unhex(f, tt.want))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		key, err := ParseRowKey(data)
		if refused(t, err) {
			return
		}
		k := points.Key{Metric: key.Metric, Type: key.Type, Tags: key.Tags}
		again, err := ParseRowKey(AppendRowKey(nil, &k, key.Row))
		if key.Untyped && len(key.Tags) != 0 && strings.HasPrefix(ordered(key.Tags)[0].Name, "\x00") {
			return // the zero byte now stands where a type begins
		}
		if err != nil || again.Metric != key.Metric || again.Row != key.Row || again.Type != key.Type ||
			again.Untyped != key.Untyped || !slices.Equal(again.Tags, key.Tags) {
			t.Errorf("%x is read as %v, written and read as %v, %v", data, key, again, err)
		}
	})
}

// FuzzAppendRowKey: a key that can be stored is read back, whatever its texts.
func FuzzAppendRowKey(f *testing.F) {
	f.Add("m", points.TypeLong, "a:a", "b=b", "=", "::", int64(-2))
	f.Add("m\x00n", points.TypeLegacy, "\uff21", "", "\U0001f600", "x", int64(0))
	f.Fuzz(func(t *testing.T, metric, typ, name, value, other, last string, row int64) {
		k := points.Key{Metric: metric, Type: typ, Tags: points.TagsOf(map[string]string{name: value, other: last})}
		if CheckKey(&k) != nil || typ == points.TypeLegacy && strings.HasPrefix(ordered(k.Tags)[0].Name, "\x00") {
			return
		}
		stored := AppendRowKey(nil, &k, row)
		got, err := ParseRowKeyOf(metric, stored)
		if err != nil || got.Row != row || got.Type != typ || !slices.Equal(got.Tags, k.Tags) {
			t.Errorf("%v in %d is stored as %x, read as %v, %v", k, row, stored, got, err)
		}
	})
}

// parts are the names and values of a stored map in turn, as they stand there.
func parts(b []byte) []string {
	var all []string
	for s := string(b[4:]); s != ""; {
		var p string
		p, s, _ = cutPart(s)
		all = append(all, p)
	}
	return all
}

// FuzzTags: what is read of hostile maps is written and read as the same, and
// maps are ordered by their parts.
func FuzzTags(f *testing.F) {
	f.Add(mapOf("a", "b", "c", ""), mapOf("a", "b"))
	f.Add(mapOf("\U0001f600", "b", "\uff21", ""), mapOf())
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if got, back := CompareTags(a, b), CompareTags(b, a); got != -back {
			t.Errorf("%x and %x compare as %d and %d", a, b, got, back)
		}
		tags, err := ParseTags(a)
		if refused(t, err) {
			return
		}
		stored := AppendTags(nil, tags)
		if again, err := ParseTags(stored); err != nil || !slices.Equal(again, tags) || len(stored) != len(a) {
			t.Errorf("%x is read as %q, written as %x, read as %q, %v", a, tags, stored, again, err)
		}
		if _, err := ParseTags(b); !refused(t, err) {
			if got, want := CompareTags(a, b), slices.Compare(parts(a), parts(b)); got != want {
				t.Errorf("%x and %x compare as %d, want %d", a, b, got, want)
			}
		}
	})
}

// FuzzText: texts are stored as Java stores them; what is read of hostile bytes
// is stored as what is read as the same.
func FuzzText(f *testing.F) {
	f.Add("a\x00é\U0001f600", unhex(f, "000573edb08074"))
	f.Add("\xed\xa0\x80\xff", unhex(f, "0006eda0bdedb880"))
	f.Fuzz(func(t *testing.T, s string, data []byte) {
		stored, err := AppendText(nil, s)
		if check := CheckText(s); (check == nil) != (err == nil) {
			t.Errorf("CheckText(%q) = %v, AppendText %v", s, check, err)
		}
		if err == nil && utf8.ValidString(s) {
			back, err := parseText(stored)
			if err != nil || back != s || !bytes.Equal(stored, writeUTF(s)) {
				t.Errorf("%q is stored as %x, read as %q, %v", s, stored, back, err)
			}
		}
		text, err := parseText(data)
		if refused(t, err) {
			return
		}
		if stored, err = AppendText(nil, text); err != nil {
			return // zero bytes that have one byte in data have two
		}
		if again, err := parseText(stored); err != nil || again != text {
			t.Errorf("%x is read as %q, written as %x, read as %q, %v", data, text, stored, again, err)
		}
	})
}

// FuzzValue: what is read of hostile values is written as what is read as the
// same, and adds one point or none.
func FuzzValue(f *testing.F) {
	types := []string{points.TypeLong, points.TypeDouble, points.TypeText, points.TypeNull, points.TypeLegacy, points.TypeComplex, "acme"}
	for _, tt := range valueCases() {
		f.Add(uint8(slices.Index(types, tt.typ)), []byte{0, 0, 0, 1}, unhex(f, tt.want))
	}
	f.Fuzz(func(t *testing.T, which uint8, column, data []byte) {
		typ := types[int(which)%len(types)]
		b := points.Block{Kind: points.KindOf(typ)}
		if !refused(t, AppendPoint(&b, 7, typ, data)) {
			stored, err := AppendValue(nil, &points.Key{Type: typ}, &b, 0)
			again := points.Block{Kind: b.Kind}
			if err == nil {
				err = AppendPoint(&again, 7, typ, stored)
			}
			if err != nil || shown(&again) != shown(&b) {
				t.Errorf("%s %x is read as %s, written as %x, read as %s, %v", typ, data, shown(&b), stored, shown(&again), err)
			}
		}
		b.Reset(points.Number)
		if err := AppendUntypedPoint(&b, 7, column, data); refused(t, err) == (b.Len() != 0) {
			t.Errorf("%x in %x gives %d points and %v", data, column, b.Len(), err)
		}
	})
}

// FuzzColumn: any time is found in its row, and any column stands for a time.
func FuzzColumn(f *testing.F) {
	f.Add(int64(1700000000000), uint8(0), uint32(1814400000), int64(0), int64(5), []byte{1, 2, 3, 4})
	f.Add(int64(-1), uint8(1), uint32(1814400), int64(-5), int64(0), []byte{})
	f.Fuzz(func(t *testing.T, at int64, unit uint8, width uint32, from, to int64, column []byte) {
		l := Layout{Unit(unit % 3), max(1000, int64(width>>1))}
		row := l.RowTime(at)
		l.Time(row, column)
		if at == math.MinInt64 && (l.Unit == Legacy || row == at+1) {
			return // lost in LEGACY; else its column is the last, which no bound is behind
		}
		if r := (points.Range{From: min(from, at), To: max(to, at)}); !r.Empty() {
			checkPlace(t, l, at, r)
		}
		first, last, ok := l.Bounds(row, points.Range{From: from, To: to}, true)
		if ok && bytes.Compare(first[:], last[:]) >= 0 {
			t.Errorf("%v: bounds of [%d, %d] in %d are %s, %s", l, from, to, row, hex.EncodeToString(first[:]), hex.EncodeToString(last[:]))
		}
	})
}
