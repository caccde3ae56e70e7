package load

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// writing is what the row of the writes is called.
const writing = "write"

// ingest writes what the source has left and waits until all of it is seen.
func (r *run) ingest(ctx context.Context) error {
	record, err := r.write(ctx, Ingest)
	if err != nil || ctx.Err() != nil {
		return err
	}
	return r.settle(ctx, record)
}

// write writes what the source has left and adds the row.
func (r *run) write(ctx context.Context, phase Phase) (*recorder, error) {
	record := newRecorder(phase, writing, r.Clients, r.source.left())
	r.drive(ctx, work{clients: r.Clients, pace: newPace(r.Rate, r.Duration), next: r.source.next, record: record})
	row := record.measured()
	r.acknowledged += row.Points
	r.report.Rows = append(r.report.Rows, row)
	r.whole = r.whole && row.Failed == 0 && ctx.Err() == nil
	if row.Failed > 0 && (row.Failed == row.Requests || record.hopeless()) {
		return record, fmt.Errorf("no write succeeds any more: %s", row.Failures[0].Example)
	}
	return record, nil
}

// settle waits until a query sees every point that was acknowledged, because
// KairosDB acknowledges before it stores, and says how long that took since the
// first write. Where all writes went well, points are counted only once the last
// ones are seen, so that the waiting itself is no load.
func (r *run) settle(ctx context.Context, record *recorder) error {
	waiting := newRecorder(record.row.Phase, "wait until all is visible", 1, r.acknowledged)
	defer r.watch(waiting)()
	grew, counted, seen := waiting.began, waiting.began, int64(-1)
	for {
		asked := time.Now()
		last, err := r.sawLast(ctx)
		if last || asked.Sub(counted) > r.Settle/4 {
			var n int64
			n, err = r.count(ctx)
			if counted = time.Now(); err == nil && n > seen {
				seen, grew = n, counted
				waiting.reach(n)
				record.row.Visible = newVisible(n, r.acknowledged, &record.row, asked.Sub(record.began))
			}
		}
		if seen >= r.acknowledged {
			return nil
		}
		if time.Since(grew) > r.Settle {
			return errors.Join(fmt.Errorf("of %d acknowledged points %d are visible, and no more appear", r.acknowledged, max(seen, 0)), err)
		}
		if !wait(ctx, time.Now().Add(min(max(2*time.Since(asked), 20*time.Millisecond), time.Second))) {
			return ctx.Err()
		}
	}
}

// count is how many points the metric has. A server that does not look at all
// series at once is asked site by site.
func (r *run) count(ctx context.Context) (total int64, err error) {
	total, err = r.caller.count(ctx, r.metric, "", Start, farEnd)
	if !errors.Is(err, errTooMuch) || r.Workload.Sites == 0 {
		return total, err
	}
	for site := range r.Workload.Sites {
		match := fmt.Sprintf(`,"tags":{"site":["s%s"]}`, appendPadded(nil, site, 2))
		n, err := r.caller.count(ctx, r.metric, match, Start, farEnd)
		if err != nil {
			return total, err
		}
		total += n
	}
	return total, nil
}

// newVisible is how much of a row's points is seen when n of all those that were
// acknowledged are.
func newVisible(n, acknowledged int64, row *Row, after time.Duration) *Visible {
	points := max(row.Points-(acknowledged-n), 0)
	return &Visible{Points: points, Seconds: thousandths(after.Seconds()), Rate: thousandths(float64(points) / after.Seconds())}
}

// sawLast tells whether the last points of the last write are visible, or true
// where some may never be.
func (r *run) sawLast(ctx context.Context) (bool, error) {
	first, end, step := r.source.last()
	if !r.whole {
		return true, nil
	}
	from := Start + int64(step)*r.Workload.Step
	n, err := r.caller.count(ctx, r.metric, `,"tags":{`+r.Workload.match(first, end)+`}`, from, from+r.Workload.Step)
	if err != nil {
		return false, fmt.Errorf("look for the last points: %w", err)
	}
	return n >= int64(end-first), nil
}
