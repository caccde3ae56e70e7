package kairosdb

import (
	"context"
	"errors"
	"io"
	"math"
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
	p.turns = newTurns(most*ingestLeast, time.Hour)
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
		t.Errorf("got %d %s, want 204: room was not given back", got.status, got.body)
	}
}

// TestIngestYieldsToOthers: a request whose client sends nothing keeps nobody from
// writing, and goes on when its client does.
func TestIngestYieldsToOthers(t *testing.T) {
	store := memory.New(memory.Config{})
	p := newProtocol(t, Config{Store: store, Release: aggregators.V13})
	p.turns = newTurns(ingestMost, time.Hour) // for one whose length is not known
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
	if _, err := io.WriteString(client, onePoint[:half]); err != nil { // it has its room
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
	if !p.turns.room.TryAcquire(ingestMost) {
		t.Error("room was not given back")
	}
}

// TestTurnIsOverWithItsRequest: who waits for room leaves when his request ends, and
// a body whose room others have taken fails as one that is refused.
func TestTurnIsOverWithItsRequest(t *testing.T) {
	of := newTurns(7, time.Hour)
	ctx, cancel := context.WithCancelCause(t.Context())
	if err := of.enter(ctx, 7); err != nil {
		t.Fatal(err)
	}
	var body turn
	body.begin(ctx, &of, 7, readerFunc(func(p []byte) (int, error) {
		body.yield() // as when nothing comes for long
		if err := of.enter(t.Context(), 7); err != nil {
			t.Error(err)
		}
		of.patience = time.Nanosecond
		return copy(p, "x"), nil
	}))
	if n, err := body.Read(make([]byte, 8)); n != 0 || !errors.Is(err, points.ErrUnavailable) {
		t.Errorf("got %d bytes and %v, want %v", n, err, points.ErrUnavailable)
	}
	body.end()
	if of.room.TryAcquire(1) {
		t.Error("got room, want it with the other request")
	}
	of.patience = time.Hour
	gone := errors.New("gone")
	cancel(gone)
	if err := of.enter(ctx, 7); !errors.Is(err, gone) {
		t.Errorf("got %v, want %v", err, gone)
	}
}

// TestWeightOf: a request counts for its text, with a least and a most, those of unknown
// length for the most.
func TestWeightOf(t *testing.T) {
	for _, tt := range []struct {
		length int64
		packed bool
		want   int64
	}{
		{0, false, 128 << 10}, {100, true, 128 << 10}, {256 << 10, false, 1 << 20}, {16 << 10, true, 1 << 20},
		{1 << 20, false, 4 << 20}, {64 << 10, true, 4 << 20}, {1 << 40, false, 4 << 20}, {math.MaxInt64, true, 4 << 20}, {-1, false, 4 << 20},
	} {
		if got := weightOf(tt.length, tt.packed); got != tt.want {
			t.Errorf("%d bytes, packed %v: got %d, want %d", tt.length, tt.packed, got, tt.want)
		}
	}
}

// TestCrowdedInTheMidst: a body that loses its room in the midst is answered as one
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
