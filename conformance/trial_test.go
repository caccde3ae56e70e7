package conformance

import (
	"encoding/json"
	"encoding/xml"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"aion/storage/cassandra/cassandratest"
)

// TestTrial holds an Aion that listens to everything and has data of others, as a
// command does.
func TestTrial(t *testing.T) {
	u := Setup{Release: "1.3", Extensions: true, Prefix: "conform.t."}
	target := listen(t, start(t, inMemory(), u))
	server, err := Detect(t.Context(), target)
	if err != nil || server.Kairos || server.Cassandra || server.Version == "" {
		t.Fatalf("got %+v, %v, want an Aion", server, err)
	}
	if on, err := Extended(t.Context(), target, server); err != nil || !on {
		t.Errorf("got %t, %v, want extensions on", on, err)
	}
	const others = `[{"name":"others","tags":{"theirs":"yes"},"datapoints":[[1,1]]}]`
	if got := ask(t, target, "POST", "/api/v1/datapoints", others); got.status != 204 {
		t.Fatalf("got %d %s, want 204", got.status, got.body)
	}
	trial := Trial{Target: target, Setup: u, Server: server, Now: testNow}
	results, err := trial.Run(t.Context())
	all := Total(results)
	if err != nil || all.Failed != 0 || all.Passed < 250 {
		var report strings.Builder
		t.Errorf("got %v and %v:\n%s", err, WriteTable(&report, results), report.String())
	}
	names := ask(t, target, "GET", "/api/v1/metricnames", "")
	if string(names.body) != `{"results":["others"]}` {
		t.Errorf("got %s left behind, want nothing but what was there", names.body)
	}
}

// TestTrialOfAKairosDB holds a real KairosDB 1.3.0 to everything: it passes but
// for what is marked as its defects, and needs every mark. Its roll-ups are
// switched on.
func TestTrialOfAKairosDB(t *testing.T) {
	node := cassandratest.Shared(t)
	kairos := cassandratest.StartKairos(t, node, node.Keyspace(t),
		`kairosdb.service.rollups = "org.kairosdb.rollup.RollUpModule"`,
		`kairosdb.rollups.server_assignment.check_update_delay_millseconds = 10000`,
		`kairosdb.queue_processor.class = "org.kairosdb.core.queue.MemoryQueueProcessor"`,
		`kairosdb.queue_processor.min_batch_size = 1`,
		`kairosdb.queue_processor.min_batch_wait = 10`,
		`kairosdb.ingest_executor.thread_count = 1`)
	base, err := url.Parse(kairos.URL)
	if err != nil {
		t.Fatal(err)
	}
	target := &Remote{Base: base}
	server, err := Detect(t.Context(), target)
	if err != nil || !server.Kairos {
		t.Fatalf("got %+v, %v, want a KairosDB", server, err)
	}
	server.Cassandra = true
	trial := Trial{Target: target, Setup: Setup{Release: "1.3", Prefix: "conform.k."}, Server: server, Now: time.Now}
	results, err := trial.Run(t.Context())
	var report strings.Builder
	if failed := WriteTable(&report, results); err != nil || failed != nil || Total(results).Failed != 0 {
		t.Errorf("got %v, %v:\n%s", err, failed, report.String())
	}
	t.Log(report.String())
	for _, x := range excusesOf(t, "excuses-kairosdb.txt").list {
		used := slices.ContainsFunc(results, func(r Result) bool { return r.Status == Excused && r.Reason == x.Reason })
		if set := strings.HasPrefix(x.Reason, "setting:"); !used && !set && x.Only != "h2" {
			t.Errorf("excuse %s %s is not needed any more: %s", x.Set, x.Item, x.Reason)
		}
	}
}

// TestTrialTells counts and tells what a server answers otherwise.
func TestTrialTells(t *testing.T) {
	results := []Result{
		{Area: "names", Name: "names:4", Status: Passed, Took: 1500 * time.Millisecond},
		{Area: "names", Name: "names:17", Status: Failed, Detail: "got\n<a>\nwant\n\"b\"\n"},
		{Area: "limit", Name: "limit:1", Status: Excused, Reason: "difference 07: limits count per series"},
		{Area: "limit", Name: "limit:2", Status: Excused, Reason: "difference 07: limits count per series"},
		{Area: "limit", Name: "limit:3", Status: LeftOut, Reason: "it needs a clock"},
	}
	var table, junit, text strings.Builder
	if err := WriteTable(&table, results); err != nil {
		t.Fatal(err)
	}
	const wantTable = `names names:17: got
<a>
want
"b"

area   passed  failed  excused  left out  excused by
names  1       1       0        0
limit  0       0       2        1         difference 07
all    1       1       2        1         difference 07
left out 1: it needs a clock
`
	if got := strings.ReplaceAll(table.String(), "        \n", "\n"); strings.ReplaceAll(got, " \n", "\n") != wantTable {
		t.Errorf("got\n%s\nwant\n%s", got, wantTable)
	}
	if err := WriteJUnit(&junit, results); err != nil {
		t.Fatal(err)
	}
	var read junitSuites
	if err := xml.Unmarshal([]byte(junit.String()), &read); err != nil || len(read.Suites) != 2 {
		t.Fatalf("got %v from\n%s", err, junit.String())
	}
	names, limit := read.Suites[0], read.Suites[1]
	if names.Failures != 1 || names.Cases[0].Time != "1.500" || names.Cases[1].Failure.Text != results[1].Detail || limit.Skipped != 3 ||
		limit.Cases[0].Skipped.Message != "excused: difference 07: limits count per series" {
		t.Errorf("got %s", junit.String())
	}
	if err := WriteJSON(&text, Server{Version: "v"}, results); err != nil {
		t.Fatal(err)
	}
	var said struct {
		Passed, Failed, Excused int
		Results                 []Result
	}
	if err := json.Unmarshal([]byte(text.String()), &said); err != nil || said.Passed != 1 || said.Failed != 1 || said.Excused != 2 || !slices.Equal(said.Results, results) {
		t.Errorf("got %v and %s", err, text.String())
	}
}

// TestApart renames what an example names, and nothing else.
func TestApart(t *testing.T) {
	e := Example{
		Request: ExampleRequest{Path: "/api/v1/metric/x.y", Body: json.RawMessage(`"[{\"name\":\"m\"},{\"name\": \"sum\",\"metric_name\":\"saved\"}]"`)},
		Setup:   []ExampleRequest{{Body: json.RawMessage(`{"gzip":"{\"name\":\"packed\"}"}`)}},
		Then:    []ExampleStep{{Request: ExampleRequest{Path: "/q?query=%7B%22name%22%3A%22asked%22%7D"}}},
	}
	got := e.metrics()
	slices.Sort(got)
	if want := []string{"asked", "m", "packed", "saved", "x.y"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	a := apart{prefix: "p.", names: []string{"mm", "m"}}
	if got, want := a.renamed(`{"name":"m","tags":{"mm":"x m"},"then":"mm"}`), `{"name":"p.m","tags":{"p.mm":"x m"},"then":"p.mm"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := string(a.onlyMine([]byte(`{"results":["a","p.m"]}`))), `{"results":["p.m"]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
