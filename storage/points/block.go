// Package points is the vocabulary that every room of Aion speaks: blocks of
// points, cursors that read them, the summaries that stand for them, the key of
// a series, ranges of time and the errors that a caller acts on. It does no I/O.
package points

import "slices"

// BlockSize is how many points a block holds when it is full. A block may hold
// fewer; one that holds more is still handled, but costs memory nobody planned.
const BlockSize = 1024

// Kind says which columns of a Block are in use.
type Kind uint8

// The kinds of points. Longs, doubles and the nulls that gaps makes are all
// numbers, as in KairosDB's group type "number".
const (
	Number Kind = iota // Floats, with Ints, IsInt and Nulls beside them
	Text               // Texts
	Opaque             // Bytes, as the store holds them, and Type
)

// Block is a run of points of one kind, held column by column. All columns in
// use have the length of Times.
type Block struct {
	Kind   Kind
	Times  []int64   // Unix milliseconds, in the cursor's order
	Floats []float64 // Number: every value, however it was stored; 0 where null
	Ints   []int64   // Number: exact integers; empty if all were stored as doubles
	IsInt  []bool    // Number: where Ints holds; empty if that is nowhere or everywhere
	Nulls  []bool    // Number: which points have no value; empty if none
	Texts  []string  // Text
	Bytes  [][]byte  // Opaque
	Type   string    // Opaque: the stored type, such as kairos_complex
}

// Len is the number of points in b.
func (b *Block) Len() int { return len(b.Times) }

// Reset empties b for points of kind k and keeps the columns' memory.
func (b *Block) Reset(k Kind) {
	b.Kind, b.Type = k, ""
	b.Times, b.Floats, b.Ints = b.Times[:0], b.Floats[:0], b.Ints[:0]
	b.IsInt, b.Nulls = b.IsInt[:0], b.Nulls[:0]
	b.Texts, b.Bytes = b.Texts[:0], b.Bytes[:0]
}

// Int tells whether point i is an exact integer.
func (b *Block) Int(i int) bool {
	if len(b.Ints) == 0 {
		return false
	}
	return len(b.IsInt) == 0 || b.IsInt[i]
}

// Null tells whether point i has no value.
func (b *Block) Null(i int) bool { return len(b.Nulls) != 0 && b.Nulls[i] }

// Slice is a view of points [from, to): it shares b's memory and is valid as
// long as b is not changed.
func (b *Block) Slice(from, to int) Block {
	v := Block{Kind: b.Kind, Type: b.Type, Times: b.Times[from:to]}
	switch b.Kind {
	case Number:
		v.Floats = b.Floats[from:to]
		v.Ints, v.IsInt, v.Nulls = part(b.Ints, from, to), part(b.IsInt, from, to), part(b.Nulls, from, to)
	case Text:
		v.Texts = b.Texts[from:to]
	case Opaque:
		v.Bytes = b.Bytes[from:to]
	}
	return v
}

// part slices an optional column.
func part[T any](s []T, from, to int) []T {
	if len(s) == 0 {
		return nil
	}
	return s[from:to]
}

// AppendFloat adds a double.
func (b *Block) AppendFloat(at int64, v float64) {
	if len(b.Ints) != 0 {
		b.mixed()
		b.Ints, b.IsInt = append(b.Ints, 0), append(b.IsInt, false)
	}
	if len(b.Nulls) != 0 {
		b.Nulls = append(b.Nulls, false)
	}
	b.Times, b.Floats = append(b.Times, at), append(b.Floats, v)
}

// AppendInt adds an exact integer.
func (b *Block) AppendInt(at, v int64) {
	switch {
	case len(b.Ints) == 0 && len(b.Times) != 0:
		b.Ints, b.IsInt = zeros(b.Ints, len(b.Times)), zeros(b.IsInt, len(b.Times))
		b.IsInt = append(b.IsInt, true)
	case len(b.IsInt) != 0:
		b.IsInt = append(b.IsInt, true)
	}
	if len(b.Nulls) != 0 {
		b.Nulls = append(b.Nulls, false)
	}
	b.Times, b.Floats, b.Ints = append(b.Times, at), append(b.Floats, float64(v)), append(b.Ints, v)
}

// AppendNull adds a point without a value.
func (b *Block) AppendNull(at int64) {
	if len(b.Nulls) == 0 {
		b.Nulls = zeros(b.Nulls, len(b.Times))
	}
	if len(b.Ints) != 0 {
		b.mixed()
		b.Ints, b.IsInt = append(b.Ints, 0), append(b.IsInt, false)
	}
	b.Nulls = append(b.Nulls, true)
	b.Times, b.Floats = append(b.Times, at), append(b.Floats, 0)
}

// AppendText adds a text.
func (b *Block) AppendText(at int64, v string) {
	b.Times, b.Texts = append(b.Times, at), append(b.Texts, v)
}

// AppendBytes adds a value of the block's opaque type. v is kept, not copied.
func (b *Block) AppendBytes(at int64, v []byte) {
	b.Times, b.Bytes = append(b.Times, at), append(b.Bytes, v)
}

// mixed makes IsInt explicit when it was empty for "everywhere".
func (b *Block) mixed() {
	if len(b.IsInt) == 0 {
		for range b.Times {
			b.IsInt = append(b.IsInt, true)
		}
	}
}

// zeros is s emptied and filled with n zero values.
func zeros[T any](s []T, n int) []T {
	s = s[:0]
	var zero T
	for range n {
		s = append(s, zero)
	}
	return s
}

// AppendBlock adds all points of v, which is of b's kind. Texts and bytes are
// shared with v, all else is copied.
func (b *Block) AppendBlock(v *Block) {
	if b.Kind == Number {
		b.appendNumbers(v)
		return
	}
	b.Times = append(b.Times, v.Times...)
	b.Texts = append(b.Texts, v.Texts...)
	b.Bytes = append(b.Bytes, v.Bytes...)
	if b.Kind == Opaque {
		b.Type = v.Type
	}
}

// AppendPoint adds point i of v, which is of b's kind, as AppendBlock adds all.
func (b *Block) AppendPoint(v *Block, i int) {
	switch at := v.Times[i]; {
	case b.Kind == Text:
		b.AppendText(at, v.Texts[i])
	case b.Kind == Opaque:
		b.Type = v.Type
		b.AppendBytes(at, v.Bytes[i])
	case v.Null(i):
		b.AppendNull(at)
	case v.Int(i):
		b.AppendInt(at, v.Ints[i])
	default:
		b.AppendFloat(at, v.Floats[i])
	}
}

// appendNumbers adds v's numbers and keeps the optional columns as short as
// they can be.
func (b *Block) appendNumbers(v *Block) {
	n, m := len(b.Times), len(v.Times)
	if m == 0 {
		return
	}
	bAll, vAll := len(b.Ints) != 0 && len(b.IsInt) == 0, len(v.Ints) != 0 && len(v.IsInt) == 0
	switch {
	case n == 0 || bAll && vAll:
		b.Ints, b.IsInt = append(b.Ints, v.Ints...), append(b.IsInt, v.IsInt...)
	case len(b.Ints) == 0 && len(v.Ints) == 0:
	default:
		b.appendMixed(v, n)
	}
	switch {
	case len(v.Nulls) != 0:
		if len(b.Nulls) == 0 {
			b.Nulls = zeros(b.Nulls, n)
		}
		b.Nulls = append(b.Nulls, v.Nulls...)
	case len(b.Nulls) != 0:
		for range m {
			b.Nulls = append(b.Nulls, false)
		}
	}
	b.Times, b.Floats = append(b.Times, v.Times...), append(b.Floats, v.Floats...)
}

// appendMixed adds v's integers behind n points when b and v do not agree on
// which points are integers.
func (b *Block) appendMixed(v *Block, n int) {
	if len(b.Ints) == 0 {
		b.Ints, b.IsInt = zeros(b.Ints, n), zeros(b.IsInt, n)
	}
	b.mixed()
	for i := range v.Times {
		if v.Int(i) {
			b.Ints, b.IsInt = append(b.Ints, v.Ints[i]), append(b.IsInt, true)
		} else {
			b.Ints, b.IsInt = append(b.Ints, 0), append(b.IsInt, false)
		}
	}
}

// Reverse turns the order of the points round.
func (b *Block) Reverse() {
	slices.Reverse(b.Times)
	slices.Reverse(b.Floats)
	slices.Reverse(b.Ints)
	slices.Reverse(b.IsInt)
	slices.Reverse(b.Nulls)
	slices.Reverse(b.Texts)
	slices.Reverse(b.Bytes)
}

// Size is how many bytes the columns occupy, roughly: what budgets count.
func (b *Block) Size() int {
	n := 8*(cap(b.Times)+cap(b.Floats)+cap(b.Ints)) + cap(b.IsInt) + cap(b.Nulls) + 16*cap(b.Texts) + 24*cap(b.Bytes)
	for _, s := range b.Texts {
		n += len(s)
	}
	for _, s := range b.Bytes {
		n += len(s)
	}
	return n
}
