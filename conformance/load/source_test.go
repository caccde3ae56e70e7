package load

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// made is all that a source makes: by series, as the server sees it, each
// point's time and value.
func made(t *testing.T, w Workload, seed uint64, shape Shape, batch int) map[string]map[int64]string {
	t.Helper()
	all := map[string]map[int64]string{}
	s := newSource(w, `a "name"`, seed, shape, batch)
	for left := s.left(); ; {
		var q request
		if !s.next(&q) {
			break
		}
		n := int64(0)
		for _, o := range objectsOf(t, q.body) {
			series := o.Name + fmt.Sprint(o.Tags)
			if all[series] == nil {
				all[series] = map[int64]string{}
			}
			if o.Timestamp != 0 {
				o.Datapoints = [][2]json.Number{{json.Number(strconv.FormatInt(o.Timestamp, 10)), o.Value}}
			}
			for _, pair := range o.Datapoints {
				at, err := pair[0].Int64()
				if _, twice := all[series][at]; twice || err != nil {
					t.Fatalf("got %s of %s twice, %v", pair[0], series, err)
				}
				all[series][at] = string(pair[1])
				n++
			}
		}
		if left -= n; n != q.points || n > int64(max(batch, 1)) || left != s.left() {
			t.Fatalf("got %d points, said %d, of %d; %d are left, said %d", n, q.points, batch, left, s.left())
		}
	}
	return all
}

// objectsOf reads a write.
func objectsOf(t *testing.T, body []byte) (objects []written) {
	t.Helper()
	if err := json.Unmarshal(body, &objects); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return objects
}

// TestPointsDependOnSeedAlone makes the same points in all batches and shapes.
func TestPointsDependOnSeedAlone(t *testing.T) {
	for _, w := range Workloads() {
		w.Series, w.Points = min(w.Series, 23), min(w.Points, 17)
		want := made(t, w, 1, Objects, 5000)
		if len(want) != w.Series {
			t.Errorf("%s: got %d series, want %d", w.Name, len(want), w.Series)
		}
		for _, shape := range []Shape{Objects, Columns} {
			for _, batch := range []int{1, 2, 7, 23, 24, 46, 100, 1000} {
				if diff := cmp.Diff(want, made(t, w, 1, shape, batch)); diff != "" {
					t.Errorf("%s, %s in batches of %d differs (-want +got):\n%s", w.Name, shape, batch, diff)
				}
			}
		}
		if cmp.Equal(want, made(t, w, 2, Objects, 5000)) {
			t.Errorf("%s: got the same points from another seed", w.Name)
		}
	}
}

// TestTags are those that the workloads promise.
func TestTags(t *testing.T) {
	for _, tt := range []struct {
		workload string
		series   int
		want     string
	}{
		{"a", 0, `{"device":"d0000","site":"s00"}`},
		{"a", 123, `{"device":"d0123","site":"s03"}`},
		{"a", 12345, `{"device":"d12345","site":"s05"}`},
		{"b", 0, `{"device":"d0000"}`},
		{"cardinality", 12345, `{"device":"d012345","site":"s45","floor":"f345"}`},
	} {
		w, err := Named(tt.workload)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(w.appendTags(nil, tt.series)); got != tt.want {
			t.Errorf("%s %d: got %s, want %s", tt.workload, tt.series, got, tt.want)
		}
	}
	if _, err := Named("c"); err == nil {
		t.Error("got a workload c, want none")
	}
}

// TestWalk holds the gauge to what the workloads promise: round 20, with steps
// that deviate by 0.05, at times up to a tenth of a step late.
func TestWalk(t *testing.T) {
	const n, step = 200_000, 10_000
	s := seeded(3, 5)
	var sum, squares float64
	before := 20 + s.value
	for i := range n {
		at, hundredths := s.walk(step, i)
		if late := at - Start - int64(i)*step; late < 0 || late >= step/10 {
			t.Fatalf("got point %d %d ms late, want less than a tenth of a step", i, late)
		}
		if value := float64(hundredths) / 100; math.Abs(value-20) > 3 {
			t.Fatalf("got %v, want a value round 20", value)
		}
		now := 20 + s.value
		sum, squares, before = sum+now, squares+(now-before)*(now-before), now
	}
	mean, deviation := sum/n, math.Sqrt(squares/n)
	if math.Abs(mean-20) > 0.1 || math.Abs(deviation-0.05) > 0.001 {
		t.Errorf("got mean %v and steps of %v, want 20 and 0.05", mean, deviation)
	}
}

// TestQueriesAskWhatIsThere counts the points that queries are about in those
// that were made.
func TestQueriesAskWhatIsThere(t *testing.T) {
	for _, w := range Workloads() {
		w.Series, w.Points = min(w.Series, 250), 20
		server := &fake{}
		s := newSource(w, "m", 1, Columns, 1000)
		for q := (request{}); s.next(&q); {
			server.write(q.body, false)
		}
		r := &run{Config: Config{Workload: w, Seed: 1}, metric: "m", source: s, whole: true}
		for i, q := range r.asked(r.window(true)) {
			next := r.questions(q, i, r.window(true))
			seen := map[string]bool{}
			for range 20 {
				var asked request
				next(&asked)
				if got, _ := server.count(asked.body); asked.want != anyCount && int64(got) != asked.want {
					t.Errorf("%s %s: got %d points, want %d, by %s", w.Name, q.name, got, asked.want, asked.body)
				}
				seen[string(asked.body)] = true
			}
			if w.Series > 1 && q.match != nil && len(seen) < 2 {
				t.Errorf("%s %s: got always the same question, want others: %v", w.Name, q.name, slices.Collect(maps.Keys(seen)))
			}
		}
	}
}

// BenchmarkGenerator makes writes, and sends them from one client to a server
// that reads and forgets them: what it costs to put load on a server.
func BenchmarkGenerator(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(to http.ResponseWriter, req *http.Request) {
		// A body that is cut short fails at the client.
		_, _ = io.Copy(io.Discard, req.Body)
		to.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	base, err := url.Parse(server.URL)
	if err != nil {
		b.Fatal(err)
	}
	for _, w := range Workloads() {
		for _, shape := range []Shape{Objects, Columns} {
			for _, sent := range []bool{false, true} {
				b.Run(fmt.Sprintf("workload=%s/shape=%s/sent=%v", w.Name, shape, sent), func(b *testing.B) {
					benchGenerator(b, newSource(w, "aion.bench.x", 1, shape, 5000), &caller{base, server.Client()}, sent)
				})
			}
		}
	}
}

// benchGenerator makes writes and sends them, if they are to be sent.
func benchGenerator(b *testing.B, s *source, c *caller, sent bool) {
	var q request
	buffer, points := make([]byte, 64<<10), int64(0)
	b.ReportAllocs()
	for b.Loop() {
		if s.left() == 0 {
			s.more(s.w.Points)
		}
		s.next(&q)
		points += q.points
		if !sent {
			continue
		}
		if o := c.post(b.Context(), &q, buffer); o.failure != "" {
			b.Fatal(o.example)
		}
	}
	b.ReportMetric(float64(points)/b.Elapsed().Seconds(), "points/s")
}
