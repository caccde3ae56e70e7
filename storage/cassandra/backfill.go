package cassandra

import (
	"context"

	"aion/storage/codec"
	"aion/storage/points"
)

// backfillRows is how many series are entered into the tag index at once.
const backfillRows = 1_000

// Index enters the series of a metric that may have points in the range into the
// tag index: those that were written while their tags were not in it. An entry
// lives as long as the points that it leads to. Series that only the index of
// release 1.1 lists are found without.
func (s *Store) Index(ctx context.Context, metric string, r points.Range) error {
	c, err := s.writer()
	if err != nil {
		return err
	}
	times, err := c.rowTimes(ctx, metric, r)
	if err != nil {
		return err
	}
	for _, at := range times {
		if err := s.indexRows(ctx, c, metric, at); err != nil {
			return err
		}
	}
	return nil
}

// indexRows enters all series of a row time into the tag index.
func (s *Store) indexRows(ctx context.Context, c *conn, metric string, at int64) error {
	var typ, tags rawColumn
	var keys []points.Key
	read := paged{what: "index the series of " + metric, statement: readRows, args: []any{metric, pointTable, at}, size: backfillRows}
	err := c.readAll(ctx, read, []any{&typ, &tags}, func() error {
		if typ == nil {
			return nil
		}
		key := points.Key{Metric: metric, Type: codec.KeyType(string(typ))}
		var err error
		if key.Tags, err = codec.ParseTags(tags); err != nil || len(s.config.indexedTags(&key)) == 0 {
			return err
		}
		if keys = append(keys, key); len(keys) == backfillRows {
			err = s.indexSeries(ctx, c, keys, at)
			keys = keys[:0]
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.indexSeries(ctx, c, keys, at)
}

// indexSeries enters some series of a row time into the tag index.
func (s *Store) indexSeries(ctx context.Context, c *conn, keys []points.Key, at int64) error {
	lives := make([]int64, len(keys))
	err := s.together(ctx, len(keys), func(ctx context.Context, i int) (err error) {
		lives[i], err = s.life(ctx, c, &watched{c.cluster, keys[i], at})
		return err
	})
	if err != nil {
		return err
	}
	var failed problems
	e := newEntries(&s.config, func(_ int, err error) { failed.add(err) })
	for i := range keys {
		e.tags(i, &keys[i], at, lives[i])
	}
	if err := s.enterAll(ctx, c, e, s.stamps.last()); err != nil {
		return err
	}
	return failed.err()
}
