package query

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"aion/storage/points"
)

// TestCrew: the reader of an answer computes few small groups himself, and no more;
// the results come in order whoever computes them.
func TestCrew(t *testing.T) {
	for _, tt := range []struct {
		name      string
		n         int   // groups
		blocks    int   // of each
		each      int64 // stored points of a block
		before    int64 // points of an earlier question of one such group
		far, late bool
		want      int // groups that the reader computes
	}{
		{name: "few", n: 8, blocks: 1, each: 360, want: 8},
		{name: "many", n: aloneGroups + 1, blocks: 1, each: 1, want: 0},
		{name: "large ones", n: 8, blocks: 1, each: aloneBlock, want: 1},
		{name: "long ones of small blocks", n: 8, blocks: 4, each: alonePoints / 20, want: 6},
		{name: "large ones lately", n: 2, blocks: 1, each: 1, before: aloneBlock, want: 0},
		{name: "small ones lately", n: 2, blocks: 1, each: 1, before: 1, want: 2},
		{name: "from afar", n: 8, blocks: 1, each: 1, far: true, want: 0},
		{name: "slow ones", n: 8, blocks: 1, each: 1, late: true, want: 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, workers := range []int{1, 2, 5} {
				r := &run{engine: New(Config{Workers: workers}), plan: new(MetricPlan), prefetch: &prefetch{far: tt.far}, use: new(usage)}
				r.engine.dense.note("", 1, r.plan.Range, tt.before)
				alone := make([]bool, tt.n)
				c := r.newCrew(t.Context(), tt.n, func(ctx context.Context, i int, out *emitter) error {
					alone[i] = out.yield != nil
					for range tt.blocks {
						if err := r.read(tt.each); err != nil {
							return err
						}
					}
					return out.emit(ctx, &Result{Name: fmt.Sprint(i)}, points.Empty{}, true)
				})
				c.until = time.Now().Add(time.Hour)
				if tt.late {
					c.until = time.Time{}
				}
				next := 0
				err := c.answer(func(result *Result) bool {
					if result.Name != fmt.Sprint(next) {
						t.Errorf("got %s, want %d", result.Name, next)
					}
					next++
					return true
				})
				c.running.Wait()
				got := slices.Index(append(alone, false), false)
				if err != nil || next != tt.n || got != tt.want || slices.Contains(alone[got:], true) {
					t.Errorf("%d workers: %d results, %v, of which the reader has computed %v, want %d of %d", workers, next, err, alone, tt.want, tt.n)
				}
			}
		})
	}
}
