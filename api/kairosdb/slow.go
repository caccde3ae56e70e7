package kairosdb

import (
	"context"
	"log/slog"
	"time"

	"aion/query"
)

// slowText is how much of a slow query's text is logged.
const slowText = 8 << 10

// tellSlow logs a query that has taken as long as the settings call slow. begun is
// when it began.
func (p *Protocol) tellSlow(ctx context.Context, q *request, begun time.Time, s query.Stats, err error) {
	took := p.Now().Sub(begun)
	if p.Slow <= 0 || took < p.Slow {
		return
	}
	text := q.tree.String()
	if len(text) > slowText {
		text = text[:slowText]
	}
	attrs := []slog.Attr{
		slog.Float64("duration_ms", float64(took.Microseconds())/1000), slog.Int64("series", s.Series),
		slog.Int64("points", s.Points), slog.Int64("groups", s.Groups), slog.Int64("held_bytes", s.Bytes), slog.String("query", text),
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	p.Log.LogAttrs(context.WithoutCancel(ctx), slog.LevelWarn, "slow query", attrs...)
}
