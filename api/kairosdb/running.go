package kairosdb

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"

	"aion/api/access"
	"aion/query"
)

// errKilled is the cause of the end of a query that somebody has killed.
var errKilled = errors.New("the query was ended by killquery")

// executing is one metric of a query while it is answered.
type executing struct {
	of   *request
	at   int               // which of its metrics
	who  *access.Principal // that asks
	kill context.CancelCauseFunc

	mu   sync.Mutex // who looks at the request
	done bool       // the request may be another one by now
}

// hash names the metric. It is made up for those who ask: hardly anybody does.
func (e *executing) hash() string { return e.of.hash(e.at) }

// running lists the metrics that are being answered, oldest first. It is safe for
// concurrent use.
type running struct {
	mu   sync.Mutex
	list []*executing
}

// add lists e until done is called.
func (r *running) add(e *executing) (done func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, e)
	return func() {
		r.remove(e)
		e.mu.Lock()
		defer e.mu.Unlock()
		e.done = true
	}
}

// remove takes e off the list.
func (r *running) remove(e *executing) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = slices.DeleteFunc(r.list, func(other *executing) bool { return other == e })
}

// now is what is listed.
func (r *running) now() []*executing {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.list)
}

// each calls f with those that are listed now and that somebody may see and end:
// one's own, an organization's for those who administer it, all for root. The one that f
// has does not end meanwhile, so that f does not wait for anything; others come and go.
func (r *running) each(to *access.Principal, f func(e *executing)) {
	for _, e := range r.now() {
		own := to.Kind == e.who.Kind && to.ID == e.who.ID && to.Organization == e.who.Organization
		if own || to.Governs(e.who.Own()) {
			e.show(f)
		}
	}
}

// show calls f with e, unless it is done.
func (e *executing) show(f func(e *executing)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.done {
		f(e)
	}
}

// kill ends the queries of which a metric has the hash, as far as somebody may.
func (r *running) kill(by *access.Principal, hash string) {
	r.each(by, func(e *executing) {
		if e.hash() == hash {
			e.kill(errKilled)
		}
	})
}

// watched lists each metric of a query of somebody's while its answer is made.
// kill ends the query.
func (p *Protocol) watched(who *access.Principal, q *request, answers iter.Seq2[*query.Answer, error], kill context.CancelCauseFunc) iter.Seq2[*query.Answer, error] {
	return func(yield func(*query.Answer, error) bool) {
		i := 0
		for a, err := range answers {
			listed := func() bool {
				if err == nil {
					defer p.listed(who, q, i, kill)() // also where yield panics: the query is over then
				}
				return yield(a, err)
			}
			if !listed() {
				return
			}
			i++
		}
	}
}

// listed lists one metric of a query of somebody's until done is called.
func (p *Protocol) listed(who *access.Principal, q *request, i int, kill context.CancelCauseFunc) (done func()) {
	return p.running.add(&executing{of: q, at: i, who: who, kill: kill})
}

// killed is the answer to a query that somebody has killed; other errors stay as
// they are.
func killed(ctx context.Context, err error) error {
	if err != nil && context.Cause(ctx) == errKilled {
		return broken(errKilled.Error())
	}
	return err
}
