package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestFiguresOfMany: requests that end at once are all counted, each with those it is
// like, also where some are the first of their kind.
func TestFiguresOfMany(t *testing.T) {
	f := NewFigures()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for status := range 50 {
				for _, method := range []string{"GET", "BREW", "HATCH"} {
					f.began()
					f.ended(answered{method, "", 200 + status}, 2, time.Second)
				}
			}
		})
	}
	all.Wait()
	answer := httptest.NewRecorder()
	f.handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, line := range []string{
		`aion_http_requests_total{method="GET",route="none",status="249"} 8`,
		`aion_http_requests_total{method="other",route="none",status="200"} 16`,
		`aion_http_request_duration_seconds_count{route="none"} 1200`,
		`aion_http_response_bytes_total 2400`,
		`aion_http_requests_in_flight 0`,
	} {
		if !strings.Contains(answer.Body.String(), line+"\n") {
			t.Errorf("got no %s", line)
		}
	}
}
