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

// newKeyStream is a stream that nobody has read yet.
func newKeyStream(at rowTime) *keyStream {
	return &keyStream{rowTime: at, pages: make(chan keyPage, 1)}
}

// fetch reads the stream's next page and hands it over. The channel has room for
// it.
func (m *keyMerge) fetch(ctx context.Context, st *keyStream, size int) {
	key := listingKey{st.conn, m.metric, st.time}
	if st.state == nil {
		if kept, ok := m.listings.recall(ctx, key); ok {
			st.pages <- keyPage{rows: m.matching(kept.rows)}
			return
		}
	}
	st.pages <- m.page(ctx, st, size, key)
}

// matching are those of the rows that are meant.
func (m *keyMerge) matching(rows []keyRow) (meant []keyRow) {
	for _, r := range rows {
		if m.filter.matches(r.typ, r.tags) {
			meant = append(meant, r)
		}
	}
	return meant
}

// page reads the stream's next page. A partition of one page is remembered.
func (m *keyMerge) page(ctx context.Context, st *keyStream, size int, key listingKey) (page keyPage) {
	var row struct{ typ, tags, mtime rawColumn }
	all := m.listings.begin()
	read, kept := 0, 0
	page.next, page.err = st.conn.readPage(ctx, &paged{
		what: "find the series of " + m.metric, statement: listRows, args: []any{m.metric, pointTable, st.time},
		size: size, state: st.state, slots: m.slots,
	}, []any{&row.typ, &row.tags, &row.mtime}, func() error {
		// A partition whose rows are all gone still has its static column.
		if row.typ == nil {
			return nil
		}
		read += len(row.typ) + len(row.tags)
		if st.state == nil {
			all.add(keyRow{row.typ, row.tags}, row.mtime)
		}
		if m.filter.matches(row.typ, row.tags) {
			kept += len(row.typ) + len(row.tags)
			page.rows = append(page.rows, keyRow{row.typ, row.tags})
		}
		return nil
	})
	switch {
	case page.err == nil && page.next == nil && all.whole:
		all.rows = copied(all.rows, read)
		m.listings.keep(key, &all)
		page.rows = m.matching(all.rows)
	case kept < read/2:
		page.rows = copied(page.rows, kept)
	}
	return page
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

// has tells whether the stream's row is that one.
func (st *keyStream) has(r keyRow) bool {
	return len(st.rows) > 0 && bytes.Equal(st.rows[0].tags, r.tags) && bytes.Equal(st.rows[0].typ, r.typ)
}

// before tells whether a stream's row comes first. The end comes last.
func (st *keyStream) before(other *keyStream) bool {
	if len(st.rows) == 0 || len(other.rows) == 0 {
		return len(st.rows) > 0
	}
	return compareKeyRows(st.rows[0], other.rows[0]) < 0
}
