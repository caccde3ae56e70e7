package fleet

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"aion/storage"
)

// TestBatch: a value takes the place of all others of its property at its
// instant, stored and added before, but not of those of another profile.
func TestBatch(t *testing.T) {
	tests := []struct {
		name   string
		stored string // series and times
		added  []string
		want   string
	}{
		{"nothing is there", "", []string{"t{device=d} 1 2"}, "t{device=d} 1 2"},
		{"the same series", "t{device=d} 1 2", []string{"t{device=d} 2 3"}, "t{device=d} 1 2 3"},
		{"another type", `t{device=d}" 1 2`, []string{"t{device=d} 2"}, `t{device=d} 2; t{device=d}" 1`},
		{"other tags", "t{device=d,source=a} 1 2; t{device=d,source=b} 2 3", []string{"t{device=d,source=c} 2"},
			"t{device=d,source=a} 1; t{device=d,source=b} 3; t{device=d,source=c} 2"},
		{"another policy", "t{device=d,retention_policy=retention2days} 1", []string{"t{device=d} 1"}, "t{device=d} 1"},
		{"another device, metric and organization", "t{device=e} 1; u{device=d} 1; t{device=d,organization=o} 1", []string{"t{device=d} 1"},
			"t{device=d,organization=o} 1; t{device=d} 1; t{device=e} 1; u{device=d} 1"},
		{"profiles", "t{device=d,profile=p} 1 2; t{device=d,profile=q} 1 2; t{device=d} 1 2", []string{"t{device=d,profile=p,source=a} 1"},
			"t{device=d,profile=p,source=a} 1; t{device=d,profile=p} 2; t{device=d,profile=q} 1 2; t{device=d} 2"},
		{"no profile", "t{device=d,profile=p} 1 2", []string{"t{device=d} 1"}, "t{device=d,profile=p} 2; t{device=d} 1"},
		{"added twice", "", []string{"t{device=d} 1 2", `t{device=d}" 2 3`, "t{device=d,source=a} 3"},
			`t{device=d,source=a} 3; t{device=d} 1; t{device=d}" 2`},
		{"added for two profiles", "", []string{"t{device=d,profile=p} 1", "t{device=d,profile=q} 1"}, "t{device=d,profile=p} 1; t{device=d,profile=q} 1"},
		{"added without a profile", "", []string{"t{device=d,profile=p} 1 2", "t{device=d} 1"}, "t{device=d,profile=p} 2; t{device=d} 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			y := newYard(t)
			for series := range strings.SplitSeq(tt.stored, "; ") {
				if series != "" {
					name, times := seriesOf(series)
					write(t, y.store, name, times...)
				}
			}
			b := y.fleet().NewBatch(y.store)
			for _, series := range tt.added {
				name, times := seriesOf(series)
				k := keyOf(name)
				b.Add(k, blockOf(k, times...), 0)
			}
			for range 2 { // the second one is empty
				if err := b.Write(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if got := held(t, y.store); got != tt.want {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
		})
	}
}

// seriesOf reads a series and times: t{device=d} 1 2.
func seriesOf(text string) (name string, times []int64) {
	fields := strings.Fields(text)
	for _, f := range fields[1:] {
		var at int64
		_, _ = fmt.Sscan(f, &at)
		times = append(times, at)
	}
	return fields[0], times
}

// TestBatchesAgainstNaive: random batches leave one value at an instant, the last
// one that was written.
func TestBatchesAgainstNaive(t *testing.T) {
	series := []string{"t{device=d}", `t{device=d}"`, "t{device=d,source=a}", "t{device=d,source=b}"}
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 7))
		y := newYard(t)
		b, m := y.fleet().NewBatch(y.store), map[int64]string{}
		for range 10 {
			for range r.IntN(4) {
				name := series[r.IntN(len(series))]
				at := []int64{r.Int64N(9), r.Int64N(9)}
				slices.Sort(at)
				at = slices.Compact(at)
				k := keyOf(name)
				b.Add(k, blockOf(k, at...), 0)
				for _, x := range at {
					m[x] = name
				}
			}
			if err := b.Write(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		var want []string
		for _, name := range series {
			line := name
			for at := range int64(9) {
				if m[at] == name {
					line += fmt.Sprint(" ", at)
				}
			}
			if line != name {
				want = append(want, line)
			}
		}
		slices.Sort(want)
		if got := held(t, y.store); got != strings.Join(want, "; ") {
			t.Fatalf("seed %d: got %s\nwant %s", seed, got, strings.Join(want, "; "))
		}
	}
}

// TestLargeBatch: more than a batch of the store holds is written in parts.
func TestLargeBatch(t *testing.T) {
	y := newYard(t)
	b := y.fleet().NewBatch(y.store)
	for i := range 40 {
		k := keyOf(fmt.Sprintf("t{device=d%02d}", i))
		times := make([]int64, 10_000)
		for j := range times {
			times[j] = int64(j)
		}
		b.Add(k, blockOf(k, times...), 0)
	}
	if err := b.Write(t.Context()); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err := range y.store.Select(t.Context(), storage.Selection{}) {
		if n++; err != nil {
			t.Fatal(err)
		}
	}
	if n != 40 {
		t.Errorf("got %d series, want 40", n)
	}
}
