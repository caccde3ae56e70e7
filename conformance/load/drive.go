package load

import (
	"context"
	"sync"
	"time"
)

// work is a piece of work for some clients.
type work struct {
	clients int
	pace    *pace
	next    func(*request) bool // makes the next request, if there is one; any client calls it
	record  *recorder
}

// drive has the clients work until there is nothing to do, the pace ends, ctx
// ends or nothing succeeds any more. It returns when all have stopped.
func (r *run) drive(ctx context.Context, w work) {
	stopWatching := r.watch(w.record)
	defer stopWatching()
	patient, stop := outlast(ctx, lastAnswer)
	defer stop()
	var clients sync.WaitGroup
	for range w.clients {
		clients.Go(func() {
			c := client{work: w, caller: r.caller, buffer: make([]byte, 64<<10)}
			for c.step(ctx, patient) {
			}
		})
	}
	clients.Wait()
	if patient.Err() != nil {
		r.brokenOff.Store(true)
	}
}

// lastAnswer is how long a write may take that is under way when a run is
// interrupted. It is not broken off before, because a server may go on with it
// when nobody waits any more, and store it after the metric was deleted.
const lastAnswer = 10 * time.Second

// outlast is a context that ends a while after ctx, or with stop.
func outlast(ctx context.Context, while time.Duration) (patient context.Context, stop func()) {
	patient, cancel := context.WithCancel(context.WithoutCancel(ctx))
	unhook := context.AfterFunc(ctx, func() {
		end := time.NewTimer(while)
		defer end.Stop()
		select {
		case <-end.C:
			cancel()
		case <-patient.Done():
		}
	})
	return patient, func() { unhook(); cancel() }
}

// client is one of those who work.
type client struct {
	work
	caller  *caller
	request request
	buffer  []byte
}

// step makes, sends and records one request, and tells whether to go on. What
// the end of ctx breaks off is not counted, nor a write that ends after it, by the
// end of patient.
func (c *client) step(ctx, patient context.Context) bool {
	due, ok := c.pace.take()
	if !ok || ctx.Err() != nil {
		return false
	}
	if now := time.Now(); c.pace.missed(now) {
		c.record.add(&request{}, due, &outcome{first: now, last: now, failure: unsent, example: "no client was free before the time was up"})
		return true
	}
	if !c.next(&c.request) {
		return false
	}
	if c.pace.gap == 0 {
		due = time.Now() // making the request is not the server's time
	} else if !wait(ctx, due) {
		return false
	}
	until := ctx
	if c.request.points > 0 {
		until = patient
	}
	o := c.caller.post(until, &c.request, c.buffer)
	if ctx.Err() != nil {
		return false
	}
	c.record.add(&c.request, due, &o)
	if o.failure == "" || c.pace.gap > 0 {
		return !c.record.hopeless()
	}
	return !c.record.hopeless() && wait(ctx, o.last.Add(pauseAfterFailure))
}

// unsent is the failure of a request that was due when nobody could send it: the
// rate was not kept.
const unsent = "unsent"

// watch tells the watcher how far the work is, twice a second, until the
// function that it answers is called.
func (r *run) watch(record *recorder) (stop func()) {
	if r.Watch == nil {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(time.Second / 2)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				r.Watch(record.progress())
			case <-done:
				return
			}
		}
	}()
	return func() { close(done); <-ended }
}
