package query

import (
	"context"
	"sync"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// laterSink is a sink that is made when something is saved, which few queries do. The
// zero value has nothing to flush.
type laterSink struct {
	of   func(storage.Writer) Sink
	w    storage.Writer
	once sync.Once
	made Sink // nil: nothing has been saved
}

// Save saves points.
func (s *laterSink) Save(ctx context.Context, metric string, tags points.Tags, ttl time.Duration, b *points.Block) error {
	s.once.Do(func() { s.made = s.of(s.w) })
	return s.made.Save(ctx, metric, tags, ttl, b)
}

// Flush stores what has been saved. It is called when nobody saves any more.
func (s *laterSink) Flush(ctx context.Context) error {
	if s.made == nil {
		return nil
	}
	return s.made.Flush(ctx)
}
