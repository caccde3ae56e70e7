package pebble

import "math/bits"

// cards holds the cards of series by the digests of their keys, close to each other:
// there may be a million of them. The zero value is empty.
type cards struct {
	parts [1 << 8]cardPart // by the first bits of the digest, so that none takes long to grow
	n     int
}

// cardPart is a table of cards. Who does not stand where he belongs stands in the
// next free place behind it, or from the beginning on.
type cardPart struct {
	slots []cardSlot
	used  int
}

// cardSlot is a place in a table, free where it has no card.
type cardSlot struct {
	digest digest
	card   card
}

// leastCards is how many places a table has at least that is not empty. A table is
// made larger by a half when less than a fifth of its places are free.
const leastCards = 8

// part is the table in which a digest stands.
func (c *cards) part(g digest) *cardPart { return &c.parts[g[0]>>56] }

// find is the card of a digest, which may be changed but for the number until the
// next set or remove; nil: there is none.
func (c *cards) find(g digest) *card {
	p := c.part(g)
	if len(p.slots) == 0 {
		return nil
	}
	if s := &p.slots[p.seek(g)]; s.card != 0 {
		return &s.card
	}
	return nil
}

// fetch brings the cards of items near the processor. Whoever looks at one after
// the other waits for memory each time, since what to look at next depends on what
// is found; here nothing does, so that it is waited for many at once. The sum of what
// was seen keeps the compiler from leaving it out.
//
//go:noinline
func (c *cards) fetch(items []item) (sum card) {
	for i := range items {
		if p := c.part(items[i].digest); len(p.slots) != 0 {
			sum += p.slots[p.home(items[i].digest)].card
		}
	}
	return sum
}

// set gives a digest a card, which is not 0.
func (c *cards) set(g digest, x card) { *c.place(g, x) = x }

// place is the card of a digest, which gets this one, which is not 0, if it has
// none. As that of find, it may be changed.
func (c *cards) place(g digest, x card) *card {
	p := c.part(g)
	if 5*(p.used+1) > 4*len(p.slots) {
		p.grow()
	}
	s := &p.slots[p.seek(g)]
	if s.card == 0 {
		*s = cardSlot{g, x}
		p.used++
		c.n++
	}
	return &s.card
}

// remove takes a digest's card away, if it has one.
func (c *cards) remove(g digest) {
	if c.find(g) == nil {
		return
	}
	p := c.part(g)
	free := p.seek(g)
	for at := p.behind(free); p.slots[at].card != 0; at = p.behind(at) {
		if n, home := len(p.slots), p.home(p.slots[at].digest); (at-home+n)%n >= (at-free+n)%n {
			p.slots[free], free = p.slots[at], at
		}
	}
	p.slots[free] = cardSlot{}
	p.used--
	c.n--
}

// removeSome takes away the cards for which gone answers true.
func (c *cards) removeSome(gone func(x card) bool) {
	for i := range c.parts {
		p := &c.parts[i]
		was := p.slots
		c.n -= p.used
		*p = cardPart{}
		for _, s := range was {
			if s.card != 0 && !gone(s.card) {
				c.set(s.digest, s.card)
			}
		}
	}
}

// home is where a digest belongs in a table that is not empty.
func (p *cardPart) home(g digest) int {
	high, _ := bits.Mul64(g[1], uint64(len(p.slots)))
	return int(high)
}

// behind is the place behind another.
func (p *cardPart) behind(at int) int {
	if at++; at == len(p.slots) {
		return 0
	}
	return at
}

// seek is where a digest stands, or the free place where it should. The table has
// one.
func (p *cardPart) seek(g digest) int {
	at := p.home(g)
	for s := &p.slots[at]; s.card != 0 && s.digest != g; s = &p.slots[at] {
		at = p.behind(at)
	}
	return at
}

// grow makes room for more cards.
func (p *cardPart) grow() {
	was := p.slots
	p.slots = make([]cardSlot, max(leastCards, len(was)+len(was)/2))
	for _, s := range was {
		if s.card != 0 {
			p.slots[p.seek(s.digest)] = s
		}
	}
}
