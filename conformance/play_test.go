package conformance

import (
	"strings"
	"testing"
)

// TestPlay plays everything against a listening server, as a command does.
func TestPlay(t *testing.T) {
	u := Setup{Release: "develop", Extensions: true, Prefix: "conform."}
	var report strings.Builder
	failed, err := Play(t.Context(), &report, listen(t, start(t, inMemory(), u)), u)
	if err != nil || failed != 0 {
		t.Fatalf("%d failed, %v:\n%s", failed, err, report.String())
	}
	for _, want := range []string{
		"ttl: left out: it needs a server whose clock can be set\n",
		"release-1.3: left out: it is about release 1.3\n",
		" passed, 0 failed\n",
	} {
		if !strings.Contains(report.String(), want) {
			t.Errorf("report: got %s, want %q in it", report.String(), want)
		}
	}
}

// TestPlayTells tells of every case that a server answers otherwise.
func TestPlayTells(t *testing.T) {
	var report strings.Builder
	failed, err := Play(t.Context(), &report, &InProcess{Handler: &fake{}}, Setup{Release: "develop"})
	if err != nil {
		t.Fatal(err)
	}
	if failed == 0 || !strings.Contains(report.String(), "aggregator-avg:3: got\n") {
		t.Errorf("got %d failures, %.500s", failed, report.String())
	}
}
