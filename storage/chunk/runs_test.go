package chunk

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"math/bits"
	"math/rand/v2"
	"strings"
	"testing"

	"aion/storage/points"
)

// longRun is a run of longs, a minute apart.
func longRun(from int64, values ...int64) []byte {
	var b points.Block
	for i, v := range values {
		b.AppendInt(from+int64(i)*60_000, v)
	}
	return AppendRun(nil, &b, nil)
}

// doubleRun is a run of doubles, a minute apart, which all expire then unless it is 0.
func doubleRun(from, expiry int64, values ...float64) []byte {
	var b points.Block
	var expires []int64
	for i, v := range values {
		b.AppendFloat(from+int64(i)*60_000, v)
		expires = append(expires, expiry)
	}
	return AppendRun(nil, &b, expires)
}

// placed are the places of runs beside each other: as many low bits as there are runs.
func placed(runs [][]byte) uint64 { return 1<<len(runs) - 1 }

// TestRunsBytes shows the bytes of columns.
func TestRunsBytes(t *testing.T) {
	for name, c := range map[string]struct {
		runs [][]byte
		want []string
	}{
		"decimals of a point each": {
			[][]byte{doubleRun(1000, 0, 20.5), doubleRun(1000, 0, 20.75), doubleRun(1001, 0, 21), doubleRun(1003, 0, 20)},
			[]string{"01 0c00", "02", // head and length, two decimals
				"02 d00f", "07 a01f", // widths and lowest of times and values
				"d0", "b2251900"},
		},
		"doubles of several points that expire, beside a long": {
			[][]byte{longRun(9, 1), doubleRun(1000, 7, 1, 1.5), doubleRun(1000, 7, 1), doubleRun(1000, 7, 1, 1), doubleRun(1000, 7, 1)},
			[]string{"1d 1400 1e00000000000000", "01", // and the runs that are there
				"01 00", "00 d00f", "00 c0a907", "00 14", "03 00", "00 0e", "00 00", // counts, times, steps, values, steps, expiries, steps
				"05", "05", "ff"},
		},
	} {
		out, left := new(RunsWriter).Append(nil, placed(c.runs), c.runs)
		if got, want := hex.EncodeToString(out), strings.ReplaceAll(strings.Join(c.want, ""), " ", ""); got != want {
			t.Errorf("%s: got %s and %x left, want %s", name, got, left, want)
		}
	}
}

// randomRun is a run of a kind out of many.
func randomRun(rng *rand.Rand, kind, most int) []byte {
	b, expires := randomPoints(rng, kind, most)
	return AppendRun(nil, &b, expires)
}

// randomPoints are the points of a run of a kind out of many.
func randomPoints(rng *rand.Rand, kind, most int) (b points.Block, expires []int64) {
	if kind == 6 {
		b.Reset(points.Text)
	}
	at := 1_600_000_000_000 + rng.Int64N(1<<(1+rng.IntN(40)))
	expiring := rng.IntN(4) == 0
	for range 1 + rng.IntN(most) {
		switch kind {
		case 0:
			b.AppendInt(at, rng.Int64N(1000))
		case 1:
			b.AppendInt(at, int64(rng.Uint64()))
		case 2:
			b.AppendFloat(at, float64(rng.IntN(100_000))/100)
		case 3:
			b.AppendFloat(at, rng.NormFloat64())
		case 4:
			b.AppendFloat(at, math.Float64frombits(rng.Uint64()))
		case 5:
			b.AppendFloat(at, []float64{math.Copysign(0, -1), 0, math.Inf(-1), math.Float64frombits(0x7ff8_0000_0000_1234), 1.5, 1e300}[rng.IntN(6)])
		case 6:
			b.AppendText(at, "open")
		case 7:
			b.AppendNull(at)
		}
		if expiring {
			expires = append(expires, rng.Int64N(2)*(at+rng.Int64N(1000)))
		}
		at += 60_000 + rng.Int64N(1<<rng.IntN(30)) - rng.Int64N(1<<rng.IntN(20))
	}
	return b, expires
}

// TestRuns: what is put into columns comes back byte by byte, the others are left, and
// the columns are shorter than the runs.
func TestRuns(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var w RunsWriter
	var s Runs
	taken := map[int]int{}
	for range 3000 {
		slots, kinds, most := rng.Uint64(), 1+rng.IntN(8), 1+rng.IntN(1<<rng.IntN(6))
		var runs [][]byte
		kindOf := map[int]int{}
		for range bits.OnesCount64(slots) {
			kind := (kinds + rng.IntN(1+rng.IntN(8))) % 8
			kindOf[len(runs)] = kind
			runs = append(runs, randomRun(rng, kind, most))
		}
		w.Reset()
		out, left := w.Append([]byte("before"), slots, runs)
		if left == slots {
			if string(out) != "before" {
				t.Fatalf("%x is there of no runs", out)
			}
			continue
		}
		still, rest, err := s.Open(append(out, "behind"...)[len("before"):], slots)
		if err != nil || still != left || string(rest) != "behind" {
			t.Fatalf("got %x left and %q, %v, want %x and what is behind", still, rest, err, left)
		}
		for _, down := range []bool{false, true} {
			for i := range runs {
				if down {
					i = len(runs) - 1 - i
				}
				slot := nth(slots, i)
				got, ok := s.AppendRun([]byte("x"), slot)
				if ok != (left>>slot&1 == 0) || ok && !bytes.Equal(got[1:], runs[i]) {
					t.Fatalf("run %d is %x, %t, want %x", i, got[1:], ok, runs[i])
				}
				if ok {
					taken[kindOf[i]]++
				}
			}
		}
	}
	for kind := range 6 {
		if taken[kind] == 0 {
			t.Errorf("no run of kind %d had columns", kind)
		}
	}
	if len(taken) != 6 {
		t.Errorf("runs of kinds %v had columns, want longs and doubles", taken)
	}
}

// nth is the place of bit i of those that are set.
func nth(slots uint64, i int) uint {
	for range i {
		slots &= slots - 1
	}
	return uint(bits.TrailingZeros64(slots))
}

// TestRunsTaken: columns are the same, byte by byte, whether the points of runs were
// taken or are read from the runs, some of each too, and whatever was taken for nothing
// before.
func TestRunsTaken(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	var w RunsWriter
	taken := 0
	for range 3000 {
		kinds, most, share := 1+rng.IntN(8), 1+rng.IntN(1<<rng.IntN(12)), rng.IntN(4)
		w.Reset()
		var runs, told [][]byte
		for i := range 1 + rng.IntN(64) {
			b, expires := randomPoints(rng, (kinds+rng.IntN(1+rng.IntN(8)))%8, most)
			runs = append(runs, AppendRun(nil, &b, expires))
			told = append(told, runs[i])
			if rng.IntN(3) >= share {
				continue
			}
			if size := RunSize(&b, expires); size != len(runs[i]) {
				t.Fatalf("a run of %d bytes is said to have %d", len(runs[i]), size)
			}
			if w.Take(i, &b, expires) {
				told[i], taken = nil, taken+1
			}
		}
		want, wantLeft := new(RunsWriter).Append([]byte("before"), placed(runs), runs)
		if got, left := w.Append([]byte("before"), placed(runs), told); left != wantLeft || !bytes.Equal(got, want) {
			t.Fatalf("got %x and %x left, want %x and %x", got, left, want, wantLeft)
		}
		for i, run := range told {
			if run != nil {
				continue
			}
			if got := w.AppendTaken([]byte("before"), i); string(got) != "before"+string(runs[i]) {
				t.Fatalf("got %x of a run that was taken, want %x", got, runs[i])
			}
		}
		w.Reset()
		if got, left := w.Append([]byte("before"), placed(runs), runs); left != wantLeft || !bytes.Equal(got, want) {
			t.Fatalf("the second time: got %x and %x left, want %x and %x", got, left, want, wantLeft)
		}
	}
	if taken < 10_000 {
		t.Errorf("%d runs were taken, want more", taken)
	}
}

// TestRunsSize: how many bytes a point takes of 64 series.
func TestRunsSize(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for name, c := range map[string]struct {
		value func(i int) float64
		n     int
		most  float64
	}{
		"a decimal of each": {func(i int) float64 { return float64(i*7%1000) / 10 }, 1, 1.5},
		"any double":        {func(int) float64 { return rng.Float64() }, 1, 8.5},
		"32 of each":        {func(i int) float64 { return float64(2000+i%8) / 100 }, 32, 1},
	} {
		var runs [][]byte
		for range 64 {
			var values []float64
			for i := range c.n {
				values = append(values, c.value(len(runs)+i))
			}
			runs = append(runs, doubleRun(1_600_000_000_000, 0, values...))
		}
		out, left := new(RunsWriter).Append(nil, 1<<64-1, runs)
		if got := float64(len(out)) / float64(64*c.n); left != 0 || got > c.most {
			t.Errorf("%s: %.2f bytes a point, %x left, want at most %.2f", name, got, left, c.most)
		}
	}
}

// TestRunsNone: what has no columns is left as it is.
func TestRunsNone(t *testing.T) {
	few := [][]byte{longRun(1, 2), longRun(1, 3), longRun(1, 4)}
	long := longRun(1, make([]int64, runPoints+1)...)
	for name, runs := range map[string][][]byte{
		"few": few, "too long": {long, long, long, long}, "damaged": {{}, nil, longRun(1, 2)[1:], append(longRun(1, 2), 0), longRun(1, 2)[:3]},
	} {
		if out, left := new(RunsWriter).Append(nil, placed(runs), runs); len(out) != 0 || left != placed(runs) {
			t.Errorf("%s: got %x and %x left", name, out, left)
		}
	}
}

// TestRunsDamaged: columns that were cut off are refused.
func TestRunsDamaged(t *testing.T) {
	var runs [][]byte
	for i := range int64(6) {
		runs = append(runs, longRun(i, i, 2*i), doubleRun(i, 7, 0.5, 1.5))
	}
	out, left := new(RunsWriter).Append(nil, placed(runs), runs)
	if left != 0 {
		t.Fatalf("%x are left", left)
	}
	var s Runs
	for n := range len(out) {
		if _, _, err := s.Open(out[:n], placed(runs)); !errors.Is(err, points.ErrCorrupt) {
			t.Errorf("the first %d bytes of %d: got %v", n, len(out), err)
		}
		for slot := range uint(len(runs)) {
			if run, ok := s.AppendRun(nil, slot); ok || s.Len(slot) != 0 {
				t.Errorf("the first %d bytes of %d: run %d is %x, want none", n, len(out), slot, run)
			}
		}
	}
}

// FuzzRuns reads hostile bytes as columns. What is accepted is runs, which read the
// same when they are put into columns again.
func FuzzRuns(f *testing.F) {
	rng := rand.New(rand.NewPCG(5, 6))
	for kind := range 6 {
		var runs [][]byte
		for range 5 + kind {
			runs = append(runs, randomRun(rng, kind, 1+kind))
		}
		out, _ := new(RunsWriter).Append(nil, placed(runs), runs)
		f.Add(out, placed(runs))
	}
	f.Fuzz(func(t *testing.T, data []byte, slots uint64) {
		var s Runs
		left, _, err := s.Open(data, slots)
		if err != nil {
			if _, ok := s.AppendRun(nil, 0); ok || !errors.Is(err, points.ErrCorrupt) {
				t.Fatalf("Open: %v, want an ErrCorrupt and no run", err)
			}
			return
		}
		var runs [][]byte
		for i := slots &^ left; i != 0; i &= i - 1 {
			run, ok := s.AppendRun(nil, uint(bits.TrailingZeros64(i)))
			var b points.Block
			if _, err := ParseRun(run, &b, nil); !ok || err != nil || b.Len() == 0 {
				t.Fatalf("run %x: %t, %v", run, ok, err)
			}
			runs = append(runs, run)
		}
		if len(runs) == 0 {
			return
		}
		again, rest := new(RunsWriter).Append(nil, slots&^left, runs)
		if rest == slots&^left {
			return
		}
		var s2 Runs
		if still, _, err := s2.Open(again, slots&^left); err != nil || still != rest {
			t.Fatalf("opened again: %x left, %v, want %x", still, err, rest)
		}
		for i := slots &^ left &^ rest; i != 0; i &= i - 1 {
			slot := uint(bits.TrailingZeros64(i))
			got, _ := s2.AppendRun(nil, slot)
			if want := runs[bits.OnesCount64((slots&^left)&(1<<slot-1))]; !bytes.Equal(got, want) {
				t.Fatalf("run %d: got %x, want %x", slot, got, want)
			}
		}
	})
}
