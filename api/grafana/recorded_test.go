package grafana

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// recorded is a request that a plugin sent, and the shape of what it reads.
type recorded struct {
	ID      string
	Client  string
	Request struct {
		Method, Path string
		JSON         json.RawMessage
	}
	Expect struct {
		Status int
		Shape  string
	}
}

// recordings reads what the two plugins sent.
func recordings(t *testing.T) []recorded {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "recorded.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Grafana []recorded }
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all.Grafana
}

// wants are the answers to the recorded requests over the small store of
// newRecorded, as far as they are fixed; … stands for the rest.
var wants = map[string]string{
	"gj-simpod-test":        `{"status":"ok","version":"test"}`,
	"gj-simpod-metrics":     `[{"label":"cpu","value":"cpu","payloads":[{"name":"aggregator","label":"Aggregator","type":"select",…`,
	"gj-simpod-options":     `[{"label":"a","value":"a"},{"label":"b","value":"b"}]`,
	"gj-simpod-query":       `[{"target":"cpu","refId":"A","meta":{"custom":{"step":10000,"source":"raw"}},"datapoints":[[2,1700000000000],[3.5,1700000120000]]}]`,
	"gj-simpod-variable":    `[{"__text":"a","__value":"a"},{"__text":"b","__value":"b"}]`,
	"gj-simpod-tagkeys":     `[{"type":"string","text":"deploy"},{"type":"string","text":"host"}]`,
	"gj-simpod-tagvalues":   `[{"text":"a"},{"text":"b"}]`,
	"gj-simple-test":        `{"status":"ok","version":"test"}`,
	"gj-simple-search":      `["cpu","events"]`,
	"gj-simple-query":       `[{"target":"cpu","refId":"A","meta":{"custom":{"source":"raw"}},"datapoints":[[1.5,1700000000000],[2.5,1700000001000],[3.5,1700000120000]]},{"type":"table","refId":"B","name":"cpu","meta":{"custom":{"source":"raw"}},"columns":[{"text":"Time","type":"time"},{"text":"Value","type":"number"}],"rows":[[1700000000000,1.5],[1700000001000,2.5],[1700000120000,3.5]]}]`,
	"gj-simple-annotations": `[{"annotation":{…,"time":1700000060000,"title":"events","text":"rolled out","tags":["deploy=web"]}]`,
	"gj-simple-tagkeys":     `[{"type":"string","text":"deploy"},{"type":"string","text":"host"}]`,
	"gj-simple-tagvalues":   `[{"text":"a"},{"text":"b"}]`,
}

// TestRecorded plays what the plugins' own code sends.
func TestRecorded(t *testing.T) {
	p := newTested(t)
	p.put(t, "cpu", on("a"), epoch, 1000, 1.5, 2.5)
	p.put(t, "cpu", on("a"), epoch+2*minute, 1, 3.5)
	p.put(t, "cpu", on("b"), epoch, 1000, 100)
	p.put(t, "events", map[string]string{"deploy": "web"}, epoch+minute, 1000, "rolled out")
	all := recordings(t)
	for _, r := range all {
		t.Run(r.ID, func(t *testing.T) {
			got := p.call(t, r.Request.Method, r.Request.Path, string(r.Request.JSON), "Content-Type: application/json")
			if got.status != r.Expect.Status || !json.Valid([]byte(got.body)) {
				t.Fatalf("got %d %s", got.status, got.body)
			}
			begin, end, cut := strings.Cut(wants[r.ID], "…")
			if got.body != wants[r.ID] && !(cut && strings.HasPrefix(got.body, begin) && strings.HasSuffix(got.body, end)) {
				t.Errorf("got  %s\nwant %s", got.body, wants[r.ID])
			}
		})
	}
	if len(all) != len(wants) {
		t.Errorf("got %d recordings, want %d", len(all), len(wants))
	}
}

// TestPaths asks every path as people type them.
func TestPaths(t *testing.T) {
	p := newTested(t)
	for _, c := range []struct {
		method, path string
		want         int
	}{
		{"GET", "", 200},
		{"GET", "/", 200},
		{"HEAD", "", 200},
		{"POST", "//query", 200},
		{"POST", "/query/", 200},
		{"POST", "//tag-keys", 200},
		{"GET", "/query", 405},
		{"POST", "", 405},
		{"DELETE", "/search", 405},
		{"POST", "/nothing", 404},
		{"POST", "/query/more", 404},
	} {
		got := p.call(t, c.method, c.path, "")
		if got.status != c.want || got.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s %s: got %d %v, want %d for every origin", c.method, c.path, got.status, got.header, c.want)
		}
		if c.want >= 400 && !strings.HasPrefix(got.body, `{"message":"`) {
			t.Errorf("%s %s: got %s, want a message", c.method, c.path, got.body)
		}
	}
}

// TestPreflights asks every path as a browser does before it asks.
func TestPreflights(t *testing.T) {
	p := newTested(t)
	for i := range p.actions {
		got := p.call(t, http.MethodOptions, "/"+p.actions[i].path, "", "Origin: http://grafana:3000",
			"Access-Control-Request-Method: POST", "Access-Control-Request-Headers: content-type,authorization")
		for name, want := range map[string]string{
			"Access-Control-Allow-Origin":  "*",
			"Access-Control-Allow-Methods": "GET, POST, OPTIONS",
			"Access-Control-Allow-Headers": "accept, content-type, authorization, x-apikey",
		} {
			if got.status != http.StatusNoContent || got.header.Get(name) != want {
				t.Errorf("%s: got %d %s: %q, want %q", p.actions[i].path, got.status, name, got.header.Get(name), want)
			}
		}
	}
}
