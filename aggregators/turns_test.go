package aggregators

import (
	"testing"

	"aion/storage/points"
)

// TestTurns folds a series of many points beside few of others, now and then
// beside many of them or at the same times: small ranges are added in the order
// of the merged stream, to the bit, whether the series take turns or not.
func TestTurns(t *testing.T) {
	inTurn := 0
	for seed := range uint64(300) {
		d := newDice(seed)
		env := Env{Release: Develop, FreeOrder: true, End: 20 * hour, Now: 20 * hour}
		v := Values{"sampling": points.Span{Value: of(d, int64(1), 3), Unit: points.Hours}}
		every := of(d, int64(10), 15, 60) * second
		var all [][]point
		var in []points.Cursor
		for i := range 2 + d.IntN(3) {
			s := d.besides(all, every, i)
			all = append(all, s)
			in = append(in, d.valued(&summarized{cursor: &cursor{points: s, size: of(d, 10, 1024)}, page: of(d, 16, 64)}))
		}
		name := of(d, "sum", "avg")
		want, _ := expectedOf(t, env, []named{{name, v}}, merged(all, false))
		counts, _ := expectedOf(t, env, []named{{"count", v}}, merged(all, false))
		c := build(t, name, env, v).(SideBySide).ApplyAll(Group{}, in).(*sideCursor)
		got, err := readAll(t, c)
		if err != nil || len(got) != len(want) {
			t.Fatalf("seed %d: got %d results, %v, want %d", seed, len(got), err, len(want))
		}
		for i := range want {
			if counts[i].number() < freeFrom && got[i] != want[i] {
				t.Fatalf("seed %d: got %v, want %v, of %v points", seed, got[i], want[i], counts[i])
			}
		}
		if c.folds.(*frontier).turns.on {
			inTurn++
		}
	}
	if inTurn < 50 || inTurn > 250 {
		t.Errorf("the series of %d groups of 300 took turns at the end, want those of some", inTurn)
	}
}

// besides is the first series of a group, a point of which comes every so often,
// or a further one, which has few points, as many as the first for a while, or
// points at the same times.
func (d dice) besides(all [][]point, every int64, number int) []point {
	var s []point
	if number == 0 {
		for at := d.Int64N(every); at < 20*hour; at += 1 + d.Int64N(2*every) {
			s = append(s, double(at, d.NormFloat64()*10))
		}
		return s
	}
	kind, often := of(d, "long", "double"), d.Int64N(20*hour)
	for _, p := range all[0] {
		if d.oneIn(200) || p.at > often && p.at < often+hour && d.oneIn(2) {
			s = append(s, d.point(p.at+of(d, int64(0), every/3), kind))
		}
	}
	for i := 1; i < len(s); i++ {
		if s[i].at <= s[i-1].at {
			return s[:i]
		}
	}
	return s
}

// TestTurnsHoldLittle: however many points a range has, few of them are held at once,
// and most are taken by their summaries.
func TestTurnsHoldLittle(t *testing.T) {
	env := Env{Release: Develop, FreeOrder: true, End: 2 * 24 * hour, Now: 2 * 24 * hour}
	var many, few []point
	for at := int64(0); at < env.End; at += second {
		many = append(many, double(at, 0.5))
		if at%(6*hour) == 0 {
			few = append(few, point{at: at, kind: "long"})
		}
	}
	sums := &summarized{cursor: &cursor{points: many, size: points.BlockSize}, page: 64}
	in := []points.Cursor{valued{sums}, valued{&summarized{cursor: &cursor{points: few, size: points.BlockSize}, page: 64}}}
	c := build(t, "sum", env, Values{"sampling": points.Span{Value: 1, Unit: points.Days}}).(SideBySide).ApplyAll(Group{}, in).(*sideCursor)
	var b points.Block
	if err := c.Next(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if b.Len() != 2 || b.Floats[0] != 43200 || b.Floats[1] != 43200 {
		t.Errorf("got %v, want 43200 twice", b.Floats)
	}
	if held := cap(c.room.values); held > 4*freeFrom {
		t.Errorf("%d values are held, want few", held)
	}
	if n := len(many); sums.skipped < n-n/20 {
		t.Errorf("%d of %d points were taken by summaries, want nearly all", sums.skipped, n)
	}
}
