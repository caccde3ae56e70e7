package kairosdb

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"aion/aggregators"
	"aion/query"
	"aion/storage/memory"
)

// filled makes a protocol over a few series of m and others.
func filled(t testing.TB, c Config) *Protocol {
	t.Helper()
	store := memory.New(memory.Config{Now: clock})
	put(t, store, "m", map[string]string{"host": "a", "dc": "x"}, 1000, 1, 2, 3.5)
	put(t, store, "m", map[string]string{"host": "b"}, 1000, 10)
	put(t, store, "t", map[string]string{"host": "a"}, 1000, "x</y", 5)
	put(t, store, "metric/1", map[string]string{"host": "é"}, 1000, 1)
	c.Store = store
	return newProtocol(t, c)
}

// with is a query for m with further members.
func with(members string) string {
	return `{"start_absolute":1000,"end_absolute":2000,"metrics":[{"name":"m"` + members + `}]}`
}

// TestAnswers compares answers byte for byte.
func TestAnswers(t *testing.T) {
	const number = `{"name":"type","type":"number"}`
	const all = `"tags":{"dc":["x"],"host":["a","b"]}`
	tests := []struct {
		name    string
		release aggregators.Release
		body    string
		want    string // what stands between the outermost brackets of queries
	}{
		{"no metric", aggregators.V13, `{"metrics":[]}`, ""},
		{"plain", aggregators.V13, with(""),
			`{"results":[{"name":"m","group_by":[` + number + `],` + all + `,"values":[[1000,1],[1000,10],[1001,2],[1002,3.5]]}],"sample_size":4}`},
		{"no tags, descending, limit", aggregators.V13, with(`,"exclude_tags":true,"order":"desc","limit":1,"tags":{"host":"a"}`),
			`{"results":[{"name":"m","group_by":[` + number + `],"values":[[1002,3.5]]}],"sample_size":2}`},
		{"alias", aggregators.Develop, with(`,"alias":"","tags":{"host":"b"}`),
			`{"results":[{"name":"m","alias":"","group_by":[` + number + `],"tags":{"host":["b"]},"values":[[1000,10]]}],"sample_size":1}`},
		{"alias is unknown", aggregators.V13, with(`,"alias":"z","tags":{"host":"b"}`),
			`{"results":[{"name":"m","group_by":[` + number + `],"tags":{"host":["b"]},"values":[[1000,10]]}],"sample_size":1}`},
		{"nothing matches", aggregators.V13, with(`,"tags":{"host":"zz"}`),
			`{"results":[{"name":"m","tags":{},"values":[]}],"sample_size":0}`},
		{"nothing matches on develop", aggregators.Develop, with(`,"tags":{"host":"zz"}`),
			`{"results":[],"sample_size":0}`},
		{"groupers", aggregators.Develop, with(`,"group_by":[{"name":"tag","tags":["host","dc","host"]},{"name":"value","range_size":5},` +
			`{"name":"bin","bins":[2,3.50]},{"name":"time","range_size":{"value":1,"unit":"hours"},"group_count":24}],"tags":{"host":"b"}`),
			`{"results":[{"name":"m","group_by":[{"name":"value","range_size":5,"group":{"group_number":2}},` +
				`{"name":"bin","bins":[2,3.5],"group":{"bin_number":2}},` +
				`{"name":"time","range_size":{"value":1,"unit":"HOURS"},"group_count":24,"group":{"group_number":0}},` +
				`{"name":"tag","tags":["host","dc","host"],"group":{"host":"b","dc":""}},` + number + `],"tags":{"host":["b"]},"values":[[1000,10]]}],"sample_size":1}`},
		{"aggregator", aggregators.V13, with(`,"aggregators":[{"name":"sum","sampling":{"value":1,"unit":"seconds"}}]`),
			`{"results":[{"name":"m","group_by":[` + number + `],` + all + `,"values":[[1000,16.5]]}],"sample_size":4}`},
		{"texts and numbers", aggregators.V13, `{"start_absolute":1,"metrics":[{"name":"t"},{"name":"metric/1"}]}`,
			`{"results":[{"name":"t","group_by":[` + number + `],"tags":{"host":["a"]},"values":[[1001,5]]},` +
				`{"name":"t","group_by":[{"name":"type","type":"text"}],"tags":{"host":["a"]},"values":[[1000,"x<\/y"]]}],"sample_size":2},` +
				`{"results":[{"name":"metric/1","group_by":[` + number + `],"tags":{"host":["é"]},"values":[[1000,1]]}],"sample_size":1}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := askFor(t, filled(t, Config{Release: tt.release}), tt.body)
			if want := `{"queries":[` + tt.want + `]}`; got.status != 200 || got.body != want {
				t.Errorf("got %d %s\nwant %s", got.status, got.body, want)
			}
		})
	}
}

// TestFailures compares the answers to queries that fail.
func TestFailures(t *testing.T) {
	tests := []struct {
		name   string
		limits query.Limits
		body   string
		status int
		want   string
	}{
		{"arithmetic", query.Limits{}, with(`,"aggregators":[{"name":"rate"}]`), 500,
			`{"errors":["The rate aggregator cannot compute rate for data points with the same time stamp.  You must precede rate with another aggregator."]}`},
		{"no message", query.Limits{}, with(`,"aggregators":[{"name":"sma"}]`), 500, `{"errors":[null]}`},
		{"no sampling", query.Limits{}, with(`,"aggregators":[{"name":"sum","sampling":{"unit":"days"}}]`), 500, `{"errors":["/ by zero"]}`},
		{"grouping by a number", query.Limits{}, with(`,"group_by":[{"name":"tag","tags":["host",5,null]}]`), 500,
			`{"errors":["class java.lang.Double cannot be cast to class java.lang.String (java.lang.Double and ` +
				`java.lang.String are in module java.base of loader 'bootstrap')"]}`},
		{"grouping by null", query.Limits{}, with(`,"group_by":[{"name":"tag","tags":[null]}]`), 500, `{"errors":[null]}`},
		{"grouping nothing by a number", query.Limits{},
			`{"start_absolute":0,"metrics":[{"name":"nothing","group_by":[{"name":"tag","tags":[5]}]}]}`, 200,
			`{"queries":[{"results":[],"sample_size":0}]}`},
		{"negative limit", query.Limits{}, with(`,"limit":-1`), 500,
			`{"errors":["org.kairosdb.core.exception.DatastoreException: com.datastax.driver.core.exceptions.InvalidQueryException: LIMIT must be strictly positive"]}`},
		{"points", query.Limits{MaxPoints: 2}, with(""), 413, `{"errors":["the query exceeds the limit query.max-points of 2 points"]}`},
		{"text", query.Limits{}, `"x"`, 500, `{"errors":["Not a JSON Object: \"x\""]}`},
		{"body", query.Limits{}, strings.Repeat(" ", 2000), 413, `{"errors":["the request body exceeds the limit http.max-body of 1024 bytes"]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := filled(t, Config{Release: aggregators.Develop, MaxBody: 1024, Engine: query.New(query.Config{Limits: tt.limits})})
			got := askFor(t, p, tt.body)
			if got.status != tt.status || got.body != tt.want {
				t.Errorf("got %d %s, want %d %s", got.status, got.body, tt.status, tt.want)
			}
		})
	}
}

// TestLateFailureIsCut shows that a failure behind the first 64 KiB is an error
// of the handler after bytes have been sent, on which the server cuts the
// connection.
func TestLateFailureIsCut(t *testing.T) {
	store := memory.New(memory.Config{Now: clock})
	values := make([]any, 40_000)
	for i := range values {
		values[i] = i
	}
	put(t, store, "m", map[string]string{"host": "a"}, 1000, values...)
	put(t, store, "m", map[string]string{"host": "b"}, 40_000, 1)
	p := newProtocol(t, Config{Store: store, Release: aggregators.V13})
	got := askFor(t, p, `{"start_absolute":1,"metrics":[{"name":"m","aggregators":[{"name":"rate"}]}]}`)
	if got.status != 200 || strings.Contains(got.body, "errors") || strings.HasSuffix(got.body, "]}") {
		t.Errorf("got %d, end %q, want the beginning of a 200", got.status, got.body[max(0, len(got.body)-40):])
	}
}

// TestTags asks for tags alone, with much that does not count there.
func TestTags(t *testing.T) {
	p := filled(t, Config{Release: aggregators.Develop})
	body := `{"start_absolute":9,"metrics":[{"name":"m","alias":"z","exclude_tags":true,"limit":-1,"aggregators":[{"name":"sum"}]},{"name":"none"}]}`
	got := call(t, p, "POST", "/api/v1/datapoints/query/tags", body)
	want := `{"queries":[{"results":[{"name":"m","tags":{"dc":["x"],"host":["a","b"]},"values":[]}]},{"results":[{"name":"none","tags":{},"values":[]}]}]}`
	if got.status != 200 || got.body != want {
		t.Errorf("got %d %s, want %s", got.status, got.body, want)
	}
}

// TestGet asks in the address.
func TestGet(t *testing.T) {
	const q = "%7B%22start_absolute%22:1000%2C%22metrics%22:%5B%7B%22name%22:%22t%22,%22exclude_tags%22:true,%22limit%22:1%7D%5D%7D"
	const base = "/api/v1/datapoints/query"
	whole := `{"queries":[{"results":[{"name":"t","group_by":[{"name":"type","type":"number"}],"values":[[1001,5]]},` +
		`{"name":"t","group_by":[{"name":"type","type":"text"}],"values":[[1000,"x<\/y"]]}],"sample_size":2}]}`
	tests := []struct {
		method, target string
		status         int
		want           string
	}{
		{"GET", base + "?query=" + q, 200, whole},
		{"GET", base + "?a=b&query=" + q + "&query=5", 200, whole},
		{"GET", base, 400, `{"errors":["query json must not be null or empty"]}`},
		{"GET", base + "?query=", 500, `{"errors":["Not a JSON Object: null"]}`},
		{"GET", base + "?query={a=1;metrics=[]}", 200, `{"queries":[]}`},
		{"HEAD", base + "?query=" + q, 200, ""},
		{"HEAD", base, 400, ""},
	}
	p := filled(t, Config{Release: aggregators.V13})
	for _, tt := range tests {
		if got := call(t, p, tt.method, tt.target, ""); got.status != tt.status || got.body != tt.want {
			t.Errorf("%s %s: got %d %s, want %d %s", tt.method, tt.target, got.status, got.body, tt.status, tt.want)
		}
	}
}

// TestCompression packs whole answers for those who accept it.
func TestCompression(t *testing.T) {
	p := filled(t, Config{Release: aggregators.V13})
	plain := askFor(t, p, with(""))
	tests := []struct {
		accepts, body string
		want          string // of Content-Encoding
	}{
		{"gzip", with(""), "gzip"},
		{"deflate, GZIP;q=0.5", with(""), "gzip"},
		{"gzip;q=x", with(""), "gzip"},
		{"gzip;q=0", with(""), ""},
		{"deflate", with(""), ""},
		{"gzip", "{bad", ""},
		{"gzip", with(`,"aggregators":[{"name":"rate"}]`), ""},
	}
	for _, tt := range tests {
		got := call(t, p, "POST", "/api/v1/datapoints/query", tt.body, "Accept-Encoding: "+tt.accepts)
		if encoding := got.header.Get("Content-Encoding"); encoding != tt.want {
			t.Errorf("%s: got %q, want %q", tt.accepts, encoding, tt.want)
		}
		if tt.want != "" {
			z, err := gzip.NewReader(bytes.NewReader([]byte(got.body)))
			if err != nil {
				t.Fatal(err)
			}
			if text := drain(t, z); text != plain.body {
				t.Errorf("%s: got %s, want %s", tt.accepts, text, plain.body)
			}
		}
	}
}
