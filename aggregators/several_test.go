package aggregators

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"aion/storage/points"
)

// TestSeveralRanges folds ranges whose values are added several at a time, with
// ranges of any size, empty ones and some with integers among them, and answers to
// the bit what blocks alone answer.
func TestSeveralRanges(t *testing.T) {
	taken := 0
	for seed := range uint64(300) {
		d := newDice(seed)
		var all []point
		for i := range int64(2 + d.IntN(40)) {
			n := of(d, 400+int64(d.IntN(3)), 400+int64(d.IntN(300)), 1+int64(d.IntN(1500)), 0)
			for at := range n {
				p := point{at: i*hour + at*hour/n, kind: "double", bits: math.Float64bits(d.NormFloat64())}
				if seed%3 == 0 && d.oneIn(2000) {
					p.kind, p.bits = "long", 7
				}
				all = append(all, p)
			}
		}
		if len(all) == 0 {
			continue
		}
		env := Env{Release: V13, Start: of(d, 0, -hour/3), End: math.MaxInt64, Now: math.MaxInt64}
		for _, name := range []string{"avg", "sum"} {
			a := build(t, name, env, Values{"sampling": points.Span{Value: 1, Unit: points.Hours}, "align_start_time": d.oneIn(2)})
			want, err := readAll(t, a.Apply(Group{}, &cursor{points: all, size: 1000}))
			if err != nil {
				t.Fatal(err)
			}
			in := &asking{valued: valued{&summarized{cursor: &cursor{points: slices.Clone(all), size: 1000}, page: 128}}}
			got, err := readAll(t, a.Apply(Group{}, in))
			if err != nil || !same(got, want) {
				t.Fatalf("seed %d, %s: got %v and the error %v\nwant %v", seed, a, got, err, want)
			}
			taken += in.asked
		}
	}
	if taken == 0 {
		t.Error("no values were taken")
	}
}

// TestFirstOfSeveral folds streams whose first range has any number of points, of which
// the beginning may have been read, to the bit as if that range was fed by itself.
func TestFirstOfSeveral(t *testing.T) {
	together := 0
	for seed := range uint64(600) {
		d := newDice(seed)
		var all []point
		for i := range int64(1 + d.IntN(6)) {
			n := 1 + int64(d.IntN(int(of(d, 300, 900, 3000))))
			for at := range n {
				all = append(all, point{at: i*hour + at*hour/n, kind: of(d, "double", "double", "long"), bits: math.Float64bits(d.NormFloat64())})
				if seed%4 != 0 {
					all[len(all)-1].kind = "double"
				}
			}
		}
		env := Env{Release: V13, End: math.MaxInt64, Now: math.MaxInt64, FreeOrder: d.oneIn(2)}
		for _, name := range []string{"avg", "sum"} {
			a := build(t, name, env, Values{"sampling": points.Span{Value: 1, Unit: points.Hours}})
			var answers [2][]point
			var asked [2]int
			for i := range answers {
				in := &asking{valued: valued{&summarized{cursor: &cursor{points: slices.Clone(all), size: 1000}, page: 128}}}
				c := a.Apply(Group{}, in)
				c.(*windowCursor).begun = i == 0
				var err error
				if answers[i], err = readAll(t, c); err != nil {
					t.Fatal(err)
				}
				asked[i] = in.asked
			}
			if !same(answers[1], answers[0]) {
				t.Fatalf("seed %d, %s: got %v\nwant %v", seed, a, answers[1], answers[0])
			}
			if asked[1] < asked[0] {
				together++
			}
		}
	}
	if together == 0 {
		t.Error("no first range was added beside others")
	}
}

// TestAddEach adds ranges of many lengths in their own order.
func TestAddEach(t *testing.T) {
	d := newDice(1)
	for range 1000 {
		var of [mostRanges][]float64
		var want, got [mostRanges]float64
		n := 1 + d.IntN(mostRanges)
		for i := range n {
			for range d.IntN(20) {
				of[i] = append(of[i], d.NormFloat64())
			}
			want[i] = add(0, of[i])
		}
		if addEach(&got, of[:n]); got != want {
			t.Fatalf("of %v got %v, want %v", of[:n], got, want)
		}
	}
}

// TestBelowAbout compares with counting, wherever the end is expected.
func TestBelowAbout(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for range 20_000 {
		times := make([]int64, 1+r.IntN(40))
		for i := 1; i < len(times); i++ {
			times[i] = times[i-1] + r.Int64N(3)
		}
		end, want := r.Int64N(times[len(times)-1]+2), 0
		for want < len(times) && times[want] < end {
			want++
		}
		for about := range len(times) + 5 {
			if got := belowAbout(times, end, about); got != want {
				t.Fatalf("belowAbout(%v, %d, %d) = %d, want %d", times, end, about, got, want)
			}
		}
	}
}

// TestSweep folds ranges of few points, of many and of numbers that change, and
// answers to the bit what adding one after the other does.
func TestSweep(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for range 200 {
		start, width := r.Int64N(2000)-1000, 1+r.Int64N(60)
		env := Env{Release: V13, Start: start, End: math.MaxInt64, Now: math.MaxInt64}
		var all, want []point
		at, sum, n, first := start+r.Int64N(2000), 0.0, 0, int64(0)
		flush := func() {
			if n > 0 {
				want = append(want, point{at: first, kind: "double", bits: math.Float64bits(sum / float64(n))})
			}
			sum, n, first = 0, 0, at
		}
		for most := 1 + r.Int64N(4); len(all) < 3000; at += r.Int64N(most) {
			if n == 0 || (at-start)/width != (first-start)/width {
				flush()
			}
			v := float64(r.IntN(10_000)) / 100
			all = append(all, point{at: at, kind: "double", bits: math.Float64bits(v)})
			sum, n = sum+v, n+1
			if r.IntN(300) == 0 {
				most, at = 1+r.Int64N(12), at+r.Int64N(500)
			}
		}
		flush()
		a := build(t, "avg", env, Values{"sampling": points.Span{Value: width, Unit: points.Milliseconds}, "align_sampling": false})
		got, err := readAll(t, a.Apply(Group{}, &cursor{points: all, size: 1 + r.IntN(1024)}))
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			if i >= len(got) || got[i] != want[i] {
				t.Fatalf("width %d from %d, result %d: got %v, want %v", width, start, i, got[min(i, len(got)-1)], want[i])
			}
		}
	}
}

// TestSweepFar: where times end on a zone's clock the failure is the same in blocks
// that can be swept as in those of one point.
func TestSweepFar(t *testing.T) {
	zone, err := LoadZone("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	env := Env{Release: V13, Start: 7 * minute, End: math.MaxInt64, Now: math.MaxInt64, Zone: zone}
	var all []point
	for at := int64(math.MaxInt64 - 24*60*minute); at < math.MaxInt64-60*minute; at += 10 * minute {
		all = append(all, point{at: at, kind: "double", bits: math.Float64bits(1)})
	}
	fold := func(size int) error {
		a := build(t, "avg", env, Values{"sampling": points.Span{Value: 1, Unit: points.Hours}})
		_, err := readAll(t, a.Apply(Group{}, &cursor{points: all, size: size}))
		return err
	}
	want, got := fold(1), fold(len(all))
	if want == nil || got == nil || got.Error() != want.Error() {
		t.Errorf("got %v, want %v", got, want)
	}
}
