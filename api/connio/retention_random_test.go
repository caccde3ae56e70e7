package connio

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"aion/query/fleet"
)

// naiveRule is a rule of retention, and what has been kept by it: values by seconds
// since the beginning of 2017-05-01.
type naiveRule struct {
	capacity int // most values; 0: any number
	oldest   int
	changed  bool
	percent  float64
	kept     map[int]float64
}

// take takes the points of one feed, each instant's last.
func (n *naiveRule) take(feed map[int]float64) {
	for _, at := range slices.Sorted(maps.Keys(feed)) {
		v, before, known := feed[at], 0.0, false
		for _, earlier := range slices.Sorted(maps.Keys(n.kept)) {
			if earlier <= at {
				before, known = n.kept[earlier], true
			}
		}
		switch {
		case n.oldest != 0 && at < n.oldest:
		case n.changed && known && v == before:
		case n.percent != 0 && known && before != 0 && math.Abs(v-before)*100 <= n.percent*math.Abs(before):
		case n.percent != 0 && known && v == before:
		default:
			n.kept[at] = v
		}
	}
	if n.capacity == 0 {
		return
	}
	times := slices.SortedFunc(maps.Keys(n.kept), func(a, b int) int { return cmp.Compare(b, a) })
	for i, at := range times {
		if i >= n.capacity {
			delete(n.kept, at)
		}
	}
}

// text prints what is kept as stored does.
func (n *naiveRule) text() string {
	var texts []string
	for _, at := range slices.Sorted(maps.Keys(n.kept)) {
		texts = append(texts, fmt.Sprintf("%d=l%d", at, int(n.kept[at])))
	}
	return strings.Join(texts, " ")
}

// TestRandomRetention: feeds in any order, one after the other, leave what a naive
// reader of the rules keeps of them, and all their points are accepted.
func TestRandomRetention(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 9))
		e := openEstate(t, false)
		rules := map[string]*naiveRule{
			"lastonly": {capacity: 1}, "few": {capacity: 3}, "short": {oldest: -86400}, "changed": {changed: true}, "tenth": {percent: 10},
			"both": {changed: true, capacity: 4},
		}
		for _, n := range rules {
			n.kept = map[int]float64{}
		}
		_, err := e.fleet.ChangeProfile(t.Context(), "", "mysensor", func(p *fleet.Profile) error {
			p.Properties = append(p.Properties, fleet.Property{
				Name: "both", Type: "number", Retention: &fleet.Retention{Capacity: 4, Condition: &fleet.Condition{When: "changed"}},
			})
			return nil
		})
		e.must(err)
		for range 8 {
			for _, name := range slices.Sorted(maps.Keys(rules)) {
				n, feed, body, count := rules[name], map[int]float64{}, []string{}, 1+r.IntN(6)
				for range count {
					at, v := r.IntN(40), 95+5*r.IntN(5)
					if name == "short" {
						at -= 86420
					}
					feed[at] = float64(v)
					body = append(body, dp(at, fmt.Sprintf(`"v":%d`, v)))
				}
				n.take(feed)
				text, want := `{"dps":[`+strings.Join(body, ",")+`]}`, fmt.Sprintf(`{"accepted":%d,"rejected":0}`, count)
				if _, got := e.ask("device", "POST", "/data/properties/"+name, text); got != want {
					t.Fatalf("seed %d: %s: got %s, want %s", seed, name, got, want)
				}
				if got, want := e.stored(name), n.text(); got != want {
					t.Fatalf("seed %d: %s: %s: got %s, want %s", seed, name, text, got, want)
				}
			}
		}
	}
}
