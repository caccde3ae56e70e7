package pebble

import (
	"github.com/cockroachdb/pebble/v2"

	"aion/storage/points"
)

// chain walks the chunks of one series that may have points in a range. A
// chunk's bytes are valid until the next one is asked for.
type chain struct {
	it     *pebble.Iterator
	number uint64
	order  points.Order
	bounds points.Range
	holes  []points.Range // ranges whose points are gone: chunks inside are not read
	led    bool           // as long as it has not begun: the iterator is at the series' first chunk
	begun  bool
	above  int64 // descending: where the chunk above begins
	span   int64 // ascending: about how long a chunk is, as the last ones were; 0: not known
	ahead  bool  // it was begun by span, so that chunks may come that end before the bounds
	far    bool  // more than about one chunk of the last one's length ends before the bounds
	apart  bool  // no chunk begins before the bounds, so that span is no help
	key    []byte
}

// next is the next chunk's bytes, nil at the end.
func (c *chain) next() ([]byte, error) {
	first, ok := c.step()
	if ok && len(c.holes) != 0 {
		first, ok = c.leap(first)
	}
	if !ok {
		return nil, c.it.Error()
	}
	c.above = first
	return c.it.ValueAndErr()
}

// step moves to the next chunk in order.
func (c *chain) step() (first int64, ok bool) {
	switch {
	case c.begun && c.order == points.Asc:
		c.forward()
	case c.begun:
		c.it.Prev()
	case c.order == points.Desc:
		c.begun, c.above = true, c.bounds.To
		c.seekUpTo(c.bounds.To)
	case c.atFirst():
		c.begun, c.span, c.apart = true, 0, true
	default:
		if c.begun = true; c.seekAhead() {
			break
		}
		if _, ok := c.seekUpTo(c.bounds.From); !ok {
			c.key = appendChunkKey(c.key[:0], c.number, c.bounds.From)
			c.it.SeekGE(c.key)
			c.span, c.apart = 0, true
		}
	}
	return c.at()
}

// atFirst tells whether the iterator has been led to the first chunk of all that can
// have points in the bounds: to look for one before them would find another series',
// and copy it.
func (c *chain) atFirst() bool {
	if !c.led {
		return false
	}
	first, ok := c.at()
	return ok && first >= c.bounds.From
}

// seekAhead moves to a chunk that begins about a span before the bounds or later, but
// not behind their beginning: no chunk before it has points in the bounds. It tells
// whether there is one. Pebble copies the value that it comes to from behind, which is a
// whole chunk, and looks for everything anew to turn round then.
func (c *chain) seekAhead() bool {
	from := c.bounds.From - c.span
	if c.span <= 0 || from > c.bounds.From {
		return false
	}
	c.key = appendChunkKey(c.key[:0], c.number, from)
	c.it.SeekGE(c.key)
	first, ok := c.at()
	c.ahead = ok && first <= c.bounds.From
	return c.ahead
}

// forward moves to the chunk behind, or, from one that ends far before the bounds, to
// the last that begins before them or with them, if that is another: span was that of a
// series with fewer points, and chunk by chunk it could be all that there ever was.
func (c *chain) forward() {
	if !c.far {
		c.it.Next()
		return
	}
	c.ahead, c.far = false, false
	if first, ok := c.seekUpTo(c.bounds.From); ok && first == c.above {
		c.it.Next()
	}
}

// again goes on from the last chunk that begins before the bounds, or with them, after
// one up to there could not be read: it may be one that has no points in them. It tells
// whether there is a reason to.
func (c *chain) again() bool {
	if !c.ahead {
		return false
	}
	c.ahead, c.far, c.begun, c.span = false, false, false, 0
	return true
}

// opened notes how long a chunk is that has been opened, and whether those that end
// before the bounds have been passed by.
func (c *chain) opened(first, last int64) {
	span := last - first + (last-first)/2
	c.ahead = c.ahead && last < c.bounds.From
	c.far = c.ahead && uint64(c.bounds.From)-uint64(last) > uint64(span)
	if c.order == points.Asc && !c.apart && last-first > 0 {
		c.span = span
	}
}

// seekUpTo moves to the last chunk that begins at t or before.
func (c *chain) seekUpTo(t int64) (first int64, ok bool) {
	c.key = append(appendChunkKey(c.key[:0], c.number, t), 0)
	c.it.SeekLT(c.key)
	return c.at()
}

// at tells where the chunk begins that the iterator is at, if it is one of this
// series that can have points in the range.
func (c *chain) at() (first int64, ok bool) {
	if !c.it.Valid() {
		return 0, false
	}
	first, ok = parseChunkKey(c.it.Key(), c.number)
	return first, ok && first <= c.bounds.To
}

// leap passes over chunks that lie wholly in a hole.
func (c *chain) leap(first int64) (int64, bool) {
	for _, h := range c.holes {
		if !h.Holds(first) {
			continue
		}
		if c.order == points.Asc {
			if h.To <= first {
				continue
			}
			return c.seekUpTo(h.To)
		}
		if c.above > h.To || h.From == h.To {
			continue
		}
		c.key = appendChunkKey(c.key[:0], c.number, h.From)
		c.it.SeekLT(c.key)
		if first, ok := c.at(); ok {
			return first, true
		}
		return 0, false
	}
	return first, true
}

// single is the only chunk of a large run.
type single struct {
	it   *pebble.Iterator
	key  []byte
	data []byte
	read bool
}

// next is the chunk's bytes, and nil from then on.
func (s *single) next() ([]byte, error) {
	if s.read {
		return nil, nil
	}
	s.read = true
	if !s.it.SeekGE(s.key) || string(s.it.Key()) != string(s.key) {
		return nil, s.it.Error()
	}
	v, err := s.it.ValueAndErr()
	if err != nil {
		return nil, err
	}
	_, data, _, err := parseRunHead(v, 0, nil)
	if err != nil {
		return nil, err
	}
	_, _, data, err = parseChunkRun(data)
	s.data = append(s.data[:0], data...)
	return s.data, err
}
