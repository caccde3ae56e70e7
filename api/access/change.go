package access

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// How often a guard looks for changes by itself, how old its knowledge is at most
// when it answers, and how long it asks who may go on.
const (
	lookEvery = 400 * time.Millisecond
	oldest    = 900 * time.Millisecond

	longestReview = 5 * time.Second // of all requests under way
)

// state is what the records were when a guard last looked.
type state struct {
	tenancy
	revision   int64  // of the record of changes
	generation uint64 // grows with every change
	at         time.Time
	tenants    *tenants // that tokens have named since the last change
}

// forget has the guard look before it answers again.
func (g *Guard) forget() {
	g.looking.Lock()
	defer g.looking.Unlock()
	if was := g.state.Load(); was != nil {
		now := *was
		now.at = time.Time{}
		g.state.Store(&now)
	}
}

// current is the state, which is as new as it has to be. While the store is away
// it is the last one.
func (g *Guard) current(ctx context.Context) (*state, error) {
	if !g.asked.Load() {
		g.asked.Store(true)
	}
	if s := g.state.Load(); s != nil && g.now().Sub(s.at) < oldest {
		return s, nil
	}
	return g.look(ctx, oldest)
}

// look looks for changes, unless somebody else has just done so.
func (g *Guard) look(ctx context.Context, age time.Duration) (*state, error) {
	g.looking.Lock()
	defer g.looking.Unlock()
	was := g.state.Load()
	if was != nil && g.now().Sub(was.at) < age {
		return was, nil
	}
	now, err := g.read(ctx, was)
	switch {
	case err == nil:
	case was == nil || ctx.Err() != nil:
		return nil, err
	default:
		if g.figures.blind.Add(1) == 1 {
			g.log.Warn("keys cannot be looked up: those that were checked before remain good", "error", err)
		}
		same := *was
		now = &same
	}
	now.at = g.now()
	g.state.Store(now)
	return now, nil
}

// read reads the state behind was.
func (g *Guard) read(ctx context.Context, was *state) (*state, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	r, err := g.catalog.Record(ctx, ChangeKind, ChangeID)
	if err != nil {
		return nil, err
	}
	g.figures.blind.Store(0)
	if was != nil && was.revision == r.Revision {
		same := *was
		return &same, nil
	}
	now := &state{revision: r.Revision, generation: 1, tenants: new(tenants)}
	if was != nil {
		now.generation = was.generation + 1
	}
	now.tenancy, err = g.tenancy(ctx)
	return now, err
}

// watched are the requests under way.
type watched struct {
	mu  sync.Mutex
	all map[*visit]struct{}
}

// visit is a request under way, or a connection.
type visit struct {
	of       *Principal
	cancel   context.CancelCauseFunc
	reviewed uint64 // the generation that it was looked at in; 0: none. Run's alone
}

// errDone is the cause of the end of a context whose request has ended.
var errDone = errors.New("the request has ended")

// Watch is a context for what p does, which ends with a DeniedError as its cause
// within a second of the moment at which p may no longer do it: as long as Run
// runs. Release is called when it is done.
func (g *Guard) Watch(ctx context.Context, p *Principal) (watched context.Context, release func()) {
	ctx, cancel := context.WithCancelCause(With(ctx, p))
	v := &visit{of: p, cancel: cancel}
	w := &g.watched
	w.mu.Lock()
	if w.all == nil {
		w.all = map[*visit]struct{}{}
	}
	w.all[v] = struct{}{}
	w.mu.Unlock()
	return ctx, func() {
		w.mu.Lock()
		delete(w.all, v)
		w.mu.Unlock()
		cancel(errDone)
	}
}

// visits are the requests under way, by who makes them.
func (w *watched) visits() map[*Principal][]*visit {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make(map[*Principal][]*visit, len(w.all))
	for v := range w.all {
		all[v.of] = append(all[v.of], v)
	}
	return all
}

// Run looks for changes while requests come or are under way, ends those that
// may no longer go on, and notes when keys were used. It returns when ctx ends.
func (g *Guard) Run(ctx context.Context) {
	var beside sync.WaitGroup
	beside.Go(func() { g.noteUses(ctx) })
	beside.Go(func() { g.trim(ctx) })
	defer beside.Wait()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		visits := g.watched.visits()
		if !g.asked.Swap(false) && len(visits) == 0 {
			continue
		}
		now, err := g.look(ctx, lookEvery/2)
		if err != nil {
			continue // whoever comes next is told
		}
		g.review(ctx, now, visits)
	}
}

// review ends the requests of those whose time is over or who may do other things
// now than when they began. Each is looked at when it is new and after every change;
// those whom the store does not tell of are looked at again the next time.
func (g *Guard) review(ctx context.Context, now *state, visits map[*Principal][]*visit) {
	for p, all := range visits {
		if !p.Expires.IsZero() && !g.now().Before(p.Expires) {
			end(all)
			delete(visits, p)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, longestReview)
	defer cancel()
	for p, all := range visits {
		if !slices.ContainsFunc(all, func(v *visit) bool { return v.reviewed != now.generation }) {
			continue
		}
		renewed, err := g.renew(ctx, now, p)
		if err != nil {
			continue
		}
		if renewed == nil || !same(p, renewed) {
			end(all)
		}
		for _, v := range all {
			v.reviewed = now.generation
		}
	}
}

// end ends requests of somebody who may not go on.
func end(all []*visit) {
	for _, v := range all {
		v.cancel(&DeniedError{Status: http.StatusUnauthorized, Reason: "the credentials are not valid any more"})
	}
}

// same tells whether two principals may do the same.
func same(a, b *Principal) bool {
	x, y := *a, *b
	x.RateLimit, x.Limits, x.own, x.Expires, x.calls = y.RateLimit, y.Limits, y.own, y.Expires, y.calls
	return reflect.DeepEqual(x, y)
}

// figures count what a guard has refused.
type figures struct{ refused, limited, blind atomic.Int64 }

// Figures are what a guard has counted.
type Figures struct {
	Refused int64 // credentials that were wrong
	Limited int64 // calls and logins that were too many
}

// Figures are the counts so far.
func (g *Guard) Figures() Figures { return Figures{g.figures.refused.Load(), g.figures.limited.Load()} }

// tooMany counts a call that is one too many and answers why it is refused.
func (f *figures) tooMany(reason string, after time.Duration) *DeniedError {
	f.limited.Add(1)
	seconds := int((after + time.Second - 1) / time.Second)
	return &DeniedError{Status: http.StatusTooManyRequests, Reason: reason, After: max(1, seconds)}
}
