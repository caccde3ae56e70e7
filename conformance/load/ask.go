package load

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// queries asks each query for its time, those that many ask by one client first
// and then by all.
func (r *run) queries(ctx context.Context, w window) {
	length := r.Duration
	if length == 0 {
		length = queryTime
	}
	for i, q := range r.asked(w) {
		crowds := []int{1}
		if q.many && r.Clients > 1 {
			crowds = append(crowds, r.Clients)
		}
		for _, clients := range crowds {
			if ctx.Err() != nil {
				return
			}
			record := newRecorder(Query, q.name, clients, 0)
			r.drive(ctx, work{clients: clients, pace: newPace(r.Rate, length), next: r.questions(q, i, w), record: record})
			r.report.Rows = append(r.report.Rows, record.measured())
		}
	}
}

// asked are the queries of this run, about the series of the window.
func (r *run) asked(w window) []query {
	there := r.Workload
	there.Series = w.series
	return chosen(there.queries(), r.Queries)
}

// questions are requests of the query, the i-th of the run, without end.
func (r *run) questions(q query, i int, w window) func(*request) bool {
	var mu sync.Mutex
	ask := q.asks(r.metric, w, rand.New(rand.NewPCG(r.Seed, uint64(i))))
	return func(to *request) bool {
		mu.Lock()
		defer mu.Unlock()
		ask(to)
		return true
	}
}

// mixed writes the workload, once more where it is there already, while one
// client asks the queries in turn; then it waits until all points are seen.
func (r *run) mixed(ctx context.Context, w window) error {
	if r.source.left() == 0 {
		r.source.more(r.Workload.Points)
	}
	written := make(chan struct{})
	var asking sync.WaitGroup
	records := r.records(w)
	asking.Go(func() { r.inTurn(ctx, w, records, written) })
	record, err := r.write(ctx, Mixed)
	close(written)
	asking.Wait()
	for _, record := range records {
		if record.row.Requests > 0 {
			record.ended = time.Now() // its rates are over the whole phase, as its turns are
			r.report.Rows = append(r.report.Rows, record.measured())
		}
	}
	if err != nil || ctx.Err() != nil {
		return err
	}
	return r.settle(ctx, record)
}

// records are recorders of what is asked in turn.
func (r *run) records(w window) []*recorder {
	var records []*recorder
	for _, q := range r.asked(w) {
		records = append(records, newRecorder(Mixed, q.name, 1, 0))
	}
	return records
}

// inTurn asks one query after the other until enough is closed; the one that is
// being asked then is finished.
func (r *run) inTurn(ctx context.Context, w window, records []*recorder, enough <-chan struct{}) {
	var clients []*client
	for i, q := range r.asked(w) {
		work := work{pace: newPace(0, 0), next: r.questions(q, i, w), record: records[i]}
		clients = append(clients, &client{work: work, caller: r.caller, buffer: make([]byte, 64<<10)})
	}
	for hopeless := 0; hopeless < len(clients); {
		hopeless = 0
		for _, c := range clients {
			select {
			case <-enough:
				return
			default:
			}
			if !c.step(ctx, ctx) {
				hopeless++
			}
		}
	}
}
