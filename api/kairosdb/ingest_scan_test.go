package kairosdb

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"aion/aggregators"
)

// padded is a text as the scanners want it.
func padded(text string) []byte { return append([]byte(text), make([]byte, windowPad)...) }

// TestScanNumber shows which numbers the fast path takes, and where it stops.
func TestScanNumber(t *testing.T) {
	tests := []struct {
		text string
		want number
		next int
	}{
		{"0", number{}, 1},
		{"5,", number{long: 5}, 1},
		{"-5]", number{long: -5}, 2},
		{"999999999999999999", number{long: 999999999999999999}, 18},
		{"1.5", number{double: 1.5, kind: rowDouble}, 3},
		{"-0.0", number{double: math.Copysign(0, -1), kind: rowDouble}, 4},
		{"1.50e3", number{double: 1500, kind: rowDouble}, 6},
		{"1.5E-3}", number{double: 0.0015, kind: rowDouble}, 6},
		{"0.00000000000000000000001", number{double: 1e-23, kind: rowDouble}, 25},
		{"9007199254740993.0", number{double: 9007199254740992, kind: rowDouble}, 18},
		{"1.7976931348623157e308", number{double: math.MaxFloat64, kind: rowDouble}, 22},
		{"", number{}, -1},
		{"-", number{}, -1},
		{"-0", number{}, -1},
		{"01", number{}, -1},
		{"00.5", number{}, -1},
		{"1000000000000000000", number{}, -1},
		{"1e5", number{}, -1},
		{"1.", number{kind: rowDouble}, -1},
		{".5", number{}, -1},
		{"1.5e", number{kind: rowDouble}, -1},
		{"1.5e+", number{kind: rowDouble}, -1},
		{"1.0e309", number{kind: rowDouble}, -1},
		{"NaN", number{}, -1},
	}
	for _, tt := range tests {
		got, next := scanNumber(padded(tt.text), 0)
		same := got == tt.want && math.Signbit(got.double) == math.Signbit(tt.want.double)
		if next != tt.next || next >= 0 && !same {
			t.Errorf("%q: got %v up to %d, want %v up to %d", tt.text, got, next, tt.want, tt.next)
		}
	}
}

// TestScanNumberEqualsStrconv is about decimals of all lengths and sizes.
func TestScanNumberEqualsStrconv(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 50_000 {
		text := fmt.Sprintf("%d.%0*d", r.Int64N(int64(math.Pow10(r.IntN(17)))), 1+r.IntN(9), r.IntN(10))
		if r.IntN(8) == 0 {
			text += fmt.Sprintf("e%d", r.IntN(600)-300)
		}
		want, err := strconv.ParseFloat(text, 64)
		got, next := scanNumber(padded(text), 0)
		if err == nil && (next != len(text) || math.Float64bits(got.double) != math.Float64bits(want)) {
			t.Fatalf("%s: got %v up to %d, want %v", text, got.double, next, want)
		}
	}
}

// TestScanWhole reads random whole numbers, and leaves the rest to others.
func TestScanWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 20_000 {
		want := r.Int64N(int64(math.Pow10(1 + r.IntN(18))))
		if r.IntN(2) == 0 && want != 0 {
			want = -want
		}
		text := strconv.FormatInt(want, 10)
		if got, next := scanWhole(padded(text+","), 0); got != want || next != len(text) {
			t.Fatalf("got %d up to %d, want %s", got, next, text)
		}
	}
	for _, text := range []string{"", "-", "-0", "00", "01", "1234567890123456789", "x"} {
		if _, next := scanWhole(padded(text), 0); next != -1 {
			t.Errorf("%q: got it up to %d, want it refused", text, next)
		}
	}
}

// TestPlainPointsAllocateNothing counts allocations of the fast path.
func TestPlainPointsAllocateNothing(t *testing.T) {
	for name, body := range map[string][]byte{"objects": objectsBody(5), "arrays": arraysBody(100, 50)} {
		p, store := parserOf(switches[aggregators.V13]), &counting{}
		read := func() {
			if _, err := p.parse(t.Context(), bytes.NewReader(body), store); err != nil {
				t.Fatal(err)
			}
		}
		read()
		if got := testing.AllocsPerRun(10, read); got > 50 {
			t.Errorf("%s: got %v allocations for 5,000 points, want a fixed few", name, got)
		}
	}
}
