package api_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"aion/api"
	"aion/storage/points"
)

// TestOneRecordPerRequest compares the access records.
func TestOneRecordPerRequest(t *testing.T) {
	clock := time.UnixMilli(0)
	now := func() time.Time { clock = clock.Add(2 * time.Millisecond); return clock }
	tests := []struct {
		name   string
		handle echo.HandlerFunc
		want   string
	}{
		{"whole", failing(3, nil),
			"level=INFO msg=request method=GET path=/p/x status=200 bytes=3 duration_ms=2 client=192.0.2.1\n"},
		{"refused", failing(0, points.Invalid("no metric")),
			"level=INFO msg=request method=GET path=/p/x status=400 bytes=16 duration_ms=2 client=192.0.2.1 error=\"no metric\"\n"},
		{"our fault", failing(0, errors.New("disk on fire")),
			"level=ERROR msg=request method=GET path=/p/x status=500 bytes=55 duration_ms=2 client=192.0.2.1 error=\"disk on fire\"\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			s := api.New(api.Config{Log: logTo(&log), Now: now, Protocols: []api.Protocol{plain{"/p/x": tt.handle}}})
			ask(s, "GET", "/p/x?secret=1")
			if log.String() != tt.want {
				t.Errorf("got  %swant %s", &log, tt.want)
			}
		})
	}
}

// TestRecordComesBehindTheAnswer: a client has an answer that went well although
// its record is not written yet; of a failure the record comes first.
func TestRecordComesBehindTheAnswer(t *testing.T) {
	for _, tt := range []struct {
		name   string
		handle echo.HandlerFunc
		behind bool
	}{{"whole", failing(3, nil), true}, {"empty", failing(0, nil), true}, {"refused", failing(0, points.Invalid("no metric")), false}} {
		t.Run(tt.name, func(t *testing.T) {
			answered, waited := make(chan struct{}), make(chan bool, 1)
			log := slog.New(slog.NewTextHandler(writer(func() {
				patience := 10 * time.Second
				if !tt.behind {
					patience = 50 * time.Millisecond
				}
				select {
				case <-answered:
					waited <- true
				case <-time.After(patience):
					waited <- false
				}
			}), nil))
			s := api.New(api.Config{Log: log, Protocols: []api.Protocol{plain{"/p/x": tt.handle}}})
			server := httptest.NewServer(s.Handler())
			defer server.Close()
			res, err := http.Get(server.URL + "/p/x")
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if _, err := io.Copy(io.Discard, res.Body); err != nil {
				t.Fatal(err)
			}
			close(answered)
			if got := <-waited; got != tt.behind {
				t.Errorf("got an answer before its record: %v, want %v", got, tt.behind)
			}
		})
	}
}

// writer calls itself when something is written.
type writer func()

// Write drops what is written.
func (w writer) Write(p []byte) (int, error) { w(); return len(p), nil }
