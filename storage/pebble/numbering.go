package pebble

import "math/bits"

// numbering holds the numbers of series by digests, close to each other. The zero value
// is empty.
type numbering struct {
	parts [1 << 8]numberingPart // by the first bits of the digest, so that none takes long to grow
	n     int
}

// numberingPart is a table of numbers. Who does not stand where he belongs stands in the
// next free place behind it, or from the beginning on.
type numberingPart struct {
	slots []numberingSlot
	used  int
}

// numberingSlot is a place in a table, free where it has no number.
type numberingSlot struct {
	digest digest
	number uint64
}

// leastNumbers is how many places a table has at least that is not empty. A table is
// made larger by a half when less than a fifth of its places are free.
const leastNumbers = 8

// part is the table in which a digest stands.
func (n *numbering) part(g digest) *numberingPart { return &n.parts[g[0]>>56] }

// find is the number of a digest; 0: it has none.
func (n *numbering) find(g digest) uint64 {
	p := n.part(g)
	if len(p.slots) == 0 {
		return 0
	}
	return p.slots[p.seek(g)].number
}

// fetch brings the numbers of items that have none near the processor. Whoever looks at one after
// the other waits for memory each time, since what to look at next depends on what
// is found; here nothing does, so that it is waited for many at once. The sum of what
// was seen keeps the compiler from leaving it out.
//
//go:noinline
func (n *numbering) fetch(items []item) (sum uint64) {
	for i := range items {
		if p := n.part(items[i].digest); items[i].number == 0 && len(p.slots) != 0 {
			sum += p.slots[p.home(items[i].digest)].number
		}
	}
	return sum
}

// place is the number of a digest, which gets this one, which is not 0, if it has
// none.
func (n *numbering) place(g digest, number uint64) uint64 {
	p := n.part(g)
	if 5*(p.used+1) > 4*len(p.slots) {
		p.grow()
	}
	s := &p.slots[p.seek(g)]
	if s.number == 0 {
		*s = numberingSlot{g, number}
		p.used++
		n.n++
	}
	return s.number
}

// remove takes a digest's number away, if it has one.
func (n *numbering) remove(g digest) {
	if n.find(g) == 0 {
		return
	}
	p := n.part(g)
	free := p.seek(g)
	for at := p.behind(free); p.slots[at].number != 0; at = p.behind(at) {
		if n, home := len(p.slots), p.home(p.slots[at].digest); (at-home+n)%n >= (at-free+n)%n {
			p.slots[free], free = p.slots[at], at
		}
	}
	p.slots[free] = numberingSlot{}
	p.used--
	n.n--
}

// removeSome takes away the numbers for which gone answers true.
func (n *numbering) removeSome(gone func(number uint64) bool) {
	for i := range n.parts {
		p := &n.parts[i]
		was := p.slots
		n.n -= p.used
		*p = numberingPart{}
		for _, s := range was {
			if s.number != 0 && !gone(s.number) {
				n.place(s.digest, s.number)
			}
		}
	}
}

// home is where a digest belongs in a table that is not empty.
func (p *numberingPart) home(g digest) int {
	high, _ := bits.Mul64(g[1], uint64(len(p.slots)))
	return int(high)
}

// behind is the place behind another.
func (p *numberingPart) behind(at int) int {
	if at++; at == len(p.slots) {
		return 0
	}
	return at
}

// seek is where a digest stands, or the free place where it should. The table has
// one.
func (p *numberingPart) seek(g digest) int {
	at := p.home(g)
	for s := &p.slots[at]; s.number != 0 && s.digest != g; s = &p.slots[at] {
		at = p.behind(at)
	}
	return at
}

// grow makes room for more numbers.
func (p *numberingPart) grow() {
	was := p.slots
	p.slots = make([]numberingSlot, max(leastNumbers, len(was)+len(was)/2))
	for _, s := range was {
		if s.number != 0 {
			p.slots[p.seek(s.digest)] = s
		}
	}
}
