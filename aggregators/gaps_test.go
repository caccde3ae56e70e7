package aggregators

import (
	"testing"

	"aion/storage/points"
)

// TestGapsDescending: under descending order nulls ascend up to the first point and
// behind the last one, while points descend. Whatever stands behind gaps, directly or not,
// cuts that into the same ranges however it comes in blocks.
func TestGapsDescending(t *testing.T) {
	for seed := range uint64(6000) {
		d := newDice(seed)
		env := d.env(t)
		chain := []named{{"gaps", d.ranges(env)}}
		for d.oneIn(2) {
			between := of(d, allNames()...)
			chain = append(chain, named{between, d.values(between, env)})
		}
		name := of(d, "count", "first", "last", "avg", "max")
		chain = append(chain, named{name, d.values(name, env)})
		in := merged([][]point{d.stream(env, d.IntN(60), of(d, "double", "long", "text"))}, true)
		want, failed := expectedOf(t, env, chain, in)
		got, err := computed(t, env, chain, in, of(d, 1, 3, points.BlockSize))
		if (err != nil) != (failed != nil) || err == nil && !same(got, want) {
			t.Fatalf("seed %d%v:\n got %v %v\nwant %v %v", seed, texts(t, env, chain), got, err, want, failed)
		}
	}
}
