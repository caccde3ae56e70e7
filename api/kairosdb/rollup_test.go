package kairosdb

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"aion/aggregators"
	"aion/query"
	"aion/query/rollup"
	"aion/storage/catalog"
	"aion/storage/memory"
)

// withRollups is a protocol with roll-ups, which run when a test lets them.
func withRollups(t testing.TB, c Config) *Protocol {
	t.Helper()
	c.Store, c.Specs, c.Now, c.RegexPrefix = memory.New(memory.Config{Now: clock}), aggregators.Builtin(), clock, "regex:"
	records, kept := catalog.New(c.Store)
	texts, ok := catalog.Services(c.Store, clock)
	if !kept || !ok {
		t.Fatal("the store keeps no records")
	}
	c.Rollups = rollup.New(rollup.Config{
		Store: c.Store, Texts: texts, Catalog: records, Parse: RollupParser(c), Now: clock, Host: "vm", Owner: "vm",
		Options: query.Options{Specs: c.Specs, Release: c.Release}, Limits: query.DefaultLimits(), Late: time.Hour,
	})
	return newProtocol(t, c)
}

// hourly is what the tasks of tests are due by.
const hourly = `"execution_interval":{"value":1,"unit":"hours"}`

// sums is a query that is good enough for a roll-up.
const sums = `{"start_relative":{"value":1,"unit":"hours"},"metrics":[{"name":"m2","aggregators":[{"name":"sum"}]}]}`

// TestRollupChecks holds what is refused, and how, to what a KairosDB 1.3.0
// answered.
func TestRollupChecks(t *testing.T) {
	p := withRollups(t, Config{Release: aggregators.V13})
	saved := func(query string) string { return `[{"save_as":"a","query":` + query + `}]` }
	metric := func(m string) string {
		return saved(`{"start_relative":{"value":1,"unit":"hours"},"metrics":[` + m + `]}`)
	}
	for _, tt := range []struct {
		body   string // of a task; one that begins with a bracket is its list of roll-ups
		status int
		want   string // the error; empty where that is Java's
	}{
		{`{"name":{},` + hourly + `}`, 500, "java.lang.IllegalStateException: Expected STRING but was BEGIN_OBJECT"},
		{`{"name":5,` + hourly + `}`, 200, ""},
		{`{"name":"a","execution_interval":5}`, 500, "java.lang.IllegalStateException: Expected BEGIN_OBJECT but was NUMBER"},
		{`{"name":"a","execution_interval":{}}`, 200, ""},
		{`{"name":"a","execution_interval":{"value":"x","unit":"hours"}}`, 500, `java.lang.NumberFormatException: For input string: "x"`},
		{`{"name":"a",` + hourly + `} trailing`, 500, "com.google.gson.stream.MalformedJsonException: Use JsonReader.setLenient(true) to accept malformed JSON at line 1 column 63"},
		{`  `, 500, "Not a JSON Object: null"},
		{`{name:a,` + hourly + `,}`, 500, "com.google.gson.stream.MalformedJsonException: Expected name at line 1 column 58"},
		{`{"rollups":{},"name":"R",` + hourly + `}`, 500, ""},
		{`{"rollups":null,"name":"R",` + hourly + `}`, 500, ""},
		{`[5]`, 500, "Not a JSON Object: 5"},
		{`[null]`, 500, "Not a JSON Object: null"},
		{`[{"save_as":5,"query":` + sums + `}]`, 200, ""},
		{`[{"save_as":{},"query":` + sums + `}]`, 500, "java.lang.IllegalStateException: Expected STRING but was BEGIN_OBJECT"},
		{`[{"save_as":"a","time_zone":null,"query":` + sums + `}]`, 200, ""},
		{`[{"save_as":"a","time_zone":"Europe/Berlin","query":` + sums + `}]`, 200, ""},
		{`[{"save_as":"a","time_zone":"bogus","query":` + sums + `}]`, 500, "is not a valid time zone, must be one of [Africa/"},
		{saved(`5`), 500, ""},
		{saved(`null`), 500, ""},
		{saved(`{}`), 400, "rollup[0]query.metric[] must have a size of at least 1"},
		{saved(`{"metrics":[]}`), 200, ""},
		{saved(`{"metrics":5}`), 500, ""},
		{metric(`5`), 500, "java.lang.IllegalStateException: Not a JSON Object: 5"},
		{metric(`{"name":"m","limit":"x"}`), 500, `For input string: "x"`},
		{metric(`{"name":"m","tags":{"a":""}}`), 400, "rollup[0].query.metric[0].tags[0].a value must not be null or empty"},
		{metric(`{"name":"m","order":"x"}`), 400, "rollup[0].query.metric[0].order must be either 'asc' or 'desc'"},
		{metric(`{"name":"m","group_by":[{"name":"tag"}]}`), 400, "rollup[0].query.metric[0].group_by[0].tags may not be null"},
		{metric(`{"name":"m","group_by":[{"name":"bogus"}]}`), 400, "rollup[0].query.metric[0].group_by[0].bogus invalid group_by name"},
		{metric(`{"name":"m","aggregators":[{"name":"sum","trim":5}]}`), 500, "java.lang.IllegalStateException: Expected BOOLEAN but was NUMBER"},
		{metric(`{"name":"m","aggregators":[{"name":"sum","sampling":{"value":"x","unit":"hours"}}]}`), 500, `java.lang.NumberFormatException: For input string: "x"`},
		{saved(`{"start_relative":{"value":-1,"unit":"hours"},"metrics":[{"name":"m"}]}`), 400, "start_relative.value must be greater than or equal to 0"},
		{saved(`{"start_relative":{"value":"x","unit":"hours"},"metrics":[{"name":"m"}]}`), 500, `java.lang.NumberFormatException: For input string: "x"`},
	} {
		body := tt.body
		if body[0] == '[' {
			body = `{"name":"R",` + hourly + `,"rollups":` + body + `}`
		}
		got := call(t, p, http.MethodPost, "/api/v1/rollups", body)
		if want := `{"errors":["` + strings.ReplaceAll(tt.want, `"`, `\"`); got.status != tt.status || tt.want != "" && !strings.HasPrefix(got.body, want) {
			t.Errorf("%s:\ngot  %d %.200s\nwant %d %s", body, got.status, got.body, tt.status, want)
		}
	}
}

// TestRollupTasks stores, reads, changes and removes tasks as a KairosDB 1.3.0
// does, but that a task keeps its id when it is changed.
func TestRollupTasks(t *testing.T) {
	const at = "/api/v1/rollups"
	p := withRollups(t, Config{Release: aggregators.V13})
	missing := func(what string) string { return `{"errors":["` + what + `"]}` }
	for _, tt := range []struct {
		method, target, body string
		status               int
		want                 string
		headers              []string
	}{
		{"GET", at, "", 200, `[]`, and(setAHeaders, vary)},
		{"GET", at + "/", "", 200, `[]`, setAHeaders},
		{"POST", at, `{"name":"mid", "id":"a",` + hourly + `,"x":null}`, 200, `{"id":"a","name":"mid","attributes":{"url":"/api/v1/rollups/a"}}`, and(setAHeaders, vary)},
		{"GET", at + "/a", "", 200, `{"name":"mid","id":"a",` + hourly + `,"x":null}`, and(setAHeaders, vary)},
		{"POST", at, `{"name":"num","id":5,` + hourly + `}`, 200, `{"id":"5","name":"num","attributes":{"url":"/api/v1/rollups/5"}}`, nil},
		{"PUT", at + "/a", `{"name":"b \u00e9",` + hourly + `}`, 200, `{"id":"a","name":"b é","attributes":{"url":"/api/v1/rollups/a"}}`, and(setAHeaders, "Vary: ")},
		{"GET", at + "/a", "", 200, `{"id":"a","name":"b é",` + hourly + `}`, nil},
		{"PUT", at + "/a", `{"id":"other","name":"c",` + hourly + `}`, 200, `{"id":"a","name":"c","attributes":{"url":"/api/v1/rollups/a"}}`, nil},
		{"GET", at, "", 200, `[{"name":"num","id":"5",` + hourly + `},{"id":"a","name":"c",` + hourly + `}]`, nil},
		{"PUT", at + "/none", `{}`, 404, missing("Resource not found for id none"), and(setAHeaders, "Vary: ")},
		{"PUT", at + "/a", `{}`, 400, `{"errors":["executionInterval may not be null","name may not be null"]}`, setBHeaders},
		{"PUT", at + "/a", ``, 500, `{"errors":["java.lang.IllegalArgumentException"]}`, setAHeaders},
		{"GET", at + "/none", "", 404, missing("Resource not found for id none"), and(setAHeaders, "Vary: ")},
		{"GET", at + "/status", "", 404, missing("Resource not found for id status"), setAHeaders},
		{"GET", at + "/status/a", "", 404, missing("Status not found for id a"), setAHeaders},
		{"DELETE", at + "/a", "", 204, "", setAHeaders},
		{"DELETE", at + "/a", "", 404, missing("Resource not found for id a"), setAHeaders},
		{"DELETE", at, "", 405, "", nil},
		{"POST", at + "/backfill/5", "", 405, "", nil},
		{"GET", at + "/history/5", "", 404, "", nil},
		{"GET", at + "/backfill/5", "", 500, missing("startTime must be specified"), setAHeaders},
		{"GET", at + "/backfill/5?startTime=2023-11-15", "", 500, missing(`Unparseable date: \"2023-11-15\"`), setAHeaders},
		{"GET", at + "/backfill/5?startTime=2023-11-15-00-00-00-000&endTime=", "", 500, missing(`Unparseable date: \"\"`), nil},
		{"GET", at + "/backfill/5?startTime=2023-11-15-00-00-00-000-zz", "", 204, "", setAHeaders},
		{"GET", at + "/backfill/none?startTime=2023-11-15-00-00-00-000", "", 404, missing("Resource not found for id none"), setAHeaders},
	} {
		got := call(t, p, tt.method, tt.target, tt.body)
		if got.status != tt.status || got.body != tt.want {
			t.Errorf("%s %s %s:\ngot  %d %s\nwant %d %s", tt.method, tt.target, tt.body, got.status, got.body, tt.status, tt.want)
		}
		for _, line := range tt.headers {
			name, want, _ := strings.Cut(line, ": ")
			if value := got.header.Get(name); value != want {
				t.Errorf("%s %s: %s: got %q, want %q", tt.method, tt.target, name, value, want)
			}
		}
	}
	made := call(t, p, "POST", at, `{"name":"new",`+hourly+`}`)
	again := call(t, p, "POST", at, `{"name":"new",`+hourly+`}`)
	if made.status != 200 || again.status != 200 || made.body == again.body {
		t.Errorf("got %s and %s, want two tasks", made.body, again.body)
	}
}

// TestRollupBackfill: a back-fill of KairosDB's is done when it is answered; ours
// is done later, and the history tells how far it is.
func TestRollupBackfill(t *testing.T) {
	p := withRollups(t, Config{Release: aggregators.V13, Extensions: true})
	put(t, p.Store, "m", map[string]string{"host": "x"}, 1_699_999_990_000, 1, 2)
	task := `{"id":"a","name":"n",` + hourly + `,"rollups":[{"save_as":"s","query":{"start_absolute":0,"metrics":[{"name":"m","aggregators":[{"name":"sum","sampling":{"value":1,"unit":"minutes"}}]}]}}]}`
	const query = `{"start_absolute":1,"metrics":[{"name":"s"}]}`
	call(t, p, "POST", "/api/v1/rollups", task)
	const span = "?startTime=2023-11-14-22-00-00-000&endTime=2023-11-14-22-20-00-000"
	for _, tt := range []struct{ method, target, want string }{
		{"POST", "backfill/a" + span, `{"errors":["the task is too new: no server has seen it yet, try again in some seconds"]}`},
		{"GET", "history/a", `{"errors":["Status not found for id a"]}`},
		{"GET", "history/none", `{"errors":["Resource not found for id none"]}`},
		{"GET", "backfill/a" + span, ``},
	} {
		if got := call(t, p, tt.method, "/api/v1/rollups/"+tt.target, ""); got.body != tt.want {
			t.Errorf("%s %s: got %d %s, want %s", tt.method, tt.target, got.status, got.body, tt.want)
		}
	}
	if got := askFor(t, p, query); !strings.Contains(got.body, `"tags":{"saved_from":["m"]},"values":[[1699999990000,3]]`) {
		t.Errorf("got %s, want the points back-filled", got.body)
	}
	p.Rollups.Step(t.Context())
	ordered := call(t, p, "POST", "/api/v1/rollups/backfill/a"+span, "").body
	p.Rollups.Step(t.Context())
	done := call(t, p, "GET", "/api/v1/rollups/history/a", "").body
	const head = `{"id":"a","name":"n","next_execution_time":1700003600000,"failures_in_turn":0,"running":false,"runs":[],` +
		`"backfill":{"start_time":1699999200000,"end_time":1700000400000,`
	if want := head + `"share":0,"data_point_count":0,"done":false}}`; ordered != want {
		t.Errorf("ordered:\ngot  %s\nwant %s", ordered, want)
	}
	if want := head + `"share":1,"data_point_count":1,"done":true}}`; done != want {
		t.Errorf("done:\ngot  %s\nwant %s", done, want)
	}
	status := call(t, p, "GET", "/api/v1/rollups/status/a", "").body
	if want := `{"statuses":[{"metric_name":"m","last_executed":"Never","data_point_count":0,"execution_length":0,"last_execution_time":0}],` +
		`"executing_host":"vm","next_scheduled":"14 Nov 2023 11:13:20 PM"}`; status != want {
		t.Errorf("status:\ngot  %s\nwant %s", status, want)
	}
}

// FuzzRollup: no text of a task breaks the parser, and what is taken is taken
// again as it is stored.
func FuzzRollup(f *testing.F) {
	f.Add(`{"name":"R",` + hourly + `,"rollups":[{"save_as":"a","time_zone":"UTC","query":` + sums + `}]}`)
	f.Add(`{"id":5,"name":5,"execution_interval":{},"rollups":[]}`)
	p := &Protocol{Config: Config{Release: aggregators.V13, Specs: aggregators.Builtin(), Now: clock}}
	parse := RollupParser(p.Config)
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := parse("a", text); err != nil {
			return
		}
		tree, err := p.parseRollup(text)
		if err != nil {
			t.Fatal(err)
		}
		identify(tree, "a")
		if again, err := parse("a", tree.String()); err != nil || again.Text != tree.String() {
			t.Errorf("%q is stored as %q, which is refused: %v", text, tree, err)
		}
	})
}

// TestFillTime reads times as Java does.
func TestFillTime(t *testing.T) {
	p := &Protocol{}
	for _, tt := range []struct {
		text string
		want string
	}{
		{"2023-11-15-00-00-00-000", "2023-11-15T00:00:00.000"},
		{"2023-1-5-0-0-0-0", "2023-01-05T00:00:00.000"},
		{"2023-13-40-25-61-61-1001", "2024-02-10T02:02:02.001"},
		{"2023-11-15-00-00-00-", ""}, {"", ""}, {"x", ""}, {"2023", ""}, {"-1-1-1-1-1-1-1", ""},
	} {
		at, err := p.fillTime(tt.text)
		got := ""
		if err == nil {
			got = time.UnixMilli(at).UTC().Format("2006-01-02T15:04:05.000")
		}
		if got != tt.want {
			t.Errorf("%q: got %s and %v, want %s", tt.text, got, err, tt.want)
		}
	}
}
