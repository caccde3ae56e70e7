package kairosdb

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"aion/aggregators"
	"aion/api/access"
	"aion/storage"
	"aion/storage/memory"
	"aion/storage/points"
)

// stalled is a store that writes nothing until it is told to.
type stalled struct {
	storage.Store
	came chan struct{} // one for each write
	on   chan struct{} // closed: writes go on
}

// Write waits.
func (s stalled) Write(ctx context.Context, b *storage.Batch) error {
	s.came <- struct{}{}
	<-s.on
	return s.Store.Write(ctx, b)
}

// TestIngestRefusesACrowd: while the store does not keep up, so many requests are
// worked on and no more; others are told to come again, and hold nothing. Those that
// wait are stored when it keeps up.
func TestIngestRefusesACrowd(t *testing.T) {
	const most = 3
	store := stalled{memory.New(memory.Config{}), make(chan struct{}, 2*most), make(chan struct{})}
	p := newProtocol(t, Config{Store: store, Release: aggregators.V13})
	p.turns = newTurns(most, time.Hour)
	var group sync.WaitGroup
	for range most {
		group.Go(func() {
			if got := call(t, p, http.MethodPost, "/api/v1/datapoints", onePoint); got.status != 204 {
				t.Errorf("got %d %s, want 204", got.status, got.body)
			}
		})
	}
	for range most {
		<-store.came
	}
	p.turns.patience = time.Nanosecond
	if got := call(t, p, http.MethodPost, "/api/v1/datapoints", onePoint); !strings.Contains(got.body, errCrowded.Error()) {
		t.Errorf("got %d %s, want %v", got.status, got.body, errCrowded)
	}
	if len(store.came) != 0 {
		t.Error("the store was given what was refused")
	}
	close(store.on)
	group.Wait()
	if got := call(t, p, http.MethodPost, "/api/v1/datapoints", onePoint); got.status != 204 {
		t.Errorf("got %d %s, want 204: places were not given back", got.status, got.body)
	}
}

// TestIngestYieldsToOthers: a request whose client sends nothing keeps nobody from
// writing, and goes on when its client does.
func TestIngestYieldsToOthers(t *testing.T) {
	store := memory.New(memory.Config{})
	p := newProtocol(t, Config{Store: store, Release: aggregators.V13})
	p.turns = newTurns(1, time.Hour)
	body, client := io.Pipe()
	var group sync.WaitGroup
	status := 0
	group.Go(func() {
		e := echo.New()
		p.Routes(e)
		w := httptest.NewRecorder()
		e.ServeHTTP(w, httptest.NewRequestWithContext(access.With(t.Context(), access.Everyone()), http.MethodPost, "/api/v1/datapoints", body))
		status = w.Code
		body.Close() // whatever it was, the client hears of it
	})
	half := len(onePoint) / 2
	if _, err := io.WriteString(client, onePoint[:half]); err != nil { // it has its place
		t.Fatal(err)
	}
	other := strings.Replace(onePoint, `"m"`, `"other"`, 1)
	if got := call(t, p, http.MethodPost, "/api/v1/datapoints", other); got.status != 204 {
		t.Errorf("got %d %s, want 204", got.status, got.body)
	}
	if _, err := io.WriteString(client, onePoint[half:]); err != nil {
		t.Fatal(err)
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	group.Wait()
	if stored := dump(t, store); status != 204 || len(stored) != 2 {
		t.Errorf("got %d and the points %q, want 204 and two points", status, stored)
	}
	if len(p.turns.places) != 0 {
		t.Error("a place was not given back")
	}
}

// TestTurnIsOverWithItsRequest: who waits for a place leaves when his request ends, and
// a body whose place another has taken fails as one that is refused.
func TestTurnIsOverWithItsRequest(t *testing.T) {
	of := newTurns(1, time.Hour)
	ctx, cancel := context.WithCancelCause(t.Context())
	if err := of.enter(ctx); err != nil {
		t.Fatal(err)
	}
	var body turn
	body.begin(ctx, &of, readerFunc(func(p []byte) (int, error) {
		body.yield() // as when nothing comes for long
		if err := of.enter(t.Context()); err != nil {
			t.Error(err)
		}
		of.patience = time.Nanosecond
		return copy(p, "x"), nil
	}))
	if n, err := body.Read(make([]byte, 8)); n != 0 || !errors.Is(err, points.ErrUnavailable) {
		t.Errorf("got %d bytes and %v, want %v", n, err, points.ErrUnavailable)
	}
	body.end()
	if len(of.places) != 1 {
		t.Errorf("got %d places taken, want that of the other request", len(of.places))
	}
	of.patience = time.Hour
	gone := errors.New("gone")
	cancel(gone)
	if err := of.enter(ctx); !errors.Is(err, gone) {
		t.Errorf("got %v, want %v", err, gone)
	}
}

// TestCrowdedInTheMidst: a body that loses its place in the midst is answered as one
// that is refused, and what came before is stored.
func TestCrowdedInTheMidst(t *testing.T) {
	lost := readerFunc(func([]byte) (int, error) { return 0, errCrowded })
	for _, body := range []string{"[" + onePoint[1:len(onePoint)-1] + ",", onePoint[:len(onePoint)-1] + `,{"name":"m\u0061","tags":{"h":"a"},"datapoints":[[1,`} {
		store := memory.New(memory.Config{})
		_, err := parserOf(switches[aggregators.V13]).parse(t.Context(), io.MultiReader(strings.NewReader(body), lost), store)
		if !errors.Is(err, points.ErrUnavailable) {
			t.Errorf("got %v, want %v", err, errCrowded)
		}
		if got := dump(t, store); len(got) != 1 {
			t.Errorf("got the points %q, want the one", got)
		}
	}
}

// readerFunc is a function that reads.
type readerFunc func([]byte) (int, error)

// Read calls it.
func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
