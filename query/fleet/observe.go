package fleet

import (
	"context"
	"sync"
	"time"

	"aion/storage"
)

// Observe is s, which tells f of the devices in what it has stored. A device
// that is written for the first time is created in the background, within a
// second or, where very many come at once, as soon as those before it are, and where
// the store is away as soon as it is back; where that is lost, because the server
// stops or more than a few million wait, the device's next write makes up for it. A
// write does not wait for it. It is called before the fleet runs.
func (f *Fleet) Observe(s storage.Store) storage.Store {
	if !f.c.AutoCreate {
		return s
	}
	f.known.open()
	return &observed{s, f}
}

// AutoCreates tells whether what is written for the first time gets its record by
// that: devices, and what their own properties are.
func (f *Fleet) AutoCreates() bool { return f.c.AutoCreate }

// observed is the store of Observe.
type observed struct {
	storage.Store
	f *Fleet
}

// Unwrap is the store that is observed.
func (o *observed) Unwrap() storage.Store { return o.Store }

// Write writes and then looks for devices that are not known. Numbers of series that
// are recalled it writes if it knows their devices without looking.
func (o *observed) Write(ctx context.Context, b *storage.Batch) error {
	if !o.f.familiar.has(o.f.known, b.Recalled) {
		return storage.ErrForgotten
	}
	err := o.Store.Write(ctx, b)
	if err == nil {
		o.notice(b)
	}
	return err
}

// see puts the unknown devices of a batch into the queue.
func (f *Fleet) see(b *storage.Batch) {
	f.lookWhenDue()
	var all sighted
	for i := range b.Changes {
		f.sight(&all, &b.Changes[i])
	}
	f.expectAll(&all)
}

// lookWhenDue has looked which devices went, when that is due.
func (f *Fleet) lookWhenDue() {
	if f.queue.due(f.c.Now()) {
		wake(f.queue.look)
	}
}

// sight adds the device of a change, if there is one, to those that have been written.
func (f *Fleet) sight(all *sighted, c *storage.Change) {
	id, ok := c.Key.Tags.Value(f.c.DeviceTag)
	if !ok || c.Points.Len() == 0 {
		return
	}
	organization, _ := c.Key.Tags.Value(f.c.OrganizationTag)
	if id == all.last && organization == "" {
		return
	}
	if organization == "" {
		all.last = id
	}
	if all.add(f.known, birth{organization, id}); all.n == len(all.births) {
		f.expectAll(all)
	}
}

// sighted is devices that have been written, whether known or not.
type sighted struct {
	births [64]birth
	hashes [64]uint64 // of them
	n      int
	last   string // neighbours are often series of one device, of no organization
}

// add adds a device.
func (s *sighted) add(k *known, b birth) {
	s.births[s.n], s.hashes[s.n] = b, k.hash(b.organization, b.id)
	s.n++
}

// expectAll puts the devices that are not known into the queue, and leaves none.
func (f *Fleet) expectAll(s *sighted) {
	f.known.fetch(s.hashes[:s.n])
	for i, b := range s.births[:s.n] {
		f.expect(b, s.hashes[i])
	}
	s.n = 0
}

// expect puts a device with that hash into the queue unless it is known. It becomes
// known as it comes into the queue: so of many who write it at once one puts it there,
// and whoever finds it known can wait for it at once.
func (f *Fleet) expect(b birth, h uint64) {
	if f.known.has(h) {
		return
	}
	f.queue.mu.Lock()
	defer f.queue.mu.Unlock()
	if f.known.add(h) && !f.queue.push(b) {
		f.known.remove(h)
	}
}

// Settle returns when the devices are created that have been written before. A device
// that it has begun to create is created also where ctx ends: others wrote it.
func (f *Fleet) Settle(ctx context.Context) error {
	return f.settleWithin(ctx, context.WithoutCancel(ctx))
}

// settleWithin is Settle where devices are created within another context.
func (f *Fleet) settleWithin(ctx, within context.Context) error {
	for before := f.queue.rest(); ; {
		select {
		case <-before:
			return nil
		default:
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		l := f.queue.take(f.litterSize())
		if len(l.list) != 0 {
			f.deliver(within, l)
			continue
		}
		select {
		case <-before:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// settleFew is Settle unless very many devices wait, which takes long.
func (f *Fleet) settleFew(ctx context.Context) error {
	if f.queue.waiting() > queueRoom {
		return ctx.Err()
	}
	return f.Settle(ctx)
}

// againAfter is how long devices are put off that could not be created, because the
// store was away.
const againAfter = 5 * time.Second

// stopTime is how long devices that wait to be created hold up the end of Run.
const stopTime = 5 * time.Second

// Run creates devices that are written for the first time and sweeps, until ctx
// ends and everything has stopped.
func (f *Fleet) Run(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { f.work(ctx, &all) })
	all.Go(func() { f.looking(ctx) })
	all.Go(func() { f.sweeping(ctx) })
	all.Go(func() {
		if _, err := f.guarding(ctx); err != nil { // who asks first looks again
			f.c.Log.Debug("properties that are not public not looked up", "error", err)
		}
	})
	all.Wait()
	f.settleLast(context.WithoutCancel(ctx))
}

// settleLast creates the devices that wait to be created, those that were put off, too,
// as far as that can be done within stopTime.
func (f *Fleet) settleLast(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, stopTime)
	defer cancel()
	f.forgetAll(f.queue.again())
	if err := f.settleWithin(ctx, ctx); err != nil || f.queue.areOff() {
		f.c.Log.Warn("devices were not created: their next points do so", "error", err)
	}
}

// work has devices created until ctx ends, by as many workers as there is work
// for, and as there are to be at most. all waits for them.
func (f *Fleet) work(ctx context.Context, all *sync.WaitGroup) {
	places := make(chan struct{}, f.workers())
	var again <-chan time.Time // when the devices that were put off are tried again; nil: there are none
	for {
		deal := f.deliverAll
		select {
		case <-ctx.Done():
			return
		case <-f.queue.off:
			if again == nil {
				again = time.After(againAfter)
			}
			continue
		case <-again:
			again, deal = nil, f.tryAgain
		case <-f.queue.more:
		}
		select {
		case <-ctx.Done():
			return
		case places <- struct{}{}:
			all.Go(func() {
				defer func() { <-places }()
				deal(ctx)
			})
		}
	}
}

// looking looks which devices went, when that is due, until ctx ends.
func (f *Fleet) looking(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.queue.look:
			f.look(ctx)
		}
	}
}
