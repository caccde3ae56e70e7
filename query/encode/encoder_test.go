package encode

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"aion/query"
	"aion/storage/points"
)

// all are the encoders of tables of points.
func all() map[string]Encoder {
	return map[string]Encoder{"csv": &CSV{}, "ndjson": &NDJSON{}, "arrow": &Arrow{}}
}

// failing is a writer that takes some bytes and then fails.
type failing struct{ left int }

// errGone is what failing fails with.
var errGone = errors.New("gone")

// Write takes what is left.
func (f *failing) Write(p []byte) (int, error) {
	if len(p) > f.left {
		return 0, errGone
	}
	f.left -= len(p)
	return len(p), nil
}

// long are answers of many blocks.
func long(blocks int) iter.Seq2[*query.Answer, error] {
	g := group{name: "cpu", tags: map[string][]string{"host": {"a"}}}
	for i := range blocks {
		g.blocks = append(g.blocks, numbersOf(int64(i)*1e6, make([]any, points.BlockSize)...))
	}
	return answers([]group{g})
}

// TestFailures: an encoder fails as its writer, a result's points, the results
// and the answers do.
func TestFailures(t *testing.T) {
	broken := errors.New("broken")
	failed := func(yield func(*query.Answer, error) bool) { yield(nil, broken) }
	results := func(yield func(*query.Answer, error) bool) {
		yield(&query.Answer{Results: func(yield func(*query.Result, error) bool) { yield(nil, broken) }}, nil)
	}
	for name, e := range all() {
		if err := e.Encode(t.Context(), &failing{left: 10_000}, long(200)); !errors.Is(err, errGone) {
			t.Errorf("%s: got %v from a writer, want %v", name, err, errGone)
		}
		for what, a := range map[string]iter.Seq2[*query.Answer, error]{
			"points": answers([]group{{name: "cpu", failed: broken}}), "results": results, "answers": failed,
		} {
			if err := e.Encode(t.Context(), io.Discard, a); !errors.Is(err, broken) {
				t.Errorf("%s: got %v from %s, want %v", name, err, what, broken)
			}
		}
	}
}

// TestNothing: an answer without points is still one that can be read.
func TestNothing(t *testing.T) {
	for name, want := range map[string]string{"csv": "time,metric,tags,value\r\n", "ndjson": ""} {
		if got := string(encoded(t, all()[name], answers([]group{{name: "cpu"}}))); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if got := readArrow(t, encoded(t, &Arrow{}, answers())); len(got) != 0 {
		t.Errorf("arrow: got %v, want no points", got)
	}
}

// TestLongArrow: batches that follow each other, of many results, of long texts
// and of integers that are no doubles, lose nothing.
func TestLongArrow(t *testing.T) {
	var groups []group
	want := 0
	for i := range 300 {
		g := group{name: "m", tags: map[string][]string{"host": {strings.Repeat("h", i%7)}}}
		for at := range int64(i % 5) {
			b := numbersOf(at*1e7, make([]any, points.BlockSize)...)
			if i%2 == 0 {
				b = &points.Block{}
				for k := range int64(points.BlockSize) {
					b.AppendInt(at*1e7+k, 1<<60+k)
				}
			}
			g.blocks = append(g.blocks, b)
			want += b.Len()
		}
		groups = append(groups, g)
	}
	groups = append(groups, group{name: "texts", blocks: []*points.Block{textsOf(0, strings.Repeat("x", 3<<20), strings.Repeat("y", 3<<20), "z")}})
	got := readArrow(t, encoded(t, &Arrow{}, answers(groups)))
	if len(got) != want+3 {
		t.Fatalf("got %d points, want %d", len(got), want+3)
	}
	for i, value := range []string{"1152921504606846977", "", "z"} {
		where := []int{points.BlockSize + 1, 0, len(got) - 1}[i]
		if got[where].value != value {
			t.Errorf("point %d: got %q, want %q", where, got[where].value, value)
		}
	}
	if n := len(got[want].value); n != 3<<20 {
		t.Errorf("got a text of %d bytes, want %d", n, 3<<20)
	}
}

// TestColumnsOfArrow: every setting of a table has its columns.
func TestColumnsOfArrow(t *testing.T) {
	e := &Arrow{Table{Numbered: true, Split: true, Columns: []string{"host", "site"}, Zone: berlin(t)}}
	var names []string
	for _, f := range e.schema().Fields() {
		names = append(names, f.Name+" "+f.Type.String())
	}
	const name = " dictionary<values=utf8, indices=int32, ordered=false>"
	want := "time timestamp[ms, tz=Europe/Berlin],query int32,metric" + name + ",host" + name + ",site" + name + ",group" + name + ",value float64,text utf8"
	if got := strings.Join(names, ","); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if stream := encoded(t, e, everySort()); !bytes.Contains(stream, []byte("time=3;bin=1")) {
		t.Error("got no group, want time=3;bin=1")
	}
}

// TestZoneName takes zones of every sort.
func TestZoneName(t *testing.T) {
	for want, zone := range map[string]*time.Location{
		"UTC": nil, "Europe/Berlin": berlin(t), "+02:00": time.FixedZone("+02", 7200), "-03:30": time.FixedZone("-0330", -12600),
	} {
		if got := zoneName(zone); got != want {
			t.Errorf("%s: got %s, want %s", zone, got, want)
		}
	}
	if got := zoneName(time.FixedZone("+00:19:32", 1172)); got != "UTC" {
		t.Errorf("got %s for an offset with seconds, want UTC", got)
	}
}

// BenchmarkEncode writes ten series of 102,400 points, each in turn the whole of
// an answer.
func BenchmarkEncode(b *testing.B) {
	zone := Table{Zone: berlin(b)}
	encoders := map[string]Encoder{"csv": &CSV{}, "csv-rfc3339": &CSV{Table: zone}, "ndjson": &NDJSON{}, "arrow": &Arrow{}}
	for _, name := range slices.Sorted(maps.Keys(encoders)) {
		e := encoders[name]
		for _, w := range workloads() {
			b.Run("format="+name+"/series="+w.name, func(b *testing.B) {
				g := group{name: "power", tags: map[string][]string{"device": {"device-0001"}, "site": {"site-01"}}}
				for range 100 {
					g.blocks = append(g.blocks, w.block)
				}
				var out counting
				b.ReportAllocs()
				for b.Loop() {
					if err := e.Encode(b.Context(), &out, answers([]group{g})); err != nil {
						b.Fatal(err)
					}
				}
				b.SetBytes(int64(out) / int64(b.N))
				b.ReportMetric(100*float64(w.block.Len())*float64(b.N)/b.Elapsed().Seconds(), "points/s")
			})
		}
	}
}

// counting counts the bytes that are written.
type counting int

// Write counts.
func (c *counting) Write(p []byte) (int, error) {
	*c += counting(len(p))
	return len(p), nil
}

// TestMemory: what an encoder allocates does not grow with the answer, but for a
// little a batch.
func TestMemory(t *testing.T) {
	allocated := func(e Encoder, blocks int) uint64 {
		a := long(blocks)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := e.Encode(t.Context(), new(counting), a); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	for name, e := range all() {
		few, many := allocated(e, 200), allocated(e, 2000)
		if more := int64(many) - int64(few); more > 8*points.BlockSize*1800/4 {
			t.Errorf("%s: %d bytes more for ten times the points", name, more)
		}
	}
}
