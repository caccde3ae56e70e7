package cassandra

import (
	"context"
	"fmt"
	"time"

	"aion/storage/codec"
	"aion/storage/points"
)

// legacyCheck is how often a cluster without rows in the legacy index is looked
// at again: a KairosDB of release 1.1 may begin to write there.
const legacyCheck = time.Minute

// hasLegacy tells whether the legacy index of a cluster has rows. It is looked
// at in the background, so that no query waits for it.
func (s *Store) hasLegacy(c *conn) bool {
	if c.legacy.Load() {
		return true
	}
	now, last := time.Now().UnixNano(), c.legacyAt.Load()
	if now-last < int64(legacyCheck) || !c.legacyAt.CompareAndSwap(last, now) || last == 0 {
		return false
	}
	s.running.Go(func() {
		ctx, cancel := context.WithTimeout(s.stopping, s.config.Timeout)
		defer cancel()
		if err := c.findLegacy(ctx); err != nil && ctx.Err() == nil {
			s.log.Debug("look at the legacy index", "cluster", c.cluster.String(), "error", err)
		}
	})
	return false
}

// readLegacy gathers the series of a metric that row_key_index lists.
func (f *finder) readLegacy(ctx context.Context, metric string, to *gathered) error {
	for _, c := range f.conns {
		if !f.store.hasLegacy(c) {
			continue
		}
		for _, rows := range c.layout.RowTimes(f.within) {
			for _, half := range halves(rows) {
				if err := f.readLegacyRange(ctx, c, metric, half, to); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// readLegacyRange gathers what one cluster lists in a range of row times that
// does not reach across zero.
func (f *finder) readLegacyRange(ctx context.Context, c *conn, metric string, rows points.Range, to *gathered) error {
	start, end := codec.IndexBounds(metric, rows.From, rows.To)
	var key rawColumn
	read := paged{what: "find the old series of " + metric, statement: readLegacy, args: []any{[]byte(metric), start, end}, size: mostKeys}
	return c.readAll(ctx, read, []any{&key}, func() error {
		// All keys between the bounds begin with the metric. Cut off, one whose
		// name holds a NUL is read like the others.
		k, err := codec.ParseRowKey(key[min(len(metric), len(key)):])
		if err != nil {
			return fmt.Errorf("read an old row key of %s: %w", metric, err)
		}
		series := points.Key{Metric: metric, Type: k.Type, Tags: k.Tags}
		if c.mayHold(k.Row, f.within) && f.filter.matchesKey(&series) {
			to.add(f.store, series, row{conn: c, time: k.Row, untyped: k.Untyped})
		}
		return nil
	})
}

// halves cuts a range of row times at zero: row keys are kept in the order of
// unsigned numbers.
func halves(r points.Range) []points.Range {
	if r.From < 0 && r.To >= 0 {
		return []points.Range{{From: r.From, To: -1}, {From: 0, To: r.To}}
	}
	return []points.Range{r}
}
