package load

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// recorder collects what one piece of work did. Clients share it.
type recorder struct {
	mu       sync.Mutex
	row      Row
	total    int64 // points to come in the end; 0: not known
	began    time.Time
	ended    time.Time // of the last answer
	latency  histogram
	first    histogram
	failures map[string]*Failure
	inARow   int // failures since the last success
}

// newRecorder begins a piece of work now.
func newRecorder(phase Phase, work string, clients int, total int64) *recorder {
	now := time.Now()
	return &recorder{
		row: Row{Phase: phase, Work: work, Clients: clients}, total: total,
		began: now, ended: now, failures: map[string]*Failure{},
	}
}

// add counts one request that was due at that time.
func (r *recorder) add(q *request, due time.Time, o *outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.row.Requests++
	r.latency.add(o.last.Sub(due))
	if o.last.After(r.ended) {
		r.ended = o.last
	}
	if o.failure != "" {
		r.fail(o)
		return
	}
	r.inARow = 0
	r.first.add(o.first.Sub(due))
	r.row.Points += q.points + o.read
	r.row.Bytes += o.bytes
	if q.points > 0 {
		r.row.Bytes += int64(len(q.body))
	}
}

// fail counts a failure and keeps the first example of its kind.
func (r *recorder) fail(o *outcome) {
	r.row.Failed++
	if o.failure != unsent {
		r.inARow++
	}
	f := r.failures[o.failure]
	if f == nil {
		f = &Failure{Status: o.failure, Example: o.example}
		r.failures[o.failure] = f
	}
	f.Count++
}

// reach says how many points there are by now.
func (r *recorder) reach(points int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.row.Points = points
}

// hopeless tells whether nothing has succeeded for so long that more of the same
// teaches nothing.
func (r *recorder) hopeless() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.inARow >= 100
}

// progress is how far the work is.
func (r *recorder) progress() Progress {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Progress{Phase: r.row.Phase, Work: r.row.Work, Points: r.row.Points, Total: r.total, Seconds: time.Since(r.began).Seconds()}
}

// measured is the work as a row, once its clients have stopped.
func (r *recorder) measured() *Row {
	row := &r.row
	seconds := r.ended.Sub(r.began).Seconds()
	row.Seconds = thousandths(seconds)
	row.Latency, row.FirstByte = r.latency.latency(), r.first.latency()
	if seconds > 0 {
		row.PerSecond = thousandths(float64(row.Requests-row.Failed) / seconds)
		row.Rate = thousandths(float64(row.Points) / seconds)
	}
	for _, f := range r.failures {
		row.Failures = append(row.Failures, *f)
	}
	slices.SortFunc(row.Failures, func(a, b Failure) int { return cmp.Compare(a.Status, b.Status) })
	return row
}
