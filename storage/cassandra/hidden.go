package cassandra

import (
	"context"
	"encoding/binary"
	"strings"

	"aion/storage"
	"aion/storage/codec"
)

// takes tells whether a selection may take series of a metric.
func takes(sel *storage.Selection) func(metric string) bool {
	named := map[string]bool{}
	for _, name := range sel.Metrics {
		named[name] = true
	}
	return func(metric string) bool {
		return (len(named) == 0 || named[metric]) && strings.HasPrefix(metric, sel.Prefix)
	}
}

// of are the watched rows of some metrics: those of series, and those of row
// times.
func (w *watch) of(takes func(metric string) bool) (series []watched, times []*watchedRow) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, row := range w.rows {
		switch {
		case !takes(row.key.Metric):
		case row.key.Type == "":
			times = append(times, row)
		default:
			series = append(series, row.watched)
		}
	}
	return series, times
}

// uncover looks at the watched row times of a selection, so that a delete that
// follows finds the series that somebody else has entered there.
func (s *Store) uncover(ctx context.Context, sel *storage.Selection) error {
	_, times := s.watch.of(takes(sel))
	return inParallel(ctx, looksAtOnce, len(times), func(ctx context.Context, i int) error {
		s.watch.look(ctx, times[i])
		return ctx.Err()
	})
}

// hidden deletes the points of the watched rows that the selection takes. Nothing
// leads to them, and they would come back as soon as they are looked at.
func (d *deletion) hidden(ctx context.Context) error {
	filter := newKeyFilter(&d.sel)
	if filter.never() {
		return nil
	}
	rows, _ := d.store.watch.of(takes(&d.sel))
	for _, c := range d.conns {
		var chunks []statements
		var last statements
		for i := range rows {
			if w := &rows[i]; w.cluster == c.cluster && filter.matchesKey(&w.key) {
				d.points(&last, c.layout, codec.AppendRowKey(nil, &w.key, w.row), w.row, false)
			}
			if len(last.entries) == scatteredRows || i == len(rows)-1 {
				chunks, last = append(chunks, last), statements{}
			}
		}
		err := inParallel(ctx, d.store.config.Writing, len(chunks), func(ctx context.Context, i int) error {
			return c.scattered(ctx, "delete points", d.at, chunks[i])
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// points adds what deletes the points of a row that lie in the range, and tells
// whether that is the whole row.
func (d *deletion) points(to *statements, layout codec.Layout, key []byte, row int64, untyped bool) (whole bool) {
	if layout.Whole(row, d.within) {
		to.add(removeRow, key)
		return true
	}
	if from, end, ok := layout.Bounds(row, d.within, untyped); ok {
		last := binary.BigEndian.AppendUint32(nil, binary.BigEndian.Uint32(end[:])-1)
		to.add(removeRange, key, from[:], last)
	}
	return false
}
