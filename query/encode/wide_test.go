package encode

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"aion/query"
	"aion/storage/points"
)

// abreast are the results of answers side by side.
func abreast(metrics ...[]group) (all [][]*query.Result) {
	for _, groups := range metrics {
		var list []*query.Result
		for _, g := range groups {
			list = append(list, g.result())
		}
		all = append(all, list)
	}
	return all
}

// widely is what Wide makes of results.
func widely(t testing.TB, e *Wide, results [][]*query.Result) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := e.Encode(t.Context(), &out, results); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestWideGolden compares with files that a person has read.
func TestWideGolden(t *testing.T) {
	host := func(name string) map[string][]string { return map[string][]string{"host": {name}, "site": {"x", "y"}} }
	cpu := []group{
		{name: "cpu", tags: host("a"), blocks: []*points.Block{numbersOf(begun, 1, 2.5, nil), numbersOf(begun+4000, 5)}},
		{name: "cpu", tags: host("b,c"), by: []query.GroupedBy{{Grouper: query.ValueGrouper{}, Number: 2}}, blocks: []*points.Block{numbersOf(begun+1000, 7, 8, 9)}},
		{name: "cpu", tags: host("a"), blocks: []*points.Block{textsOf(begun+1000, "=on", "")}},
		{name: "cpu", tags: host("a"), blocks: []*points.Block{{Kind: points.Number, Times: []int64{begun, begun}, Floats: []float64{1, 2}}}},
	}
	for name, tt := range map[string]struct {
		e       Wide
		metrics [][]group
	}{
		"wide.csv":     {Wide{}, [][]group{cpu}},
		"wide-all.csv": {Wide{CSV: CSV{Table: Table{Numbered: true, Split: true, Zone: berlin(t)}, Guard: true}}, [][]group{cpu[:2], {{name: "none"}}, {cpu[0], {name: "mem", alias: "memory"}}}},
	} {
		got := widely(t, &tt.e, abreast(tt.metrics...))
		if *update {
			if err := os.WriteFile("testdata/"+name, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	}
}

// randomColumns are results with times that often meet, in the given order, and
// what each has at each of its times.
func randomColumns(r *rand.Rand, desc bool) (groups []group, cells []map[int64][]string) {
	for i := range 1 + r.IntN(5) {
		g, has := group{name: "m" + strconv.Itoa(i)}, map[int64][]string{}
		var times []int64
		for range r.IntN(300) {
			times = append(times, int64(r.IntN(400)-200))
		}
		slices.Sort(times)
		if desc {
			slices.Reverse(times)
		}
		for len(times) > 0 {
			var b points.Block
			for _, at := range times[:min(len(times), 1+r.IntN(90))] {
				b.AppendFloat(at, float64(r.IntN(1000))/8)
				has[at] = append(has[at], string(AppendDouble(nil, b.Floats[b.Len()-1])))
			}
			g.blocks, times = append(g.blocks, &b), times[b.Len():]
		}
		groups, cells = append(groups, g), append(cells, has)
	}
	return groups, cells
}

// TestWideReadBack: every point stands in its column and a row of its time, in as
// few rows as hold them, and rows are in order.
func TestWideReadBack(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 41))
	for range 200 {
		desc := r.IntN(2) == 1
		groups, want := randomColumns(r, desc)
		rows, err := csv.NewReader(bytes.NewReader(widely(t, &Wide{Desc: desc}, abreast(groups)))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		got := make([]map[int64][]string, len(groups))
		most, seen := map[int64]int{}, map[int64]int{}
		var order []int64
		for i := range got {
			got[i] = map[int64][]string{}
			for at, values := range want[i] {
				most[at] = max(most[at], len(values))
			}
		}
		for _, row := range rows[1:] {
			at := instant(t, row[0], false)
			seen[at]++
			order = append(order, at)
			for i, cell := range row[1:] {
				if cell != "" {
					got[i][at] = append(got[i][at], cell)
				}
			}
		}
		if desc {
			slices.Reverse(order)
		}
		if !slices.IsSorted(order) {
			t.Fatalf("the rows are at %v, want them in order", order)
		}
		equal(t, got, want)
		equal(t, []map[int64]int{seen}, []map[int64]int{most})
	}
}

// equal compares columns.
func equal[T any](t *testing.T, got, want []map[int64]T) {
	t.Helper()
	for i := range want {
		if len(got[i]) != len(want[i]) {
			t.Fatalf("column %d: got %d times, want %d", i, len(got[i]), len(want[i]))
		}
		for at, value := range want[i] {
			if g, w := fmt.Sprint(got[i][at]), fmt.Sprint(value); g != w {
				t.Fatalf("column %d at %d: got %s, want %s", i, at, g, w)
			}
		}
	}
}

// TestWideFails: it fails as points and the writer do.
func TestWideFails(t *testing.T) {
	broken := errors.New("broken")
	for want, g := range map[error]group{broken: {name: "cpu", failed: broken}, errGone: {name: "cpu", blocks: []*points.Block{numbersOf(0, make([]any, 100_000)...)}}} {
		if err := new(Wide).Encode(t.Context(), &failing{left: 1000}, abreast([]group{g})); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
}
