package api_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"aion/api"
	"aion/api/access"
	"aion/storage"
	"aion/storage/catalog"
	"aion/storage/memory"
)

// trickling is a handler that sends without end.
func trickling(c echo.Context) error {
	line := []byte(strings.Repeat("x", 1<<10))
	for tick := time.NewTicker(time.Millisecond); ; {
		select {
		case <-c.Request().Context().Done():
			tick.Stop()
			return c.Request().Context().Err()
		case <-tick.C:
			if _, err := c.Response().Write(line); err != nil {
				return err
			}
		}
	}
}

// silent is a handler that sends nothing until it is told to stop.
func silent(c echo.Context) error {
	<-c.Request().Context().Done()
	return c.Request().Context().Err()
}

// serving is a server of its own on a store that others have, too.
func serving(t *testing.T, store storage.Store, log io.Writer, more ...api.Protocol) (guard *access.Guard, address string) {
	t.Helper()
	records, ok := catalog.New(store)
	if !ok {
		t.Fatal("the store keeps no records")
	}
	guard = access.New(access.Config{Catalog: records})
	s := api.New(api.Config{
		Access: guard, Log: slog.New(slog.NewTextHandler(log, nil)),
		Protocols: append(more, plain{"/p/who": who, "/p/trickle": trickling, "/p/silent": silent}),
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return guard, "http://" + listener.Addr().String()
}

// asking sends a request with a key.
func asking(t *testing.T, address string, key access.KeyRecord) (*http.Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(key.ID, key.Secret)
	return http.DefaultClient.Do(req)
}

// TestRevokedInTheMiddle: a key that is revoked on one server ends its requests on
// another one: an answer that has begun is cut, one that has not is a 401; both
// soon.
func TestRevokedInTheMiddle(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	store, log := memory.New(memory.Config{}), new(locked)
	here, _ := serving(t, store, io.Discard)
	_, there := serving(t, store, log)
	ctx := access.With(t.Context(), access.Everyone())
	key, err := here.Keys.Create(ctx, access.KeyRecord{})
	if err != nil {
		t.Fatal(err)
	}
	stream, err := asking(t, there+"/p/trickle", key)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	if _, err := io.CopyN(io.Discard, stream.Body, 100<<10); err != nil {
		t.Fatal(err)
	}
	status := make(chan int, 1)
	go func() {
		res, err := asking(t, there+"/p/silent", key)
		if err != nil {
			status <- 0
			return
		}
		status <- res.StatusCode
		res.Body.Close()
	}()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		figures, err := asking(t, there+"/metrics", key)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(figures.Body)
		if figures.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "aion_http_requests_in_flight 3\n") {
			break
		}
	}
	if _, err := here.Keys.Revoke(ctx, key.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, stream.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the stream: got %v, want it cut", err)
	}
	if got := <-status; got != 401 {
		t.Errorf("a request without an answer: got %d, want 401", got)
	}
	res, err := asking(t, there+"/p/who", key)
	if err != nil {
		t.Fatal(err)
	}
	if res.Body.Close(); res.StatusCode != 401 {
		t.Errorf("a new request: got %d, want 401", res.StatusCode)
	}
	for _, want := range []string{"path=/p/trickle status=401", "by=" + key.ID, "audit=true", "cut=true"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("got no %s in\n%s", want, log)
		}
	}
	if strings.Contains(log.String(), key.Secret) {
		t.Error("the log has the secret")
	}
}
