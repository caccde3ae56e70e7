package storagetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"aion/storage"
	"aion/storage/points"
)

// pointChecks are the demands on values, times, ranges and cursors.
func pointChecks() []check {
	return []check{
		{"points", "longs are exact", exactLongs},
		{"points", "doubles are exact", exactDoubles},
		{"points", "texts", someTexts},
		{"points", "texts that are no UTF-8", noTexts},
		{"points", "long texts", longTexts},
		{"points", "nulls", someNulls},
		{"points", "opaque values", opaqueValues},
		{"points", "types side by side", typesSideBySide},
		{"points", "negative times", negativeTimes},
		{"points", "extreme times", extremeTimes},
		{"points", "ranges", ranges},
		{"points", "many blocks", manyBlocks},
		{"points", "any", anyInRange},
		{"points", "closing early", closingEarly},
		{"points", "two cursors", twoCursors},
		{"points", "a series is read when its cursor opens", readWhenOpened},
		{"points", "cancelled", cancelledRead},
	}
}

// exactLongs: all 64 bits of a long come back.
func exactLongs(f *fixture) {
	f.put(long("m", "h", "a"), longs(0, math.MinInt64, 1, -1, 2, 0, 3, 1<<53+1, 4, -1<<53-1, 5, math.MaxInt64), 0)
	f.holds("m{h=a} kairos_long: 0=-9223372036854775808 1=-1 2=0 3=9007199254740993 4=-9007199254740993 5=9223372036854775807")
}

// exactDoubles: all bits of a double come back, the sign of zero included.
func exactDoubles(f *fixture) {
	negativeZero := math.Copysign(0, -1)
	f.put(double("m", "h", "a"), doubles(0, negativeZero, 0, math.SmallestNonzeroFloat64, -2.2250738585072011e-308,
		math.MaxFloat64, -math.MaxFloat64, 0.1, 1e23, 3), 0)
	f.holds("m{h=a} kairos_double: 0=-0d 1000=0d 2000=5e-324d 3000=-2.225073858507201e-308d " +
		"4000=1.7976931348623157e+308d 5000=-1.7976931348623157e+308d 6000=0.1d 7000=1e+23d 8000=3d")
	rng := rand.New(rand.NewPCG(1, 1))
	var b points.Block
	for i := range 3000 {
		v := math.Float64frombits(rng.Uint64())
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			b.AppendFloat(int64(i), v)
		}
	}
	f.put(double("random", "h", "a"), b, 0)
	f.agree(storage.Selection{}, points.Always)
}

// someTexts: texts come back byte for byte, whatever is in them.
func someTexts(f *fixture) {
	f.put(text("m", "h", "a"), texts(0, "", " ", "plain", "Grüße, 世界 🌍", "line\nfeed", "a\x00b\x00", "null",
		strings.Repeat("long ", 10_000)), 0)
	f.agree(storage.Selection{}, points.Always)
}

// noTexts: bytes that are no UTF-8 come back as they are.
func noTexts(f *fixture) {
	f.put(text("m", "h", "a"), texts(0, "\xff\xfe", "a\xc3"), 0)
	f.agree(storage.Selection{}, points.Always)
}

// longTexts: a text may be longer than 65,535 bytes.
func longTexts(f *fixture) {
	f.put(text("m", "h", "a"), texts(0, strings.Repeat("long ", 20_000), "short"), 0)
	f.agree(storage.Selection{}, points.Always)
}

// someNulls: a series of nulls has times and no values.
func someNulls(f *fixture) {
	var b points.Block
	for i := range int64(2000) {
		b.AppendNull(i * 10)
	}
	f.put(key(points.TypeNull, "m", "h", "a"), b, 0)
	f.agree(storage.Selection{}, points.Always)
	f.agree(storage.Selection{}, points.Range{From: 15, To: 15_000})
}

// opaqueValues: values of types that Aion does not know come back as bytes with
// their type.
func opaqueValues(f *fixture) {
	for _, stored := range []string{points.TypeComplex, "acme_vector"} {
		b := points.Block{Kind: points.Opaque, Type: stored}
		b.AppendBytes(1, []byte{})
		b.AppendBytes(2, []byte{0, 1, 2, 255})
		b.AppendBytes(3, []byte(strings.Repeat("x", 5000)))
		f.put(key(stored, "m", "h", "a"), b, 0)
	}
	f.agree(storage.Selection{}, points.Always)
	f.agree(storage.Selection{Types: []string{"acme_vector"}}, points.Always)
}

// typesSideBySide: points of several types at one instant are points of several
// series.
func typesSideBySide(f *fixture) {
	for i, stored := range []string{points.TypeLong, points.TypeDouble, points.TypeText, points.TypeNull} {
		f.put(key(stored, "m", "h", "a"), typed(stored, 1000, i+1), 0)
	}
	f.holds("m{h=a} kairos_long: 1000=1", "m{h=a} kairos_double: 1000=0.25d",
		`m{h=a} kairos_string: 1000="text 3"`, "m{h=a} kairos_null: 1000=null")
}

// negativeTimes: time begins before 1970.
func negativeTimes(f *fixture) {
	f.put(long("m", "h", "a"), longs(-62_135_596_800_000, 1, -3_000_000_000, 2, -1000, 3, -1, 4, 0, 5, 1, 6), 0)
	f.agree(storage.Selection{}, points.Always)
	f.agree(storage.Selection{}, points.Range{From: -1000, To: -1})
	f.agree(storage.Selection{}, points.Range{From: math.MinInt64, To: -2_999_999_999})
}

// extremeTimes: every 64-bit number is a time.
func extremeTimes(f *fixture) {
	f.put(long("m", "h", "a"), longs(math.MinInt64, 1, math.MinInt64+1, 2, 0, 3, math.MaxInt64-1, 4, math.MaxInt64, 5), 0)
	f.agree(storage.Selection{}, points.Always)
	f.agree(storage.Selection{}, points.Range{From: math.MaxInt64, To: math.MaxInt64})
	f.agree(storage.Selection{}, points.Range{From: math.MinInt64, To: math.MinInt64})
	f.delete(storage.Selection{}, points.Range{From: math.MinInt64, To: 0})
	f.agree(storage.Selection{}, points.Always)
}

// ranges: both ends belong to a range, and a range may be empty.
func ranges(f *fixture) {
	f.put(long("m", "h", "a"), longs(10, 1, 20, 2, 30, 3), 0)
	f.compact()
	for _, r := range []points.Range{
		{From: 10, To: 30}, {From: 11, To: 29}, {From: 20, To: 20}, {From: 21, To: 29}, {From: 30, To: 10},
		{From: 0, To: 9}, {From: 31, To: 99}, {From: math.MinInt64, To: 10}, {From: 30, To: math.MaxInt64},
		{From: math.MaxInt64, To: math.MinInt64}, {From: math.MinInt64, To: math.MinInt64},
	} {
		f.agree(storage.Selection{}, r)
	}
}

// manyBlocks: a long series comes whole in any range and order, be it written at
// once, bit by bit, or twice over.
func manyBlocks(f *fixture) {
	const n = 9000
	f.put(long("once", "h", "a"), count(n, 0, 1000), 0)
	var b storage.Batch
	for i := 0; i < n; i += 3000 {
		b.Put(long("parts", "h", "a"), count(3000, int64(i)*1000, 1000), 0)
		b.Put(long("twice", "h", "a"), count(3000, int64(i)*1000, 1000), 0)
	}
	f.write(&b)
	f.put(long("twice", "h", "a"), count(n/2, 500, 2000), 0)
	rng := rand.New(rand.NewPCG(2, 2))
	for round := range 3 {
		f.agree(storage.Selection{}, points.Always)
		for range 4 {
			from := rng.Int64N(n * 1000)
			f.agree(storage.Selection{}, points.Range{From: from, To: from + rng.Int64N(n*500)})
		}
		if round == 0 {
			f.compact()
		} else {
			f.reopen()
		}
	}
}

// anyInRange: Any tells of a point wherever there is one.
func anyInRange(f *fixture) {
	f.put(long("m", "h", "a"), longs(10, 1, 20, 2, 30, 3), 0)
	f.delete(storage.Selection{}, points.Range{From: 20, To: 20})
	for _, tt := range []struct {
		r    points.Range
		want bool
	}{
		{points.Always, true}, {points.Range{From: 10, To: 10}, true}, {points.Range{From: 11, To: 29}, false},
		{points.Range{From: 20, To: 20}, false}, {points.Range{From: 30, To: 10}, false},
		{points.Range{From: 31, To: math.MaxInt64}, false}, {points.Range{From: math.MinInt64, To: 9}, false},
		{points.Range{From: 25, To: 30}, true}, {points.Range{From: math.MinInt64, To: 10}, true},
	} {
		got, err := f.first().Any(f.Context(), tt.r)
		if err != nil || got != tt.want {
			f.Errorf("Any(%v) = %t, %v, want %t", tt.r, got, err, tt.want)
		}
	}
}

// first is some series of the store.
func (f *fixture) first() storage.Series {
	f.Helper()
	for s, err := range f.store.Select(f.Context(), storage.Selection{}) {
		f.must(err)
		return s
	}
	f.Fatal("the store has no series")
	return nil
}

// closingEarly: a cursor may be closed unread, half read, and twice.
func closingEarly(f *fixture) {
	f.put(long("m", "h", "a"), count(5000, 0, 1), 0)
	for reads := range 3 {
		c := f.first().Points(points.Always, points.Asc)
		var b points.Block
		for range reads {
			f.must(c.Next(f.Context(), &b))
		}
		f.must(c.Close())
		f.must(c.Close())
	}
}

// twoCursors: cursors over one series do not disturb one another.
func twoCursors(f *fixture) {
	f.put(long("m", "h", "a"), count(4000, 0, 1), 0)
	one, two := f.first().Points(points.Always, points.Asc), f.first().Points(points.Always, points.Desc)
	var a, b points.Block
	f.must(one.Next(f.Context(), &a))
	f.must(two.Next(f.Context(), &b))
	if a.Times[0] != 0 || b.Times[0] != 3999 {
		f.Errorf("the first times are %d and %d, want 0 and 3999", a.Times[0], b.Times[0])
	}
	for _, c := range []points.Cursor{one, two} {
		if _, err := drain(f.Context(), c); err != nil {
			f.Error(err)
		}
	}
}

// readWhenOpened: a series of the store itself shows what was written after it
// was selected.
func readWhenOpened(f *fixture) {
	f.put(long("m", "h", "a"), longs(1, 1), 0)
	s := f.first()
	c := s.Points(points.Always, points.Asc)
	f.put(long("m", "h", "a"), longs(2, 2), 0)
	got, err := drain(f.Context(), c)
	if want := "[1=1 2=2]"; err != nil || fmt.Sprint(got) != want {
		f.Errorf("the cursor gives %v, %v, want %s", got, err, want)
	}
}

// cancelledRead: who has gone gets the context's error, or the points all the
// same.
func cancelledRead(f *fixture) {
	f.put(long("m", "h", "a"), count(3000, 0, 1), 0)
	s := f.first()
	ctx, cancel := context.WithCancel(f.Context())
	c := s.Points(points.Always, points.Asc)
	var b points.Block
	f.must(c.Next(ctx, &b))
	cancel()
	if _, err := drain(ctx, c); err != nil && !errors.Is(err, context.Canceled) {
		f.Errorf("the cursor gives %v, want %v or all points", err, context.Canceled)
	}
	for _, err := range f.store.Select(ctx, storage.Selection{}) {
		if err != nil && !errors.Is(err, context.Canceled) {
			f.Errorf("Select gives %v, want %v or all series", err, context.Canceled)
		}
	}
}
