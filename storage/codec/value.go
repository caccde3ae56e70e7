package codec

import (
	"encoding/binary"
	"math"

	"aion/storage/points"
)

// What the first byte of a value of the type kairos_legacy says, and that of a
// floating point number in a row without a type.
const (
	legacyLong   = 0x00
	legacyDouble = 0x01
	untypedFloat = 0x01
)

// AppendLong adds a kairos_long: zigzag, then a varint.
func AppendLong(dst []byte, v int64) []byte { return binary.AppendVarint(dst, v) }

// AppendDouble adds a kairos_double: the bits of an IEEE 754 number.
func AppendDouble(dst []byte, v float64) []byte {
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(v))
}

// AppendValue adds the value of point i of a block of the series k. Nothing is
// added for a null: its value is empty, which is not the same as none. Values of
// kairos_legacy have the form that rows listed in row_keys have. A point that is
// not of k's type is a points.InvalidError, and so is a text that is too long;
// dst is then left as it is.
func AppendValue(dst []byte, k *points.Key, b *points.Block, i int) ([]byte, error) {
	kind := k.Kind()
	if b.Kind != kind {
		return dst, points.Invalid("the points are not of the kind of %s", k.Type)
	}
	switch {
	case kind == points.Text:
		return AppendText(dst, b.Texts[i])
	case kind == points.Opaque:
		return append(dst, b.Bytes[i]...), nil
	case k.Type == points.TypeNull && b.Null(i):
		return dst, nil
	case b.Null(i):
	case k.Type == points.TypeLong && b.Int(i):
		return AppendLong(dst, b.Ints[i]), nil
	case k.Type == points.TypeDouble && !b.Int(i):
		return AppendDouble(dst, b.Floats[i]), nil
	case k.Type == points.TypeLegacy && b.Int(i):
		return AppendLong(append(dst, legacyLong), b.Ints[i]), nil
	case k.Type == points.TypeLegacy:
		return AppendDouble(append(dst, legacyDouble), b.Floats[i]), nil
	}
	return dst, points.Invalid("a point at %d is no %s", b.Times[i], k.Type)
}

// AppendPoint adds a point with a stored value of the type, as points.Key names
// it, to b, whose kind is that of the type. Values of types that nobody here
// knows are taken as they are. b does not refer to value afterwards. An error is
// a points.ErrCorrupt, and nothing is then added.
func AppendPoint(b *points.Block, at int64, typ string, value []byte) error {
	switch typ {
	case points.TypeLong:
		return appendLongPoint(b, at, value)
	case points.TypeDouble:
		return appendDoublePoint(b, at, value)
	case points.TypeText:
		s, err := parseText(value)
		if err != nil {
			return err
		}
		b.AppendText(at, s)
	case points.TypeNull:
		if len(value) != 0 {
			return corrupt("a null has %d bytes", len(value))
		}
		b.AppendNull(at)
	case points.TypeLegacy:
		return appendLegacyPoint(b, at, value)
	default:
		b.Type = typ
		b.AppendBytes(at, append([]byte{}, value...))
	}
	return nil
}

// appendLongPoint adds a kairos_long.
func appendLongPoint(b *points.Block, at int64, value []byte) error {
	v, n := binary.Varint(value)
	if n <= 0 || n != len(value) {
		return corrupt("%x is no long", clip(value))
	}
	b.AppendInt(at, v)
	return nil
}

// appendDoublePoint adds a kairos_double.
func appendDoublePoint(b *points.Block, at int64, value []byte) error {
	if len(value) != 8 {
		return corrupt("%x is no double", clip(value))
	}
	b.AppendFloat(at, math.Float64frombits(binary.BigEndian.Uint64(value)))
	return nil
}

// appendLegacyPoint adds a kairos_legacy with its type byte.
func appendLegacyPoint(b *points.Block, at int64, value []byte) error {
	if len(value) != 0 {
		switch value[0] {
		case legacyLong:
			return appendLongPoint(b, at, value[1:])
		case legacyDouble:
			return appendDoublePoint(b, at, value[1:])
		}
	}
	return corrupt("%x is no long or double with its type", clip(value))
}

// AppendUntypedPoint adds a point of a row without a type, whose column says
// whether the value is a long or a floating point number. A long has as many of
// its lower bytes as are needed, down to none for zero. b holds numbers. An
// error is a points.ErrCorrupt, and nothing is then added.
func AppendUntypedPoint(b *points.Block, at int64, column, value []byte) error {
	if len(column) != columnSize {
		return corrupt("a column has %d bytes", len(column))
	}
	if column[columnSize-1]&1 == 0 {
		if len(value) > 8 {
			return corrupt("%x is no long in a row without a type", clip(value))
		}
		var v uint64
		for _, c := range value {
			v = v<<8 | uint64(c)
		}
		b.AppendInt(at, int64(v))
		return nil
	}
	switch {
	case len(value) == 5 && value[0] == untypedFloat:
		b.AppendFloat(at, float64(math.Float32frombits(binary.BigEndian.Uint32(value[1:]))))
	case len(value) == 9 && value[0] != untypedFloat:
		b.AppendFloat(at, math.Float64frombits(binary.BigEndian.Uint64(value[1:])))
	default:
		return corrupt("%x is no floating point number in a row without a type", clip(value))
	}
	return nil
}

// clip is as much of a value as a message shows.
func clip(value []byte) []byte { return value[:min(len(value), 24)] }
