package cassandra

import (
	"bytes"
	"context"

	"aion/storage/codec"
)

// keyRow is a row of an index as it is stored: a series in one row time. The
// bytes belong to the page that it came with.
type keyRow struct{ typ, tags []byte }

// compareKeyRows is the order of the rows of a partition of row_keys.
func compareKeyRows(a, b keyRow) int {
	if c := bytes.Compare(a.typ, b.typ); c != 0 {
		return c
	}
	if bytes.Equal(a.tags, b.tags) {
		return 0
	}
	return codec.CompareTags(a.tags, b.tags)
}

// keyPage is what matched of one page.
type keyPage struct {
	rows []keyRow
	next []byte // where the next page begins; nil: nowhere
	err  error
}

// keyStream is one partition of row_keys: the series that a metric has in one
// row time of one cluster, by type and tags. It is read page by page.
type keyStream struct {
	rowTime
	state []byte       // where the page that is asked for begins
	rows  []keyRow     // what is left of the page under way
	pages chan keyPage // the page that is being fetched
	open  bool         // one is being fetched
}

// fetch reads the stream's next page and hands it over. The channel has room for
// it.
func (m *keyMerge) fetch(ctx context.Context, st *keyStream, size int) {
	var row struct{ typ, tags rawColumn }
	var page keyPage
	read, kept := 0, 0
	page.next, page.err = st.conn.readPage(ctx, &paged{
		what: "find the series of " + m.metric, statement: readRows, args: []any{m.metric, st.time},
		routing: rowKeysPartition(m.metric, st.time), size: size, state: st.state, slots: m.slots,
	}, []any{&row.typ, &row.tags}, func() error {
		read += len(row.typ) + len(row.tags)
		// A partition whose rows are all gone still has its static column.
		if row.typ != nil && m.filter.matches(row.typ, row.tags) {
			kept += len(row.typ) + len(row.tags)
			page.rows = append(page.rows, keyRow{row.typ, row.tags})
		}
		return nil
	})
	if kept < read/2 {
		page.rows = copied(page.rows, kept)
	}
	st.pages <- page
}

// copied are the rows without the frame that they came with, which weighs more
// than they do.
func copied(rows []keyRow, size int) []keyRow {
	memory := make([]byte, 0, size)
	for i, r := range rows {
		n := len(memory)
		memory = append(append(memory, r.typ...), r.tags...)
		middle := n + len(r.typ)
		rows[i] = keyRow{memory[n:middle:middle], memory[middle:len(memory):len(memory)]}
	}
	return rows
}

// keysAhead is about how many rows of indexes a search keeps in memory, and as
// many again that are being fetched. A page has the share of one stream, but
// fewestKeys at least and mostKeys at most: with more than a thousand row times
// it is fewestKeys for each of them.
const (
	keysAhead  = 20_000
	fewestKeys = 20
	mostKeys   = 5_000
)

// keyMerge reads many streams at once and joins them: each series comes once,
// with all row times that have it. It depends on all streams having the same
// order.
type keyMerge struct {
	metric string
	filter *keyFilter
	budget int             // rows of all pages together
	slots  chan struct{}   // the store's, for reading
	heap   []*keyStream    // those that have rows, the least one first
	live   int             // streams that are not at their end
	wanted chan fetchOrder // pages that are to be fetched
}

// fetchOrder asks for the next page of a stream.
type fetchOrder struct {
	stream *keyStream
	size   int
}

// newKeyMerge makes a merge of a metric's row times. Nothing is read before
// somebody calls serve.
func newKeyMerge(metric string, rows []rowTime, filter *keyFilter, budget int, slots chan struct{}) *keyMerge {
	m := &keyMerge{metric: metric, filter: filter, budget: budget, slots: slots, live: len(rows)}
	m.wanted = make(chan fetchOrder, len(rows)) // a stream asks for one page at a time
	m.heap = make([]*keyStream, len(rows))
	for i, p := range rows {
		m.heap[i] = &keyStream{rowTime: p, pages: make(chan keyPage, 1)}
		m.order(m.heap[i])
	}
	return m
}

// order has the next page of a stream fetched.
func (m *keyMerge) order(st *keyStream) {
	st.open = true
	m.wanted <- fetchOrder{st, min(max(m.budget/m.live, fewestKeys), mostKeys)}
}

// serve fetches what is ordered until ctx ends. Several may serve one merge.
func (m *keyMerge) serve(ctx context.Context) {
	for {
		select {
		case o := <-m.wanted:
			m.fetch(ctx, o.stream, o.size)
		case <-ctx.Done():
			return
		}
	}
}

// start waits for the first page of every stream.
func (m *keyMerge) start(ctx context.Context) error {
	streams := m.heap
	m.heap = m.heap[:0:0]
	for _, st := range streams {
		ok, err := m.fill(ctx, st)
		if err != nil {
			return err
		}
		if ok {
			m.heap = append(m.heap, st)
		}
	}
	for i := len(m.heap)/2 - 1; i >= 0; i-- {
		m.sink(i)
	}
	return nil
}

// fill sees that a stream has rows, and that its next page is under way. ok is
// false at its end.
func (m *keyMerge) fill(ctx context.Context, st *keyStream) (ok bool, err error) {
	for len(st.rows) == 0 && st.open {
		select {
		case page := <-st.pages:
			if page.err != nil {
				return false, page.err
			}
			st.rows, st.state, st.open = page.rows, page.next, false
		case <-ctx.Done():
			return false, ctx.Err()
		}
		if st.state != nil {
			m.order(st)
		} else {
			m.live--
		}
	}
	return len(st.rows) > 0, nil
}

// next takes the least series, and appends to dst the rows that it has,
// ascending by time. ok is false at the end.
func (m *keyMerge) next(ctx context.Context, dst []row) (key keyRow, rows []row, ok bool, err error) {
	if len(m.heap) == 0 {
		return keyRow{}, dst, false, nil
	}
	key = m.heap[0].rows[0]
	for len(m.heap) > 0 && compareKeyRows(m.heap[0].rows[0], key) == 0 {
		st := m.heap[0]
		dst = append(dst, row{conn: st.conn, time: st.time})
		st.rows = st.rows[1:]
		left, err := m.fill(ctx, st)
		if err != nil {
			return keyRow{}, dst, false, err
		}
		if !left {
			last := len(m.heap) - 1
			m.heap[0], m.heap = m.heap[last], m.heap[:last]
		}
		m.sink(0)
	}
	return key, dst, true, nil
}

// sink moves a stream down to its place in the heap.
func (m *keyMerge) sink(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(m.heap); child++ {
			if m.heap[child].before(m.heap[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		m.heap[i], m.heap[least] = m.heap[least], m.heap[i]
		i = least
	}
}

// before tells whether a stream's row comes first: by key, then by row time,
// then by cluster.
func (st *keyStream) before(other *keyStream) bool {
	if c := compareKeyRows(st.rows[0], other.rows[0]); c != 0 {
		return c < 0
	}
	return st.rowTime.before(other.rowTime)
}
