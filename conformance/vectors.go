package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// Vectors is a file of recorded cases of one protocol.
type Vectors struct {
	API     string
	Version int
	Cases   []Vector
}

// Vector is one case of aggregators.json and its siblings: series of metric m,
// a query, and what KairosDB answers to it.
type Vector struct {
	ID     string
	Of     string // the file whose answer this one replaces, for a release
	Reason string // why the release answers otherwise
	Desc   string
	Zone   string `json:"default_tz"` // the server's own; empty: UTC
	Series []VectorSeries
	Query  json.RawMessage
	Expect Expectation
}

// VectorSeries is one stored series.
type VectorSeries struct {
	Type   string // long, double, string, complex
	Tags   map[string]string
	Points [][2]json.RawMessage
}

// Expectation is what KairosDB answers. Where the status is 200 there are
// results, else errors.
type Expectation struct {
	Status      int
	SampleSize  json.Number `json:"sample_size"`
	Results     []ExpectedResult
	Body        string
	Errors      []*string
	ErrorsMatch string          `json:"errors_match"` // exact, prefix, unordered, any; empty: any
	Saved       json.RawMessage // the points that save_as publishes, or how many there are
}

// ExpectedResult is one group. A point is a time, a kind, a value and, for some
// doubles, the bits.
type ExpectedResult struct {
	GroupBy json.RawMessage `json:"group_by"`
	Tags    json.RawMessage
	Points  [][]json.RawMessage
}

// SavedPoint is a point that save_as publishes.
type SavedPoint struct {
	Metric string
	TTL    int64
	Tags   map[string]string
	Point  []json.RawMessage
}

// ReadVectors reads a file of cases.
func ReadVectors(r io.Reader) (*Vectors, error) {
	var v Vectors
	if err := json.NewDecoder(r).Decode(&v); err != nil {
		return nil, fmt.Errorf("read vectors: %w", err)
	}
	return &v, nil
}

// SavedPoints are the points that save_as publishes, in order, or how many
// there are where only that was recorded.
func (e *Expectation) SavedPoints() (points []SavedPoint, count int, err error) {
	if len(e.Saved) == 0 {
		return nil, 0, nil
	}
	if bytes.HasPrefix(e.Saved, []byte("[")) {
		err = json.Unmarshal(e.Saved, &points)
		return points, len(points), err
	}
	err = json.Unmarshal(e.Saved, &count)
	return nil, count, err
}

// Ingestible tells whether the series can be written over HTTP: complex values
// have no form there.
func (s *VectorSeries) Ingestible() bool { return s.Type != "complex" }

// Body is what to send to ingest to store the series under a metric. Types are
// said explicitly.
func (s *VectorSeries) Body(metric string) ([]byte, error) {
	tags, err := json.Marshal(s.Tags)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `[{"name":%s,"type":%s,"tags":%s,"datapoints":[`, quote(metric), quote(s.Type), tags)
	for i, p := range s.Points {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "[%s,%s]", p[0], p[1])
	}
	b.WriteString("]}]")
	return b.Bytes(), nil
}
