package query

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"aion/storage/points"
)

// TestCrewOfSlowGroups: groups that take long although they have few points, as those
// do that come from a disk, are computed side by side, from the first one on.
func TestCrewOfSlowGroups(t *testing.T) {
	const each = 100 * time.Millisecond
	for _, tt := range []struct{ workers, n, turns int }{{1, 3, 3}, {2, 2, 1}, {2, 4, 2}, {8, 8, 1}, {8, 16, 2}} {
		t.Run(fmt.Sprint(tt), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &run{engine: New(Config{Workers: tt.workers}), plan: new(MetricPlan), prefetch: new(prefetch), use: new(usage)}
				begun := time.Now()
				err := r.ahead(t.Context(), tt.n, func(ctx context.Context, i int, out *emitter) error {
					time.Sleep(each)
					return out.emit(ctx, &Result{Name: fmt.Sprint(i)}, points.Empty{}, true)
				}, func(*Result) bool { return true })
				if took := time.Since(begun); err != nil || took > time.Duration(tt.turns)*each+2*aloneTime {
					t.Errorf("%v and %v, want about %d turns of %v", took, err, tt.turns, each)
				}
			})
		})
	}
}
