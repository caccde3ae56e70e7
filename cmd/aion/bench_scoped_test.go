package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"aion/api"
	"aion/api/access"
	"aion/api/admin"
	"aion/query/fleet"
	"aion/storage"
	"aion/storage/pebble"
	"aion/storage/points"
)

// scopedDevices and scopedPoints are how many devices the store of
// BenchmarkScoped has, and how many points each of them.
const (
	scopedDevices = 1000
	scopedPoints  = 8640
)

// benchScoped makes a store of devices with a day each, a server over it that asks
// nobody, one that asks, and the header of a key for two of the devices. With guards
// the property that is asked for is private at another device.
func benchScoped(b *testing.B, tenants, guards bool) (plain, asking http.Handler, header string) {
	b.Helper()
	store := benchStore(b)
	fillScoped(b, store)
	serves := func(args ...string) (http.Handler, admin.Shift) {
		s := requiring(b, args...)
		shift, err := s.shift(store, new(atomic.Int64), slog.New(slog.DiscardHandler))
		if err != nil {
			b.Fatal(err)
		}
		config, err := s.config(store, slog.New(slog.DiscardHandler))
		if err != nil {
			b.Fatal(err)
		}
		server, err := s.serverOf(b.Context(), config, s.operating(store, shift), nil, api.NewFigures(), slog.New(slog.DiscardHandler))
		if err != nil {
			b.Fatal(err)
		}
		return server.Handler(), shift
	}
	plain, _ = serves("--auth.mode=off")
	asking, shift := serves()
	guard := shift.Access
	ctx := access.With(b.Context(), access.Everyone())
	if tenants {
		for _, id := range []string{"first", "acme"} {
			if _, err := guard.Organizations.Create(ctx, access.Organization{ID: id}); err != nil {
				b.Fatal(err)
			}
		}
	}
	key, err := guard.Keys.Create(ctx, access.KeyRecord{Context: access.Context{Type: access.Device, IDs: []string{"d0007", "d0500"}}})
	if err != nil {
		b.Fatal(err)
	}
	if guards {
		private := []fleet.Property{{Name: "bench", Access: "private"}}
		if _, err := shift.Fleet.Create(ctx, "", fleet.Device{ID: "d0001", Properties: private}); err != nil {
			b.Fatal(err)
		}
	}
	return plain, asking, "Basic " + base64.StdEncoding.EncodeToString([]byte(key.ID+":"+key.Secret))
}

// fillScoped writes the points of all devices and brings them into their final
// form.
func fillScoped(b *testing.B, store *pebble.Store) {
	b.Helper()
	var block points.Block
	for i := range int64(scopedPoints) {
		block.AppendFloat(benchStart+i*10_000, float64(i*7919%1000)/10)
	}
	var batch storage.Batch
	for i := range scopedDevices {
		tags := map[string]string{"device": fmt.Sprintf("d%04d", i), "site": fmt.Sprintf("s%02d", i%50)}
		batch.Put(points.Key{Metric: "bench", Tags: points.TagsOf(tags), Type: points.TypeDouble}, block, 0)
		if batch.Size() > storage.MaxBatch/2 || i == scopedDevices-1 {
			if err := store.Write(b.Context(), &batch); err != nil {
				b.Fatal(err)
			}
			batch.Reset()
		}
	}
	if err := store.Compact(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkScoped asks a dashboard's question of a server that asks nobody and, in
// turn, with a key for two devices: what the gate costs is the metric scoped/plain.
func BenchmarkScoped(b *testing.B) {
	for _, of := range []struct{ tenants, guards bool }{{false, false}, {true, false}, {false, true}} {
		b.Run(fmt.Sprintf("tenants=%t/guards=%t", of.tenants, of.guards), func(b *testing.B) {
			plain, asking, header := benchScoped(b, of.tenants, of.guards)
			query := metricQuery(benchStart, benchStart+scopedPoints*10_000, `"tags": {"device": ["d0007"]}`, aggregate("avg", 5, "minutes"))
			ask := func(h http.Handler, header string) time.Duration {
				r := httptest.NewRequest(http.MethodPost, "/api/v1/datapoints/query", strings.NewReader(query))
				if header != "" {
					r.Header.Set("Authorization", header)
				}
				w := httptest.NewRecorder()
				began := time.Now()
				h.ServeHTTP(w, r)
				took := time.Since(began)
				if body, err := io.ReadAll(w.Body); err != nil || w.Code != http.StatusOK || !strings.Contains(string(body), `"values":[[`) {
					b.Fatalf("got %d %.200s", w.Code, body)
				}
				return took
			}
			var without, with []time.Duration
			b.ReportAllocs()
			for b.Loop() {
				without, with = append(without, ask(plain, "")), append(with, ask(asking, header))
			}
			median := func(all []time.Duration) float64 { slices.Sort(all); return float64(all[len(all)/2]) }
			b.ReportMetric(median(without)/1000, "plain-µs")
			b.ReportMetric(median(with)/1000, "scoped-µs")
			b.ReportMetric(median(with)/median(without), "scoped/plain")
		})
	}
}
