package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// settlePatience is how long a server may take to store what it has
// acknowledged, and settleEvery how often it is asked.
const (
	settlePatience = 30 * time.Second
	settleEvery    = 20 * time.Millisecond
)

// settled is a Target that acknowledges points before it stores them, as
// KairosDB does. Behind a write it waits until a point is found that was written
// later.
type settled struct {
	Target
	metric string // for the points that are waited for
	count  int
}

// Do sends the request and waits if it writes.
func (s *settled) Do(req *http.Request) (*http.Response, error) {
	writes, err := s.writes(req)
	if err != nil {
		return nil, err
	}
	resp, err := s.Target.Do(req)
	if err != nil || !writes {
		return resp, err
	}
	if err := s.settle(req.Context()); err != nil {
		return nil, fmt.Errorf("%w, and %w", err, resp.Body.Close())
	}
	return resp, nil
}

// writes tells whether a request writes points; queries do so with save_as.
func (s *settled) writes(req *http.Request) (bool, error) {
	if req.Method != http.MethodPost || req.Body == nil {
		return false, nil
	}
	switch where := strings.TrimSuffix(req.URL.Path, "/"); {
	case strings.HasSuffix(where, "/datapoints"):
		return true, nil
	case !strings.HasSuffix(where, "/query"):
		return false, nil
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return false, err
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	return bytes.Contains(body, []byte("save_as")), nil
}

// settle writes a point and waits until it is found.
func (s *settled) settle(ctx context.Context) error {
	s.count++
	at := int64(1_700_000_000_000 + 1000*s.count)
	write := fmt.Sprintf(`[{"name":%s,"tags":{"by":"conform"},"datapoints":[[%d,1]]}]`, quote(s.metric), at)
	if _, err := s.ask(ctx, http.MethodPost, "/api/v1/datapoints", write); err != nil {
		return err
	}
	query := fmt.Sprintf(`{"start_absolute":%d,"end_absolute":%d,"metrics":[{"name":%s}]}`, at, at, quote(s.metric))
	for deadline := time.Now().Add(settlePatience); ; {
		answer, err := s.ask(ctx, http.MethodPost, "/api/v1/datapoints/query", query)
		if err != nil {
			return err
		}
		if found(answer.body) {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("what is acknowledged is not stored: %d %.300s", answer.status, answer.body)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(settleEvery):
		}
	}
}

// found tells whether an answer has a point.
func found(body []byte) bool {
	var answer struct {
		Queries []struct {
			SampleSize int `json:"sample_size"`
		}
	}
	return json.Unmarshal(body, &answer) == nil && len(answer.Queries) == 1 && answer.Queries[0].SampleSize == 1
}

// clean deletes the points that were waited for.
func (s *settled) clean(ctx context.Context) error {
	_, err := s.ask(ctx, http.MethodDelete, "/api/v1/metric/"+s.metric, "")
	return err
}

// ask sends a request of the target's own.
func (s *settled) ask(ctx context.Context, method, where, body string) (received, error) {
	req, err := http.NewRequestWithContext(ctx, method, where, strings.NewReader(body))
	if err != nil {
		return received{}, err
	}
	return exchange(s.Target, req)
}
