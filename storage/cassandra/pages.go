package cassandra

import (
	"context"
	"math"
	"sync/atomic"

	"aion/storage/codec"
	"aion/storage/points"
)

// How many rows a page has. The first one of a partition holds a day of minutes
// and a bit more, so that what a dashboard asks for comes in one answer.
const (
	pageLeast = 50
	pageFirst = 1500
	pageMost  = 5000
	pageBytes = 128 << 10 // of points in a page
	allPages  = 32 << 20  // of points in the pages of all open cursors
)

// scan is what all requests of one cursor have in common.
type scan struct {
	store *Store
	key   points.Key
	what  string // names the series in errors
	r     points.Range
	order points.Order
	few   bool         // only whether there are points is asked
	width atomic.Int64 // the bytes that a point has cost of late
}

// newScan is a scan of s. What a point costs is a guess at first: a wide one
// where it may be a long text.
func newScan(s *series, r points.Range, o points.Order) *scan {
	c := &scan{store: s.store, key: s.key, what: "read " + s.key.String(), r: r, order: o}
	c.width.Store(24)
	if c.key.Kind() != points.Number {
		c.width.Store(1300)
	}
	return c
}

// pageRows is how many rows the next page of a partition is asked for: the more
// cursors are open and the longer the points are, the fewer.
func (s *scan) pageRows(first bool) int {
	if s.few {
		return pageLeast
	}
	most := pageMost
	if first {
		most = pageFirst
	}
	share := min(pageBytes, allPages/(2*max(1, s.store.fetching.open.Load())))
	return max(pageLeast, min(most, int(share/s.width.Load())))
}

// page is one answer: points of one partition in the order of the scan, none
// perhaps.
type page struct {
	block points.Block
	state []byte // where the partition goes on; empty: this was the rest
	asked int    // for so many rows
	rows  int    // that it had

	first, last uint32 // columns of its first and its last row
}

// partition reads one row page by page. It serves one goroutine at a time.
type partition struct {
	*scan
	row      row
	key      []byte
	from, to [4]byte
	strict   bool // only points beyond the last one count
	part     bool // it is a part of a long row
	begun    bool // there was a page
	ended    bool // there is no further page
	state    []byte
	ahead    *fetch       // the next page, if it is under way
	carry    points.Block // the last point of the page before, where the next one may replace it
}

// partition is the partition of w. ok is false where it cannot hold a point of
// the scan.
func (s *scan) partition(w row) (p *partition, ok bool) {
	p = &partition{scan: s, row: w, strict: w.zone() == regular}
	p.from, p.to, ok = w.conn.layout.Bounds(w.time, s.r, w.untyped)
	if !ok {
		return nil, false
	}
	if w.untyped {
		p.key = codec.AppendUntypedRowKey(nil, &s.key, w.time)
	} else {
		p.key = codec.AppendRowKey(nil, &s.key, w.time)
	}
	return p, true
}

// request reads the next page.
func (p *partition) request(ctx context.Context, rows int) (*page, error) {
	var got *page
	var damage error
	conn := p.row.conn
	err := conn.attempt(ctx, p.what, func(ctx context.Context) error {
		if err := enter(ctx, p.store.fetching.slots); err != nil {
			return err
		}
		defer leave(p.store.fetching.slots)
		statement := readAsc
		if p.order == points.Desc {
			statement = readDesc
		}
		query := conn.selects(statement, p.key, p.from[:], p.to[:]).PageSize(rows).PageState(p.state)
		d := decoder{scan: p.scan, row: &p.row, strict: p.strict}
		answer := query.IterContext(ctx)
		got = d.page(answer, &p.carry)
		if err := answer.Close(); d.err == nil {
			return err
		}
		damage = d.err
		return nil
	})
	if err == nil {
		err = damage
	}
	if err != nil {
		return nil, err
	}
	got.asked = rows
	if n := got.block.Len(); n > 0 {
		p.width.Store(int64(max(16, got.block.Size()/n)))
	}
	return got, nil
}

// took notes where the partition goes on behind a page. In a row without a type
// a further value of the last point's time may follow.
func (p *partition) took(got *page) {
	p.begun, p.state, p.ended = true, got.state, len(got.state) == 0
	p.carry.Reset(got.block.Kind)
	if n := got.block.Len(); p.row.untyped && !p.ended && n > 0 {
		last := got.block.Slice(n-1, n)
		p.carry.AppendBlock(&last)
		got.block = got.block.Slice(0, n-1)
	}
}

// zone says where the points of a row lie among those of others.
type zone uint8

// The zones. Rows from zero on follow one another, and so do their points. Each
// negative millisecond has a row of its own, up to a width before it, which it
// may share with another one: the points of such rows interleave. The rows at
// either end of all times hold points of both ends.
const (
	regular zone = iota
	negative
	extreme
)

// zone is where w's points lie.
func (w *row) zone() zone {
	width := w.conn.layout.Width
	switch {
	case w.time > math.MaxInt64-width+1 || w.time < math.MinInt64+width:
		return extreme
	case w.time < 0:
		return negative
	}
	return regular
}
