package chunk

import (
	"fmt"
	"math"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aion/storage/points"
)

// bitwise makes blocks comparable to the bit.
type bitwise struct {
	Kind   points.Kind
	Type   string
	Times  []int64
	Floats []uint64
	Ints   []int64
	IsInt  []bool
	Nulls  []bool
	Texts  []string
	Bytes  [][]byte
}

// bitsOf is b with its doubles as bits and its empty columns nil.
func bitsOf(b *points.Block) bitwise {
	w := bitwise{Kind: b.Kind, Type: b.Type, Times: some(b.Times), Ints: some(b.Ints), IsInt: some(b.IsInt),
		Nulls: some(b.Nulls), Texts: some(b.Texts), Bytes: some(b.Bytes)}
	for _, v := range b.Floats {
		w.Floats = append(w.Floats, math.Float64bits(v))
	}
	return w
}

// some is s, nil if it is empty.
func some[T any](s []T) []T {
	if len(s) == 0 {
		return nil
	}
	return s
}

// differ shows how b differs from want; empty if it does not.
func differ(want, b *points.Block) string {
	w, got := bitsOf(want), bitsOf(b)
	if reflect.DeepEqual(w, got) {
		return ""
	}
	return cmp.Diff(w, got)
}

// roundTrip encodes b and decodes it again, all pages at once and one by one.
func roundTrip(t *testing.T, b *points.Block, expires []int64) []byte {
	t.Helper()
	data := Append([]byte("before"), b, expires)[len("before"):]
	var c Chunk
	if err := c.Open(data); err != nil {
		t.Fatalf("Open: %v", err)
	}
	if got, want := c.Len(), b.Len(); got != want {
		t.Fatalf("Len() = %d, want %d", got, want)
	}
	var all, each points.Block
	if err := c.AppendPages(&all, 0, c.Pages()); err != nil {
		t.Fatalf("AppendPages: %v", err)
	}
	for i := range c.Pages() {
		if err := c.AppendPages(&each, i, i+1); err != nil {
			t.Fatalf("AppendPages of page %d: %v", i, err)
		}
		first, last, n := c.Page(i)
		from := i * PageSize
		if first != b.Times[from] || last != b.Times[from+n-1] {
			t.Errorf("Page(%d) = %d, %d, %d, want times %d, %d", i, first, last, n, b.Times[from], b.Times[from+n-1])
		}
	}
	if diff := differ(b, &all); b.Len() > 0 && diff != "" {
		t.Errorf("all pages (-want +got):\n%s", diff)
	}
	if diff := differ(b, &each); b.Len() > 0 && diff != "" {
		t.Errorf("page by page (-want +got):\n%s", diff)
	}
	checkExpiries(t, &c, expires)
	checkSummaries(t, &c, b)
	checkParts(t, &c, b)
	return data
}

// checkExpiries compares what c tells of expiries with what was encoded.
func checkExpiries(t *testing.T, c *Chunk, expires []int64) {
	t.Helper()
	got, err := c.AppendExpiries([]int64{7})
	if err != nil {
		t.Fatalf("AppendExpiries: %v", err)
	}
	want := append([]int64{7}, expires...)
	if expires == nil {
		want = append(want, make([]int64, c.Len())...)
	}
	if !reflect.DeepEqual(want, got) {
		t.Errorf("AppendExpiries (-want +got):\n%s", cmp.Diff(want, got))
	}
	if got, want := c.EarliestExpiry(), soonest(expires); got != want || c.Expiring() != (want != 0) {
		t.Errorf("EarliestExpiry() = %d, Expiring() = %t, want %d", got, c.Expiring(), want)
	}
}

// naive is the summary of b's points [from, to), computed in the plainest way.
func naive(b *points.Block, from, to int) points.Summary {
	s := points.Summary{Min: math.Inf(1), Max: math.Inf(-1), First: b.Floats[from], Last: b.Floats[to-1],
		FirstAt: b.Times[from], LastAt: b.Times[to-1], Ints: b.Int(from)}
	for _, v := range b.Floats[from:to] {
		s.Count++
		s.Min, s.Max = min(s.Min, v), max(s.Max, v)
		s.Sum, s.SumAbs = s.Sum+v, s.SumAbs+math.Abs(v)
	}
	if s.Ints {
		s.FirstInt, s.LastInt = b.Ints[from], b.Ints[to-1]
	}
	return s
}

// checkSummaries compares the summaries of c with those of b's points.
func checkSummaries(t *testing.T, c *Chunk, b *points.Block) {
	t.Helper()
	finite := b.Kind == points.Number && b.Len() > 0 && !b.Null(0)
	for i := 0; i < c.Pages() && finite; i++ {
		finite = naive(b, i*PageSize, min((i+1)*PageSize, b.Len())).SumAbs < math.Inf(1)
	}
	whole, ok := c.Summary()
	if ok != finite {
		t.Fatalf("Summary() ok = %t, want %t", ok, finite)
	}
	if !ok {
		return
	}
	var each []points.Summary
	for i := range c.Pages() {
		each = append(each, naive(b, i*PageSize, min((i+1)*PageSize, b.Len())))
		if got, _ := c.PageSummary(i); fmt.Sprint(each[i]) != fmt.Sprint(got) {
			t.Errorf("PageSummary(%d) = %v, want %v", i, got, each[i])
		}
	}
	if want := together(each); want != whole {
		t.Errorf("Summary() = %v, want %v", whole, want)
	}
	for from := 0; from < len(each); from += 1 + len(each)/16 {
		for to := from + 1; to <= len(each); to += 1 + len(each)/16 {
			if got, _ := c.PagesSummary(from, to); got != together(each[from:to]) {
				t.Errorf("PagesSummary(%d, %d) = %v, want %v", from, to, got, together(each[from:to]))
			}
		}
	}
}

// together is the summary of pages, added in their order.
func together(pages []points.Summary) points.Summary {
	all := pages[0]
	for _, s := range pages[1:] {
		all.Count += s.Count
		all.Min, all.Max = min(all.Min, s.Min), max(all.Max, s.Max)
		all.Sum, all.SumAbs = all.Sum+s.Sum, all.SumAbs+s.SumAbs
		all.Last, all.LastAt, all.LastInt = s.Last, s.LastAt, s.LastInt
	}
	return all
}
