package conformance

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// ErrNotIngestible says that a case has values that cannot be written over
// HTTP.
var ErrNotIngestible = errors.New("the case has values that cannot be written over HTTP")

// Replay plays vectors on a server. The server holds nothing under the names
// that the vectors use, or the prefix keeps them apart.
type Replay struct {
	Target Target
	Prefix string // before every metric's name

	// Seed stores a series that HTTP cannot write; nil where that is impossible.
	Seed func(metric string, s *VectorSeries) error
}

// Store writes a vector's series.
func (r *Replay) Store(ctx context.Context, v *Vector) error {
	for i := range v.Series {
		if err := r.store(ctx, &v.Series[i]); err != nil {
			return fmt.Errorf("%s: series %d: %w", v.ID, i, err)
		}
	}
	return nil
}

// Ask sends a vector's query and tells what the answer has otherwise than
// KairosDB's, or nothing. The vector's series are stored.
func (r *Replay) Ask(ctx context.Context, v *Vector) ([]string, error) {
	names, err := v.metrics()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", v.ID, err)
	}
	query := string(v.Query)
	if r.Prefix != "" {
		for _, n := range names {
			query = strings.ReplaceAll(query, quote(n), quote(r.Prefix+n))
		}
	}
	a, err := r.post(ctx, "/api/v1/datapoints/query", query)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", v.ID, err)
	}
	problems := v.Expect.Check(a.status, a.body)
	if len(problems) > 0 || len(v.Expect.Saved) == 0 {
		return problems, nil
	}
	return r.checkSaved(ctx, v, names[1:])
}

// store writes one series.
func (r *Replay) store(ctx context.Context, s *VectorSeries) error {
	metric := r.Prefix + "m"
	if !s.Ingestible() {
		if r.Seed == nil {
			return ErrNotIngestible
		}
		return r.Seed(metric, s)
	}
	body, err := s.Body(metric)
	if err != nil {
		return err
	}
	a, err := r.post(ctx, "/api/v1/datapoints", string(body))
	if err == nil && a.status != http.StatusNoContent {
		err = errors.New(strings.TrimSpace(showError(a.status, a.body)))
	}
	return err
}

// post sends a body and takes the prefix out of the answer.
func (r *Replay) post(ctx context.Context, where, body string) (received, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, where, strings.NewReader(body))
	if err != nil {
		return received{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	a, err := exchange(r.Target, req)
	if r.Prefix != "" {
		a.body = bytes.ReplaceAll(a.body, []byte(r.Prefix), nil)
	}
	return a, err
}

// metrics are m and the metrics that the query saves into.
func (v *Vector) metrics() ([]string, error) {
	var q struct {
		Metrics []struct {
			Aggregators json.RawMessage
		}
	}
	if err := json.Unmarshal(v.Query, &q); err != nil {
		return nil, err
	}
	names := []string{"m"}
	for _, m := range q.Metrics {
		var list []struct {
			MetricName string `json:"metric_name"`
		}
		if json.Unmarshal(m.Aggregators, &list) != nil {
			continue
		}
		for _, a := range list {
			if a.MetricName != "" && !slices.Contains(names, a.MetricName) {
				names = append(names, a.MetricName)
			}
		}
	}
	return names, nil
}

// checkSaved reads what save_as has published and compares it.
func (r *Replay) checkSaved(ctx context.Context, v *Vector, names []string) ([]string, error) {
	want, count, err := v.Expect.SavedPoints()
	if err != nil {
		return nil, fmt.Errorf("%s: saved points: %w", v.ID, err)
	}
	if want == nil {
		return r.countSaved(ctx, names, count)
	}
	var problems []string
	for _, name := range names {
		body := fmt.Sprintf(`{"start_absolute":%d,"metrics":[{"name":%s,"group_by":[{"name":"tag","tags":["host"]}]}]}`,
			-1<<53, quote(r.Prefix+name))
		a, err := r.post(ctx, "/api/v1/datapoints/query", body)
		if err != nil {
			return nil, err
		}
		if g, w := savedText(a.body), wantedText(want, name); g != w {
			problems = append(problems, fmt.Sprintf("saved in %s: got %s, want %s", name, g, w))
		}
	}
	return problems, nil
}

// countSaved compares how many points are stored with how many were published.
func (r *Replay) countSaved(ctx context.Context, names []string, want int) ([]string, error) {
	got := 0
	for _, name := range names {
		body := fmt.Sprintf(`{"start_absolute":%d,"metrics":[{"name":%s}]}`, -1<<53, quote(r.Prefix+name))
		a, err := r.post(ctx, "/api/v1/datapoints/query", body)
		if err != nil {
			return nil, err
		}
		var sizes answer
		if err := json.Unmarshal(a.body, &sizes); err != nil || len(sizes.Queries) != 1 || sizes.Queries[0].SampleSize == nil {
			return []string{fmt.Sprintf("saved in %s: %.200s", name, a.body)}, nil
		}
		n, err := sizes.Queries[0].SampleSize.Int64()
		if err != nil {
			return nil, err
		}
		got += int(n)
	}
	if got != want {
		return []string{fmt.Sprintf("saved points: got %d, want %d", got, want)}, nil
	}
	return nil, nil
}

// savedText is what a query for saved points found, a word for each point in
// order of tags, time and value.
func savedText(body []byte) string {
	var a answer
	if err := json.Unmarshal(body, &a); err != nil || len(a.Queries) != 1 {
		return string(body)
	}
	var words []string
	for _, res := range a.Queries[0].Results {
		for _, v := range res.Values {
			words = append(words, savedWord(strings.TrimSpace(showTags(res.Tags)), v[0], v[1]))
		}
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

// wantedText is the same for the points of one metric that were published.
func wantedText(points []SavedPoint, metric string) string {
	var words []string
	for _, p := range points {
		if p.Metric != metric {
			continue
		}
		tags := make([]string, 0, len(p.Tags))
		for name, value := range p.Tags {
			tags = append(tags, fmt.Sprintf("%s=[%s]", name, value))
		}
		slices.SortFunc(tags, cmp.Compare[string])
		words = append(words, savedWord(strings.Join(tags, " "), p.Point[0], p.Point[2]))
	}
	slices.Sort(words)
	return strings.Join(slices.Compact(words), " ")
}

// savedWord is a saved point as a word. Numbers that are equal give the same
// word however they are spelt.
func savedWord(tags string, at, value json.RawMessage) string {
	var number float64
	if json.Unmarshal(value, &number) == nil && string(value) != "null" {
		return fmt.Sprintf("{%s}%s:%v", tags, at, number)
	}
	return fmt.Sprintf("{%s}%s:%s", tags, at, value)
}
