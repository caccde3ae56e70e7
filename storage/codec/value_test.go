package codec

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"aion/storage/points"
)

// numbers makes a block of one number: an int64, a float64 or nil.
func numbers(v any) *points.Block {
	b := &points.Block{}
	switch v := v.(type) {
	case int64:
		b.AppendInt(7, v)
	case float64:
		b.AppendFloat(7, v)
	case nil:
		b.AppendNull(7)
	}
	return b
}

// texts makes a block of one text.
func texts(s string) *points.Block {
	b := &points.Block{Kind: points.Text}
	b.AppendText(7, s)
	return b
}

// opaque makes a block of one opaque value.
func opaque(typ string, v []byte) *points.Block {
	b := &points.Block{Kind: points.Opaque, Type: typ}
	b.AppendBytes(7, v)
	return b
}

// shown is the first point of a block for comparison, to the bit.
func shown(b *points.Block) string {
	switch {
	case b.Len() != 1:
		return fmt.Sprintf("%d points", b.Len())
	case b.Kind == points.Text:
		return fmt.Sprintf("%d %q", b.Times[0], b.Texts[0])
	case b.Kind == points.Opaque:
		return fmt.Sprintf("%d %s %x", b.Times[0], b.Type, b.Bytes[0])
	case b.Null(0):
		return fmt.Sprintf("%d null", b.Times[0])
	case b.Int(0):
		return fmt.Sprintf("%d %d", b.Times[0], b.Ints[0])
	}
	return fmt.Sprintf("%d %x", b.Times[0], math.Float64bits(b.Floats[0]))
}

// valueCases are the recorded values and what else a type can hold.
func valueCases() []struct {
	vector int
	typ    string
	block  *points.Block
	want   string
} {
	type valueCase = struct {
		vector int
		typ    string
		block  *points.Block
		want   string
	}
	long := func(vector int, v int64, want string) valueCase {
		return valueCase{vector, points.TypeLong, numbers(v), want}
	}
	double := func(vector int, v float64, want string) valueCase {
		return valueCase{vector, points.TypeDouble, numbers(v), want}
	}
	text := func(vector int, v, want string) valueCase {
		return valueCase{vector, points.TypeText, texts(v), want}
	}
	return []valueCase{
		long(28, 0, "00"), long(28, 1, "02"), long(28, -1, "01"), long(28, 42, "54"),
		long(29, 63, "7e"), long(29, 64, "8001"), long(29, -64, "7f"), long(29, -65, "8101"),
		long(30, 123, "f601"), long(30, 127, "fe01"), long(30, 128, "8002"), long(30, 300, "d804"), long(30, -300, "d704"),
		long(31, 8191, "fe7f"), long(31, 8192, "808001"), long(31, 1359788400000, "80f6a29b934f"),
		long(32, math.MaxInt64, "feffffffffffffffff01"), long(32, math.MinInt64, "ffffffffffffffffff01"),
		double(33, 13.2, "402a666666666666"), double(33, math.Copysign(0, -1), "8000000000000000"),
		double(33, 1.5, "3ff8000000000000"), double(33, -2.5e10, "c2174876e8000000"),
		double(34, math.Pi, "400921fb54442d18"), double(34, math.Float64frombits(0x7ff8000000000000), "7ff8000000000000"),
		text(35, "", "0000"), text(35, "hello", "000568656c6c6f"), text(35, "é", "0002c3a9"),
		text(36, "a\x00b", "000461c08062"), text(36, "\U0001f600", "0006eda0bdedb880"),
		{37, points.TypeComplex, opaque(points.TypeComplex, []byte("@\x02ffffff@\x0b333333")), "4002666666666666400b333333333333"},
		{38, points.TypeLegacy, numbers(int64(123)), "00f601"}, {38, points.TypeLegacy, numbers(13.2), "01402a666666666666"},
		// KairosDB's plain strings, which are all that 1.3.0 can be made to use,
		// take a Snappy block as the text that it is not.
		text(41, "\x05\x10hello", "0007 05 10 68656c6c6f"),
		text(0, "s\xed\xb0\x80t", "0005 73edb08074"), // lone.surrogate
		{0, points.TypeNull, numbers(nil), ""},
		{0, "acme", opaque("acme", []byte{}), ""},
	}
}

// TestValues: values are written and read as KairosDB does, to the bit.
func TestValues(t *testing.T) {
	for _, tt := range valueCases() {
		want := strings.ReplaceAll(tt.want, " ", "")
		got, err := AppendValue([]byte("x"), &points.Key{Type: tt.typ}, tt.block, 0)
		if err != nil || hex.EncodeToString(got) != "78"+want {
			t.Errorf("vector %d: %s %s is stored as %x, %v, want x and %s", tt.vector, tt.typ, shown(tt.block), got, err, want)
		}
		stored := unhex(t, tt.want)
		b := points.Block{Kind: points.KindOf(tt.typ)}
		err = AppendPoint(&b, 7, tt.typ, stored)
		clear(stored)
		if got, want := shown(&b), shown(tt.block); err != nil || got != want {
			t.Errorf("vector %d: %s %s is read as %s, %v, want %s", tt.vector, tt.typ, tt.want, got, err, want)
		}
	}
	if got := hex.EncodeToString(AppendDouble(AppendLong(nil, 300), 1.5)); got != "d8043ff8000000000000" {
		t.Errorf("300 and 1.5 are %s", got)
	}
}

// TestUntypedValues: values of rows without a type are read by their column.
func TestUntypedValues(t *testing.T) {
	tests := []struct {
		vector        int
		column, value string
		want          *points.Block
	}{
		{39, "00000000", "", numbers(int64(0))}, {39, "00000002", "01", numbers(int64(1))},
		{39, "cd3b1000", "ff", numbers(int64(255))}, {39, "00000000", "0100", numbers(int64(256))},
		{39, "00000000", "ffffffffffffffff", numbers(int64(-1))},
		{40, "00000001", "0141533333", numbers(float64(float32(13.2)))}, {40, "cd3b1009", "01bfc00000", numbers(-1.5)},
		{40, "cd3b100b", "004002666666666666", numbers(2.3)}, {40, "cd3b100b", "024002666666666666", numbers(2.3)},
	}
	for _, tt := range tests {
		var b points.Block
		err := AppendUntypedPoint(&b, 7, unhex(t, tt.column), unhex(t, tt.value))
		if got, want := shown(&b), shown(tt.want); err != nil || got != want {
			t.Errorf("vector %d: %s in %s is read as %s, %v, want %s", tt.vector, tt.value, tt.column, got, err, want)
		}
	}
}

// TestDamagedValues: what is no value of its type is damage and adds no point.
func TestDamagedValues(t *testing.T) {
	const untyped = "untyped"
	tests := []struct{ typ, value string }{
		{points.TypeLong, ""}, {points.TypeLong, "80"}, {points.TypeLong, "0000"}, {points.TypeLong, "ffffffffffffffffff02"},
		{points.TypeLong, "ffffffffffffffffffff01"}, {points.TypeDouble, ""}, {points.TypeDouble, "00"}, {points.TypeDouble, "000000000000000000"},
		{points.TypeText, ""}, {points.TypeText, "00"}, {points.TypeText, "0001"}, {points.TypeText, "00016161"}, {points.TypeText, "000180"},
		{points.TypeText, "0004f09f9880"}, {points.TypeText, "0002c361"}, {points.TypeText, "0002e28161"}, {points.TypeText, "0001c3"},
		{points.TypeNull, "00"}, {points.TypeLegacy, ""}, {points.TypeLegacy, "02"}, {points.TypeLegacy, "00"}, {points.TypeLegacy, "0100"},
		{untyped + " 00000000", "000000000000000001"}, {untyped + " 00000001", ""}, {untyped + " 00000001", "0100000000000000"},
		{untyped + " 00000001", "010000000000000000"}, {untyped + " 00000001", "0000000000"}, {untyped + " 0000", ""},
	}
	for _, tt := range tests {
		b := points.Block{Kind: points.KindOf(tt.typ)}
		var err error
		if column, ok := strings.CutPrefix(tt.typ, untyped+" "); ok {
			err = AppendUntypedPoint(&b, 7, unhex(t, column), unhex(t, tt.value))
		} else {
			err = AppendPoint(&b, 7, tt.typ, unhex(t, tt.value))
		}
		if !errors.Is(err, points.ErrCorrupt) || b.Len() != 0 {
			t.Errorf("%s %q: %v and %d points, want an ErrCorrupt and none", tt.typ, tt.value, err, b.Len())
		}
	}
}

// TestAppendValueRefuses: a point that is not of its series' type is refused and
// leaves nothing behind.
func TestAppendValueRefuses(t *testing.T) {
	tests := []struct {
		typ   string
		block *points.Block
	}{
		{points.TypeLong, numbers(1.5)}, {points.TypeLong, numbers(nil)}, {points.TypeLong, texts("1")},
		{points.TypeDouble, numbers(int64(1))}, {points.TypeDouble, numbers(nil)}, {points.TypeNull, numbers(1.5)},
		{points.TypeLegacy, numbers(nil)}, {points.TypeText, numbers(1.5)}, {points.TypeText, opaque("acme", nil)},
		{"acme", texts("1")}, {points.TypeText, texts(strings.Repeat("x", 65536))},
	}
	for _, tt := range tests {
		got, err := AppendValue([]byte("x"), &points.Key{Metric: "m", Type: tt.typ}, tt.block, 0)
		var invalid *points.InvalidError
		if !errors.As(err, &invalid) || string(got) != "x" {
			t.Errorf("%s %.40s: %.40x, %v, want x and an InvalidError", tt.typ, shown(tt.block), got, err)
		}
	}
}
