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
	lists := make(chan []birth)
	for range f.workers() {
		all.Go(func() {
			for list := range lists {
				made, err := f.bear(ctx, list...)
				n.Add(made)
				if err != nil {
					cancel(fmt.Errorf("create device %s or one of %d behind it: %w", list[0].id, len(list)-1, err))
				}
			}
		})
	}
	err = f.feed(ctx, lists, organization, s)
	close(lists)
	all.Wait()
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return n.Load(), err
}

// feed sends the devices that have points in a selection, as many together as are
// created together, until ctx ends.
func (f *Fleet) feed(ctx context.Context, lists chan<- []birth, organization string, s storage.Selection) error {
	most := 1
	if f.c.Catalog.Batches() {
		most = broodSize
	}
	var list []birth
	send := func() error {
		select {
		case lists <- list:
			list = nil
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for id, err := range f.c.Store.TagValues(ctx, f.c.DeviceTag, s) {
		if err != nil {
			return fmt.Errorf("list the devices that have points: %w", err)
		}
		if list = append(list, birth{organization: organization, id: id}); len(list) < most {
			continue
		}
		if err := send(); err != nil {
			return err
		}
	}
	if len(list) == 0 {
		return nil
	}
	return send()
}
