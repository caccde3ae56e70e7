package query

import (
	"slices"
	"testing"

	"aion/storage/points"
)

// ints and floats are blocks of points at 0, 1, 2 …
func ints(values ...int64) *points.Block {
	b := new(points.Block)
	for i, v := range values {
		b.AppendInt(int64(i), v)
	}
	return b
}

// floats is ints for doubles.
func floats(values ...float64) *points.Block {
	b := new(points.Block)
	for i, v := range values {
		b.AppendFloat(int64(i), v)
	}
	return b
}

// at is a block of points at some times.
func at(times ...int64) *points.Block {
	b := new(points.Block)
	for _, t := range times {
		b.AppendInt(t, 1)
	}
	return b
}

// TestSplitters numbers points as KairosDB's groupers do, oddities included.
func TestSplitters(t *testing.T) {
	const day = 86_400_000
	start := func(ms int64) *int64 { return &ms }
	text := &points.Block{Kind: points.Text}
	text.AppendText(1, "x")
	for _, c := range []struct {
		name string
		by   Grouper
		in   *points.Block
		want []int32
	}{
		{"value of longs", ValueGrouper{10}, ints(-25, -10, -9, -1, 0, 9, 10, 19, 20), []int32{-2, -1, 0, 0, 0, 0, 1, 1, 2}},
		{"value of doubles", ValueGrouper{10}, floats(-10.9, -9.99, -0.5, 9.99, 10, 20.01, 1e12), []int32{-1, 0, 0, 0, 1, 2, 214748364}},
		{"value drops the high bits of longs", ValueGrouper{1}, ints(30000000000, 4294967296), []int32{-64771072, 0}},
		{"value of text", ValueGrouper{1}, text, []int32{-1}},
		{"bin", BinGrouper{[]float64{2, 5, 7}}, ints(1, 2, 4, 5, 6, 7, 8), []int32{0, 1, 1, 2, 2, 3, 3}},
		{"bin not sorted", BinGrouper{[]float64{10, 2, 5}}, ints(1, 3, 6, 11), []int32{0, 0, 0, 3}},
		{"bin of text", BinGrouper{[]float64{1}}, text, []int32{-1}},
		{"time before its start", TimeGrouper{points.Span{Value: 1, Unit: points.Hours}, 2, start(7200001)},
			at(0, 3600000, 7200000, 10800000, 14400000), []int32{0, -1, 0, 0, 1}},
		{"time in years of 364 days", TimeGrouper{points.Span{Value: 1, Unit: points.Years}, 9, start(0)}, at(363*day, 364*day), []int32{0, 1}},
		{"time in months ignores the size", TimeGrouper{points.Span{Value: 7, Unit: points.Months}, 12, start(0)}, at(30*day, 31*day, 365*day), []int32{0, 1, 0}},
	} {
		ids := make([]int32, c.in.Len())
		if err := splitterOf(c.by)(c.in, ids); err != nil || !slices.Equal(ids, c.want) {
			t.Errorf("%s: got %v, %v, want %v", c.name, ids, err, c.want)
		}
	}
}

// TestSplittersFailAsJavaDoes divides by zero, as far as Java fails at it.
func TestSplittersFailAsJavaDoes(t *testing.T) {
	var zero int64
	for _, c := range []struct {
		by   Grouper
		want string
	}{
		{TimeGrouper{points.Span{Unit: points.Hours}, 2, &zero}, "/ by zero"},
		{BinGrouper{}, "Index 0 out of bounds for length 0"},
	} {
		err := splitterOf(c.by)(ints(1), make([]int32, 1))
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, want %s", c.by, err, c.want)
		}
	}
}
