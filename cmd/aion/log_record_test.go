package main

import (
	"bytes"
	"io"
	"iter"
	"log/slog"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"aion/api"
)

// TestRequestLines: a record of a request that is written here is slog's to the byte, in
// either form, and most of them are.
func TestRequestLines(t *testing.T) {
	for _, tt := range []struct {
		name string
		form *lineForm
		slog func(io.Writer) slog.Handler
	}{
		{"json", &jsonForm, func(to io.Writer) slog.Handler { return slog.NewJSONHandler(to, nil) }},
		{"text", &textForm, func(to io.Writer) slog.Handler { return slog.NewTextHandler(to, nil) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			written := 0
			for r := range requestRecords(20_000) {
				var want bytes.Buffer
				if err := tt.slog(&want).Handle(t.Context(), r); err != nil {
					t.Fatal(err)
				}
				got, done := tt.form.append([]byte("before"), r)
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
		})
	}
}

// requestRecords are n records of requests with anything in them, always the same.
func requestRecords(n int) iter.Seq[slog.Record] {
	source := rand.New(rand.NewPCG(1, 2))
	texts := []string{"", "GET", "/api/v1/version", "a\"b", "a\\b", "a=b", "a b", "a\\ b", "\"", "é", "\u00a0", "\x00", "\t", "\xff", "<&>", "\u2028", "~", "\x7f", " "}
	floats := []float64{0, 0.001, 1234.567, 1e-6, 9.99e-7, 1e20, 1e21, -1.5, math.Copysign(0, -1), 86_400_000.123, math.NaN(), math.Inf(1), math.Inf(-1), 5e-324}
	zones := []*time.Location{time.UTC, time.FixedZone("", 5*3600+1800), time.FixedZone("x", -3600)}
	attr := func() slog.Attr {
		key := texts[source.IntN(len(texts))] + []string{"k", ""}[source.IntN(2)]
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
	record := func() slog.Record {
		at := time.Unix(source.Int64N(1<<34)-1<<33, source.Int64N(1e9)).In(zones[source.IntN(len(zones))])
		switch source.IntN(99) {
		case 0:
			at = time.Time{} // which is left out
		case 1:
			at = at.AddDate(10_000, 0, 0)
		case 2:
			at = at.AddDate(-3_000, 0, 0)
		case 3, 4, 5:
			at = at.Truncate(time.Second)
		case 6, 7, 8:
			at = at.Truncate(time.Second).Add(time.Second - time.Duration(source.IntN(200_000)))
		}
		r := slog.NewRecord(at, slog.LevelInfo, api.Record, 0)
		for range source.IntN(4) {
			r.AddAttrs(attr())
		}
		return r
	}
	return func(yield func(slog.Record) bool) {
		for range n {
			if !yield(record()) {
				return
			}
		}
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

// BenchmarkRequestLine writes the record of a small question, in either form.
func BenchmarkRequestLine(b *testing.B) {
	for _, format := range []string{"json", "text"} {
		b.Run("form="+format, func(b *testing.B) {
			log, closed := (&logSettings{Format: format, Level: "info"}).gathered(io.Discard)
			defer closed()
			r := slog.NewRecord(time.Unix(1_700_000_000, 123_456_789), slog.LevelInfo, api.Record, 0)
			r.AddAttrs(slog.String("method", "POST"), slog.String("path", "/api/v1/datapoints/query/tags"), slog.Int("status", 200),
				slog.Int64("bytes", 210), slog.Float64("duration_ms", 0.117), slog.String("client", "127.0.0.1"))
			b.ReportAllocs()
			for b.Loop() {
				if err := log.Handler().Handle(b.Context(), r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
