package fleet

import (
	"context"
	"errors"
	"slices"

	"aion/storage/points"
)

// broodSize is how many devices are created together at most, where the catalog has
// batches.
const broodSize = 512

// workers is how many workers create devices of the queue at most. Where the catalog
// has batches, one does: what many devices are written by goes first.
func (f *Fleet) workers() int {
	if f.c.Catalog.Batches() {
		return 1
	}
	return f.c.Workers
}

// deliverFrom creates devices of the queue, also where ctx has ended, and then
// those that wait there still.
func (f *Fleet) deliverFrom(ctx context.Context, b birth) {
	for {
		f.deliver(context.WithoutCancel(ctx), b)
		if ctx.Err() != nil {
			return
		}
		select {
		case b = <-f.queue.births:
		default:
			return
		}
	}
}

// deliver creates a device of the queue and, where the catalog has batches, those
// behind it.
func (f *Fleet) deliver(ctx context.Context, first birth) {
	list := []birth{first}
	if f.c.Catalog.Batches() {
		list = f.queue.gather(first, broodSize)
		ctx = context.WithoutCancel(ctx) // it takes a moment, and many wait for it
	}
	defer func() { f.queue.done(len(list)) }()
	_, err := f.bear(ctx, list...)
	switch {
	case err == nil:
	case len(list) > 1 && errors.Is(err, points.ErrCorrupt): // the others do not suffer from one
		for i := range list {
			if _, err := f.bear(ctx, list[i]); err != nil {
				f.unborn(err, list[i])
			}
		}
	default:
		f.unborn(err, list...)
	}
}

// awaits tells whether a device that nobody knows by a reference may be one of those
// that wait to be created. Where very many do, that is so of those only that have
// the reference for their id, so that others need not wait for all of them.
func (f *Fleet) awaits(organization, tenant, ref string) bool {
	switch n := f.queue.waiting(); {
	case n == 0:
		return false
	case n <= queueRoom:
		return true
	}
	return slices.ContainsFunc([]string{"", organization, tenant}, func(tag string) bool {
		return f.known.has(f.known.hash(tag, ref))
	})
}

// unborn forgets devices that cannot be created.
func (f *Fleet) unborn(err error, list ...birth) {
	for i := range list {
		f.known.remove(f.known.hash(list[i].organization, list[i].id))
	}
	f.c.Log.Debug("devices cannot be created", "devices", len(list), "first", list[0].id, "error", err)
}

// bear creates devices unless there are some of these ids or some that are called
// so, or apps, and tells how many it has created.
func (f *Fleet) bear(ctx context.Context, list ...birth) (created int64, err error) {
	t, err := f.c.Tenancy(ctx)
	if err != nil {
		return 0, err
	}
	f.share(t)
	b := brood{f: f}
	for i := range list {
		b.add(t, &list[i])
	}
	if len(list) > 1 && f.c.Catalog.Batches() {
		return b.bear(ctx)
	}
	for _, c := range b.cradles {
		made, err := f.bearOne(ctx, c)
		if err != nil {
			return created, err
		}
		if made {
			created++
		}
	}
	return created, nil
}

// bearOne creates a device unless there is one of that id or one that is called so,
// or an app.
func (f *Fleet) bearOne(ctx context.Context, c *cradle) (created bool, err error) {
	_, revision, err := f.load(ctx, c.tenant, c.id)
	if err != nil || revision != 0 {
		return false, unlessTaken(err)
	}
	if _, ok, err := f.owner(ctx, c.tenant, c.id); err != nil || ok {
		return false, unlessTaken(err)
	}
	if err = f.noApp(ctx, c.tenant, "id", c.id); err == nil {
		err = f.add(ctx, c.tenant, &Device{ID: c.id})
	}
	return err == nil, unlessTaken(err)
}

// unlessTaken is an error that is worth another try: neither that something else is
// called so nor that nothing can be.
func unlessTaken(err error) error {
	if invalid := (*points.InvalidError)(nil); errors.Is(err, ErrTaken) || errors.As(err, &invalid) {
		return nil
	}
	return err
}
