package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// stepCase is a panel and the step that it is answered at; clients.json says what
// its members mean.
type stepCase struct {
	ID            string
	Span          int64 `json:"span_ms"`
	MaxDataPoints int64
	IntervalMs    int64
	Step          string
	Buckets       int
}

// stepCases reads the vectors.
func stepCases(t *testing.T) []stepCase {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "vectors", "clients.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Steps []stepCase }
	if err := json.Unmarshal(text, &all); err != nil || len(all.Steps) == 0 {
		t.Fatalf("got %d steps, %v", len(all.Steps), err)
	}
	return all.Steps
}

// TestGrafanaSteps asks for panels whose every step has a point, at its beginning:
// so many are answered, at that step.
func TestGrafanaSteps(t *testing.T) {
	for _, c := range stepCases(t) {
		t.Run(c.ID, func(t *testing.T) {
			target := start(t, inMemory(), Setup{Release: "1.3", Extensions: true}).target
			step := c.step(t)
			from := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
			var points strings.Builder
			for i := range c.Buckets {
				fmt.Fprintf(&points, "[%d,%d],", from+int64(i)*step, i)
			}
			body := `[{"name":"m","tags":{"host":"a"},"datapoints":[` + strings.TrimSuffix(points.String(), ",") + `]}]`
			if got := ask(t, target, http.MethodPost, "/api/v1/datapoints", body); got.status != http.StatusNoContent {
				t.Fatalf("got %d %.300s", got.status, got.body)
			}
			got := ask(t, target, http.MethodPost, "/grafana/query", c.query(from))
			var panel []struct {
				Meta       struct{ Custom struct{ Step int64 } }
				Datapoints [][2]int64
			}
			if err := json.Unmarshal(got.body, &panel); err != nil || len(panel) != 1 {
				t.Fatalf("got %d %.300s", got.status, got.body)
			}
			if p := panel[0]; p.Meta.Custom.Step != step || len(p.Datapoints) != c.Buckets {
				t.Errorf("got %d points at a step of %d ms, want %d at %d ms", len(p.Datapoints), p.Meta.Custom.Step, c.Buckets, step)
			}
		})
	}
}

// step is the step in milliseconds.
func (c *stepCase) step(t *testing.T) int64 {
	t.Helper()
	text := c.Step
	if days, ok := strings.CutSuffix(text, "d"); ok {
		text = days + "h"
	}
	length, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	if text != c.Step {
		length *= 24
	}
	return length.Milliseconds()
}

// query is the panel from a time on.
func (c *stepCase) query(from int64) string {
	return fmt.Sprintf(`{"range":{"from":%q,"to":%q},"maxDataPoints":%d,"intervalMs":%d,"targets":[{"refId":"A","target":"m","payload":{"aggregator":"last"}}]}`,
		time.UnixMilli(from).UTC().Format(time.RFC3339Nano), time.UnixMilli(from+c.Span).UTC().Format(time.RFC3339Nano), c.MaxDataPoints, c.IntervalMs)
}
