package chunk

// What a query reads of a chunk lies in a few places that are far from each other, and
// seldom in a processor's caches. It is asked for as soon as its place is known, so
// that it comes meanwhile, and all of it at once.

// fetchSize is how many bytes prefetch asks for, about as many as a page of numbers
// has, and mostFetched how many of a directory are asked for.
const (
	fetchSize   = 6 * 64
	mostFetched = 4 * fetchSize
)

// fetch asks for what lies from one place on up to another.
func (c *Chunk) fetch(from, to int) {
	for to = min(to, from+mostFetched); from < to; from += fetchSize {
		prefetch(&c.data[from])
	}
}

// FetchPage asks for page i, which is going to be decoded soon.
func (c *Chunk) FetchPage(i int) {
	p := c.page(i)
	c.fetch(p.times, min(p.end, p.times+fetchSize))
}
