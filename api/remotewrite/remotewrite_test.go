package remotewrite

import (
	"context"
	"encoding/base64"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/s2"
	"google.golang.org/protobuf/encoding/protowire"

	"aion/api"
	"aion/storage"
	"aion/storage/ingest"
	"aion/storage/memory"
	"aion/storage/points"
)

// recorded is a request that Prometheus' own code has made: two good series, one
// of which has exemplars, one with a stale marker, NaN, infinity and a point, one
// without a name, one without labels, one with an empty label, and one that is a
// histogram.
func recorded(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "request.base64"))
	if err != nil {
		t.Fatal(err)
	}
	body, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(string(text), "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// send sends a body to a server over the store.
func send(t testing.TB, p *Protocol, method string, body []byte, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	handler := api.New(api.Config{Protocols: []api.Protocol{p}}).Handler()
	req := httptest.NewRequestWithContext(t.Context(), method, Path, strings.NewReader(string(body)))
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, req)
	return answer
}

// list is what a store holds, a line a point.
func list(t *testing.T, store storage.Reader) string {
	t.Helper()
	var all []string
	for s, err := range store.Select(t.Context(), storage.Selection{}) {
		if err != nil {
			t.Fatal(err)
		}
		c := s.Points(points.Range{From: -1 << 63, To: 1<<63 - 1}, points.Asc)
		for b := (points.Block{}); c.Next(t.Context(), &b) == nil; {
			for i, at := range b.Times {
				all = append(all, fmt.Sprintf("%s %d %v", s.Key(), at, b.Floats[i]))
			}
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// counts are the figures in one line.
func counts(p *Protocol) string {
	f := p.Figures()
	return fmt.Sprintf("stored %d, stale %d, not sent %d, refused %d, other %d",
		f.Stored.Load(), f.Stale.Load(), f.NotSent.Load(), f.Refused.Load(), f.Other.Load())
}

// TestRecorded takes what Prometheus sends. The series without a name is told of,
// all others are stored.
func TestRecorded(t *testing.T) {
	store := storage.Checked(memory.New(memory.Config{}))
	p := New(Config{Store: store})
	for range 2 { // the second time the series are known
		answer := send(t, p, http.MethodPost, recorded(t), "Content-Type", "application/x-protobuf", "Content-Encoding", "snappy",
			"X-Prometheus-Remote-Write-Version", "0.1.0")
		if want := "No metric name was specified for the given metric. Missing __name__ label."; answer.Code != 400 || answer.Body.String() != want {
			t.Errorf("got %d %q, want 400 %q", answer.Code, answer.Body, want)
		}
	}
	want := `go_gc{quantile=0.5} kairos_double 1700000000000 1e-05
lone{add=tag} kairos_double 1700000000000 3
up{instance=a:9090,job=node} kairos_double 1700000000000 1
up{instance=a:9090,job=node} kairos_double 1700000015000 0.5
up{instance=b:9090,job=node} kairos_double -1 -2.5`
	if got := list(t, store); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got, want := counts(p), "stored 10, stale 2, not sent 0, refused 6, other 4"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestDropped passes over metrics and labels whose whole names match, and puts
// the prefix before the others.
func TestDropped(t *testing.T) {
	store := memory.New(memory.Config{})
	whole := func(text string) []*regexp.Regexp {
		e, err := Whole(text)
		if err != nil {
			t.Fatal(err)
		}
		return []*regexp.Regexp{e}
	}
	p := New(Config{Store: store, Prefix: "prom.", DropMetrics: whole("up|lon"), DropLabels: whole("quant.*")})
	send(t, p, http.MethodPost, recorded(t))
	want := "prom.go_gc{add=tag} kairos_double 1700000000000 1e-05\nprom.lone{add=tag} kairos_double 1700000000000 3"
	if got := list(t, store); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got, want := counts(p), "stored 2, stale 0, not sent 6, refused 1, other 2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// request is a packed request of series, each a name and its samples.
func request(series ...map[string][]float64) []byte {
	var b []byte
	for _, s := range series {
		for name, values := range s {
			label := protowire.AppendTag(nil, labelName, protowire.BytesType)
			label = protowire.AppendString(label, nameLabel)
			label = protowire.AppendTag(label, labelValue, protowire.BytesType)
			label = protowire.AppendString(label, name)
			message := protowire.AppendTag(nil, seriesLabels, protowire.BytesType)
			message = protowire.AppendBytes(message, label)
			for i, v := range values {
				sample := protowire.AppendTag(nil, sampleValue, protowire.Fixed64Type)
				sample = protowire.AppendFixed64(sample, math.Float64bits(v))
				sample = protowire.AppendTag(sample, sampleTime, protowire.VarintType)
				sample = protowire.AppendVarint(sample, uint64(i))
				message = protowire.AppendTag(message, seriesSamples, protowire.BytesType)
				message = protowire.AppendBytes(message, sample)
			}
			b = protowire.AppendTag(b, requestSeries, protowire.BytesType)
			b = protowire.AppendBytes(b, message)
		}
	}
	return s2.EncodeSnappy(nil, b)
}

// TestAnswers: what is right is 200 with an empty text, what is wrong is said so
// that Prometheus does not send it again for ever.
func TestAnswers(t *testing.T) {
	good := request(map[string][]float64{"m": {1, 2, 3}})
	for _, c := range []struct {
		name    string
		method  string
		body    []byte
		headers []string
		status  int
		answer  string
	}{
		{"good", "POST", good, nil, 200, ""},
		{"good with a name of the message", "POST", good, []string{"Content-Type", "application/x-protobuf;proto=prometheus.WriteRequest"}, 200, ""},
		{"empty", "POST", s2.EncodeSnappy(nil, nil), nil, 200, ""},
		{"GET", "GET", nil, nil, 405, "Method Not Allowed"},
		{"release 2", "POST", good, []string{"Content-Type", "application/x-protobuf;proto=io.prometheus.write.v2.Request"}, 415, `"application/x-protobuf;proto=io.prometheus.write.v2.Request" is not supported, want application/x-protobuf;proto=prometheus.WriteRequest`},
		{"JSON", "POST", good, []string{"Content-Type", "application/json"}, 415, `"application/json" is not supported, want application/x-protobuf;proto=prometheus.WriteRequest`},
		{"gzip", "POST", good, []string{"Content-Encoding", "gzip"}, 415, `the encoding "gzip" is not supported, want snappy`},
		{"no snappy", "POST", []byte("\xff\xff\xff\xff\xff\xff\xff"), nil, 400, "the body is no snappy block: s2: corrupt input"},
		{"no message", "POST", s2.EncodeSnappy(nil, []byte("\x0a\xff")), nil, 400, errMalformed.Error()},
		{"no label", "POST", s2.EncodeSnappy(nil, []byte("\x0a\x04\x0a\x02\x0a\xff")), nil, 400, errMalformed.Error()},
		{"too large", "POST", make([]byte, 2000), nil, 413, "the request body exceeds the limit http.max-body of 1000 bytes"},
		{"too large unpacked", "POST", s2.EncodeSnappy(nil, make([]byte, 2000)), nil, 413, "the request body exceeds the limit http.max-body of 1000 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := New(Config{Store: memory.New(memory.Config{}), MaxBody: 1000})
			answer := send(t, p, c.method, c.body, c.headers...)
			if answer.Code != c.status || answer.Body.String() != c.answer {
				t.Errorf("got %d %q, want %d %q", answer.Code, answer.Body, c.status, c.answer)
			}
		})
	}
}

// away is a store that is away.
type away struct{ storage.Store }

// Write fails.
func (away) Write(context.Context, *storage.Batch) error {
	return fmt.Errorf("no node: %w", points.ErrUnavailable)
}

// TestAway: Prometheus is asked to try again, and the next request has nothing
// of this one.
func TestAway(t *testing.T) {
	store := memory.New(memory.Config{})
	p := New(Config{Store: away{store}})
	if answer := send(t, p, http.MethodPost, request(map[string][]float64{"m": {1}})); answer.Code != 503 {
		t.Errorf("got %d, want 503", answer.Code)
	}
	p.Store = store
	send(t, p, http.MethodPost, request(map[string][]float64{"n": {2}}))
	if got, want := list(t, store), "n{add=tag} kairos_double 0 2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// picky is a store that refuses whole batches for one metric.
type picky struct{ storage.Store }

// Write refuses the metric never.
func (s picky) Write(ctx context.Context, b *storage.Batch) error {
	for _, c := range b.Changes {
		if c.Key.Metric == "never" {
			return points.Invalid("%s cannot be stored", c.Key)
		}
	}
	return s.Store.Write(ctx, b)
}

// TestPicky: what the store refuses does not take the other series with it.
func TestPicky(t *testing.T) {
	store := memory.New(memory.Config{})
	p := New(Config{Store: picky{store}})
	answer := send(t, p, http.MethodPost, request(map[string][]float64{"m": {1}}, map[string][]float64{"never": {1, 2}}, map[string][]float64{"n": {2}}))
	if want := "never{add=tag} kairos_double cannot be stored"; answer.Code != 400 || answer.Body.String() != want {
		t.Errorf("got %d %s, want 400 %s", answer.Code, answer.Body, want)
	}
	if got, want := list(t, store), "m{add=tag} kairos_double 0 1\nn{add=tag} kairos_double 0 2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := counts(p), "stored 2, stale 0, not sent 0, refused 2, other 0"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestManySeries goes on when the writer lets go of its columns in the middle.
func TestManySeries(t *testing.T) {
	store := memory.New(memory.Config{})
	p := New(Config{Store: store})
	r := newReader(p)
	r.writer = ingest.New(store, ingest.Config{MaxBytes: 100, MaxSeries: 2})
	var series []map[string][]float64
	for i := range 50 {
		series = append(series, map[string][]float64{fmt.Sprint("m", i): {1, 2, 3, 4, 5, 6, 7, 8, 9}})
	}
	plain, err := s2.Decode(nil, request(series...))
	if err != nil {
		t.Fatal(err)
	}
	if wrong, err := r.request(t.Context(), plain); wrong != nil || err != nil {
		t.Fatal(wrong, err)
	}
	if err := r.writer.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(list(t, store), "\n") + 1; got != 450 {
		t.Errorf("got %d points, want 450", got)
	}
}

// FuzzRequest: any message is taken or refused, and what is taken can be stored.
func FuzzRequest(f *testing.F) {
	plain, err := s2.Decode(nil, recorded(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(plain)
	f.Fuzz(func(t *testing.T, message []byte) {
		store := storage.Checked(memory.New(memory.Config{}))
		r := newReader(New(Config{Store: store}))
		r.writer.Reset(store)
		// What is wrong with any bytes is not looked at.
		_, _ = r.request(t.Context(), message)
		if err := r.writer.Flush(t.Context()); err != nil {
			t.Errorf("%q: %v", message, err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
}

// BenchmarkRequest reads requests of Prometheus' size.
func BenchmarkRequest(b *testing.B) {
	var series []map[string][]float64
	for i := range 2000 {
		series = append(series, map[string][]float64{fmt.Sprint("metric", i): {float64(i)}})
	}
	plain, err := s2.Decode(nil, request(series...))
	if err != nil {
		b.Fatal(err)
	}
	r := newReader(New(Config{}))
	b.ReportAllocs()
	for b.Loop() {
		r.writer.Reset(nil)
		if wrong, err := r.request(b.Context(), plain); wrong != nil || err != nil {
			b.Fatal(wrong, err)
		}
	}
	b.ReportMetric(2000*float64(b.N)/b.Elapsed().Seconds(), "points/s")
}
