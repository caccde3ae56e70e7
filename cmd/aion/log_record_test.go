package main

import (
	"bytes"
	"log/slog"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"aion/api"
)

// TestRequestLines: a record of a request that is written here is slog's to the byte, and
// most of them are.
func TestRequestLines(t *testing.T) {
	source := rand.New(rand.NewPCG(1, 2))
	texts := []string{"", "GET", "/api/v1/version", "a\"b", "a\\b", "é", "\x00", "\xff", "<&>", "\u2028", "~", "\x7f", " "}
	floats := []float64{0, 0.001, 1234.567, 1e-6, 9.99e-7, 1e20, 1e21, -1.5, math.Copysign(0, -1), 86_400_000.123}
	zones := []*time.Location{time.UTC, time.FixedZone("", 5*3600+1800), time.FixedZone("x", -3600)}
	attr := func() slog.Attr {
		key := texts[source.IntN(len(texts))] + "k"
		switch source.IntN(8) {
		case 0:
			return slog.Int64(key, source.Int64()-source.Int64())
		case 1:
			return slog.Float64(key, floats[source.IntN(len(floats))])
		case 2:
			return slog.Bool(key, source.IntN(2) == 0)
		case 3:
			return slog.Any(key, []int{1})
		case 4:
			return slog.Float64(key, float64(source.IntN(1e9))/1000)
		}
		return slog.String(key, texts[source.IntN(len(texts))])
	}
	written := 0
	for range 20_000 {
		at := time.Unix(source.Int64N(1<<34)-1<<33, source.Int64N(1e9)).In(zones[source.IntN(len(zones))])
		if source.IntN(9) == 0 {
			at = at.Truncate(time.Second)
		}
		if source.IntN(99) == 0 {
			at = time.Time{} // which is left out
		}
		r := slog.NewRecord(at, slog.LevelInfo, api.Record, 0)
		for range source.IntN(4) {
			r.AddAttrs(attr())
		}
		var want bytes.Buffer
		if err := slog.NewJSONHandler(&want, nil).Handle(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		got, done := appendRequest([]byte("before"), r)
		switch {
		case !done && string(got) != "before":
			t.Fatalf("got a part: %s", got)
		case done && string(got) != "before"+want.String():
			t.Fatalf("got %s, want %s", got, want.String())
		case done:
			written++
		}
	}
	if written < 5_000 {
		t.Errorf("got %d records of 20,000 written", written)
	}
}

// TestRequestLinesOfServer: what a server gathers is slog's, also of loggers with
// attributes of their own, and what is below the least level is left out.
func TestRequestLinesOfServer(t *testing.T) {
	for _, level := range []string{"info", "warn", "debug"} {
		for _, format := range []string{"json", "auto", "text"} {
			settings := &logSettings{Format: format, Level: level}
			var got, want bytes.Buffer
			log, closed := settings.gathered(&got)
			at := time.Unix(1_700_000_000, 5)
			for _, to := range []slog.Handler{log.Handler(), settings.handler(&want, false)} {
				for _, h := range []slog.Handler{to, to.WithAttrs([]slog.Attr{slog.Int("a", 1)}), to.WithGroup("g")} {
					for _, level := range []slog.Level{slog.LevelInfo, slog.LevelError} {
						r := slog.NewRecord(at, level, api.Record, 0)
						r.AddAttrs(slog.String("path", "/"), slog.Float64("duration_ms", 0.107))
						if err := h.Handle(t.Context(), r); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
			if closed(); got.String() != want.String() || got.Len() == 0 {
				t.Errorf("%s, %s: got %s, want %s", level, format, got.String(), want.String())
			}
		}
	}
}
