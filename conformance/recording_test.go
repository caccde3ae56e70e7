package conformance

import (
	"iter"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"
)

// recordingOf is the recording as a release answers it.
func recordingOf(t *testing.T, release string) []Exchange {
	t.Helper()
	list := readRecording(t, "kairosdb-http.jsonl")
	if release != "1.3" {
		return list
	}
	other := map[string]Exchange{}
	for _, e := range readRecording(t, "kairosdb-http-1.3.0.jsonl") {
		other[e.ID()] = e
	}
	for i := range list {
		if e, ok := other[list[i].ID()]; ok {
			list[i] = e
		}
	}
	return list
}

// TestRecording replays the recorded requests case by case, each on an empty
// store, with extensions off. A request that does not pass stands in
// testdata/vectors/excuses.txt.
func TestRecording(t *testing.T) {
	table := readExcuses(t)
	for _, release := range []string{"develop", "1.3"} {
		for _, d := range drivers(t) {
			t.Run(release+"/"+d.name, func(t *testing.T) {
				c := &tally{excuses: table, set: "http", release: release, driver: d.name}
				for list := range byCase(recordingOf(t, release)) {
					t.Run(list[0].Case, func(t *testing.T) { playCase(t, c, start(t, d, Setup{Release: release}), list) })
				}
				c.report(t)
			})
		}
	}
	table.unused(t, "http")
}

// playCase replays the requests of one case.
func playCase(t *testing.T, c *tally, s *server, list []Exchange) {
	var made Made
	for _, e := range list {
		s.signed(&e)
		problems, err := e.RunAfter(t.Context(), s.target, &made)
		c.take(t, e.ID(), problems, err)
	}
}

// byCase cuts a recording into its cases.
func byCase(list []Exchange) iter.Seq[[]Exchange] {
	return func(yield func([]Exchange) bool) {
		for len(list) > 0 {
			n := slices.IndexFunc(list, func(e Exchange) bool { return e.Case != list[0].Case })
			if n < 0 {
				n = len(list)
			}
			if !yield(list[:n]) {
				return
			}
			list = list[n:]
		}
	}
}

// TestRecordingOverHTTP replays the recorded requests through a listening
// server, whose library has its own ideas of methods, paths and headers.
func TestRecordingOverHTTP(t *testing.T) {
	c := &tally{excuses: readExcuses(t), set: "http", release: "develop", driver: "memory"}
	for list := range byCase(recordingOf(t, "develop")) {
		s := start(t, inMemory(), Setup{Release: "develop"})
		target := listen(t, s)
		var made Made
		for _, e := range list {
			s.signed(&e)
			problems, err := e.RunAfter(t.Context(), target, &made)
			c.take(t, e.ID(), problems, err)
		}
	}
	c.report(t)
}

// listen lets a server listen until the test ends. Its client asks for no
// compression of its own.
func listen(t *testing.T, s *server) *Remote {
	t.Helper()
	listening := httptest.NewServer(s.target.Target.(*InProcess).Handler)
	t.Cleanup(listening.Close)
	base, err := url.Parse(listening.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	t.Cleanup(client.CloseIdleConnections)
	return &Remote{Base: base, Client: client}
}
