package kairosdb

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"aion/aggregators"
	"aion/query/rollup"
)

// document is an OpenAPI document as far as tests look at it.
type document struct {
	Paths map[string]map[string]struct {
		OperationID string `json:"operationId"`
		Parameters  []struct{ Name, In string }
		Responses   map[string]json.RawMessage
	}
}

// described is the document of a protocol as clients get it.
func described(t *testing.T, p *Protocol) (d document, text string) {
	t.Helper()
	got := call(t, p, "GET", "/api/openapi.json", "")
	if err := json.Unmarshal([]byte(got.body), &d); err != nil || got.status != 200 {
		t.Fatalf("got %d and %v", got.status, err)
	}
	return d, got.body
}

// everything is a protocol with all routes that there are.
func everything(t *testing.T) *Protocol {
	t.Helper()
	return newProtocol(t, Config{Release: aggregators.Develop, Extensions: true, Rollups: new(rollup.Scheduler)})
}

// TestDescribed: every method of every route is described with its parameters,
// and nothing else.
func TestDescribed(t *testing.T) {
	full := everything(t)
	all, _ := described(t, full)
	ids := map[string]bool{}
	for i := range full.routes {
		r := &full.routes[i]
		for _, method := range []string{"get", "post", "put", "delete"} {
			operation, is := all.Paths[r.full()][method]
			if is != r.offers(method) {
				t.Errorf("%s %s: described: %t, there: %t", method, r.full(), is, r.offers(method))
				continue
			}
			if !is {
				continue
			}
			if ids[operation.OperationID] || operation.OperationID == "" {
				t.Errorf("%s %s: the id %q is none of its own", method, r.full(), operation.OperationID)
			}
			ids[operation.OperationID] = true
			var names []string
			for _, p := range operation.Parameters {
				if p.In == "path" {
					names = append(names, p.Name)
				}
			}
			if got, want := strings.Join(names, " "), strings.Join(r.names, " "); got != want {
				t.Errorf("%s %s: got the parameters %s, want %s", method, r.full(), got, want)
			}
		}
	}
	var whole document
	if err := json.Unmarshal(description, &whole); err != nil {
		t.Fatal(err)
	}
	for path, operations := range whole.Paths {
		for method := range operations {
			if _, ok := all.Paths[path][method]; !ok {
				t.Errorf("%s %s is described and is not there", method, path)
			}
		}
	}
}

// TestDescribesItself: a server without routes does not describe them.
func TestDescribesItself(t *testing.T) {
	small, _ := described(t, newProtocol(t, Config{Release: aggregators.V12}))
	for path, want := range map[string]bool{
		"/api/v1/datapoints": true, "/api/v1/tagnames": true, "/api/put": false, "/api/v1/rollups": false, "/api/v1/admin/runningqueries": false,
	} {
		if _, got := small.Paths[path]; got != want {
			t.Errorf("%s: described: %t, want %t", path, got, want)
		}
	}
	if _, ok := small.Paths["/api/v1/datapoints/delete"]["delete"]; ok {
		t.Error("a method that is not there is described")
	}
}

// schemas compiles the document's schemas of answers.
func schemas(t *testing.T, text string) func(path, method, status string) *jsonschema.Schema {
	t.Helper()
	parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	if err := compiler.AddResource("openapi.json", parsed); err != nil {
		t.Fatal(err)
	}
	escape := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace
	return func(path, method, status string) *jsonschema.Schema {
		at := "/paths/" + escape(path) + "/" + method + "/responses/" + status
		var found map[string]any
		node := parsed
		for _, part := range []string{"paths", path, method, "responses", status} {
			found, _ = node.(map[string]any)
			node = found[part]
		}
		found, _ = node.(map[string]any)
		if reference, ok := found["$ref"].(string); ok {
			at = strings.TrimPrefix(reference, "#")
		}
		schema, err := compiler.Compile("openapi.json#" + at + "/content/application~1json/schema")
		if err != nil {
			return nil
		}
		return schema
	}
}

// exchange is a recorded request with its answer.
type exchange struct {
	Method, Path string
	Status       json.Number
	Headers      map[string]string
	Body         struct{ Text string }
}

// TestDescribesAnswers holds the document to what a KairosDB answered: every
// status of a route is described, and every body of JSON has its schema.
func TestDescribesAnswers(t *testing.T) {
	p := everything(t)
	d, text := described(t, p)
	schema := schemas(t, text)
	file, err := os.ReadFile("../../conformance/testdata/vectors/kairosdb-http.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	checked := map[string]int{}
	for line := range bytes.Lines(file) {
		var e exchange
		if err := json.Unmarshal(line, &e); err != nil || e.Path == "" {
			continue
		}
		if where := e.check(t, p, &d, schema); where != "" {
			checked[where]++
		}
	}
	for _, where := range []string{"post /api/v1/datapoints/query 200", "post /api/v1/datapoints/query 400", "post /api/v1/datapoints 400", "get /api/v1/version 200"} {
		if checked[where] == 0 {
			t.Errorf("%s: no recorded answer was looked at", where)
		}
	}
}

// check holds the document to one answer, and tells which it was.
func (e *exchange) check(t *testing.T, p *Protocol, d *document, schema func(path, method, status string) *jsonschema.Schema) string {
	path, _, _ := strings.Cut(e.Path, "?")
	r, _ := p.find(httptest.NewRequest(e.Method, path, nil))
	method := strings.ToLower(e.Method)
	status := e.Status.String()
	if r == nil || !r.offers(method) || status == "406" || !strings.HasPrefix(e.Headers["Content-Type"], "application/json") {
		return ""
	}
	where := method + " " + r.full() + " " + status
	if _, ok := d.Paths[r.full()][method].Responses[status]; !ok {
		t.Errorf("%s is not described", where)
	}
	if e.Body.Text == "" || strings.Contains(r.path, "{key}") {
		return where
	}
	body, err := jsonschema.UnmarshalJSON(strings.NewReader(e.Body.Text))
	if err != nil {
		t.Errorf("%s: %v", where, err)
		return where
	}
	s := schema(r.full(), method, status)
	if s == nil {
		t.Errorf("%s has no schema", where)
	} else if err := s.Validate(body); err != nil {
		t.Errorf("%s: %v\n%s", where, err, e.Body.Text)
	}
	return where
}

// TestDescribesFormats: both ways to query are described with every format and
// option.
func TestDescribesFormats(t *testing.T) {
	var d struct {
		Paths map[string]map[string]struct {
			Parameters []struct {
				Name string
				Ref  string `json:"$ref"`
			}
			Responses map[string]struct{ Content map[string]any }
		}
		Components struct {
			Parameters map[string]struct{ Name string }
		}
	}
	if err := json.Unmarshal(description, &d); err != nil {
		t.Fatal(err)
	}
	want := []string{"format"}
	for _, o := range options() {
		want = append(want, o.name)
	}
	for _, method := range []string{"get", "post"} {
		operation := d.Paths["/api/v1/datapoints/query"][method]
		for _, f := range formats {
			if _, ok := operation.Responses["200"].Content[f.media]; !ok {
				t.Errorf("%s: %s is not described", method, f.media)
			}
		}
		var got []string
		for _, p := range operation.Parameters {
			if name, ok := strings.CutPrefix(p.Ref, "#/components/parameters/"); ok {
				got = append(got, d.Components.Parameters[name].Name)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got the parameters %v, want %v", method, got, want)
		}
	}
}
