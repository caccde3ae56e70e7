package load

import (
	"context"
	"fmt"
	"time"
)

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
	record := newRecorder(phase, "write", r.Clients, r.source.left())
	r.drive(ctx, work{clients: r.Clients, pace: newPace(r.Rate, r.Duration), next: r.source.next, record: record})
	row := record.measured()
	r.acknowledged += row.Points
	r.report.Rows = append(r.report.Rows, row)
	r.whole = r.whole && row.Failed == 0 && ctx.Err() == nil
	if record.hopeless() {
		return record, fmt.Errorf("no write succeeds any more: %s", row.Failures[0].Example)
	}
	return record, nil
}

// settle waits until a query sees every point that was acknowledged, because
// KairosDB acknowledges before it stores, and says how long that took since the
// first write. Where all writes went well, points are counted only once the last
// ones are seen, so that the waiting itself is no load.
func (r *run) settle(ctx context.Context, record *recorder) error {
	row, seen := &record.row, int64(-1)
	waiting := newRecorder(row.Phase, "wait until all is visible", 1, r.acknowledged)
	defer r.watch(waiting)()
	grew := time.Now()
	for counted := grew; ; {
		asked := time.Now()
		last, err := r.sawLast(ctx)
		if err != nil {
			return err
		}
		if last || asked.Sub(counted) > r.Settle/4 {
			n, err := r.caller.count(ctx, r.metric, "", Start, farEnd)
			if err != nil {
				return fmt.Errorf("count what is visible: %w", err)
			}
			if counted = time.Now(); n > seen {
				seen, grew = n, counted
				waiting.reach(n)
			}
			row.Visible = newVisible(n, r.acknowledged, row, asked.Sub(record.began))
			if n >= r.acknowledged {
				return nil
			}
			if counted.Sub(grew) > r.Settle {
				return fmt.Errorf("of %d acknowledged points %d are visible, and no more appear", r.acknowledged, n)
			}
		}
		if !wait(ctx, time.Now().Add(min(max(2*time.Since(asked), 20*time.Millisecond), time.Second))) {
			return nil
		}
	}
}

// newVisible is how much of a row's points is seen when n of all those that were
// acknowledged are.
func newVisible(n, acknowledged int64, row *Row, after time.Duration) *Visible {
	points := max(row.Points-(acknowledged-n), 0)
	return &Visible{Points: points, Seconds: after.Seconds(), Rate: float64(points) / after.Seconds()}
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
