package aggregators

import (
	"testing"

	"aion/storage/points"
)

// TestGapsDescending: under descending order nulls ascend up to the first point and
// behind the last one, while points descend. An aggregator behind gaps cuts that into
// the same ranges however it comes in blocks.
func TestGapsDescending(t *testing.T) {
	for seed := range uint64(3000) {
		d := newDice(seed)
		env := d.env(t)
		chain := []named{{"gaps", d.ranges(env)}}
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
