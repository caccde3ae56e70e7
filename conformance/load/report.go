package load

import (
	"fmt"
	"net/url"
)

// Report is what a run has measured.
type Report struct {
	Target      string  `json:"target"` // without password
	Server      string  `json:"server"` // what it answers to the question for its version
	Workload    string  `json:"workload"`
	Metric      string  `json:"metric"`
	Seed        uint64  `json:"seed"`
	Series      int     `json:"series"`
	Points      int     `json:"points_per_series"`
	Shape       Shape   `json:"shape"`
	Batch       int     `json:"batch"`
	Rate        float64 `json:"rate,omitempty"` // requests a second; 0: as fast as answers came
	Rows        []*Row  `json:"rows"`
	Interrupted bool    `json:"interrupted"`
	Removed     bool    `json:"removed"` // the metric is deleted
}

// Row is one measurement.
type Row struct {
	Phase     Phase     `json:"phase"`
	Work      string    `json:"work"`
	Clients   int       `json:"clients"`
	Seconds   float64   `json:"seconds"`
	Requests  int64     `json:"requests"`
	Failed    int64     `json:"failed"`
	PerSecond float64   `json:"requests_per_second"` // those that did not fail
	Points    int64     `json:"points"`              // acknowledged, or read by the server for its answers
	Rate      float64   `json:"points_per_second"`
	Bytes     int64     `json:"bytes"` // of bodies sent, or of answers
	Visible   *Visible  `json:"visible,omitempty"`
	Latency   *Latency  `json:"latency_ms,omitempty"`    // to the answer's end
	FirstByte *Latency  `json:"first_byte_ms,omitempty"` // to the answer's beginning
	Failures  []Failure `json:"failures,omitempty"`
}

// Visible says when what was written could be read.
type Visible struct {
	Points  int64   `json:"points"`            // that were seen in the end
	Seconds float64 `json:"seconds"`           // from the first write
	Rate    float64 `json:"points_per_second"` // over that time
}

// Latency is how long requests took, in milliseconds, those that failed
// included.
type Latency struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// Failure is a kind of failure with one example of it.
type Failure struct {
	Status  string `json:"status"` // of HTTP, or timeout, connection, answer, unsent
	Count   int64  `json:"count"`
	Example string `json:"example"`
}

// Progress is how far a run is.
type Progress struct {
	Phase   Phase
	Work    string
	Points  int64 // acknowledged or read so far in this piece of work
	Total   int64 // that it will be in the end; 0: not known
	Seconds float64
}

// newReport is a report without measurements.
func newReport(c *Config, metric string) *Report {
	return &Report{
		Target: withoutPassword(c.Target), Workload: c.Workload.Name, Metric: metric, Seed: c.Seed,
		Series: c.Workload.Series, Points: c.Workload.Points, Shape: c.Shape, Batch: c.Batch, Rate: c.Rate, Rows: []*Row{},
	}
}

// withoutPassword is an address that may be shown to everybody.
func withoutPassword(u *url.URL) string {
	shown := *u
	shown.User = nil
	return shown.String()
}

// Failed counts the requests that failed, and all of them.
func (r *Report) Failed() (failed, requests int64) {
	for _, row := range r.Rows {
		failed += row.Failed
		requests += row.Requests
	}
	return failed, requests
}

// removal is the command that deletes the metric.
func (r *Report) removal() string {
	return fmt.Sprintf("curl -X DELETE %s/api/v1/metric/%s", r.Target, url.PathEscape(r.Metric))
}
