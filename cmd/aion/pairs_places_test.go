package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// pairsTags looks at the tags that each protocol gives its points, and at what a
// truth of Connio's is for others.
func (s *server) pairsTags(t *testing.T) {
	t.Helper()
	const plain = `"tags":{"device":["pair-1"]}`
	for by, want := range map[string]string{
		"kairosdb": plain, "telnet": plain, "yggio": plain, "carbon": plain, "remotewrite": plain,
		"connio": `"tags":{"device":["pair-1"],"protocol":["rest"],"source":["object"]}`,
	} {
		if got := s.pointsOf(t, by+"numbers"); !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %s in it", by, got, want)
		}
	}
	s.does(t, "/v3/data/devices/pair-1/properties", `{"dps":[{"t":"2025-03-18T10:00:00Z","v":true,"prop":"truth"}]}`, http.StatusOK)
	for with, want := range map[string]string{
		"kairosdb": fmt.Sprintf(`"values":[[%d,1]]`, pairAt), "yggio": `"value":1}`, "grafana": fmt.Sprintf(`[1,%d]`, pairAt), "connio": `"v":true`,
	} {
		if answer, _, _ := pairReaders()[with](t, s, "truth"); !strings.Contains(answer, want) {
			t.Errorf("a truth, read by %s: got %s, want %s in it", with, answer, want)
		}
	}
}

// pairsReplace writes one instant by several protocols: a device protocol replaces
// what any has stored for the measurement, of whatever type and tags, KairosDB's
// within its own series.
func (s *server) pairsReplace(t *testing.T) {
	t.Helper()
	const instant = `2025-03-18T10:00:00Z`
	connio := func(v string) {
		s.does(t, "/v3/data/devices/pair-1/properties", fmt.Sprintf(`{"dps":[{"t":%q,"v":%s,"prop":"mixed"}]}`, instant, v), http.StatusOK)
	}
	yggio := func(v string) {
		s.does(t, "/http-push/generic", fmt.Sprintf(`{"secret":"PAIR-SECRET-1","timestamp":%q,"mixed":%s}`, instant, v), http.StatusOK)
	}
	kairos := func(v string) {
		s.does(t, "/api/v1/datapoints", fmt.Sprintf(`[{"name":"mixed","tags":{"device":"pair-1"},"datapoints":[[%d,%s]]}]`, pairAt, v), http.StatusNoContent)
	}
	for _, step := range []struct {
		write func(string)
		value string
		want  string // what Yggio reads
	}{
		{kairos, "1", "1"},
		{kairos, "2", "2"},
		{kairos, "2.5", "2 2.5"},
		{yggio, "3", "3"},
		{connio, "4.5", "4.5"},
		{yggio, "5.5", "5.5"},
		{connio, "6", "6"},
		{kairos, "7", "6 7"},
		{yggio, `8`, "8"},
	} {
		step.write(step.value)
		_, answer := s.ask(t, http.MethodGet, "/api/iotnodes/pair-1/stats?measurement=mixed", "")
		var rows []string
		for value := range strings.FieldsSeq(step.want) {
			rows = append(rows, `{"time":"2025-03-18T10:00:00.000Z","value":`+value+`}`)
		}
		if want := "[" + strings.Join(rows, ",") + "]"; answer != want {
			t.Errorf("after %s: got %s, want %s", step.value, answer, want)
		}
	}
}

// pairsPolicy sets policies by Yggio: what was written under another one is out of
// its sight, whoever of the device protocols wrote it, and the others see all. One instant has one value under all
// of them.
func (s *server) pairsPolicy(t *testing.T) {
	t.Helper()
	at := time.Now().Add(-time.Hour).Truncate(time.Second).UTC()
	stamp, millis := at.Format("2006-01-02T15:04:05Z"), at.UnixMilli()
	under := func(policy string) {
		if status, answer := s.ask(t, http.MethodPut, "/api/iotnodes/pair-1", fmt.Sprintf(`{"retentionPolicy":%q}`, policy)); status != http.StatusOK {
			t.Fatalf("%s: got %d %s", policy, status, answer)
		}
	}
	push := func(v int) {
		s.does(t, "/http-push/generic", fmt.Sprintf(`{"secret":"PAIR-SECRET-1","timestamp":%q,"ruled":%d}`, stamp, v), http.StatusOK)
	}
	feed := func(v int) {
		s.does(t, "/v3/data/devices/pair-1/properties/ruled", fmt.Sprintf(`{"dps":[{"t":%q,"v":%d}]}`, stamp, v), http.StatusOK)
	}
	sees := func(v string, mine bool) {
		t.Helper()
		want := "[]"
		if mine {
			want = `[{"time":"` + at.Format("2006-01-02T15:04:05.000Z") + `","value":` + v + `}]`
		}
		if _, got := s.ask(t, http.MethodGet, "/api/iotnodes/pair-1/stats?measurement=ruled", ""); got != want {
			t.Errorf("Yggio: got %s, want %s", got, want)
		}
		if got, want := s.pointsOf(t, "ruled"), fmt.Sprintf(`"values":[[%d,%s]]`, millis, v); !strings.Contains(got, want) {
			t.Errorf("KairosDB: got %s, want %s in it", got, want)
		}
		query := fmt.Sprintf(`{"startAbsolute":%q}`, at.Add(-time.Hour).Format("2006-01-02T15:04:05Z"))
		if got, want := s.does(t, "/v3/data/devices/pair-1/properties/ruled/query", query, http.StatusOK), `{"t":"`+stamp+`","v":`+v+`}`; !strings.Contains(got, want) {
			t.Errorf("Connio: got %s, want %s in it", got, want)
		}
	}
	under("retention2days")
	push(1)
	sees("1", true)
	if got := s.pointsOf(t, "ruled"); !strings.Contains(got, `"retention_policy":["retention2days"]`) {
		t.Errorf("got %s, want the policy's tag in it", got)
	}
	feed(7)
	sees("7", true)
	under("retention30days")
	sees("7", false)
	push(2)
	sees("2", true)
	under("retention2days")
	sees("2", false)
	under("")
	sees("2", false)
	push(3)
	sees("3", true)
	under("retentionForever")
	sees("3", true)
}
