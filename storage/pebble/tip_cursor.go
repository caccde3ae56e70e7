package pebble

import (
	"context"
	"io"

	"aion/storage/pebble/tips"
	"aion/storage/points"
)

// wantsNewest tells whether the next point that is read is the newest of the range,
// and no further one is wanted as far as is known.
func (c *cursor) wantsNewest() bool {
	return c.most == 1 && c.order == points.Desc && !c.asked && c.end == nil && !c.r.Empty()
}

// tipQuery asks of the series, for a reader who sees all up to a batch.
func (s *series) tipQuery(r points.Range, now int64, seen uint64) tips.Query {
	return tips.Query{Tips: &s.from.s.tips, Number: s.number, Stored: s.key.Type, Range: r, Now: now, Seen: seen}
}

// newest reads the newest point with the help of the series' tip. False: it has to be
// read as any other.
func (c *cursor) newest(ctx context.Context, b *points.Block) (bool, error) {
	if err := ctx.Err(); err != nil {
		return true, c.stop(err)
	}
	c.asked = true
	q := c.s.tipQuery(c.r, c.s.from.s.millis(), c.s.from.sees())
	switch q.Ask(); {
	case q.None():
		return true, c.stop(io.EOF)
	case q.Found():
		q.Newest.Add(b, c.s.key.Type)
		if c.r.To = q.Newest.At - 1; c.r.To > q.Newest.At {
			c.stop(io.EOF)
		}
		return true, nil
	case !q.Bears():
		return false, nil
	}
	return c.bring(&q, b)
}

// bring reads the newest point and brings it as the tip of the series. What goes
// wrong is left to a reading of no more than the range.
func (c *cursor) bring(q *tips.Query, b *points.Block) (bool, error) {
	sc, err := c.s.from.scan(c.s.number, q.Wanting(), points.Desc, true)
	if err != nil {
		return false, nil
	}
	sc.expires = sc.expires[:0]
	err = sc.merge.fill(b, &sc.expires, 1)
	sc.merge.always = false
	if err == nil {
		q.Bring(b, sc.expires)
	}
	if err != nil || b.Len() != 0 && b.Times[0] > c.r.To {
		b.Reset(c.s.key.Kind())
		if err = c.s.from.s.release(sc); err != nil {
			return true, c.stop(c.s.failed(c.r, err))
		}
		return false, nil
	}
	if c.sc = sc; b.Len() == 0 {
		return true, c.stop(io.EOF)
	}
	c.look()
	return true, nil
}
