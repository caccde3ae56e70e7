package conformance

import (
	"testing"
	"time"
)

// TestShow prints answers as scripts have them.
func TestShow(t *testing.T) {
	for _, c := range []struct {
		name, got, want string
	}{
		{"errors", showError(400, []byte(`{"errors":["a","b\nc",null]}`)), "400 a\n400 b\\nc\n400 null\n"},
		{"no body", showError(204, nil), "204\n"},
		{"no JSON", showError(404, []byte("Not Found")), "404 Not Found\n"},
		{"samples", showSamples(200, []byte(`{"queries":[{"sample_size":3},{}]}`)), "3\nnone\n"},
		{"names", showNames(200, []byte(`{"results":["a","b"]}`)), "a\nb\n"},
		{"no names", showNames(200, []byte(`{"results":[]}`)), "none\n"},
		{"alias", showQuery(200, []byte(`{"queries":[{"results":[{"name":"m","alias":"x","values":[[0,1.50]]}]}]}`), time.UTC), "m alias=x untyped  0m 1.50\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.got != c.want {
				t.Errorf("got %q, want %q", c.got, c.want)
			}
		})
	}
}

// FuzzAnswers shows and compares whatever a server may send.
func FuzzAnswers(f *testing.F) {
	f.Add([]byte(`{"queries":[{"sample_size":1,"results":[{"name":"m","group_by":[{"name":"tag","tags":["a"],"group":{"a":"b"}}],"tags":{"a":["b"]},"values":[[1,2.5]]}]}]}`))
	f.Add([]byte(`{"errors":["x",null]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		showQuery(200, body, time.UTC)
		showSamples(200, body)
		showNames(200, body)
		if !sameBody(body, body) {
			t.Errorf("%q is not the same as itself", body)
		}
		e := Expectation{Status: 200, Body: `{"queries":[{"results":[]}]}`}
		e.Check(200, body)
	})
}
