package kairosdb

import (
	"context"
	"iter"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"aion/aggregators"
	"aion/api/access"
	"aion/query"
	"aion/storage"
	"aion/storage/memory"
)

// stuck is a store whose series are not found before the caller leaves.
type stuck struct {
	*memory.Store
	reached chan struct{}
}

// Snapshot is the store itself.
func (s stuck) Snapshot(context.Context) (storage.Snapshot, error) { return s, nil }

// Close does nothing.
func (stuck) Close() error { return nil }

// Select waits for the end of ctx.
func (s stuck) Select(ctx context.Context, _ storage.Selection) iter.Seq2[storage.Series, error] {
	return func(yield func(storage.Series, error) bool) {
		s.reached <- struct{}{}
		<-ctx.Done()
		yield(nil, ctx.Err())
	}
}

// TestAdmin lists what runs and what waits, and ends it.
func TestAdmin(t *testing.T) {
	const (
		idle  = `{"queries":[],"queries waiting":0}`
		sent  = `{start_absolute:1, "end_absolute":99999999,"metrics":[{"name":"big","limit":0,"exclude_tags":true}]}`
		hash  = "eeccf2c3d02da5defe88b9ef5abc8321" // as a KairosDB answers
		entry = `{"query hash":"` + hash + `","metric name":"big","query JSON":{"start_absolute":1,"end_absolute":99999999,` +
			`"metrics":[{"name":"big","limit":0,"exclude_tags":true}]}}`
	)
	store := stuck{memory.New(memory.Config{}), make(chan struct{})}
	limits := query.DefaultLimits()
	limits.MaxConcurrent = 1
	p := newProtocol(t, Config{Store: store, Engine: query.New(query.Config{Limits: limits}), Release: aggregators.V13})
	list := func() string { return call(t, p, "GET", "/api/v1/admin/runningqueries", "").body }
	if got := list(); got != idle {
		t.Errorf("got %s, want %s", got, idle)
	}
	var all sync.WaitGroup
	var ended [2]reply
	for i := range ended {
		all.Go(func() { ended[i] = askFor(t, p, sent) })
	}
	<-store.reached
	want := `{"queries":[` + entry + `],"queries waiting":1}`
	for end := time.Now().Add(time.Minute); list() != want && time.Now().Before(end); time.Sleep(time.Millisecond) {
	}
	if got := list(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := call(t, p, "GET", "/api/v1/admin/killquery/none", ""); got.status != 204 || list() != want {
		t.Errorf("a hash that nothing has: got %d and %s", got.status, list())
	}
	for i := range ended {
		if i > 0 {
			<-store.reached
		}
		got := call(t, p, "GET", "/api/v1/admin/killquery/"+hash, "")
		if got.status != 204 || got.body != "" {
			t.Errorf("got %d %s, want 204", got.status, got.body)
		}
		checkHeader(t, got, setAHeaders)
	}
	all.Wait()
	for _, got := range ended {
		if got.status != 500 || got.body != `{"errors":["the query was ended by killquery"]}` {
			t.Errorf("killed: got %d %s", got.status, got.body)
		}
	}
	if got := list(); got != idle {
		t.Errorf("got %s, want %s", got, idle)
	}
}

// TestHash names queries by what they read.
func TestHash(t *testing.T) {
	p := newProtocol(t, Config{Release: aggregators.V13})
	sums := map[string]string{}
	for _, text := range []string{
		`{"start_absolute":1,"metrics":[{"name":"a"}]}`,
		`{"start_absolute":1,"metrics":[{"name":"a","tags":{"b":["y","x"],"a":"z"}}]}`,
		`{"start_relative":{"value":"1","unit":"hours"},"metrics":[{"name":"a"}]}`,
		`{"start_absolute":1,"end_relative":{"value":"1","unit":"hours"},"metrics":[{"name":"a"}]}`,
	} {
		q, err := p.parse(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if other, twice := sums[q.hash(0)]; twice {
			t.Errorf("%s and %s: got one hash, want two", text, other)
		}
		sums[q.hash(0)] = text
	}
	for _, text := range []string{
		`{"start_absolute":1,"metrics":[{"name":"a","limit":1,"tags":{"a":["z"],"b":["x","y","x"]}}]}`,
		`{"start_relative":{"value":1,"unit":"HOURS"},"metrics":[{"name":"a","aggregators":[{"name":"diff"}]}]}`,
	} {
		q, err := p.parse(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if sums[q.hash(0)] == "" {
			t.Errorf("%s: got the hash %s, want that of another form of it", text, q.hash(0))
		}
	}
}

// TestJobs lists jobs where the release does.
func TestJobs(t *testing.T) {
	for release, want := range map[aggregators.Release]reply{
		aggregators.V12:     {status: 404},
		aggregators.V13:     {status: 404},
		aggregators.Develop: {status: 200, body: `["org.kairosdb.core.jobs.CacheFileCleaner"]`},
	} {
		got := call(t, newProtocol(t, Config{Release: release}), "GET", "/api/v1/admin/scheduledjobs", "")
		if got.status != want.status || got.body != want.body {
			t.Errorf("%s: got %d %s, want %d %s", release, got.status, got.body, want.status, want.body)
		}
	}
	old := newProtocol(t, Config{Release: aggregators.V12})
	if got := call(t, old, "GET", "/api/v1/admin/runningqueries", ""); got.status != 404 {
		t.Errorf("1.2: got %d, want 404", got.status)
	}
}

// TestRunningIsWhole: what is listed while queries come and go, which give the memory of
// their texts to the next ones, is one of them each, whole.
func TestRunningIsWhole(t *testing.T) {
	store := memory.New(memory.Config{Now: clock})
	put(t, store, "m", map[string]string{"a": "b"}, 1, 1)
	p := newProtocol(t, Config{Store: store, Release: aggregators.V13})
	var asking sync.WaitGroup
	ended := make(chan struct{})
	for i := range 4 {
		asking.Go(func() {
			tag := strings.Repeat(strconv.Itoa(i), 3*i+1)
			sent := `{"start_absolute":1,"metrics":[{"name":"m","tags":{"a":["` + tag + `","b"]}}]}`
			for range 200 {
				if got := askFor(t, p, sent); got.status != 200 {
					t.Errorf("got %d %s", got.status, got.body)
				}
			}
		})
	}
	go func() { asking.Wait(); close(ended) }()
	whole := regexp.MustCompile(`^\{"queries":\[(,?\{"query hash":"[0-9a-f]+","metric name":"m","query JSON":\{"start_absolute":1,` +
		`"metrics":\[\{"name":"m","tags":\{"a":\["(0|1111|2222222|3333333333)","b"\]\}\}\]\}\})*\],"queries waiting":\d+\}$`)
	for listing := true; listing; {
		select {
		case <-ended:
			listing = false
		default:
		}
		if got := call(t, p, "GET", "/api/v1/admin/runningqueries", "").body; !whole.MatchString(got) {
			t.Fatalf("got %s", got)
		}
		call(t, p, "GET", "/api/v1/admin/killquery/none", "")
	}
}

// TestRunningIsNotHeldUp: while somebody is shown one query, others begin and end, and
// those that have ended are not shown.
func TestRunningIsNotHeldUp(t *testing.T) {
	var r running
	who := access.Everyone()
	first, second := &executing{who: who}, &executing{who: who}
	defer r.add(first)()
	end := r.add(second)
	var shown []*executing
	r.each(who, func(e *executing) {
		shown = append(shown, e)
		r.add(&executing{who: who})()
		end()
	})
	if len(shown) != 1 || shown[0] != first {
		t.Errorf("%d queries were shown, want the first", len(shown))
	}
}
