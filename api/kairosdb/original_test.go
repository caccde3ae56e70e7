package kairosdb

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"aion/aggregators"
)

// TestOriginalQuery compares with what a KairosDB 1.3.0 answers, but for the order
// of members, which is that of a hash table there.
func TestOriginalQuery(t *testing.T) {
	const none, begin = `"queries":[{"results":[{"name":"m","tags":{},"values":[]}],"sample_size":0}]}`, `{"errors":["org.json.JSONException: A JSONObject text must begin with '{' at `
	p := newProtocol(t, Config{Release: aggregators.V13, ReturnQuery: true})
	for _, tt := range []struct {
		body   string
		status int
		want   string
	}{
		{`{"start_absolute":1, metrics:[{"name":"m","tags":{"b":["x"],"a":"y"}, "limit":1}], "zz":1e3, cache_time: "1"}`, 200,
			`{"original_query":{"start_absolute":1,"metrics":[{"name":"m","tags":{"b":["x"],"a":"y"},"limit":1}],"zz":1000,"cache_time":"1"},` + none},
		{`{"end_absolute":99999999999999999999,"metrics":[{"name":"m"}],"start_absolute":1,"x":1.50,"y":true,"z":-0.25}`, 200,
			`{"original_query":{"end_absolute":"99999999999999999999","metrics":[{"name":"m"}],"start_absolute":1,"x":1.5,"y":true,"z":-0.25},` + none},
		{`{"start_absolute":1,"metrics":[{"name":"m"}],"</a>":"</a>é\u2028"}`, 200,
			`{"original_query":{"start_absolute":1,"metrics":[{"name":"m"}],"<\/a>":"<\/a>é\u2028"},` + none},
		{`{"start_absolute":1,"metrics":[{"name":"m"}],"x":[[1,],[,],[,,],[1,,2],[1,null],[[1],],[1,null,],[ , 1 , ],[]]}`, 200,
			`{"original_query":{"start_absolute":1,"metrics":[{"name":"m"}],"x":[[1],[null],[null,null],[1,null,2],[1,null],[[1]],[1,null],[null,1],[]]},` + none},
		{``, 500, begin + `0 [character 1 line 1]"]}`},
		{`[1]`, 500, begin + `1 [character 2 line 1]"]}`},
		{`  [1]`, 500, begin + `3 [character 4 line 1]"]}`},
		{`{"start_absolute":1,"metrics":[{"name":"m",}]}`, 400,
			`{"errors":["com.google.gson.stream.MalformedJsonException: Expected name at line 1 column 45"]}`},
	} {
		if got := askFor(t, p, tt.body); got.status != tt.status || got.body != tt.want {
			t.Errorf("%s:\ngot  %d %s\nwant %d %s", tt.body, got.status, got.body, tt.status, tt.want)
		}
	}
	if got := call(t, p, "POST", "/api/v1/datapoints/query/tags", `{"start_absolute":1,"metrics":[{"name":"m"}]}`); strings.Contains(got.body, "original") {
		t.Errorf("tags: got %s", got.body)
	}
}

// TestForked takes what forks take, where that is set, and nothing of it elsewhere.
func TestForked(t *testing.T) {
	for _, tt := range []struct{ metric, refused, want string }{
		{`"group_by":[{"name":"time","range_size":{"value":1,"unit":"hours"}}]`, "groupCount", `"group_count":3`},
		{`"group_by":[{"name":"time","range_size":{"value":1,"unit":"months"}}]`, "groupCount", `"group_count":1`},
		{`"aggregators":[{"name":"sampler","sampling":{"value":7,"unit":"seconds"}}]`, "no matching setter", `[[1,1000]`},
		{`"aggregators":[{"name":"filter","filter_op":"lt","filter_indeterminate_inclusion":"keep"}]`, "no matching setter", `[[0,1],[1,1]]`},
	} {
		body := `{"start_absolute":0,"end_absolute":10800000,"metrics":[{"name":"m",` + tt.metric + `}]}`
		for forked, want := range map[bool]string{false: tt.refused, true: tt.want} {
			p := newProtocol(t, Config{Release: aggregators.Develop, Forked: forked})
			put(t, p.Store, "m", map[string]string{"host": "a"}, 0, 1, 1)
			got := askFor(t, p, body)
			if (got.status == 200) != forked || !strings.Contains(got.body, want) {
				t.Errorf("%s, forked %t: got %d %s, want %s in it", tt.metric, forked, got.status, got.body, want)
			}
		}
	}
}

// TestSlow logs queries that take long, and no others.
func TestSlow(t *testing.T) {
	for slow, want := range map[time.Duration]bool{0: false, time.Millisecond: true, time.Hour: false} {
		var log bytes.Buffer
		p := newProtocol(t, Config{Release: aggregators.V13, Slow: slow, Log: slog.New(slog.NewTextHandler(&log, nil))})
		now := clock()
		p.Now = func() time.Time { now = now.Add(time.Second); return now }
		askFor(t, p, `{"start_absolute":1,"metrics":[{"name":"m"}]}`)
		if got := strings.Contains(log.String(), "slow query") && strings.Contains(log.String(), "start_absolute"); got != want {
			t.Errorf("slow from %s: got %q, want a line: %t", slow, log.String(), want)
		}
	}
}
