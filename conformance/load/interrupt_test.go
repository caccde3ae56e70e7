package load

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// apart is a server over a network: it goes on with a request when nobody waits
// for the answer any more.
type apart struct{ direct }

// RoundTrip lets the handler answer, or ends before that with the context.
func (a apart) RoundTrip(req *http.Request) (*http.Response, error) {
	var res *http.Response
	var err error
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		res, err = a.direct.RoundTrip(req.WithContext(context.WithoutCancel(req.Context())))
	}()
	select {
	case <-answered:
		return res, err
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
}

// TestInterruptionUnderWay interrupts a run while the server is at a write: what
// it stores then is deleted, too, and where it takes too long the run says that
// something may be left.
func TestInterruptionUnderWay(t *testing.T) {
	const interrupted = time.Second
	for _, takes := range []time.Duration{5 * time.Second, time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			server := &fake{slow: func(_ int, path string) time.Duration {
				if path != "/api/v1/datapoints" {
					return 0
				}
				return takes
			}}
			ctx, cancel := context.WithTimeout(t.Context(), interrupted)
			defer cancel()
			c := small(t, server, Ingest)
			c.Transport, c.Timeout = apart{direct{server}}, time.Hour
			began := time.Now()
			report, err := Run(ctx, c)
			if took, most := time.Since(began), 20*time.Second; took > most {
				t.Errorf("writes of %s: got an end after %s, want one before %s", takes, took, most)
			}
			time.Sleep(2 * takes)
			server.mu.Lock()
			defer server.mu.Unlock()
			gone := len(server.points) == 0
			if !report.Interrupted || report.Removed != gone || (err == nil) != gone || gone != (takes < 10*time.Second) {
				t.Errorf("writes of %s: got %v, %d points left, removed %v", takes, err, len(server.points), report.Removed)
			}
		})
	}
}
