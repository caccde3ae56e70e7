package tips

import "aion/storage/points"

// Changes is what a batch does to the tips of series.
type Changes struct {
	Base uint64       // the batch that had begun when the sequence numbers were taken
	puts []tipPut     // of the series that only get points
	lost []uint64     // the numbers of the series of which it is not known what they have then
	Cuts []uint64     // the numbers of the series that only lose points
	Gone points.Range // where they lose them
	page *tipPage     // that is locked
	last uint64       // the number of the page that was asked for last
	any  bool         // last is the number of a page
}

// tipPut is what a batch puts into a series: its newest point.
type tipPut struct {
	number uint64
	newest Point
}

// Reset forgets the puts and losses of the batch before; Base, Cuts and Gone are its caller's.
func (c *Changes) Reset() { c.puts, c.lost = c.puts[:0], c.lost[:0] }

// Put notes points, strictly ascending, of a stored type. They may be none.
func (c *Changes) Put(number uint64, stored string, b *points.Block, expires []int64) {
	n := b.Len()
	switch {
	case n == 0:
		return
	case !tipsOf(stored):
		c.Lose(number)
		return
	}
	newest := PointOf(b, n-1)
	if len(expires) != 0 {
		newest.Expires = expires[n-1]
	}
	c.PutPoint(number, newest)
}

// PutPoint notes the newest of the points that a series gets, which are longs or
// doubles.
func (c *Changes) PutPoint(number uint64, newest Point) {
	c.puts = append(c.puts, tipPut{number, newest})
}

// Lose notes that a series may get points and lose some.
func (c *Changes) Lose(number uint64) { c.lost = append(c.lost, number) }

// Tell tells the tips what a batch changes that is about to be applied.
func (c *Changes) Tell(t *Tips) {
	batch := t.begun.Add(1)
	c.any = false
	for i := range c.puts {
		put := &c.puts[i]
		if p := c.locked(t, put.number); p != nil {
			p.put(put.number, c.Base, batch, &put.newest)
		}
	}
	for _, number := range c.lost {
		if p := c.locked(t, number); p != nil {
			p.tips[number%PerPage].set(tipUnknown, batch)
		}
	}
	for _, number := range c.Cuts {
		if p := c.locked(t, number); p != nil {
			p.cut(number, batch, c.Gone)
		}
	}
	c.unlock()
}

// locked is the page of a series, locked until another one is; nil: there is none.
func (c *Changes) locked(t *Tips, number uint64) *tipPage {
	page := number / PerPage
	if c.any && c.last == page {
		return c.page
	}
	c.unlock()
	if c.page, c.last, c.any = t.changed(page), page, true; c.page != nil {
		c.page.mu.Lock()
	}
	return c.page
}

// unlock lets go of the page that is locked.
func (c *Changes) unlock() {
	if c.page != nil {
		c.page.mu.Unlock()
		c.page = nil
	}
}
