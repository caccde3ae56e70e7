package conformance

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// ask sends a request with a JSON body and reads the answer.
func ask(t *testing.T, target Target, method, where, body string) received {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, where, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	got, err := exchange(target, req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, where, err)
	}
	return got
}

// sameAnswer tells whether two servers say the same. The names of metrics and
// the values of a tag stand in no set order in KairosDB's answers.
func sameAnswer(got, want []byte) bool {
	g, errG := decode(got)
	w, errW := decode(want)
	if errG != nil || errW != nil {
		return sameBody(got, want)
	}
	if sameValue(inSetOrder(g), inSetOrder(w)) {
		return true
	}
	return sameBody(got, want)
}

// inSetOrder is a decoded answer in which lists of texts are sorted.
func inSetOrder(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name := range v {
			v[name] = inSetOrder(v[name])
		}
	case []any:
		texts := make([]string, 0, len(v))
		for i := range v {
			v[i] = inSetOrder(v[i])
			if s, ok := v[i].(string); ok {
				texts = append(texts, s)
			}
		}
		if len(texts) == len(v) {
			slices.Sort(texts)
			for i := range v {
				v[i] = texts[i]
			}
		}
	}
	return v
}

// countPoints counts the values in an answer to a query.
func countPoints(body []byte) int {
	var a struct {
		Queries []struct {
			Results []struct{ Values []json.RawMessage }
		}
	}
	if json.Unmarshal(body, &a) != nil {
		return 0
	}
	n := 0
	for _, q := range a.Queries {
		for _, r := range q.Results {
			n += len(r.Values)
		}
	}
	return n
}
