package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"aion/api"
	"aion/api/admin"
	"aion/storage"
	"aion/storage/pebble"
	"aion/storage/points"
)

// askingNobody is a server over a store that lets everybody do everything, and who
// may do what over it.
func askingNobody(t testing.TB, store storage.Store) (http.Handler, admin.Shift) {
	t.Helper()
	s, quiet := requiring(t, "--auth.mode=off"), slog.New(slog.DiscardHandler)
	shift, err := s.shift(store, new(atomic.Int64), quiet)
	if err != nil {
		t.Fatal(err)
	}
	config, err := s.config(store, quiet)
	if err != nil {
		t.Fatal(err)
	}
	server, err := s.serverOf(t.Context(), config, s.operating(store, shift), nil, api.NewFigures(), quiet)
	if err != nil {
		t.Fatal(err)
	}
	return server.Handler(), shift
}

// reads counts the points that a store has read, and those that it has passed over
// by their summaries.
type reads struct{ read, passed atomic.Int64 }

// Observe is of no interest.
func (*reads) Observe(storage.Op, time.Duration, error) {}

// Points counts.
func (c *reads) Points(op storage.Op, n int) {
	switch op {
	case storage.OpNext:
		c.read.Add(int64(n))
	case storage.OpPeek:
		c.passed.Add(int64(n))
	}
}

// The series of TestPanelReadsWhatItShows: twenty of fourteen months, a point each
// eight minutes, which makes more than a thousand a week, in pages of 128.
const (
	panelSeries = 20
	panelDay    = 24 * hour
	panelEvery  = 8 * 60_000
	panelPoints = 430 * panelDay / panelEvery
	panelPage   = 128
)

// TestPanelReadsWhatItShows draws a year of twenty series at the panel's step: the
// points of its steps are looked at once, all but those at the ends of steps by
// their summaries, and a look at how many there are to begin with costs a block.
func TestPanelReadsWhatItShows(t *testing.T) {
	store, err := pebble.Open(pebble.Config{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	fillPanel(t, store)
	var seen reads
	h, _ := askingNobody(t, storage.Measured(store, &seen))
	const from, to = benchStart + 30*panelDay, benchStart + 395*panelDay
	for _, c := range []struct {
		name, payload string
		room          int64
	}{
		{"average", `{"group_by":["device"]}`, 100},
		{"maximum", `{"group_by":["device"],"aggregator":"max"}`, 100},
		{"all as one", `{"aggregator":"sum"}`, 100},
	} {
		t.Run(c.name, func(t *testing.T) {
			seen.read.Store(0)
			seen.passed.Store(0)
			body := fmt.Sprintf(`{"range":{"from":%d,"to":%d},"maxDataPoints":%d,"targets":[{"target":"panel","payload":%s}]}`, from, to, c.room, c.payload)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/grafana/query", strings.NewReader(body)))
			if shown := strings.Count(w.Body.String(), "],["); w.Code != http.StatusOK || shown < 40 || shown > panelSeries*100 {
				t.Fatalf("got %d and %d points: %.300s", w.Code, shown, w.Body)
			}
			// A step is a week, of which the first may have begun before the range.
			const steps, most = 54, panelSeries * (372*panelDay/panelEvery + 1)
			read, all := seen.read.Load(), seen.read.Load()+seen.passed.Load()
			if want := panelSeries * (to - from) / panelEvery; all < int64(want) || all > most+points.BlockSize {
				t.Errorf("looked at %d points, want between %d and %d", all, want, most)
			}
			if want := int64(panelSeries*(steps+1)*2*panelPage + points.BlockSize); read > want {
				t.Errorf("read %d points, want the pages at the ends of steps, %d at most", read, want)
			}
		})
	}
}

// fillPanel writes the points of all series and brings them into their final form.
func fillPanel(t *testing.T, store *pebble.Store) {
	t.Helper()
	var block points.Block
	for i := range int64(panelPoints) {
		block.AppendFloat(benchStart+i*panelEvery, float64(i*7919%1000)/10)
	}
	var batch storage.Batch
	for i := range panelSeries {
		tags := points.TagsOf(map[string]string{"device": fmt.Sprintf("d%02d", i)})
		batch.Put(points.Key{Metric: "panel", Tags: tags, Type: points.TypeDouble}, block, 0)
		if batch.Size() > storage.MaxBatch/2 || i == panelSeries-1 {
			if err := store.Write(t.Context(), &batch); err != nil {
				t.Fatal(err)
			}
			batch.Reset()
		}
	}
	if err := store.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
}
