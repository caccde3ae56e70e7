package fleet

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"aion/storage"
)

// Discover creates the devices of an organization that have points and no record:
// what was there before the server, what was imported without it, and what Observe
// has lost. It answers how many it has created. Where the store has no index of
// tag values, this reads all that names series.
func (f *Fleet) Discover(ctx context.Context, organization string) (created int64, err error) {
	s, err := f.Selection(ctx, organization)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	var n atomic.Int64
	ids := make(chan string)
	for range f.c.Workers {
		all.Go(func() {
			for id := range ids {
				made, err := f.bear(ctx, birth{organization: organization, id: id})
				if err != nil {
					cancel(fmt.Errorf("create device %s: %w", id, err))
				} else if made {
					n.Add(1)
				}
			}
		})
	}
	err = f.feed(ctx, ids, s)
	close(ids)
	all.Wait()
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return n.Load(), err
}

// feed sends the values that the device tag has in a selection, until ctx ends.
func (f *Fleet) feed(ctx context.Context, ids chan<- string, s storage.Selection) error {
	for id, err := range f.c.Store.TagValues(ctx, f.c.DeviceTag, s) {
		if err != nil {
			return fmt.Errorf("list the devices that have points: %w", err)
		}
		select {
		case ids <- id:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
