package cassandra

import (
	"context"
	"errors"
	"sync/atomic"
)

// heldBytes is how many bytes of points the store fetches or holds in all before
// anybody reads them.
const heldBytes = 24 << 20

// fetching is what all cursors of a store share.
type fetching struct {
	slots  chan struct{} // requests that are under way
	behind chan struct{} // those of them that nobody waits for yet
	held   atomic.Int64  // bytes of points that are fetched or held ahead
	open   atomic.Int64  // cursors that are being read
}

// newFetching allows so many requests at once. At most half of them are such
// that nobody waits for yet, so that a great query leaves room for small ones.
func newFetching(requests int) *fetching {
	return &fetching{slots: make(chan struct{}, max(1, requests)), behind: make(chan struct{}, max(1, requests/2))}
}

// hold reserves bytes for what is fetched ahead; release gives them back. It
// answers false where there is no room.
func (f *fetching) hold(bytes int64) bool {
	if f.held.Add(bytes) > heldBytes {
		f.held.Add(-bytes)
		return false
	}
	return true
}

// full tells whether there is no room for another page.
func (f *fetching) full() bool { return f.held.Load() > heldBytes-pageBytes }

// release gives back what was held.
func (f *fetching) release(bytes int64) { f.held.Add(-bytes) }

// enter waits for a slot, or for the end of ctx.
func enter(ctx context.Context, slots chan struct{}) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// leave gives the slot back.
func leave(slots chan struct{}) { <-slots }

// fetch is a page that is asked for before it is needed. Whoever claims it asks
// for it: its own goroutine when its turn comes, or the reader that needs it
// earlier.
type fetch struct {
	claimed atomic.Bool
	cancel  context.CancelFunc
	done    chan struct{} // closed when the goroutine has ended
	page    *page         // read after done, if the goroutine had claimed it
	err     error
	size    int64 // reserved
}

// begin fetches the next page in the background, if there is one and room for
// it; where one is under way, that is it. What is fetched ends with ctx and with
// the store.
func (p *partition) begin(ctx context.Context) bool {
	if p.ahead != nil || p.ended {
		return true
	}
	shared := p.store.fetching
	rows := p.pageRows(!p.begun && !p.part)
	size := int64(rows) * p.width.Load()
	if ctx.Err() != nil || !shared.hold(size) {
		return false
	}
	ctx, cancel := context.WithCancel(ctx)
	f := &fetch{cancel: cancel, done: make(chan struct{}), size: size}
	p.ahead = f
	p.store.running.Go(func() {
		defer close(f.done)
		defer context.AfterFunc(p.store.stopping, cancel)()
		if enter(ctx, shared.behind) != nil {
			return
		}
		defer leave(shared.behind)
		if f.claimed.CompareAndSwap(false, true) {
			f.page, f.err = p.request(ctx, rows)
		}
	})
	return true
}

// next is the next page. It waits for the one that is under way, or asks for it
// itself where that has not happened yet.
func (p *partition) next(ctx context.Context) (*page, error) {
	got, err := p.fetched(ctx)
	if got == nil && err == nil {
		got, err = p.request(ctx, p.pageRows(!p.begun && !p.part))
	}
	if err != nil {
		return nil, err
	}
	p.took(got)
	return got, nil
}

// fetched is the page that was begun, or neither page nor error where the caller
// asks for it: none was begun, its turn has not come, or the context that it
// belonged to has ended before the caller's.
func (p *partition) fetched(ctx context.Context) (*page, error) {
	f := p.ahead
	if f == nil {
		return nil, nil
	}
	defer p.drop()
	if f.claimed.CompareAndSwap(false, true) {
		return nil, nil
	}
	select {
	case <-f.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if ctx.Err() == nil && (errors.Is(f.err, context.Canceled) || errors.Is(f.err, context.DeadlineExceeded)) {
		return nil, nil
	}
	return f.page, f.err
}

// drop ends what is under way and waits for its end.
func (p *partition) drop() {
	f := p.ahead
	if f == nil {
		return
	}
	p.ahead = nil
	f.cancel()
	<-f.done
	p.store.fetching.release(f.size)
}
