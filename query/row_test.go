package query

import (
	"context"
	"io"
	"testing"

	"aion/storage/points"
)

// closes is a cursor over three points that counts how often it is closed.
type closes struct {
	held
	times int
}

// Close counts.
func (c *closes) Close() error {
	c.times++
	return c.held.Close()
}

// TestRowLetsGo has a row give back its series as soon as the metric's limit is
// reached: a merge holds the rows of very many series, each of which would keep
// its iterators to the end.
func TestRowLetsGo(t *testing.T) {
	var all points.Block
	for i := range 3 {
		all.AppendFloat(int64(i), 1)
	}
	for _, test := range []struct {
		name         string
		limit        int64
		want, closed int
	}{
		{"below what there is", 1, 1, 1},
		{"as many as there are", 3, 3, 1},
		{"above what there is", 4, 3, 0},
		{"none", -1, 3, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := &closes{held: held{block: &all}}
			use := new(usage)
			r := &row{run: New(Config{}).newRun(nil, nil, &MetricPlan{}, use), in: in, left: test.limit}
			var b points.Block
			if err := r.Next(context.Background(), &b); err != nil || b.Len() != test.want {
				t.Fatalf("got %d points and %v, want %d", b.Len(), err, test.want)
			}
			if in.times != test.closed {
				t.Errorf("closed %d times behind the first block, want %d", in.times, test.closed)
			}
			if err := r.Next(context.Background(), &b); err != io.EOF || b.Len() != 0 {
				t.Errorf("got %d points and %v, want none and the end", b.Len(), err)
			}
			if err := r.Close(); err != nil || use.bytes.Load() != 0 {
				t.Errorf("got %v, and %d bytes are charged, want none", err, use.bytes.Load())
			}
		})
	}
}

// holds is a cursor that tells what it keeps open.
type holds struct {
	held
	bytes []int // after each Next
}

// Next opens something, or lets go of it.
func (c *holds) Next(ctx context.Context, b *points.Block) error {
	c.bytes = c.bytes[1:]
	return c.held.Next(ctx, b)
}

// Held tells what is open.
func (c *holds) Held() int { return c.bytes[0] }

// TestRowChargesWhatIsHeld: what a series keeps open is charged as long as it does,
// the memory of the blocks until the row is closed.
func TestRowChargesWhatIsHeld(t *testing.T) {
	var all points.Block
	for i := range 2*points.BlockSize + 1 {
		all.AppendFloat(int64(i), 1)
	}
	in := &holds{held: held{block: &all}, bytes: []int{0, 20_000, 30_000, 0}}
	use := &usage{limits: Limits{MaxMemory: 1 << 20}}
	r := &row{run: New(Config{}).newRun(nil, nil, &MetricPlan{}, use), in: in, holder: in, left: -1}
	for i, kept := range []int64{20_000, 30_000, 0} {
		var b points.Block
		if err := r.Next(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if got, want := use.bytes.Load(), kept+rowCost+16*points.BlockSize; got != want {
			t.Errorf("block %d: %d bytes are charged, want %d", i, got, want)
		}
	}
	if err := r.Close(); err != nil || use.bytes.Load() != 0 {
		t.Errorf("got %v, and %d bytes are charged, want none", err, use.bytes.Load())
	}
}
