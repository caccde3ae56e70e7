package kairosdb

import (
	"bytes"
	"strings"
	"testing"

	"aion/aggregators"
)

// TestPut stores what OpenTSDB's clients send.
func TestPut(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		status     int
		want       string // in the answer of a query, or of the request
	}{
		{"seconds", `[{"metric":"m","timestamp":1700000000,"value":12.5,"tags":{"host":"a"}}]`, 204, `"values":[[1700000000000,12.5]]`},
		{"milliseconds", `[{"metric":"m","timestamp":1700000000001,"value":12,"tags":{"host":"a"}}]`, 204, `"values":[[1700000000001,12]]`},
		{"one object", `{"metric":"m","timestamp":1700000000,"value":"7","tags":{"host":"a"}}`, 204, `"values":[[1700000000000,7]]`},
		{"a lenient reader's", `[{metric:'m', timestamp:"1700000000", "value":7, "tags":{"host":"a"}}]`, 204, `"values":[[1700000000000,7]]`},
		{"two", `[{"metric":"m","timestamp":1,"value":1,"tags":{"host":"a"}},{"metric":"m","timestamp":2,"value":2,"tags":{"host":"a"}}]`,
			204, `"values":[[1000,1],[2000,2]]`},
		{"words of others", `[{"metric":"m","name":"x","time":9,"datapoints":[[1,2]],"timestamp":1,"value":1,"tags":{"host":"a"}}]`,
			204, `"values":[[1000,1]]`},
		{"none", `[]`, 204, `"results":[]`},
		{"no metric", `[{"name":"m","timestamp":1,"value":1,"tags":{"host":"a"}}]`, 400, `metric[0].name may not be null.`},
		{"no tags", `[{"metric":"m","timestamp":1,"value":1}]`, 400, `metric[0](name=m).tags count must be greater than or equal to 1.`},
		{"no JSON", `put m 1 1 a=b`, 400, `{"errors":[`},
	} {
		p := newProtocol(t, Config{Release: aggregators.Develop, Extensions: true})
		got := call(t, p, "POST", "/api/put", tt.body, "Accept: text/plain")
		if got.status != tt.status {
			t.Errorf("%s: got %d %s, want %d", tt.name, got.status, got.body, tt.status)
		}
		if got.status == 204 {
			got = askFor(t, p, `{"start_absolute":0,"metrics":[{"name":"m"}]}`)
		}
		if !strings.Contains(got.body, tt.want) {
			t.Errorf("%s: got %s, want %s in it", tt.name, got.body, tt.want)
		}
	}
}

// TestPutOff: without extensions there is no /api/put, and the gate of writes is
// its gate.
func TestPutOff(t *testing.T) {
	off := newProtocol(t, Config{Release: aggregators.V13})
	if got := call(t, off, "POST", "/api/put", "[]"); got.status != 404 {
		t.Errorf("without extensions: got %d, want 404", got.status)
	}
	closed := newProtocol(t, Config{Release: aggregators.V13, Extensions: true, ServerType: "QUERY"})
	if got := call(t, closed, "POST", "/api/put", "[]"); got.status != 403 {
		t.Errorf("with a closed gate: got %d, want 403", got.status)
	}
	on := newProtocol(t, Config{Release: aggregators.V13, Extensions: true})
	checkHeader(t, call(t, on, "GET", "/api/put", ""), []string{"Allow: POST,OPTIONS"})
}

// TestDialectsApart: a parser that has read one dialect reads the other.
func TestDialectsApart(t *testing.T) {
	p := newProtocol(t, Config{Release: aggregators.V13, Extensions: true})
	for range 3 {
		call(t, p, "POST", "/api/put", `[{"metric":"m","timestamp":1,"value":1,"tags":{"host":"a"}}]`)
		call(t, p, "POST", "/api/v1/datapoints", `[{"name":"m","timestamp":2,"value":2,"tags":{"host":"a"}}]`)
	}
	if got := askFor(t, p, `{"start_absolute":0,"metrics":[{"name":"m"}]}`).body; !strings.Contains(got, `[[2,2],[1000,1]]`) {
		t.Errorf("got %s, want both points", got)
	}
}

// BenchmarkPut reads what OpenTSDB's clients send: one object a point.
func BenchmarkPut(b *testing.B) {
	p, store := parserOf(switches[aggregators.V13]), &counting{}
	p.dialect = openTSDB
	text := bytes.ReplaceAll(objectsBody(20), []byte(`"name":`), []byte(`"metric":`))
	body := bytes.NewReader(text)
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		body.Reset(text)
		if messages, err := p.parse(b.Context(), body, store); err != nil || messages != nil {
			b.Fatal(messages, err)
		}
	}
	b.ReportMetric(float64(store.points)/b.Elapsed().Seconds(), "points/s")
}
