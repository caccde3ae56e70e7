package pebble

// cards holds the cards of series, by the digests of their keys and by their numbers:
// there may be a million of them. The zero value is empty.
type cards struct {
	numbers numbering
	pages   map[uint64]*cardPage // by the sheet that the numbers stand on
	hints   hints                // which numbers marks may have
}

// cardPage has the cards of the series of a sheet. Series that are written one after
// the other have often begun so, and stand side by side here.
type cardPage struct {
	cards [sheetSize]card    // 0: there is none
	marks *[sheetSize]digest // what the series were written under last; nil: there are none
	used  int
}

// cardLook looks at cards by their numbers, one after the other, and keeps the page
// that it has seen last. It is of use for as long as no page comes or goes.
type cardLook struct {
	cards *cards
	page  *cardPage
	sheet uint64 // of the page, and one more
}

// at is cards.at.
func (l *cardLook) at(number uint64) *card {
	if sheet := sheetOf(number); sheet+1 != l.sheet {
		l.page, l.sheet = l.cards.pages[sheet], sheet+1
	}
	if l.page == nil || l.page.cards[number%sheetSize] == 0 {
		return nil
	}
	return &l.page.cards[number%sheetSize]
}

// is tells whether there is a card of a series that was written under a mark last, and
// that the index has.
func (l *cardLook) is(number uint64, m digest) bool {
	c := l.at(number)
	return c != nil && l.page.marks != nil && l.page.marks[number%sheetSize] == m && !c.isYoung()
}

// recall is the number of the series that was written under a mark last, if the index
// has it; 0: there is none. Most come in the order of their numbers, so that the one
// behind the last is looked at first.
func (l *cardLook) recall(m digest, last uint64) uint64 {
	if m == (digest{}) {
		return 0
	}
	if l.is(last+1, m) {
		return last + 1
	}
	for _, x := range l.cards.hints.bucket(m) {
		if number := x & cardNumber; number != 0 && x == hint(m, number) && l.is(number, m) {
			return number
		}
	}
	return 0
}

// mark is what a series was written under last, zero where that is not known.
func (c *cards) mark(number uint64) digest {
	if p := c.pages[sheetOf(number)]; p != nil && p.marks != nil {
		return p.marks[number%sheetSize]
	}
	return digest{}
}

// setMark notes what a series that has a card was written under.
func (c *cards) setMark(number uint64, m digest) {
	p := c.pages[sheetOf(number)]
	if p == nil || p.cards[number%sheetSize] == 0 || p.marks != nil && p.marks[number%sheetSize] == m {
		return
	}
	if p.marks == nil {
		p.marks = new([sheetSize]digest)
	}
	p.marks[number%sheetSize] = m
	c.hints.add(c, m, number)
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
	if p.marks != nil {
		p.marks[number%sheetSize] = digest{}
	}
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
