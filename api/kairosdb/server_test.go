package kairosdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"aion/aggregators"
	"aion/api/access"
	"aion/api/wire"
	"aion/query"
	"aion/storage"
	"aion/storage/memory"
	"aion/storage/points"
)

// clock is what time it is in all tests.
func clock() time.Time { return time.UnixMilli(1_700_000_000_000) }

// newProtocol makes a protocol over an empty memory store.
func newProtocol(t testing.TB, c Config) *Protocol {
	t.Helper()
	if c.Store == nil {
		c.Store = memory.New(memory.Config{Now: clock})
	}
	if c.Engine == nil {
		c.Engine = query.New(query.Config{Limits: query.DefaultLimits()})
	}
	c.Specs, c.Now, c.RegexPrefix = aggregators.Builtin(), clock, "regex:"
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// reply is an answer as a client sees it.
type reply struct {
	status int
	header http.Header
	body   string
}

// call sends a request to a protocol that is mounted as package api does it.
// The lines of header are names and values. Everything is permitted.
func call(t testing.TB, p *Protocol, method, target, body string, header ...string) reply {
	t.Helper()
	return callAs(t, access.Everyone(), p, method, target, body, header...)
}

// callAs is call for somebody; nil is somebody unknown.
func callAs(t testing.TB, who *access.Principal, p *Protocol, method, target, body string, header ...string) reply {
	t.Helper()
	return callWithin(t.Context(), t, who, p, method, target, body, header...)
}

// callWithin is callAs within a context.
func callWithin(ctx context.Context, t testing.TB, who *access.Principal, p *Protocol, method, target, body string, header ...string) reply {
	t.Helper()
	e := echo.New()
	p.Routes(e)
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		if err := p.WriteError(c, statusOf(err), err); err != nil {
			t.Error(err)
		}
	}
	e.Pre(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error { return heldBack(t, e, c, next) }
	})
	r := httptest.NewRequestWithContext(access.With(ctx, who), method, target, strings.NewReader(body))
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return reply{w.Code, w.Header(), w.Body.String()}
}

// heldBack runs a handler behind a hold-back.
func heldBack(t testing.TB, e *echo.Echo, c echo.Context, next echo.HandlerFunc) error {
	hold := wire.NewHoldBack(c.Response().Writer, c.Request().Method)
	c.SetResponse(echo.NewResponse(hold, e))
	if err := next(c); err != nil {
		if !hold.Reset() {
			t.Logf("cut: %v", err)
			return nil
		}
		c.SetResponse(echo.NewResponse(hold, e))
		c.Error(err)
	}
	return hold.Finish()
}

// statusOf is the status of an error, as far as the tests meet it.
func statusOf(err error) int {
	var own interface{ StatusCode() int }
	var routed *echo.HTTPError
	switch {
	case errors.As(err, &own):
		return own.StatusCode()
	case errors.As(err, &routed):
		return routed.Code
	case errors.Is(err, points.ErrForbidden):
		return http.StatusForbidden
	case errors.Is(err, points.ErrLimit):
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusInternalServerError
}

// put stores points of one series: longs, doubles and texts as they are.
func put(t testing.TB, s storage.Store, metric string, tags map[string]string, at int64, values ...any) {
	t.Helper()
	var batch storage.Batch
	for i, v := range values {
		var b points.Block
		key := points.Key{Metric: metric, Tags: points.TagsOf(tags)}
		switch v := v.(type) {
		case int:
			key.Type = points.TypeLong
			b.AppendInt(at+int64(i), int64(v))
		case float64:
			key.Type = points.TypeDouble
			b.AppendFloat(at+int64(i), v)
		case string:
			b.Reset(points.Text)
			key.Type = points.TypeText
			b.AppendText(at+int64(i), v)
		}
		batch.Put(key, b, 0)
	}
	if err := s.Write(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
}

// askFor posts a query and gives back the status and the body.
func askFor(t testing.TB, p *Protocol, body string) reply {
	t.Helper()
	return call(t, p, http.MethodPost, "/api/v1/datapoints/query", body)
}

// drain reads all of r.
func drain(t testing.TB, r io.Reader) string {
	t.Helper()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// printed is v as fmt prints it.
func printed(v any) string { return fmt.Sprint(v) }

// putBlock stores points of a series of doubles.
func putBlock(t testing.TB, s storage.Store, metric string, b points.Block) {
	t.Helper()
	var batch storage.Batch
	batch.Put(points.Key{Metric: metric, Tags: points.Tags{{Name: "host", Value: "a"}}, Type: points.TypeDouble}, b, 0)
	if err := s.Write(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
}
