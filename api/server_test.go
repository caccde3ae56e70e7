package api_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"go.uber.org/goleak"

	"aion/api"
	"aion/api/wire"
	"aion/storage"
	"aion/storage/memory"
	"aion/storage/points"
)

// TestMain finds goroutines that nobody waited for.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// plain is a protocol below /p/ whose routes fail as their handlers say.
type plain map[string]echo.HandlerFunc

// Routes mounts the handlers.
func (p plain) Routes(e *echo.Echo) {
	for path, handle := range p {
		e.GET(path, handle)
	}
}

// Owns is what lies below /p/.
func (p plain) Owns(path string) bool { return strings.HasPrefix(path, "/p/") }

// WriteError shows whose words an error is answered in.
func (p plain) WriteError(c echo.Context, status int, err error) error {
	return c.String(status, "plain: "+err.Error())
}

// ownFault is an error that names its status.
type ownFault struct{}

// Error is not one of ours.
func (ownFault) Error() string { return "as the original says it" }

// StatusCode is in no table.
func (ownFault) StatusCode() int { return 418 }

// failing answers with an error behind n bytes of body.
func failing(n int, err error) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set("Content-Encoding", "odd")
		if _, werr := c.Response().Write(bytes.Repeat([]byte("x"), n)); werr != nil {
			return werr
		}
		return err
	}
}

// TestErrorsBecomeAnswers holds the status table to its rows.
func TestErrorsBecomeAnswers(t *testing.T) {
	limit := &points.LimitError{Limit: "query.max-points", Max: 5, What: "points"}
	tests := []struct {
		name       string
		handle     echo.HandlerFunc
		wantStatus int
		wantBody   string
	}{
		{"invalid", failing(0, points.Invalid("no metric")), 400, "plain: no metric"},
		{"forbidden", failing(0, fmt.Errorf("write: %w", points.ErrForbidden)), 403, "plain: write: not permitted"},
		{"limit", failing(0, limit), 413, "plain: the query exceeds the limit query.max-points of 5 points"},
		{"body limit", failing(0, &wire.TooLargeError{Setting: "http.max-body", Max: 9}), 413,
			"plain: the request body exceeds the limit http.max-body of 9 bytes"},
		{"deadline", failing(0, context.DeadlineExceeded), 504, "plain: the request took longer than the server allows"},
		{"named deadline", failing(0, fmt.Errorf("query.timeout of 10s: %w", context.DeadlineExceeded)), 504,
			"plain: query.timeout of 10s: context deadline exceeded"},
		{"stalled", failing(0, fmt.Errorf("read body: %w", os.ErrDeadlineExceeded)), 408, "plain: read body: i/o timeout"},
		{"away", failing(0, fmt.Errorf("write cpu: %w", points.ErrUnavailable)), 503, "plain: write cpu: the store is not available"},
		{"damaged", failing(0, fmt.Errorf("read x: %w", points.ErrCorrupt)), 500,
			"plain: what is stored of the names or records that this needs is damaged; the server's log says where"},
		{"own status", failing(0, fmt.Errorf("bind: %w", ownFault{})), 418, "plain: bind: as the original says it"},
		{"bug", func(echo.Context) error { panic("secret") }, 500, "plain: internal error; the server's log has the details"},
		{"bug beside the request", func(echo.Context) error {
			return fmt.Errorf("answer: %w", points.Guarded(func() error { panic("secret") }))
		}, 500, "plain: internal error; the server's log has the details"},
		{"late within the hold-back", failing(wire.HoldBackSize, limit), 413,
			"plain: the query exceeds the limit query.max-points of 5 points"},
		{"none", failing(2, nil), 200, "xx"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := api.New(api.Config{Protocols: []api.Protocol{plain{"/p/x": tt.handle}}})
			rec := ask(s, "GET", "/p/x")
			if rec.Code != tt.wantStatus || rec.Body.String() != tt.wantBody {
				t.Errorf("got %d %q, want %d %q", rec.Code, rec.Body, tt.wantStatus, tt.wantBody)
			}
			if got, want := rec.Header().Get("Content-Encoding") == "odd", tt.wantStatus == 200; got != want {
				t.Errorf("got the failed answer's headers: %v, want %v", got, want)
			}
			if got, want := rec.Header().Get("Retry-After") != "", tt.wantStatus == 503; got != want {
				t.Errorf("got Retry-After: %v, want %v", got, want)
			}
		})
	}
}

// TestPathsWithoutRoute asks the owner of a path for the words, if it has one.
func TestPathsWithoutRoute(t *testing.T) {
	s := api.New(api.Config{Protocols: []api.Protocol{plain{"/p/x": failing(0, nil)}}})
	tests := []struct {
		method, path string
		wantStatus   int
		wantBody     string
	}{
		{"GET", "/p/y", 404, "plain: Not Found"},
		{"POST", "/p/x", 405, "plain: Method Not Allowed"},
		{"GET", "/other", 404, "Not Found\n"},
		{"GET", "/metrics//", 404, "Not Found\n"},
		{"HEAD", "/metrics", 200, ""},
		{"HEAD", "/metrics/", 200, ""},
	}
	for _, tt := range tests {
		if rec := ask(s, tt.method, tt.path); rec.Code != tt.wantStatus || rec.Body.String() != tt.wantBody {
			t.Errorf("%s %s: got %d %q, want %d %q", tt.method, tt.path, rec.Code, rec.Body, tt.wantStatus, tt.wantBody)
		}
	}
}

// TestLateFailureCutsTheConnection fails behind what is held back.
func TestLateFailureCutsTheConnection(t *testing.T) {
	for name, handle := range map[string]echo.HandlerFunc{
		"error": failing(wire.HoldBackSize+1, points.ErrUnavailable),
		"panic": func(c echo.Context) error { panic(failing(wire.HoldBackSize+1, nil)(c)) },
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			s := api.New(api.Config{Log: logTo(&log), Protocols: []api.Protocol{plain{"/p/x": handle}}})
			server := httptest.NewServer(s.Handler())
			res, err := http.Get(server.URL + "/p/x")
			if err == nil {
				_, err = io.Copy(io.Discard, res.Body)
				res.Body.Close()
			}
			server.Close()
			if err == nil {
				t.Error("got a whole answer, want one that is cut")
			}
			if got := log.String(); strings.Count(got, "msg=request") != 1 || !strings.Contains(got, "cut=true") {
				t.Errorf("got the record %q, want one with cut=true", got)
			}
		})
	}
}

// TestClientGone leaves before the answer.
func TestClientGone(t *testing.T) {
	var log bytes.Buffer
	begun := make(chan struct{})
	s := api.New(api.Config{Log: logTo(&log), Protocols: []api.Protocol{plain{"/p/x": func(c echo.Context) error {
		close(begun)
		<-c.Request().Context().Done()
		return c.Request().Context().Err()
	}}}})
	server := httptest.NewServer(s.Handler())
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-begun; cancel() }()
	req, err := http.NewRequestWithContext(ctx, "GET", server.URL+"/p/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := http.DefaultClient.Do(req); err == nil {
		res.Body.Close()
		t.Errorf("got status %d, want the request cancelled", res.StatusCode)
	}
	server.Close()
	if !strings.Contains(log.String(), "level=INFO msg=request method=GET path=/p/x status=499") {
		t.Errorf("got %q, want a record with status 499", &log)
	}
}

// TestFigures counts requests by route and the store's operations.
func TestFigures(t *testing.T) {
	figures := api.NewFigures()
	store := storage.Measured(memory.New(memory.Config{}), figures.Meter())
	var b storage.Batch
	b.Put(points.Key{Metric: "m", Type: points.TypeLong}, points.Block{Times: []int64{1}, Floats: []float64{5}, Ints: []int64{5}}, 0)
	if err := store.Write(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	s := api.New(api.Config{Figures: figures, Protocols: []api.Protocol{plain{"/p/:id": failing(3, nil)}}})
	ask(s, "GET", "/p/1")
	ask(s, "GET", "/p/2")
	ask(s, "BREW", "/p/3")
	got := ask(s, "GET", "/metrics").Body.String()
	for _, want := range []string{
		`aion_http_requests_total{method="GET",route="/p/:id",status="200"} 2`,
		`aion_http_requests_total{method="other",route="/p/:id",status="405"} 1`,
		`aion_http_request_duration_seconds_count{route="/p/:id"} 3`,
		"aion_http_requests_in_flight 1",
		`aion_storage_operations_total{op="write"} 1`,
		`aion_storage_failures_total{op="write"} 0`,
		"aion_points_written_total 1\n",
		"go_goroutines ",
		"process_cpu_seconds_total ",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got figures without %s", want)
		}
	}
}

// ask answers a request in process.
func ask(s *api.Server, method, path string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	s.Handler().ServeHTTP(rec, httptest.NewRequest(method, path, nil))
	return rec
}

// logTo logs as text without times.
func logTo(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// listen opens a listener on a free port.
func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}
