// Package load puts work on a server that speaks KairosDB's REST API and
// measures how the server bears it: workloads of made-up points, the same for
// the same seed, written and asked for by clients at their own pace or at a
// fixed rate.
//
// A run promises to touch no metric but its own, to begin only where that
// metric is empty, and to delete it at the end unless told otherwise. Its memory
// is bounded by the number of series and of clients; latencies are kept in
// histograms. A latency under a fixed rate counts from the moment at which the
// request was due, so that a server that stalls cannot hide it.
package load

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"time"
)

// Phase is a part of a run.
type Phase string

// The phases, in the order in which they make sense.
const (
	Ingest Phase = "ingest" // writes the workload and waits until all of it is seen
	Query  Phase = "query"  // asks each query again and again
	Mixed  Phase = "mixed"  // writes on while one client asks the queries in turn
)

// Config says what a run does. Only what is marked so may be left out.
type Config struct {
	Target   *url.URL // scheme, host, path before /api, user and password if any
	Workload Workload
	Prefix   string // of the metric
	Keep     bool   // leaves the metric there at the end
	Seed     uint64
	Phases   []Phase
	Queries  []string // names of those to ask; empty: all of the workload
	Shape    Shape
	Clients  int
	Batch    int           // points of a write, at most
	Rate     float64       // requests a second of all clients together; 0: as fast as answers come
	Duration time.Duration // of writing, and of each query; 0: until all is written, and some seconds
	Timeout  time.Duration // of one request
	Settle   time.Duration // how long to wait for acknowledged points while no more of them appear

	Transport http.RoundTripper // nil: one of its own
	Watch     func(Progress)    // told twice a second how far the run is; may be nil
}

// queryTime is how long a query is asked where no duration is set.
const queryTime = 3 * time.Second

// run is a run under way.
type run struct {
	Config
	metric string
	caller *caller
	source *source
	report *Report

	whole        bool        // every point that the source has made was acknowledged
	acknowledged int64       // points, of all writes
	brokenOff    atomic.Bool // a write took too long when the run was interrupted
}

// Run does what c says and answers what it measured, also where an error ends
// it early. When ctx ends, the run stops, cleans up, and the report says that it
// was interrupted.
func Run(ctx context.Context, c Config) (report *Report, err error) {
	r := &run{Config: c, metric: c.Prefix + c.Workload.Name, whole: true}
	r.report = newReport(&c, r.metric)
	defer func() { r.report.Interrupted = ctx.Err() != nil }()
	if err := r.check(); err != nil {
		return r.report, err
	}
	if r.Transport == nil {
		own := &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: c.Clients + 2, DisableCompression: true}
		defer own.CloseIdleConnections()
		r.Transport = own
	}
	r.caller = &caller{base: c.Target, client: &http.Client{Transport: r.Transport, Timeout: c.Timeout}}
	r.source = newSource(c.Workload, r.metric, c.Seed, c.Shape, c.Batch)
	if r.report.Server, err = r.caller.version(ctx); err != nil {
		return r.report, fmt.Errorf("ask %s for its version: %w", r.report.Target, err)
	}
	return r.report, r.measure(ctx)
}

// measure runs the phases between looking for an empty metric and deleting it,
// where they write.
func (r *run) measure(ctx context.Context) (err error) {
	if r.writes() {
		if err := r.beEmpty(ctx); err != nil {
			return err
		}
		defer func() { err = both(err, r.remove(ctx)) }()
	}
	if err = r.phases(ctx); ctx.Err() != nil {
		return nil // whatever went wrong was the interruption
	}
	return err
}

// both is what went wrong first and what then, in one line.
func both(err, then error) error {
	if err == nil || then == nil {
		return cmp.Or(err, then)
	}
	return fmt.Errorf("%w; %w", err, then)
}

// check looks at what can be known before anything is sent.
func (r *run) check() error {
	names := r.Workload.QueryNames()
	for _, name := range r.Queries {
		if !slices.Contains(names, name) {
			return fmt.Errorf("workload %s has no query %q, only %v", r.Workload.Name, name, names)
		}
	}
	if w := r.Workload; w.Series < 1 || w.Points < 1 || r.Clients < 1 || r.Batch < 1 {
		return errors.New("series, points, clients and the batch must be at least 1")
	}
	return nil
}

// writes tells whether a phase writes points.
func (r *run) writes() bool {
	return slices.ContainsFunc(r.Phases, func(p Phase) bool { return p != Query })
}

// phases runs one phase after the other.
func (r *run) phases(ctx context.Context) error {
	written := slices.Contains(r.Phases, Ingest)
	for _, phase := range r.Phases {
		var err error
		switch phase {
		case Ingest:
			err = r.ingest(ctx)
		case Query:
			r.queries(ctx, r.window(written))
		case Mixed:
			err = r.mixed(ctx, r.window(written))
			written = true
		default:
			err = fmt.Errorf("there is no phase %q", phase)
		}
		if err != nil || ctx.Err() != nil {
			return err
		}
	}
	return nil
}

// window is what queries ask about: what was written, or, where this run has
// written nothing yet, the whole workload. What is still being written is not
// there yet.
func (r *run) window(written bool) window {
	w := window{series: r.Workload.Series, step: r.Workload.Step, steps: int64(r.Workload.Points), exact: !r.writes()}
	if !written {
		return w
	}
	series, steps := r.source.complete()
	w.series, w.steps, w.exact = series, int64(steps), r.whole
	return w
}

// beEmpty refuses a metric that holds points, which may be somebody's.
func (r *run) beEmpty(ctx context.Context) error {
	n, err := r.caller.count(ctx, r.metric, "", 1, farEnd)
	if err != nil {
		return fmt.Errorf("look for points of %s: %w", r.metric, err)
	}
	if n > 0 {
		return fmt.Errorf("%s holds points already: delete it, or choose another prefix", r.metric)
	}
	return nil
}

// cleaning is how long the end of an interrupted run may take.
const cleaning = time.Minute

// remove deletes the metric, unless it is to stay. An interrupted run cleans up,
// too.
func (r *run) remove(ctx context.Context) error {
	if r.Keep {
		return nil
	}
	defer r.watch(newRecorder("", "delete "+r.metric, 1, 0))()
	if ctx.Err() != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), cleaning)
		defer cancel()
	}
	if err := r.caller.remove(ctx, r.metric); err != nil {
		return fmt.Errorf("delete %s: %w", r.metric, err)
	}
	if r.brokenOff.Load() {
		return fmt.Errorf("%s was deleted, but a write was broken off that the server may store yet", r.metric)
	}
	r.report.Removed = true
	return nil
}
