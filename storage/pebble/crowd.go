package pebble

import (
	"cmp"

	"aion/storage/pebble/posting"
)

// crowds are how many series at least are in some postings that others have left: to
// know that somebody stays there saves reading postings that may be very long, each
// time with all changes that have come since they were written. The zero value knows of
// none. Who uses them has lives, so that no series enters or leaves meanwhile; what
// enters afterwards makes a crowd larger than it is known to be.
type crowds struct {
	least map[string]uint64
	most  int // how many series are few; 0: posting.Few
}

// How many crowds are known at once, none with a longer key than that. One of few is as
// soon read.
const (
	mostCrowds = 1 << 12
	crowdKey   = 256
)

// few is up to how many series are no crowd.
func (c *crowds) few() uint64 { return uint64(cmp.Or(c.most, posting.Few)) }

// leave notes that n series leave a posting, and tells whether it is known that others
// stay.
func (c *crowds) leave(key []byte, n int) (others bool) {
	least, known := c.least[string(key)]
	switch {
	case !known:
		return false
	case least <= uint64(n)+c.few():
		delete(c.least, string(key))
	default:
		c.least[string(key)] = least - uint64(n)
	}
	return least > uint64(n)
}

// stay notes that n series stay in a posting.
func (c *crowds) stay(key []byte, n uint64) {
	if n <= c.few() || len(key) > crowdKey {
		return
	}
	if c.least == nil || len(c.least) >= mostCrowds {
		c.least = map[string]uint64{}
	}
	c.least[string(key)] = n
}
