package cassandra

import (
	"context"
	"io"
	"slices"
	"sort"

	"aion/storage/points"
)

// deepest is how many partitions of a series are under way at once where each
// has few points or none.
const deepest = 8

// source yields the points of a scan block by block, in order and each time
// once. A block that it has yielded is nobody else's.
type source interface {
	// next is the next block: at least one point, or io.EOF, or what went wrong.
	next(ctx context.Context) (*points.Block, error)
	// ahead begins to fetch what comes next, as far as there is room for it. It
	// answers false where it has begun nothing.
	ahead(ctx context.Context) bool
	// close ends what is under way and waits for its end.
	close()
}

// lane reads what a series has in one cluster.
type lane struct {
	*scan
	extremes []row        // rows whose points belong to both ends
	strays   []row        // rows of negative times, in reading order
	rows     []row        // all others, in reading order
	held     points.Block // points of extremes and strays that wait for their turn
	top      points.Block // points of extremes that belong to the upper end
	batch    int          // how many strays are read at once
	under    []*partition // of rows, begun, in reading order; the first is being read
	depth    int          // how many they may be
	rest     *stretch     // what is not cut yet of a long row, which comes before waiting
	waiting  []*partition // of rows behind a long one, begun before it proved long; they come before rows
	last     int64        // the time of the last point, if there was one
	given    bool         // there was one
}

// lanes are the lanes of s, the write cluster's first. A row without a type and
// one of type kairos_legacy are the same partition; it is read as the former,
// which KairosDB finds first.
func (s *scan) lanes(rows []row) []*lane {
	var all []*lane
	var last []row
	for _, w := range rows {
		i := slices.IndexFunc(last, func(l row) bool { return l.conn == w.conn })
		if i < 0 {
			i = len(all)
			all, last = append(all, &lane{scan: s, depth: 1, batch: 64}), append(last, row{conn: w.conn, time: w.time + 1})
		}
		if last[i].time == w.time {
			all[i].replace(w)
			continue
		}
		last[i] = w
		to := all[i].zoneOf(&w)
		*to = append(*to, w)
	}
	for _, l := range all {
		if s.order == points.Desc {
			slices.Reverse(l.strays)
			slices.Reverse(l.rows)
		}
	}
	return all
}

// zoneOf is the list that w belongs to.
func (l *lane) zoneOf(w *row) *[]row {
	switch w.zone() {
	case extreme:
		return &l.extremes
	case negative:
		return &l.strays
	}
	return &l.rows
}

// replace lets a row without a type stand for the last row, which has its time.
func (l *lane) replace(w row) {
	if rows := *l.zoneOf(&w); w.untyped {
		rows[len(rows)-1] = w
	}
}

// next is the next block beyond the last point.
func (l *lane) next(ctx context.Context) (*points.Block, error) {
	for {
		b, err := l.read(ctx)
		if err != nil {
			return nil, err
		}
		if from := l.beyond(b); from < b.Len() {
			if from > 0 {
				*b = b.Slice(from, b.Len())
			}
			l.last, l.given = b.Times[b.Len()-1], true
			return b, nil
		}
	}
}

// beyond is where the points of b begin that lie beyond the last one given.
func (l *lane) beyond(b *points.Block) int {
	if !l.given {
		return 0
	}
	return sort.Search(b.Len(), func(i int) bool {
		at := b.Times[i]
		return at != l.last && (at > l.last) == (l.order == points.Asc)
	})
}

// read is the next block, which may be empty: points below zero come first in
// ascending order and last in descending order.
func (l *lane) read(ctx context.Context) (*points.Block, error) {
	if len(l.extremes) > 0 {
		if err := l.readExtremes(ctx); err != nil {
			return nil, err
		}
	}
	if l.order == points.Desc && l.top.Len() > 0 {
		return taken(&l.top), nil
	}
	if l.order == points.Asc && (len(l.strays) > 0 || l.held.Len() > 0) {
		return l.readStrays(ctx)
	}
	b, err := l.readRows(ctx)
	if err != io.EOF {
		return b, err
	}
	switch {
	case l.order == points.Desc && (len(l.strays) > 0 || l.held.Len() > 0):
		return l.readStrays(ctx)
	case l.top.Len() > 0:
		return taken(&l.top), nil
	}
	return nil, io.EOF
}

// readRows is the next page of the rows whose points follow one another.
func (l *lane) readRows(ctx context.Context) (*points.Block, error) {
	l.fill()
	if len(l.under) == 0 {
		return nil, io.EOF
	}
	for _, p := range l.under[1:] {
		if !p.begin(ctx) {
			break
		}
	}
	p := l.under[0]
	first := !p.begun
	got, err := p.next(ctx)
	if err != nil {
		return nil, err
	}
	l.adapt(p, got, first)
	return &got.block, nil
}

// adapt takes p out where it has ended, cuts it into parts where it proves long,
// and sets how many partitions are read at once by what its page has had.
func (l *lane) adapt(p *partition, got *page, first bool) {
	cut := p.stretch(got)
	if p.ended || cut != nil {
		l.under = l.under[1:]
	}
	switch {
	case cut != nil:
		l.rest, l.depth = cut, abreast
		l.under, l.waiting = nil, append(l.under, l.waiting...)
	case p.part:
		if l.rest != nil && first {
			l.rest.plan(p.columns(got), got.rows)
		}
	case !p.ended:
		l.depth = 1
	case first && 4*got.rows <= got.asked:
		l.depth = min(2*l.depth, deepest)
	}
}

// fill adds to the partitions that are read as many as there may be: parts of a
// long row, then the rows behind it, first those that were begun.
func (l *lane) fill() {
	for l.rest != nil && len(l.under) < l.depth {
		if p := l.rest.cut(); p != nil {
			l.under = append(l.under, p)
		} else {
			l.rest = nil
		}
	}
	if n := min(len(l.waiting), max(0, l.depth-len(l.under))); l.rest == nil && n > 0 {
		l.under, l.waiting = append(l.under, l.waiting[:n]...), l.waiting[n:]
	}
	for len(l.under) < l.depth && len(l.rows) > 0 {
		if p, ok := l.scan.partition(l.rows[0]); ok {
			l.under = append(l.under, p)
		}
		l.rows = l.rows[1:]
	}
}

// ahead begins to fetch the next page, of the next partition if need be. Strays
// and extremes are not fetched ahead.
func (l *lane) ahead(ctx context.Context) bool {
	if len(l.extremes) > 0 || l.order == points.Asc && len(l.strays) > 0 {
		return false
	}
	l.fill()
	for i, p := range l.under {
		if !p.begin(ctx) {
			return i > 0
		}
	}
	return len(l.under) > 0
}

// close ends what is under way.
func (l *lane) close() {
	for _, p := range slices.Concat(l.under, l.waiting) {
		p.drop()
	}
	l.under, l.waiting = nil, nil
}

// taken is what b held; b is empty afterwards.
func taken(b *points.Block) *points.Block {
	all := *b
	*b = points.Block{}
	return &all
}
