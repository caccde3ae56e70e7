package cassandra

import (
	"context"
	"hash/maphash"
	"sync"

	"aion/storage/codec"
	"aion/storage/points"
)

// chunkRows is how many rows one goroutine deletes.
const chunkRows = 100

// mostTombstones is how many rows of a partition of an index are deleted one by
// one, as KairosDB does it. Readers fail at 100,000 tombstones in a partition:
// where all rows go, and they are more than this, the partition goes instead.
const mostTombstones = 1000

// mostPairs is of how many pairs a metricDeletion counts the series.
const mostPairs = 100_000

// metricDeletion deletes from one metric. One goroutine takes what is found, the
// chunks run beside it.
type metricDeletion struct {
	*deletion
	metric  string
	fail    context.CancelCauseFunc
	running sync.WaitGroup
	chunks  map[*conn]*chunk // that are being filled
	tallies map[rowTime]*tally
	pairs   int // that the tallies count
}

// tally counts the series of a metric in one row time, if all of them go.
type tally struct {
	rows  int
	seed  maphash.Seed
	known map[uint64]struct{} // hashes of the rows
	pairs map[string]int      // how many rows have a pair, in the tag index
}

// chunk is some rows that are deleted one after the other.
type chunk struct {
	conn    *conn
	points  statements // of data_points
	indexes statements // that follow
	rows    []watched
	count   int
}

// take adds the rows of a series to the chunks.
func (m *metricDeletion) take(ctx context.Context, found *series) error {
	for _, row := range found.rows {
		m.found.Add(1)
		c := m.chunks[row.conn]
		if c == nil {
			c = &chunk{conn: row.conn}
			m.chunks[row.conn] = c
		}
		m.row(c, &found.key, row)
		if c.count++; c.count < chunkRows {
			continue
		}
		delete(m.chunks, row.conn)
		if !m.start(ctx, c) {
			return context.Cause(ctx)
		}
	}
	return nil
}

// row adds what deletes a row: the whole partition and what leads to it, or a
// part of it.
func (m *metricDeletion) row(c *chunk, key *points.Key, row row) {
	bytes := codec.AppendRowKey(nil, key, row.time)
	if row.untyped {
		bytes = codec.AppendUntypedRowKey(nil, key, row.time)
	}
	if !m.points(&c.points, row.conn.layout, bytes, row.time, row.untyped) {
		return
	}
	if row.conn.legacy.Load() {
		c.indexes.add(removeLegacy, []byte(m.metric), bytes)
	}
	if row.untyped || !row.conn.tables["row_keys"] {
		return
	}
	tags := cell(codec.AppendTags(nil, key.Tags))
	typ := codec.StoredType(key.Type)
	t := m.tally(rowTime{conn: row.conn, time: row.time}, typ, tags)
	if t == nil || t.rows <= mostTombstones {
		c.indexes.add(removeRowKey, m.metric, pointTable, row.time, typ, &tags)
	}
	m.tagRows(c, key, row, t, tags)
	c.rows = append(c.rows, watched{row.conn.cluster, *key, row.time})
}

// tally counts a row, if all rows of its row time go.
func (m *metricDeletion) tally(at rowTime, typ string, tags []byte) *tally {
	if !m.all {
		return nil
	}
	t := m.tallies[at]
	if t == nil {
		t = &tally{seed: maphash.MakeSeed(), known: map[uint64]struct{}{}, pairs: map[string]int{}}
		m.tallies[at] = t
	}
	t.rows++
	t.known[t.hash(typ, tags)] = struct{}{}
	return t
}

// hash stands for a row of row_keys.
func (t *tally) hash(typ string, tags []byte) uint64 {
	var h maphash.Hash
	h.SetSeed(t.seed)
	h.WriteString(typ)
	h.WriteByte(0)
	h.Write(tags)
	return h.Sum64()
}

// tagRows adds what takes a series out of the tag index: under the hash of the
// tags that the settings name, and under that of all tags, which other settings
// give it.
func (m *metricDeletion) tagRows(c *chunk, key *points.Key, row row, t *tally, tags cell) {
	indexed := m.store.config.indexedTags(key)
	if len(indexed) == 0 || !row.conn.tables["tag_indexed_row_keys"] {
		return
	}
	hashes := []int32{codec.TagHash(indexed)}
	if len(indexed) < len(key.Tags) {
		hashes = append(hashes, codec.TagHash(key.Tags))
	}
	typ := codec.StoredType(key.Type)
	for _, tag := range indexed {
		pair := codec.TagPair(tag)
		if t != nil && m.countPair(t, pair) > mostTombstones {
			continue
		}
		for _, hash := range hashes {
			c.indexes.add(removeTagRow, m.metric, pointTable, row.time, pair, typ, hash, &tags)
		}
	}
}

// countPair counts a row of a pair, within bounds.
func (m *metricDeletion) countPair(t *tally, pair string) int {
	n, ok := t.pairs[pair]
	if !ok {
		if m.pairs >= mostPairs {
			return 0
		}
		m.pairs++
	}
	t.pairs[pair] = n + 1
	return n + 1
}

// start runs a chunk as soon as there is room, and is false if ctx ends before.
func (m *metricDeletion) start(ctx context.Context, c *chunk) bool {
	select {
	case m.slots <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	m.running.Go(func() {
		defer func() { <-m.slots }()
		if err := m.run(ctx, c); err != nil {
			m.fail(err)
		}
	})
	return true
}

// run deletes the rows of a chunk: first their points, then what leads to them,
// so that a delete that is cut short can be repeated.
func (m *metricDeletion) run(ctx context.Context, c *chunk) error {
	what := "delete points of " + m.metric
	if err := c.conn.scattered(ctx, what, m.at, c.points); err != nil {
		return err
	}
	if err := c.conn.scattered(ctx, what, m.at, c.indexes); err != nil {
		return err
	}
	m.done.Add(int64(c.count))
	for _, row := range c.rows {
		m.store.watch.add(row)
	}
	return nil
}

// clear deletes the partitions of the indexes that had too many rows to delete
// them one by one. A series that was entered there after its metric was listed
// is watched, and entered again.
func (m *metricDeletion) clear(ctx context.Context, at rowTime, t *tally) error {
	what := "delete the series of " + m.metric
	var typ, tags rawColumn
	read := paged{what: what, statement: readRows, args: []any{m.metric, pointTable, at.time}, size: mostKeys}
	err := at.conn.readAll(ctx, read, []any{&typ, &tags}, func() error {
		if _, ok := t.known[t.hash(string(typ), tags)]; ok || typ == nil {
			return nil
		}
		key := points.Key{Metric: m.metric, Type: codec.KeyType(string(typ))}
		var err error
		if key.Tags, err = codec.ParseTags(tags); err == nil {
			m.store.watch.add(watched{at.conn.cluster, key, at.time})
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := at.conn.change(ctx, what, m.at, removeRows, m.metric, pointTable, at.time); err != nil {
		return err
	}
	for pair, n := range t.pairs {
		if n <= mostTombstones {
			continue
		}
		if err := at.conn.change(ctx, what, m.at, removeTagRows, m.metric, pointTable, at.time, pair); err != nil {
			return err
		}
	}
	return nil
}
