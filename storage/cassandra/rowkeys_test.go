package cassandra

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"aion/storage/codec"
	"aion/storage/points"
)

// storedTags are a frozen map with its entries in the order of the arguments.
func storedTags(pairs ...string) []byte {
	b := []byte{0, 0, 0, byte(len(pairs) / 2)}
	for _, p := range pairs {
		b = append(append(b, 0, 0, 0, byte(len(p))), p...)
	}
	return b
}

// servedMerge is a merge of streams whose pages are in memory.
func servedMerge(ctx context.Context, streams [][]keyRow, size int) *keyMerge {
	rows := make([]rowTime, len(streams))
	for i := range rows {
		rows[i] = rowTime{rank: i % 2, time: int64(i / 2)}
	}
	m := newKeyMerge("m", nil, size, &Store{fetching: newFetching(1)})
	m.read(rows)
	go func() {
		for {
			select {
			case o := <-m.wanted:
				i := 2*int(o.stream.time) + o.stream.rank
				n := min(size, len(streams[i]))
				page := keyPage{rows: streams[i][:n]}
				if streams[i] = streams[i][n:]; len(streams[i]) > 0 || n == size {
					page.next = []byte{1}
				}
				o.stream.pages <- page
			case <-ctx.Done():
				return
			}
		}
	}()
	return m
}

// randomRows are rows of a partition in their order.
func randomRows(rng *rand.Rand, most int) []keyRow {
	var rows []keyRow
	for range rng.IntN(most + 1) {
		var pairs []string
		for _, name := range "abc" {
			if rng.IntN(3) > 0 {
				pairs = append(pairs, string(name), fmt.Sprint(rng.IntN(12)))
			}
		}
		typ := []string{points.TypeLong, points.TypeDouble}[rng.IntN(2)]
		rows = append(rows, keyRow{[]byte(typ), storedTags(pairs...)})
	}
	slices.SortFunc(rows, compareKeyRows)
	return slices.CompactFunc(rows, func(a, b keyRow) bool { return compareKeyRows(a, b) == 0 })
}

// TestKeyMerge: each row comes once, in order, with every stream that has it.
func TestKeyMerge(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	for round := range 60 {
		streams := make([][]keyRow, rng.IntN(40))
		want := map[string]string{}
		for i := range streams {
			streams[i] = randomRows(rng, 60)
			for _, r := range streams[i] {
				want[string(r.typ)+string(r.tags)] += fmt.Sprintf(" %d", i)
			}
		}
		m := servedMerge(t.Context(), streams, 1+rng.IntN(9))
		if err := m.start(t.Context()); err != nil {
			t.Fatal(err)
		}
		n := 0
		var last keyRow
		for {
			key, rows, ok, err := m.next(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				break
			}
			got := ""
			for _, r := range rows {
				got += fmt.Sprintf(" %d", r.time)
			}
			streamed := strings.Fields(want[string(key.typ)+string(key.tags)])
			text := ""
			for _, s := range streamed {
				var i int
				fmt.Sscan(s, &i)
				text += fmt.Sprintf(" %d", i/2)
			}
			if got != text || n > 0 && compareKeyRows(last, key) >= 0 {
				t.Fatalf("round %d: %s %q in row times%s, want%s", round, key.typ, key.tags, got, text)
			}
			last = key
			n++
		}
		if n != len(want) {
			t.Fatalf("round %d: got %d series, want %d", round, n, len(want))
		}
	}
}

// TestTwins: a series whose tags an old Cassandra has kept in KairosDB's order
// and a new one by byte is one series, and so is one that is listed by the
// legacy index, too.
func TestTwins(t *testing.T) {
	old, now := storedTags("😀", "1", "Ａ", "2"), storedTags("Ａ", "2", "😀", "1")
	plain, shuffled := storedTags("a", "1", "b", "2"), storedTags("b", "2", "a", "1")
	streams := [][]keyRow{
		{{[]byte("kairos_long"), plain}, {[]byte("kairos_long"), now}, {[]byte("kairos_long"), old}},
		{},
		{{[]byte("kairos_long"), storedTags("a", "1")}, {[]byte("kairos_long"), old}},
		{},
		{{[]byte("kairos_long"), plain}, {[]byte("kairos_long"), shuffled}, {[]byte("kairos_long"), now}},
	}
	for _, s := range streams {
		if !slices.IsSortedFunc(s, compareKeyRows) {
			t.Fatal("the rows are not in Cassandra's order")
		}
	}
	s := &search{finder: &finder{}, metric: "m", merge: servedMerge(t.Context(), streams, 2), stop: func() {}}
	s.aside.add(nil, longKey("m", "a", "1"), row{time: 7}, row{time: 1})
	if err := s.merge.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []string
	for found, err := range s.series(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, seriesText(found.key, found.rows))
	}
	slices.Sort(got)
	want := []string{
		seriesText(longKey("m", "a", "1"), nil) + " 1 7",
		seriesText(longKey("m", "Ａ", "2", "😀", "1"), nil) + " 0 1 2",
		seriesText(longKey("m", "a", "1", "b", "2"), nil) + " 0 2",
	}
	slices.Sort(want)
	if len(got) != 4 {
		t.Fatalf("got %q", got)
	}
	// Tags in neither order are nobody's: such a row comes beside its twin.
	got = slices.DeleteFunc(got, func(s string) bool { return s == seriesText(longKey("m", "a", "1", "b", "2"), []row{{time: 2}}) })
	sameTexts(t, "series", got, want)
}

// TestCopied: rows that are taken out of their frame are what they were.
func TestCopied(t *testing.T) {
	rows := []keyRow{{[]byte("t"), storedTags("a", "1")}, {[]byte("type"), storedTags()}, {[]byte(""), storedTags("b", "")}}
	want := fmt.Sprintf("%q", rows)
	for _, size := range []int{0, 100} {
		if got := fmt.Sprintf("%q", copied(slices.Clone(rows), size)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// BenchmarkKeyMerge joins the rows of streams that all have the same series.
func BenchmarkKeyMerge(b *testing.B) {
	for _, k := range []int{1, 10, 170} {
		b.Run(fmt.Sprintf("rowtimes=%d", k), func(b *testing.B) {
			b.ReportAllocs()
			var rows []keyRow
			for i := range 2000 {
				tags := points.Tags{{Name: "datacenter", Value: "north"}, {Name: "host", Value: fmt.Sprintf("host-%05d", i)}}
				rows = append(rows, keyRow{[]byte(points.TypeLong), codec.AppendTags(nil, tags)})
			}
			n := 0
			for b.Loop() {
				streams := make([]*keyStream, k)
				for i := range streams {
					streams[i] = &keyStream{rowTime: rowTime{time: int64(i)}, rows: rows}
				}
				m := &keyMerge{heap: streams, live: k}
				var scratch []row
				for {
					_, found, ok, err := m.next(b.Context(), scratch[:0])
					if err != nil {
						b.Fatal(err)
					}
					if !ok {
						break
					}
					scratch = found
					n += len(found)
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
