package cassandra

import (
	"context"
	"encoding/binary"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"aion/storage/codec"
	"aion/storage/points"
)

// entries are the statements that enter rows into the index tables, partition by
// partition.
type entries struct {
	config     *Config
	partitions map[string]*indexPartition
	order      []*indexPartition
	named      map[string]bool
	refused    func(owner int, err error) // of the statement's owner
}

// indexPartition are the statements for one partition of an index table.
type indexPartition struct {
	statements []gocql.BatchEntry
	owners     []int
	size       int
}

// newEntries is an empty list. refused is told which owner's statements the
// server will not take.
func newEntries(c *Config, refused func(owner int, err error)) *entries {
	return &entries{config: c, partitions: map[string]*indexPartition{}, named: map[string]bool{}, refused: refused}
}

// indexWeight is about what a row of an index table weighs beside its texts.
const indexWeight = 160

// add adds a statement to a partition.
func (e *entries) add(owner int, partition string, size int, cql string, args ...any) {
	p, ok := e.partitions[partition]
	if !ok {
		p = &indexPartition{}
		e.partitions[partition] = p
		e.order = append(e.order, p)
	}
	p.statements = append(p.statements, gocql.BatchEntry{Stmt: cql, Args: args, Idempotent: true})
	p.owners = append(p.owners, owner)
	p.size += indexWeight + size
}

// time enters a metric and one of its row times.
func (e *entries) time(owner int, metric string, row, life int64) {
	if !e.named[metric] {
		e.named[metric] = true
		e.add(owner, "names", len(metric), insertName, []byte(metricNames), metric)
	}
	e.add(owner, "times "+metric, len(metric), insertTime, metric, pointTable, row, int32(life))
}

// row enters a series in a row time, and each of its tags that is indexed.
func (e *entries) row(owner int, k *points.Key, row, life int64) {
	var at [8]byte
	binary.BigEndian.PutUint64(at[:], uint64(row))
	partition := "rows " + k.Metric + "\x00" + string(at[:])
	tags := cell(codec.AppendTags(nil, k.Tags))
	typ := codec.StoredType(k.Type)
	e.add(owner, partition, len(tags), insertRow, k.Metric, pointTable, row, typ, &tags, int32(life))
	e.tags(owner, k, row, life)
}

// tags enters a series in a row time under each of its tags that is indexed.
func (e *entries) tags(owner int, k *points.Key, row, life int64) {
	indexed := e.config.indexedTags(k)
	if len(indexed) == 0 {
		return
	}
	var at [8]byte
	binary.BigEndian.PutUint64(at[:], uint64(row))
	partition := "rows " + k.Metric + "\x00" + string(at[:])
	tags := cell(codec.AppendTags(nil, k.Tags))
	typ, hash := codec.StoredType(k.Type), codec.TagHash(indexed)
	for _, t := range indexed {
		pair := codec.TagPair(t)
		e.add(owner, partition+pair, len(tags)+len(pair), insertTagRow, k.Metric, pointTable, row, typ, pair, hash, &tags, int32(life))
	}
}

// indexedTags are those tags of a series that are in the tag index.
func (c *Config) indexedTags(k *points.Key) points.Tags {
	var tags points.Tags
	for _, t := range k.Tags {
		if c.hasTagIndex(k.Metric, t.Name) {
			tags = append(tags, t)
		}
	}
	return tags
}

// indexBatch is what is sent at once.
type indexBatch struct {
	statements []gocql.BatchEntry
	owners     []int
}

// batches cuts the statements into batches: large partitions into batches of
// their own, small ones together into others.
func (e *entries) batches() []indexBatch {
	var all []indexBatch
	var mixed indexBatch
	weight := 0
	for _, p := range e.order {
		if n := len(p.statements); n > mixedRows/4 || p.size > mixedWeight/4 {
			rows := max(1, min(soleRows, n*soleWeight/p.size))
			for from := 0; from < n; from += rows {
				to := min(from+rows, n)
				all = append(all, indexBatch{p.statements[from:to], p.owners[from:to]})
			}
			continue
		}
		if len(mixed.statements)+len(p.statements) > mixedRows || weight+p.size > mixedWeight {
			all, mixed, weight = append(all, mixed), indexBatch{}, 0
		}
		mixed.statements = append(mixed.statements, p.statements...)
		mixed.owners = append(mixed.owners, p.owners...)
		weight += p.size
	}
	if len(mixed.statements) != 0 {
		all = append(all, mixed)
	}
	return all
}

// enterAll sends the entries and returns when all of them are acknowledged or
// refused, or something went wrong.
func (s *Store) enterAll(ctx context.Context, c *conn, e *entries, at int64) error {
	batches := e.batches()
	return s.together(ctx, len(batches), func(ctx context.Context, i int) error {
		b := batches[i]
		_, err := c.deliver(ctx, "index rows", at, b.statements, 0, func(n int, err error) { e.refused(b.owners[n], err) })
		return err
	})
}

// enterPlan enters what the plan needs into the indexes. What the server refuses
// is noted in the plan, whose points are then not written.
func (s *Store) enterPlan(ctx context.Context, c *conn, p *plan, at int64) error {
	e := newEntries(&s.config, p.refuse)
	for i := range p.times {
		if t := &p.times[i]; t.index.need {
			e.time(len(p.rows)+i, t.metric, t.row, t.index.life)
		}
	}
	for i := range p.rows {
		if r := &p.rows[i]; r.index.need {
			e.row(i, r.key, p.times[r.of].row, r.index.life)
		}
	}
	err := s.enterAll(ctx, c, e, at)
	for i := range p.times {
		s.listings.forget(listingKey{c, p.times[i].metric, p.times[i].row})
	}
	return err
}

// refuse notes that the server refuses an index row: that of row i, or, counted
// behind the rows, of a row time and so of all its rows.
func (p *plan) refuse(i int, err error) {
	p.refusing.Lock()
	defer p.refusing.Unlock()
	if i < len(p.rows) {
		p.rows[i].index.refused = err
		return
	}
	i -= len(p.rows)
	p.times[i].index.refused = err
	for j := range p.rows {
		if int(p.rows[j].of) == i {
			p.rows[j].index.refused = err
		}
	}
}
