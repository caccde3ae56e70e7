package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestPanelFromRollups: what a task has rolled up, its back-fill included, stands for
// points in a panel, which shows the same as points alone.
func TestPanelFromRollups(t *testing.T) {
	s := start(t, "--storage=memory", "--rollups.check=10ms", "--rollups.late=1s")
	ask := func(path, body string) string {
		t.Helper()
		status, text := s.ask(t, http.MethodPost, path, body)
		if status >= 300 {
			t.Fatalf("%s %s: got %d %s", path, body, status, text)
		}
		return text
	}
	end := time.Now().UTC().Truncate(time.Minute)
	var lines []string
	for i := range 600 {
		lines = append(lines, fmt.Sprintf(`{"name":"m","timestamp":%d,"value":%d,"tags":{"host":"h%d"}}`, end.Add(-time.Duration(i+1)*10*time.Second).UnixMilli(), i, i%3))
	}
	ask("/api/v1/datapoints", "["+strings.Join(lines, ",")+"]")
	var task struct{ ID string }
	text := ask("/api/v1/rollups", `{"name":"t","execution_interval":{"value":100,"unit":"milliseconds"},"rollups":[{"save_as":"m.sum","query":`+
		`{"start_relative":{"value":1,"unit":"hours"},"metrics":[{"name":"m","group_by":[{"name":"tag","tags":["host"]}],`+
		`"aggregators":[{"name":"sum","sampling":{"value":1,"unit":"minutes"}}]}]}}]}`)
	if err := json.Unmarshal([]byte(text), &task); err != nil {
		t.Fatal(err)
	}
	fill := "/api/v1/rollups/backfill/" + task.ID + "?startTime=" + strings.Replace(end.Add(-3*time.Hour).Format("2006-01-02-15-04-05.000"), ".", "-", 1) +
		"&endTime=" + strings.Replace(end.Format("2006-01-02-15-04-05.000"), ".", "-", 1)
	panel := func(source string) (points any, from string) {
		t.Helper()
		var all []struct {
			Target     string
			Datapoints any
			Meta       struct{ Custom struct{ Source string } }
		}
		text := ask("/grafana/query", fmt.Sprintf(`{"range":{"from":%d,"to":%d},"maxDataPoints":100,"targets":[{"target":"m","payload":{"aggregator":"sum","sampling":"5m","group_by":["host"],"source":%q}}]}`,
			end.Add(-2*time.Hour).UnixMilli(), end.UnixMilli(), source))
		if err := json.Unmarshal([]byte(text), &all); err != nil {
			t.Fatal(err)
		}
		list := map[string]any{}
		for _, e := range all {
			list[e.Target], from = e.Datapoints, e.Meta.Custom.Source
		}
		return list, from
	}
	ordered := false
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if !ordered {
			status, _ := s.ask(t, http.MethodPost, fill, "")
			ordered = status < 300
		}
		got, from := panel("auto")
		want, _ := panel("raw")
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		if from == "rollup" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the panel comes from %q, want it from results of roll-ups", from)
		}
	}
}
