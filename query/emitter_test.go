package query

import (
	"context"
	"io"
	"testing"

	"aion/storage/points"
)

// blocks is a cursor over so many blocks of a thousand points.
type blocks struct {
	points.Cursor
	left int
}

// Next is the next block.
func (c *blocks) Next(_ context.Context, b *points.Block) error {
	b.Reset(points.Number)
	if c.left == 0 {
		return io.EOF
	}
	c.left--
	for i := range int64(1000) {
		b.AppendFloat(i, 1)
	}
	return nil
}

// Close is done.
func (c *blocks) Close() error { return nil }

// TestAheadCharged: what may wait of parts that are computed ahead of their reader is
// charged to the query's memory until he has received it or closes, and where little
// of that is left fewer are computed ahead, but all in the end.
func TestAheadCharged(t *testing.T) {
	for _, tt := range []struct {
		name     string
		memory   int64
		inFlight int // parts
		charged  int64
	}{
		{"any memory", 0, 16, 16 * aheadBytes},
		{"enough", 64 * aheadBytes, 16, 16 * aheadBytes},
		{"for three", 12 * aheadBytes, 3, 3 * aheadBytes},
		{"for none", 1000, 1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, read := range []int{1, 1000} { // blocks
				r := &run{engine: New(Config{Workers: 2}), use: &usage{limits: Limits{MaxMemory: tt.memory}}}
				p := &parted{run: r, width: 2, n: 50, compute: func(ctx context.Context, _ int, out *emitter) error {
					return out.emit(ctx, nil, &blocks{left: 2}, false)
				}}
				var b points.Block
				n := 0
				for err := p.Next(t.Context(), &b); n < read; err = p.Next(t.Context(), &b) {
					if n++; err == io.EOF {
						break
					}
					if got := r.use.bytes.Load(); err != nil || len(p.begun) > tt.inFlight || got > tt.charged || n < 50 && (len(p.begun) != tt.inFlight || got != tt.charged) {
						t.Fatalf("block %d: got %v, %d parts in flight and %d bytes charged, want %d and %d", n, err, len(p.begun), got, tt.inFlight, tt.charged)
					}
				}
				if err := p.Close(); err != nil || read > 100 && n != 101 {
					t.Errorf("got %v behind %d blocks, want 100", err, n-1)
				}
				if got := r.use.bytes.Load(); got != 0 {
					t.Errorf("%d bytes are charged in the end, want 0", got)
				}
			}
		})
	}
}

// TestAheadBesideSeries: a query whose series take most of its memory is computed as far
// ahead as others, as long as what waits is little of what is left.
func TestAheadBesideSeries(t *testing.T) {
	const memory = 256 << 20
	for _, tt := range []struct {
		series   int64 // bytes
		inFlight int
	}{{memory * 6 / 10, 16}, {memory * 9 / 10, 16}, {memory - 12*aheadBytes, 3}, {memory - aheadBytes, 1}} {
		use := &usage{limits: Limits{MaxMemory: memory}}
		if err := use.Take(tt.series); err != nil {
			t.Fatal(err)
		}
		p := &parted{run: &run{engine: New(Config{Workers: 2}), use: use}, width: 2, n: 50, compute: func(ctx context.Context, _ int, out *emitter) error {
			return out.emit(ctx, nil, &blocks{left: 2}, false)
		}}
		if err := p.Next(t.Context(), new(points.Block)); err != nil || len(p.begun) != tt.inFlight {
			t.Errorf("beside %d bytes of series: got %d parts in flight and %v, want %d", tt.series, len(p.begun), err, tt.inFlight)
		}
		if err := p.Close(); err != nil || use.bytes.Load() != tt.series || use.ahead.Load() != 0 {
			t.Errorf("got %v and %d bytes in the end, of which %d wait", err, use.bytes.Load(), use.ahead.Load())
		}
	}
}

// TestEndTooLate: where a query has ended before the last of a group is handed over, its
// reader is told so, and never that the group has ended.
func TestEndTooLate(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := &run{engine: New(Config{}), use: &usage{}}
	for _, err := range []error{nil, ctx.Err()} {
		for range 200 { // who is handed something and who hears of the end is drawn
			j, in, _ := r.job(0, 1, true)
			out := &emitter{run: r, steps: j.steps, batch: &batch{steps: []step{{block: new(points.Block)}}}}
			out.end(ctx, err)
			n := 0
			s, ok := in.receive(ctx)
			for ; ok && s.err == nil; s, ok = in.receive(ctx) {
				n++
			}
			if !ok && (err != nil || n == 0) {
				t.Fatalf("failed with %v: %d of 1 steps look like all", err, n)
			}
		}
	}
}
