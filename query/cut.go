package query

import (
	"context"
	"io"

	"aion/storage/points"
)

// cut ends a stream after so many points. What it cuts off is read all the
// same, because the sample size counts it: with a limit every series has at
// most that many points.
type cut struct {
	in   points.Cursor
	left int64
	done error
}

// Next passes on what is within the limit.
func (c *cut) Next(ctx context.Context, b *points.Block) error {
	if c.done == nil && c.left == 0 {
		c.done = io.EOF
		if err := drain(ctx, c.in); err != nil {
			c.done = err
		}
	}
	if c.done == nil {
		c.done = c.in.Next(ctx, b)
	}
	if c.done != nil {
		b.Reset(b.Kind)
		return c.done
	}
	if n := int64(b.Len()); n > c.left {
		*b = b.Slice(0, int(c.left))
	}
	c.left -= int64(b.Len())
	return nil
}

// Close closes the stream.
func (c *cut) Close() error { return c.in.Close() }

// limited applies a metric's limit to a group's stream.
func (m *MetricPlan) limited(in points.Cursor) points.Cursor {
	if m.Limit == 0 {
		return in
	}
	return &cut{in: in, left: m.Limit}
}
