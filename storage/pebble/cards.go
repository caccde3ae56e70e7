package pebble

// cards holds the cards of series, by the digests of their keys and by their numbers:
// there may be a million of them. The zero value is empty.
type cards struct {
	numbers numbering
	pages   map[uint64]*cardPage // by the sheet that the numbers stand on
}

// cardPage has the cards of the series of a sheet. Series that are written one after
// the other have often begun so, and stand side by side here.
type cardPage struct {
	cards [sheetSize]card // 0: there is none
	used  int
}

// len is how many cards there are.
func (c *cards) len() int { return c.numbers.n }

// find is the card of a digest, which may be changed but for the number until the
// next set or remove; nil: there is none.
func (c *cards) find(g digest) *card {
	if number := c.numbers.find(g); number != 0 {
		return c.at(number)
	}
	return nil
}

// at is find by the number of a series.
func (c *cards) at(number uint64) *card {
	if p := c.pages[sheetOf(number)]; p != nil && p.cards[number%sheetSize] != 0 {
		return &p.cards[number%sheetSize]
	}
	return nil
}

// set gives a digest a card, which is not 0. Its number is that of no other digest.
func (c *cards) set(g digest, x card) {
	c.remove(g)
	c.place(g, x)
}

// place is the card of a digest, which gets this one, which is not 0, if it has
// none. As that of find, it may be changed.
func (c *cards) place(g digest, x card) *card {
	number := c.numbers.place(g, x.number())
	if number != x.number() {
		return c.at(number)
	}
	p := c.pages[sheetOf(number)]
	if p == nil {
		if c.pages == nil {
			c.pages = map[uint64]*cardPage{}
		}
		p = new(cardPage)
		c.pages[sheetOf(number)] = p
	}
	slot := &p.cards[number%sheetSize]
	if *slot == 0 {
		*slot = x
		p.used++
	}
	return slot
}

// remove takes a digest's card away, if it has one.
func (c *cards) remove(g digest) {
	if number := c.numbers.find(g); number != 0 {
		c.numbers.remove(g)
		c.drop(number)
	}
}

// drop takes the card of a number away.
func (c *cards) drop(number uint64) {
	p := c.pages[sheetOf(number)]
	p.cards[number%sheetSize] = 0
	if p.used--; p.used == 0 {
		delete(c.pages, sheetOf(number))
	}
}

// removeSome takes away the cards for which gone answers true.
func (c *cards) removeSome(gone func(x card) bool) {
	c.numbers.removeSome(func(number uint64) bool {
		if !gone(*c.at(number)) {
			return false
		}
		c.drop(number)
		return true
	})
}
