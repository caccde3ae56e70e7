package main

import (
	"encoding/base64"
	"net/http"
	"os"
	"strings"
	"testing"
)

// TestCarbon: what is sent to Carbon's ports is found over HTTP.
func TestCarbon(t *testing.T) {
	s := start(t, "--storage=memory", "--carbon.listen=127.0.0.1:0", "--carbon.pickle-listen=127.0.0.1:0")
	if got := converse(t, s.way(t, "carbon"), "servers.web1.cpu.load 5 1700000000\nnonsense\n"); got != "" {
		t.Errorf("got %q, want no answer", got)
	}
	const pickled = "(lp0\n(S'servers.web2.cpu.load'\n(I1700000001\nF6.5\ntta."
	if got := converse(t, s.way(t, "carbon_pickle"), "\x00\x00\x00"+string(rune(len(pickled)))+pickled); got != "" {
		t.Errorf("got %q, want no answer", got)
	}
	_, got := s.ask(t, "POST", "/api/v1/datapoints/query", `{"start_absolute":1,"metrics":[{"name":"servers.cpu.load"}]}`)
	if !strings.Contains(got, `"tags":{"host":["web1","web2"],"type":["graphite"]},"values":[[1700000000000,5],[1700000001000,6.5]]`) {
		t.Errorf("got %s, want both points", got)
	}
	_, got = s.ask(t, "GET", "/metrics", "")
	for _, want := range []string{"aion_carbon_points_total 1\n", "aion_carbon_refused_total 1\n", "aion_carbon_pickle_points_total 1\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
}

// TestRemoteWrite: what Prometheus sends is found over HTTP; without extensions
// the path is not there.
func TestRemoteWrite(t *testing.T) {
	const path = "/api/v1/prometheus/writeadapter/write"
	text, err := os.ReadFile("../../api/remotewrite/testdata/request.base64")
	if err != nil {
		t.Fatal(err)
	}
	body, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(string(text), "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, "--storage=memory", "--remote-write.prefix=prom.", "--remote-write.drop-labels=inst.*")
	if status, got := s.ask(t, "POST", path, string(body)); status != http.StatusBadRequest || !strings.HasPrefix(got, "No metric name") {
		t.Errorf("got %d %s, want 400 for the series without a name", status, got)
	}
	if status, _ := s.ask(t, "GET", path, ""); status != http.StatusMethodNotAllowed {
		t.Errorf("GET: got %d, want 405", status)
	}
	_, got := s.ask(t, "POST", "/api/v1/datapoints/query", `{"start_absolute":1,"metrics":[{"name":"prom.up"}]}`)
	if !strings.Contains(got, `"tags":{"job":["node"]},"values":[[1700000000000,1],[1700000015000,0.5]]`) {
		t.Errorf("got %s, want both points", got)
	}
	if _, got = s.ask(t, "GET", "/metrics", ""); !strings.Contains(got, "aion_remote_write_points_total 5\n") {
		t.Errorf("/metrics does not count five points")
	}
	plain := start(t, "--storage=memory", "--no-kairosdb.extensions")
	if status, _ := plain.ask(t, "POST", path, string(body)); status != http.StatusNotFound {
		t.Errorf("without extensions: got %d, want 404", status)
	}
}
