package conformance

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// readVectors reads a file of cases of testdata/vectors.
func readVectors(t *testing.T, name string) []Vector {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	v, err := ReadVectors(f)
	if err != nil {
		t.Fatal(err)
	}
	return v.Cases
}

// readRecording reads a recording of testdata/vectors.
func readRecording(t *testing.T, name string) []Exchange {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	list, err := ReadRecording(f)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestRecordedBodiesPass holds Check to the bodies that were recorded: they are
// what it asks for.
func TestRecordedBodiesPass(t *testing.T) {
	for _, name := range []string{"aggregators.json", "aggregators-1.3.0.json"} {
		ran := 0
		for _, v := range readVectors(t, name) {
			if v.Expect.Body == "" || v.Expect.Status != 200 {
				continue
			}
			ran++
			for _, p := range v.Expect.Check(200, []byte(v.Expect.Body)) {
				t.Errorf("%s: %s", v.ID, p)
			}
		}
		if ran == 0 {
			t.Errorf("%s: no recorded body", name)
		}
	}
}

// vector finds one case.
func vector(t *testing.T, id string) *Vector {
	t.Helper()
	cases := readVectors(t, "aggregators.json")
	i := slices.IndexFunc(cases, func(v Vector) bool { return v.ID == id })
	if i < 0 {
		t.Fatalf("no vector %s", id)
	}
	return &cases[i]
}

// TestCheckFindsDifferences spoils right answers in one place each.
func TestCheckFindsDifferences(t *testing.T) {
	for _, c := range []struct{ name, id, from, to, want string }{
		{"value", "pipe-merge-asc", "2.5]", "2.25]", "text: "},
		{"spelling", "pipe-merge-asc", "2.5]", "2.50]", "text: "},
		{"sample size", "pipe-merge-asc", `"sample_size":6`, `"sample_size":7`, "sample_size: got 7, want 6"},
		{"fewer points", "pipe-merge-asc", ",[3000,9]", "", "text: "},
		{"group", "pipe-merge-asc", `"number"`, `"text"`, "text: "},
		{"last bit", "avg-order", "0.20000000000000004", "0.2", "text: "},
		{"minus zero", "min-negzero", "-0]", "0]", "text: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := vector(t, c.id)
			changed := strings.Replace(v.Expect.Body, c.from, c.to, 1)
			if changed == v.Expect.Body {
				t.Fatalf("%q is not in %s", c.from, v.Expect.Body)
			}
			got := v.Expect.Check(200, []byte(changed))
			if len(got) == 0 || !strings.HasPrefix(got[0], c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			// Without the recorded text the parsed results still tell.
			v.Expect.Body = ""
			got = v.Expect.Check(200, []byte(changed))
			if wantNone := c.name == "spelling"; (len(got) == 0) != wantNone {
				t.Errorf("without text: got %q, want none: %v", got, wantNone)
			}
		})
	}
}

// TestCheckErrors compares errors in each of the ways there are.
func TestCheckErrors(t *testing.T) {
	one, two := "a", "b"
	for _, c := range []struct {
		match, body string
		ok          bool
	}{
		{"exact", `{"errors":["a","b"]}`, true},
		{"exact", `{"errors":["b","a"]}`, false},
		{"unordered", `{"errors":["b","a"]}`, true},
		{"unordered", `{"errors":["b","c"]}`, false},
		{"prefix", `{"errors":["ax","by"]}`, true},
		{"prefix", `{"errors":["x","b"]}`, false},
		{"any", `{"errors":[null]}`, true},
		{"any", `<html>`, false},
	} {
		t.Run(c.match+c.body, func(t *testing.T) {
			e := Expectation{Status: 400, Errors: []*string{&one, &two}, ErrorsMatch: c.match}
			if got := e.Check(400, []byte(c.body)); (len(got) == 0) != c.ok {
				t.Errorf("got %q, want OK: %v", got, c.ok)
			}
		})
	}
}

// TestRecordingPassesItself answers every recorded request with the recorded
// answer.
func TestRecordingPassesItself(t *testing.T) {
	for _, e := range readRecording(t, "kairosdb-http.jsonl") {
		t.Run(e.ID(), func(t *testing.T) {
			body, err := e.Body.bytes()
			if err != nil {
				t.Fatal(err)
			}
			h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				for name, value := range e.Headers {
					w.Header()[name] = []string{value}
				}
				w.WriteHeader(e.Status)
				_, _ = w.Write(body)
			})
			problems, err := e.Run(t.Context(), &InProcess{Handler: h})
			if err != nil || len(problems) != 0 {
				t.Errorf("got %v, %q", err, problems)
			}
		})
	}
}

// TestSameBody compares bodies as values.
func TestSameBody(t *testing.T) {
	for i, c := range []struct {
		got, want string
		same      bool
	}{
		{`{"a":1.0,"b":[2]}`, `{"b":[2.00],"a":1}`, true},
		{`{"a":1}`, `{"a":2}`, false},
		{`[1.0E7]`, `[10000000]`, true},
		{`[9007199254740993]`, `[9007199254740992]`, false},
		{`[-0]`, `[0]`, false},
		{`{"errors":["b","a"]}`, `{"errors":["a","b"]}`, true},
		{`{"errors":["x"]}`, `{"errors":["Cannot invoke \"y\""]}`, true},
		{`{"errors":["x"]}`, `{"errors":[null]}`, false},
		{`{"errors":["q is not, must be one of [Europe/Paris]"]}`, `{"errors":["q is not, must be one of [Africa/Abidjan]"]}`, true},
		{`x`, `{}`, false},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			if got := sameBody([]byte(c.got), []byte(c.want)); got != c.same {
				t.Errorf("%s and %s: got %v, want %v", c.got, c.want, got, c.same)
			}
		})
	}
}
