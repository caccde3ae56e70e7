package conformance

import (
	"net/http"
	"net/http/httptest"
	"net/url"
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
		for _, d := range drivers() {
			t.Run(release+"/"+d.name, func(t *testing.T) {
				c := &tally{excuses: table, set: "http", release: release}
				var s *server
				last := ""
				for _, e := range recordingOf(t, release) {
					if e.Case != last {
						s, last = start(t, d, Setup{Release: release}), e.Case
					}
					problems, err := e.Run(t.Context(), s.target)
					c.take(t, e.ID(), problems, err)
				}
				c.report(t, d.name)
			})
		}
	}
	table.unused(t, "http")
}

// TestRecordingOverHTTP replays the recorded requests through a listening
// server, whose library has its own ideas of methods, paths and headers.
func TestRecordingOverHTTP(t *testing.T) {
	c := &tally{excuses: readExcuses(t), set: "http", release: "develop"}
	var target *Remote
	last := ""
	for _, e := range recordingOf(t, "develop") {
		if e.Case != last {
			target, last = listen(t, start(t, inMemory(), Setup{Release: "develop"})), e.Case
		}
		problems, err := e.Run(t.Context(), target)
		c.take(t, e.ID(), problems, err)
	}
	c.report(t, "a listening server")
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
