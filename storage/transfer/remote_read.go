package transfer

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"

	"aion/storage/points"
)

// The times that a server is asked for where all are meant: the years 1 and 9999.
// KairosDB reckons with the difference of times, which must not overflow.
const (
	remoteFrom = -62135596800000
	remoteTo   = 253402300799999
)

// Metrics asks for all names.
func (r *Remote) Metrics(ctx context.Context) ([]string, error) {
	var answer struct{ Results []string }
	if err := r.ask(ctx, http.MethodGet, "/api/v1/metricnames", nil, &answer); err != nil {
		return nil, err
	}
	slices.Sort(answer.Results)
	return slices.Compact(answer.Results), nil
}

// TagNames asks which tags the metrics have.
func (r *Remote) TagNames(ctx context.Context, metrics []string) ([]string, error) {
	var list []string
	for _, metric := range metrics {
		names, err := r.tagNames(ctx, metric, points.Always)
		if err != nil {
			return nil, err
		}
		list = append(list, names...)
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

// tagNames asks which tags a metric has in a range.
func (r *Remote) tagNames(ctx context.Context, metric string, in points.Range) ([]string, error) {
	var answer struct {
		Queries []struct {
			Results []struct{ Tags map[string][]string }
		}
	}
	if err := r.ask(ctx, http.MethodPost, "/api/v1/datapoints/query/tags", remoteQuery(metric, in, nil), &answer); err != nil {
		return nil, err
	}
	var names []string
	for _, q := range answer.Queries {
		for _, result := range q.Results {
			for name := range result.Tags {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// remoteQuery asks for a metric, grouped by tags.
func remoteQuery(metric string, in points.Range, tags []string) []byte {
	dst := fmt.Appendf(nil, `{"start_absolute":%d,"end_absolute":%d,"metrics":[{"name":`, max(in.From, remoteFrom), min(in.To, remoteTo))
	dst = appendText(dst, metric)
	if len(tags) > 0 {
		dst = append(dst, `,"group_by":[{"name":"tag","tags":[`...)
		for i, name := range tags {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendText(dst, name)
		}
		dst = append(dst, `]}]`...)
	}
	return append(dst, `}]}`...)
}

// ask asks and reads a short answer.
func (r *Remote) ask(ctx context.Context, method, path string, body []byte, into any) error {
	resp, err := r.send(ctx, method, path, body, "application/json")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		answer, _ := io.ReadAll(io.LimitReader(resp.Body, maxReason)) // what came is told
		return r.refusal(resp.StatusCode, answer)
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return fmt.Errorf("%s: read the answer to %s: %w", r.Base.Host, path, err)
	}
	return nil
}

// Read asks for a metric grouped by all its tags and reads the answer as it
// comes. Over HTTP nothing tells a double without a fraction from a long: such
// numbers are taken for longs.
func (r *Remote) Read(ctx context.Context, metric string, in points.Range, each func(*points.Key, *points.Block) error) error {
	tags, err := r.tagNames(ctx, metric, in)
	if err != nil {
		return err
	}
	resp, err := r.send(ctx, http.MethodPost, "/api/v1/datapoints/query", remoteQuery(metric, in, tags), "application/json")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		answer, _ := io.ReadAll(io.LimitReader(resp.Body, maxReason)) // what came is told
		return r.refusal(resp.StatusCode, answer)
	}
	a := &remoteAnswer{metric: metric, each: each}
	a.o = objects{s: newScanner(resp.Body, 0, 1), choice: &Choice{Range: points.Always}, report: &Report{}}
	if err := a.members(map[string]func() error{"queries": func() error { return a.list(a.query) }}); err != nil {
		return fmt.Errorf("%s: read the points of %s: %w", r.Base.Host, metric, err)
	}
	return nil
}
