package kairosdb

import (
	"aion/api/kairosdb/gson"
)

// pageRows is how many data points a page holds.
const pageRows = 4096

// rowKind says how a data point is held.
type rowKind uint8

// The kinds of rows: a plain integer and a plain decimal are held as they will
// be stored, anything else as the elements it was sent as.
const (
	rowLong rowKind = iota
	rowDouble
	rowOdd
)

// rowPage is a run of data points column by column.
type rowPage struct {
	n      int
	at     [pageRows]int64
	long   [pageRows]int64 // of an odd row, its place among those
	double [pageRows]float64
	kind   [pageRows]rowKind
}

// add appends a data point with a plain number.
func (p *rowPage) add(at int64, v number) {
	p.at[p.n], p.long[p.n], p.double[p.n], p.kind[p.n] = at, v.long, v.double, v.kind
	p.n++
}

// run is where the rows end that begin at i and are of its kind.
func (p *rowPage) run(i int) int {
	kind := p.kind[i]
	for i++; i < p.n && p.kind[i] == kind; i++ {
	}
	return i
}

// rows are the data points of one metric object in the order of the request.
type rows struct {
	pages   []*rowPage // the first used ones hold points, all but the last full
	used    int
	odd     [][]*gson.Element // nil for a null in place of a point
	doubles bool              // some row is a rowDouble
	bytes   int               // about what the odd rows occupy
}

// reset empties r and keeps some of its memory.
func (r *rows) reset() {
	const keep = 64
	if len(r.pages) > keep {
		clear(r.pages[keep:])
		r.pages = r.pages[:keep]
	}
	clear(r.odd)
	r.odd, r.used, r.doubles, r.bytes = r.odd[:0], 0, false, 0
}

// empty tells whether there is no row.
func (r *rows) empty() bool { return r.used == 0 }

// weight is about how many bytes the rows occupy.
func (r *rows) weight() int { return r.used*pageRows*25 + r.bytes }

// page is where the next row belongs.
func (r *rows) page() *rowPage {
	if r.used > 0 {
		if p := r.pages[r.used-1]; p.n < pageRows {
			return p
		}
	}
	if r.used == len(r.pages) {
		r.pages = append(r.pages, new(rowPage))
	}
	p := r.pages[r.used]
	p.n = 0
	r.used++
	return p
}

// addOdd appends a data point as its elements.
func (r *rows) addOdd(items []*gson.Element) {
	p := r.page()
	p.long[p.n], p.kind[p.n] = int64(len(r.odd)), rowOdd
	p.n++
	r.odd = append(r.odd, items)
	r.bytes += 32
	for _, e := range items {
		r.bytes += elementBytes(e)
	}
}

// elementBytes is about how many bytes an element occupies.
func elementBytes(e *gson.Element) int {
	n := 128 + len(e.Text)
	for _, item := range e.Items {
		n += elementBytes(item)
	}
	return n
}
