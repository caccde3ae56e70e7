package cassandra

import (
	"context"
	"slices"
	"sync"
)

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
	metric   string
	filter   *keyFilter
	budget   int             // rows of all pages together
	slots    chan struct{}   // the store's, for reading
	listings *listings       // the store's
	heap     []*keyStream    // the least one first
	at       []int           // of the heap: streams that have the least row
	group    []rowTime       // of these
	live     int             // streams that are not at their end
	wanted   chan fetchOrder // pages that are to be fetched
}

// fetchOrder asks for the next page of a stream.
type fetchOrder struct {
	stream *keyStream
	size   int
}

// newKeyMerge makes a merge of row times of a metric, which it is not told yet.
func newKeyMerge(metric string, filter *keyFilter, budget int, s *Store) *keyMerge {
	return &keyMerge{metric: metric, filter: filter, budget: budget, slots: s.fetching.slots, listings: &s.listings}
}

// guess begins to read row times of which it is not known yet whether they are
// meant. What it begins ends with ctx.
func (m *keyMerge) guess(ctx context.Context, running *sync.WaitGroup, rows []rowTime) {
	m.live = len(rows)
	for _, r := range rows {
		st := newKeyStream(r)
		st.open = true
		m.heap = append(m.heap, st)
		size := m.pageSize()
		running.Go(func() { m.fetch(ctx, st, size) })
	}
}

// read says which row times are meant. Nothing but what was guessed is read
// before somebody calls serve.
func (m *keyMerge) read(rows []rowTime) {
	guessed := m.heap
	m.heap, m.live = make([]*keyStream, len(rows)), len(rows)
	m.wanted = make(chan fetchOrder, len(rows)) // a stream asks for one page at a time
	for i, r := range rows {
		if n := slices.IndexFunc(guessed, func(st *keyStream) bool { return st.rowTime == r }); n >= 0 {
			m.heap[i] = guessed[n]
			continue
		}
		m.heap[i] = newKeyStream(r)
		m.order(m.heap[i])
	}
}

// order has the next page of a stream fetched.
func (m *keyMerge) order(st *keyStream) {
	st.open = true
	m.wanted <- fetchOrder{st, m.pageSize()}
}

// pageSize is how many rows the next page is asked for.
func (m *keyMerge) pageSize() int { return min(max(m.budget/m.live, fewestKeys), mostKeys) }

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
	for _, st := range m.heap {
		if err := m.fill(ctx, st); err != nil {
			return err
		}
	}
	for i := len(m.heap)/2 - 1; i >= 0; i-- {
		m.sink(i)
	}
	return nil
}

// fill sees that a stream has rows, unless it is at its end, and that its next
// page is under way.
func (m *keyMerge) fill(ctx context.Context, st *keyStream) error {
	if len(st.rows) == 0 {
		st.rows = nil // lets go of the page
	}
	for len(st.rows) == 0 && st.open {
		select {
		case page := <-st.pages:
			if page.err != nil {
				return page.err
			}
			st.rows, st.state, st.open = page.rows, page.next, false
		case <-ctx.Done():
			return ctx.Err()
		}
		if st.state != nil {
			m.order(st)
		} else {
			m.live--
		}
	}
	return nil
}

// next takes the least series, and appends to dst the rows that it has,
// ascending by time. ok is false at the end.
func (m *keyMerge) next(ctx context.Context, dst []row) (key keyRow, rows []row, ok bool, err error) {
	if len(m.heap) == 0 || len(m.heap[0].rows) == 0 {
		return keyRow{}, dst, false, nil
	}
	key = m.heap[0].rows[0]
	m.alike(key)
	m.group = m.group[:0]
	for _, i := range m.at {
		st := m.heap[i]
		m.group = append(m.group, st.rowTime)
		st.rows = st.rows[1:]
		if err := m.fill(ctx, st); err != nil {
			return keyRow{}, dst, false, err
		}
	}
	// From the last to the first, so that what lies below is in order already.
	for _, i := range slices.Backward(m.at) {
		m.sink(i)
	}
	slices.SortFunc(m.group, compareRowTimes)
	for _, t := range m.group {
		dst = append(dst, row{conn: t.conn, time: t.time})
	}
	return key, dst, true, nil
}

// alike notes where in the heap the streams are that have the row of its top:
// they hang together there.
func (m *keyMerge) alike(key keyRow) {
	m.at = append(m.at[:0], 0)
	for n := 0; n < len(m.at); n++ {
		i := m.at[n]
		for child := 2*i + 1; child <= 2*i+2 && child < len(m.heap); child++ {
			if m.heap[child].has(key) {
				m.at = append(m.at, child)
			}
		}
	}
}

// sink moves a stream down to where it belongs in the heap.
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
