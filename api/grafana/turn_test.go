package grafana

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"aion/api/access"
	"aion/api/wire"
	"aion/storage/catalog"
	"aion/storage/memory"
)

// TestTurns: panels and annotations wait for their turn among the queries of one
// key.
func TestTurns(t *testing.T) {
	store := memory.New(memory.Config{})
	records, _ := catalog.New(store)
	guard := access.New(access.Config{Catalog: records, Queries: 1})
	who, err := guard.Tenant(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(access.With(t.Context(), who))
	release, err := access.Turn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	p := newTested(t)
	const within = `"range":{"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z"}`
	for name, call := range map[string]struct {
		handle echo.HandlerFunc
		body   string
	}{
		"query":       {p.query, `{` + within + `,"targets":[]}`},
		"annotations": {p.annotations, `{` + within + `,"annotation":{"query":"none"}}`},
	} {
		status := func(ctx context.Context) (int, error) {
			r := httptest.NewRequestWithContext(ctx, "POST", Prefix+"/"+name, strings.NewReader(call.body))
			w := wire.NewHoldBack(httptest.NewRecorder(), r.Method)
			err := call.handle(echo.New().NewContext(r, w))
			return w.Status(), err
		}
		if got, err := status(t.Context()); got != 200 || err != nil {
			t.Errorf("%s: somebody else: got %d %v, want 200", name, got, err)
		}
		late, stop := context.WithTimeout(ctx, 100*time.Millisecond) // time for both that do not wait
		if got, err := status(late); got == 200 || err == nil {
			t.Errorf("%s: got %d %v, want no turn", name, got, err)
		}
		stop()
	}
	leave()
	release()
}
