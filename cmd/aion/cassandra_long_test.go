package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The answer to longQuery is 40 MB, which no buffer on its way takes up.
const (
	longPoints = 40_000
	longText   = 1000
	longQuery  = `{"start_absolute": 1, "metrics": [{"name": "long"}]}`
)

// fillLong writes what longQuery asks for.
func fillLong(t *testing.T, s *server) {
	t.Helper()
	const at = 10_000
	text := strings.Repeat("x", longText)
	for from := 0; from < longPoints; from += at {
		var body strings.Builder
		body.WriteString(`{"name": "long", "tags": {"a": "b"}, "type": "string", "datapoints": [`)
		for i := range at {
			fmt.Fprintf(&body, `[%d,"%s"],`, 1+from+i, text)
		}
		if status, answer := s.ask(t, "POST", "/api/v1/datapoints", strings.TrimSuffix(body.String(), ",")+"]}"); status != http.StatusNoContent {
			t.Fatalf("got %d %s from the write, want 204", status, answer)
		}
	}
}

// longAnswer is an answer to longQuery that has begun.
type longAnswer struct {
	body  io.ReadCloser
	begun []byte
	leave context.CancelFunc
}

// askLong asks longQuery and reads how the answer begins. It stops there until
// rest is called.
func askLong(t *testing.T, s *server) *longAnswer {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.address+"/api/v1/datapoints/query", strings.NewReader(longQuery))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "identity")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	l := &longAnswer{res.Body, make([]byte, 256<<10), cancel}
	if _, err := io.ReadFull(l.body, l.begun); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("got %d %v %.300s, want an answer that begins", res.StatusCode, err, l.begun)
	}
	return l
}

// rest reads the answer to its end.
func (l *longAnswer) rest() ([]byte, error) {
	defer l.leave()
	defer l.body.Close()
	late := time.AfterFunc(bound, l.leave)
	defer late.Stop()
	rest, err := io.ReadAll(l.body)
	return append(l.begun, rest...), err
}

// isCut reads on, which must end in an error and not look whole.
func (l *longAnswer) isCut(t *testing.T) {
	t.Helper()
	all, err := l.rest()
	if err == nil || json.Valid(all) || errors.Is(err, context.Canceled) {
		t.Errorf("got %d bytes and %v, want an answer that is cut", len(all), err)
	}
}

// isWhole reads on to the last point.
func (l *longAnswer) isWhole(t *testing.T) {
	t.Helper()
	all, err := l.rest()
	if got := bytes.Count(all, []byte("],[")) + 1; err != nil || !json.Valid(all) || got != longPoints {
		t.Errorf("got %d points and %v, want %d", got, err, longPoints)
	}
}
