package grafana

import (
	"bytes"
	"context"
	"errors"
	"io"

	"aion/storage/points"
)

// ascending is a cursor over the points of in, which descend, the other way round,
// since panels expect that times ascend. The first of them are in block, and the
// first of the answer are then. It holds all of them, which are a few times as many
// as a panel shows at most.
func ascending(ctx context.Context, in points.Cursor, block *points.Block) (points.Cursor, error) {
	t := &turned{Cursor: in}
	for {
		held := points.Block{Kind: block.Kind}
		held.AppendBlock(block)
		for i := range held.Bytes {
			held.Bytes[i] = bytes.Clone(held.Bytes[i])
		}
		held.Reverse()
		t.held = append(t.held, held)
		err := in.Next(ctx, block)
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			return t, t.Next(ctx, block)
		default:
			return nil, err
		}
	}
}

// turned is a cursor whose blocks are held, the last one first.
type turned struct {
	points.Cursor
	held []points.Block
}

// Next fills b with the next block.
func (t *turned) Next(_ context.Context, b *points.Block) error {
	if len(t.held) == 0 {
		b.Reset(b.Kind)
		return io.EOF
	}
	last := &t.held[len(t.held)-1]
	b.Reset(last.Kind)
	b.AppendBlock(last)
	t.held = t.held[:len(t.held)-1]
	return nil
}
