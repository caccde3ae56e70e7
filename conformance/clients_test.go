package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// clientCase is a request that a KairosDB client sends and what it wants to be
// answered. clients.json says what its members mean.
type clientCase struct {
	ID         string
	Given      json.RawMessage
	Request    clientRequest
	Stock      clientAnswer
	Expect     *clientAnswer   // where our answer is another one than KairosDB's
	FollowedBy json.RawMessage `json:"followed_by"`
}

// clientRequest is a request of a clientCase.
type clientRequest struct {
	Method, Path string
	Headers      map[string]string
	JSON         json.RawMessage
	Text         *string
	Encode       string // gzip: the body is compressed
}

// clientAnswer is an answer. A member that is missing is not compared.
type clientAnswer struct {
	Status   int
	JSON     json.RawMessage
	Contains []string // texts among the results
}

// clientStep is what a client asks afterwards.
type clientStep struct {
	Method, Path string
	Body         json.RawMessage
	Expect       clientAnswer
}

// clientCases reads the recording.
func clientCases(t *testing.T) []clientCase {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "vectors", "clients.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ HTTP []clientCase }
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all.HTTP
}

// TestClients sends what KairosDB's clients send, each time to an empty store,
// and compares the answers with what they need.
func TestClients(t *testing.T) {
	table := readExcuses(t)
	for _, d := range drivers(t) {
		t.Run(d.name, func(t *testing.T) {
			c := &tally{excuses: table, set: "clients", release: "develop", driver: d.name}
			for _, k := range clientCases(t) {
				target := start(t, d, Setup{Release: "develop", Extensions: true}).target
				c.take(t, k.ID, k.problems(t, target), nil)
			}
			c.report(t)
		})
	}
	table.unused(t, "clients")
}

// problems plays the case and tells what is answered otherwise.
func (k *clientCase) problems(t *testing.T, target Target) []string {
	t.Helper()
	if k.Given != nil {
		if got := ask(t, target, http.MethodPost, "/api/v1/datapoints", string(k.Given)); got.status != http.StatusNoContent {
			return []string{fmt.Sprintf("given: got %d %s", got.status, got.body)}
		}
	}
	want := k.Stock
	if k.Expect != nil {
		want = *k.Expect
	}
	got := k.Request.send(t, target)
	problems := want.problems(got)
	var made struct{ ID string }
	_ = json.Unmarshal(got.body, &made) // most answers have no id
	for _, step := range k.steps(t) {
		path := strings.ReplaceAll(step.Path, "{id}", made.ID)
		for _, problem := range step.Expect.problems(ask(t, target, step.Method, path, string(step.Body))) {
			problems = append(problems, step.Method+" "+path+": "+problem)
		}
	}
	return problems
}

// steps are what follows: one step or several.
func (k *clientCase) steps(t *testing.T) []clientStep {
	t.Helper()
	if k.FollowedBy == nil {
		return nil
	}
	list := k.FollowedBy
	if list[0] == '{' {
		list = []byte("[" + string(list) + "]")
	}
	var steps []clientStep
	if err := json.Unmarshal(list, &steps); err != nil {
		t.Fatal(err)
	}
	return steps
}

// send sends the request with its own headers alone.
func (r *clientRequest) send(t *testing.T, target Target) received {
	t.Helper()
	body := []byte(r.JSON)
	if r.Text != nil {
		body = []byte(*r.Text)
	}
	if r.Encode == "gzip" {
		body = []byte(zipped(string(body)))
	}
	req, err := http.NewRequestWithContext(t.Context(), r.Method, r.Path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range r.Headers {
		req.Header.Set(name, value)
	}
	got, err := exchange(target, req)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// problems tells what an answer has otherwise.
func (a *clientAnswer) problems(got received) []string {
	if got.status != a.Status {
		return []string{fmt.Sprintf("status: got %d %.300s, want %d", got.status, got.body, a.Status)}
	}
	if got.status == http.StatusNoContent && len(got.body) != 0 {
		return []string{fmt.Sprintf("body: got %.300s, want none", got.body)}
	}
	if got.status == http.StatusBadRequest && !strings.HasPrefix(got.header.Get("Content-Type"), "application/json") {
		return []string{"Content-Type: got " + got.header.Get("Content-Type")}
	}
	var problems []string
	for _, text := range a.Contains {
		if !bytes.Contains(got.body, []byte(quote(text))) {
			problems = append(problems, fmt.Sprintf("body: got %.300s, want %s in it", got.body, text))
		}
	}
	if a.JSON == nil {
		return problems
	}
	want, err := decode(a.JSON)
	if err != nil {
		return append(problems, "recorded body: "+err.Error())
	}
	have, err := decode(got.body)
	if err != nil || !matches(inSetOrder(have), inSetOrder(want)) {
		problems = append(problems, fmt.Sprintf("body: got %.1500s, want %.1500s", got.body, a.JSON))
	}
	return problems
}

// matches tells whether a value is the one that is wanted, in which "*", alone or
// at the end of a text, is anything.
func matches(got, want any) bool {
	switch want := want.(type) {
	case string:
		begin, open := strings.CutSuffix(want, "*")
		if text, ok := got.(string); want == "*" || open && ok && strings.HasPrefix(text, begin) {
			return true
		}
	case map[string]any:
		got, ok := got.(map[string]any)
		if !ok || len(got) != len(want) {
			return false
		}
		for name, value := range want {
			if have, ok := got[name]; !ok || !matches(have, value) {
				return false
			}
		}
		return true
	case []any:
		got, ok := got.([]any)
		if !ok || len(got) != len(want) {
			return false
		}
		for i := range want {
			if !matches(got[i], want[i]) {
				return false
			}
		}
		return true
	}
	return sameValue(got, want)
}
