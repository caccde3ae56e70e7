package cassandra

import (
	"context"

	"aion/storage/codec"
)

// finding is what became of a row that was deleted.
type finding uint8

// The findings.
const (
	empty  finding = iota // nobody has written to it
	hidden                // somebody has, and nothing leads there
	listed                // somebody has, and it is found
)

// found looks what became of a row.
func (c *conn) found(ctx context.Context, w *watched) (finding, error) {
	if w.key.Type == "" {
		return c.foundTime(ctx, w)
	}
	ok, err := c.hasPoints(ctx, w)
	if err != nil || !ok {
		return empty, err
	}
	ok, err = c.listed(ctx, w)
	switch {
	case err != nil:
		return empty, err
	case ok:
		return listed, nil
	}
	return hidden, nil
}

// foundTime looks what became of a metric's row time. A KairosDB that has
// entered it before enters new series in it and not the row time itself.
func (c *conn) foundTime(ctx context.Context, w *watched) (finding, error) {
	var typ *string
	ok, err := c.one(ctx, "look for series of "+w.key.Metric, readAnyRow, []any{&typ}, w.key.Metric, pointTable, w.row)
	if err != nil || !ok || typ == nil {
		return empty, err
	}
	var at int64
	ok, err = c.one(ctx, "look for a row time of "+w.key.Metric, readTimes, []any{&at}, w.key.Metric, pointTable, w.row, w.row)
	switch {
	case err != nil:
		return empty, err
	case ok:
		return listed, nil
	}
	return hidden, nil
}

// enterAgain enters a row into the indexes again: a series for as long as its
// points live, the row time and the name for ever, since others may need them.
func (s *Store) enterAgain(ctx context.Context, c *conn, w *watched) error {
	var failed problems
	e := newEntries(&s.config, func(_ int, err error) { failed.add(err) })
	e.time(0, w.key.Metric, w.row, 0)
	if w.key.Type != "" {
		life, err := s.life(ctx, c, w)
		if err != nil {
			return err
		}
		e.row(0, &w.key, w.row, life)
	}
	err := s.enterAll(ctx, c, e, s.stamps.last())
	s.listings.forget(listingKey{c, w.key.Metric, w.row})
	if err != nil {
		return err
	}
	return failed.err()
}

// life is the life of an index row for the points that a row has: that of the
// longest-lived one of the first and the last, and a row time more.
func (s *Store) life(ctx context.Context, c *conn, w *watched) (int64, error) {
	key, longest := codec.AppendRowKey(nil, &w.key, w.row), int64(0)
	for _, statement := range []string{readLife, readLifeAsc} {
		var life *int32
		ok, err := c.one(ctx, "look for points of "+w.key.Metric, statement, []any{&life}, key)
		switch {
		case err != nil:
			return 0, err
		case ok && life == nil:
			return 0, nil
		case ok:
			longest = max(longest, int64(*life))
		}
	}
	now := s.now().UnixMilli()
	return indexLife(now, indexEnd(now, longest, c.layout.WidthMillis()/1000)), nil
}
