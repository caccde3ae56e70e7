package transfer

import (
	"context"
	"errors"
	"time"

	"aion/storage"
	"aion/storage/ingest"
	"aion/storage/points"
)

// pumped is one batch on its way to the store, and where the file stands of
// which all points before lie in this batch or in earlier ones.
type pumped struct {
	w      *ingest.Writer
	at     Position
	points int64
}

// pump writes one batch while the next one is read, in order.
type pump struct {
	current *ingest.Writer
	free    chan *ingest.Writer
	full    chan pumped
	ended   chan struct{}
	err     error // read once ended
	stored  func(at Position, points int64)
	retry   time.Duration
}

// newPump begins to write to a store in batches of so many bytes. It ends with
// close.
func newPump(ctx context.Context, to storage.Writer, bytes int, retry time.Duration, stored func(Position, int64)) *pump {
	c := ingest.Config{MaxBytes: bytes}
	p := &pump{
		current: ingest.New(to, c), free: make(chan *ingest.Writer, 1), full: make(chan pumped),
		ended: make(chan struct{}), stored: stored, retry: retry,
	}
	p.free <- ingest.New(to, c)
	go p.run(ctx)
	return p
}

// run writes batches until there are no more or one cannot be written.
func (p *pump) run(ctx context.Context) {
	defer close(p.ended)
	for b := range p.full {
		if p.err = flush(ctx, b.w, p.retry); p.err != nil {
			return
		}
		p.stored(b.at, b.points)
		p.free <- b.w
	}
}

// flush writes a batch, again and again for some time while the store is away.
func flush(ctx context.Context, w *ingest.Writer, retry time.Duration) error {
	deadline := time.Now().Add(retry)
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := w.Flush(ctx)
		if !errors.Is(err, points.ErrUnavailable) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// next sends the current batch on its way and goes on with an empty one.
func (p *pump) next(at Position, points int64) error {
	select {
	case p.full <- pumped{p.current, at, points}:
	case <-p.ended:
		return p.err
	}
	select {
	case p.current = <-p.free:
		return nil
	case <-p.ended:
		return p.err
	}
}

// close writes what is left, unless something went wrong before, and waits until
// all is written. The order of calls is next, …, close.
func (p *pump) close(at Position, points int64, failed error) error {
	if failed == nil {
		failed = p.next(at, points)
	}
	close(p.full)
	<-p.ended
	if p.err != nil {
		return p.err
	}
	return failed
}
