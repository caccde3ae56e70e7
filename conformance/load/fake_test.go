package load

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// fake is a server that stores points and counts them, which is all that a run
// looks at. Its zero value does that in a millisecond and without a mistake.
type fake struct {
	lag   time.Duration                          // from acknowledging a point to storing it
	slow  func(n int, path string) time.Duration // more time that the n-th request takes, may be nil
	fault func(n int, path string) fault         // what goes wrong with it, may be nil
	most  int                                    // points that a query may find where it names no tag, 0 is any number

	mu     sync.Mutex
	n      int
	points []stored
}

// fault is something that goes wrong with a request; zero: nothing.
type fault int

// The faults: a status, an answer that ends early, points that are acknowledged
// and lost.
const (
	cut  fault = -1
	lose fault = -2
)

// stored is a point.
type stored struct {
	tags map[string]string
	at   int64
	seen time.Time
}

// written is an object of a write.
type written struct {
	Name       string
	Timestamp  int64
	Value      json.Number
	Tags       map[string]string
	Datapoints [][2]json.Number
}

// ServeHTTP answers as KairosDB does.
func (f *fake) ServeHTTP(to http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	n, wrong := f.begin(req.URL.Path)
	time.Sleep(time.Millisecond) // without it a bubble's clock would stand still
	if f.slow != nil {
		time.Sleep(f.slow(n, req.URL.Path))
	}
	switch {
	case wrong > 0:
		http.Error(to, `{"errors":["the store is away,`+"\n"+`try again"]}`, int(wrong))
	case wrong == cut:
		fmt.Fprint(to, `{"queries":[`)
		to.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	case req.Method == http.MethodDelete:
		f.set(nil)
		to.WriteHeader(http.StatusNoContent)
	case strings.HasSuffix(req.URL.Path, "/version"):
		fmt.Fprint(to, `{"version": "Fake 1"}`)
	case strings.HasSuffix(req.URL.Path, "/datapoints"):
		f.write(body, wrong == lose)
		to.WriteHeader(http.StatusNoContent)
	default:
		n, all := f.count(body)
		if f.most > 0 && all && n > f.most {
			http.Error(to, `{"errors":["too much"]}`, http.StatusRequestEntityTooLarge)
			return
		}
		fmt.Fprintf(to, `{"queries": [{"sample_size": %d, "results": []}]}`, n)
	}
}

// begin numbers a write or a query, and says what goes wrong with it.
func (f *fake) begin(path string) (int, fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n++
	if f.fault == nil {
		return f.n, 0
	}
	return f.n, f.fault(f.n, path)
}

// set replaces the points.
func (f *fake) set(points []stored) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.points = points
}

// write stores what a body writes.
func (f *fake) write(body []byte, lost bool) {
	var objects []written
	if err := json.Unmarshal(body, &objects); err != nil || lost {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, o := range objects {
		if len(o.Datapoints) == 0 {
			f.points = append(f.points, stored{o.Tags, o.Timestamp, time.Now().Add(f.lag)})
		}
		for _, pair := range o.Datapoints {
			at, _ := pair[0].Int64()
			f.points = append(f.points, stored{o.Tags, at, time.Now().Add(f.lag)})
		}
	}
}

// count counts the points that a query matches, and tells whether that names no
// tag.
func (f *fake) count(body []byte) (n int, all bool) {
	var q struct {
		Start   int64 `json:"start_absolute"`
		End     int64 `json:"end_absolute"`
		Metrics []struct{ Tags map[string][]string }
	}
	if json.Unmarshal(body, &q) != nil || len(q.Metrics) != 1 {
		return -1, false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	wanted := q.Metrics[0].Tags
	for _, p := range f.points {
		if p.at >= q.Start && p.at <= q.End && !p.seen.After(time.Now()) && p.matches(wanted) {
			n++
		}
	}
	return n, len(wanted) == 0
}

// matches tells whether the point has one of the wanted values of each tag.
func (p *stored) matches(wanted map[string][]string) bool {
	for tag, values := range wanted {
		if !slices.Contains(values, p.tags[tag]) {
			return false
		}
	}
	return true
}

// direct hands requests to a handler without a network, so that a bubble's clock
// stands still for it.
type direct struct{ http.Handler }

// RoundTrip lets the handler answer. One that cuts the connection makes an
// answer that ends early.
func (d direct) RoundTrip(req *http.Request) (res *http.Response, err error) {
	answer := httptest.NewRecorder()
	defer func() {
		if recover() != nil {
			res, err = nil, io.ErrUnexpectedEOF
		}
	}()
	d.ServeHTTP(answer, req)
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	return answer.Result(), nil
}

// small is a run on the handler of ten devices with sixty points each: two
// clients write sixty points at once.
func small(t *testing.T, server http.Handler, phases ...Phase) Config {
	t.Helper()
	w, err := Named("a")
	if err != nil {
		t.Fatal(err)
	}
	w.Series, w.Points = 10, 60
	return Config{
		Target: &url.URL{Scheme: "http", Host: "fake.example", User: url.UserPassword("me", "secret")}, Workload: w, Prefix: "p.",
		Seed: 1, Phases: phases, Shape: Objects, Clients: 2, Batch: 60, Duration: time.Second, Timeout: time.Minute, Settle: time.Minute,
		Transport: direct{server},
	}
}
