package fleet

import (
	"context"
	"errors"
	"slices"

	"aion/storage/points"
)

// broodSize is how many devices are created together at most, where the catalog has
// batches.
const broodSize = 2048

// workers is how many workers create devices of the queue at most. Where the catalog
// has batches, one does: what many devices are written by goes first.
func (f *Fleet) workers() int {
	if f.c.Catalog.Batches() {
		return 1
	}
	return f.c.Workers
}

// litterSize is how many devices are taken out of the queue together at most.
func (f *Fleet) litterSize() int {
	if f.c.Catalog.Batches() {
		return broodSize
	}
	return 1
}

// deliverAll creates the devices of the queue one litter after the other, until none
// is left or ctx ends.
func (f *Fleet) deliverAll(ctx context.Context) {
	for ctx.Err() == nil {
		l := f.queue.take(f.litterSize())
		if len(l.list) == 0 {
			return
		}
		f.deliver(context.WithoutCancel(ctx), l)
	}
}

// deliver creates devices that were taken out of the queue.
func (f *Fleet) deliver(ctx context.Context, l litter) {
	defer f.queue.done(l)
	f.bearAll(ctx, l.list)
}

// tryAgain creates some of the devices that were put off. Where the store is back, the
// others come back into the queue; else they stay where they are, so that nobody waits
// for what cannot be done, and the store is asked for little.
func (f *Fleet) tryAgain(ctx context.Context) {
	if list := f.queue.takeOff(f.litterSize()); len(list) != 0 && f.bearAll(context.WithoutCancel(ctx), list) {
		f.forgetAll(f.queue.again())
	}
}

// bearAll creates devices, and tells whether none was put off.
func (f *Fleet) bearAll(ctx context.Context, list []birth) bool {
	if f.c.Catalog.Batches() {
		ctx = context.WithoutCancel(ctx) // it takes a moment, and many wait for it
	}
	_, err := f.bear(ctx, list...)
	if len(list) == 1 || !final(err) {
		return !f.unborn(err, list...)
	}
	off := false
	for i := range list { // the others do not suffer from one
		_, err := f.bear(ctx, list[i])
		off = f.unborn(err, list[i]) || off
	}
	return !off
}

// final tells whether what failed fails also when it is tried again.
func final(err error) bool {
	invalid := (*points.InvalidError)(nil)
	return errors.Is(err, points.ErrCorrupt) || errors.As(err, &invalid)
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

// unborn deals with devices whose creation failed, if it did: they are put off or, where
// they can never be created, forgotten. It tells whether they are to be tried again.
func (f *Fleet) unborn(err error, list ...birth) (off bool) {
	if err == nil {
		return false
	}
	f.c.Log.Debug("devices cannot be created", "devices", len(list), "first", list[0].id, "error", err)
	if off = !final(err); off {
		list = f.queue.putOff(list)
	}
	f.forgetAll(list)
	return off
}

// forgetAll makes devices unknown that are not created: their next points put them into
// the queue anew.
func (f *Fleet) forgetAll(list []birth) {
	for i := range list {
		f.known.remove(f.known.hash(list[i].organization, list[i].id))
	}
}

// bear creates devices unless there are some of these ids or some that are called
// so, or apps, and tells how many it has created.
func (f *Fleet) bear(ctx context.Context, list ...birth) (created int64, err error) {
	t, err := f.c.Tenancy(ctx)
	if err != nil {
		return 0, err
	}
	f.share(t)
	b := f.newBrood(len(list))
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
