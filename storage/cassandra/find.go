package cassandra

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"

	"aion/storage"
	"aion/storage/codec"
	"aion/storage/points"
)

// within is the range of a selection.
func within(sel *storage.Selection) points.Range {
	if sel.Within == nil {
		return points.Always
	}
	return *sel.Within
}

// metricsAhead is how many metrics are looked at at once where a selection
// leaves open which.
const metricsAhead = 8

// find yields every series that matches, once each and in no set order, with all
// its rows that may hold points of r: ascending by time and, of one time, the
// write cluster's first. It looks only at row times that the time index lists.
// An error is the last thing it yields.
//
// The series of a metric are a stream: what is held is bounded by keysAhead,
// whatever the number of series, but for those that come from the tag index or
// the legacy index or that may be in row_keys twice (twofold).
func (s *Store) find(ctx context.Context, sel storage.Selection, r points.Range) iter.Seq2[*series, error] {
	return func(yield func(*series, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		f, err := s.finder(&sel, r)
		if err != nil {
			cancel()
			yield(nil, err)
			return
		}
		defer f.running.Wait()
		defer cancel()
		for metric, err := range inOrder(ctx, f.width, f.metrics(ctx), f.open) {
			if err != nil {
				yield(nil, err)
				return
			}
			for found, err := range metric.series(ctx) {
				if ctx.Err() != nil {
					found, err = nil, ctx.Err()
				}
				if !yield(found, err) || err != nil {
					return
				}
			}
		}
	}
}

// finder is a selection under way.
type finder struct {
	store   *Store
	within  points.Range
	conns   []*conn // the write cluster first
	filter  *keyFilter
	listed  []string // the metrics, if the selection lists them
	prefix  string   // of their names, if it does not
	none    bool     // nothing can match
	width   int      // metrics that are looked at at once
	running sync.WaitGroup
}

// finder prepares a selection.
func (s *Store) finder(sel *storage.Selection, r points.Range) (*finder, error) {
	conns, err := s.readers(r)
	if err != nil {
		return nil, err
	}
	f := &finder{store: s, within: r, conns: conns, filter: newKeyFilter(sel), prefix: sel.Prefix, width: metricsAhead}
	f.none = r.Empty() || f.filter.never()
	if len(sel.Metrics) > 0 {
		f.listed = orderedMetrics(sel)
		f.none = f.none || len(f.listed) == 0
		f.width = min(f.width, max(len(f.listed), 1))
	}
	return f, nil
}

// metrics yields the metrics whose series are looked at, ascending.
func (f *finder) metrics(ctx context.Context) iter.Seq2[string, error] {
	if f.none || len(f.listed) > 0 {
		return func(yield func(string, error) bool) {
			for _, name := range f.listed {
				if f.none || !yield(name, nil) {
					return
				}
			}
		}
	}
	return metricsOf(ctx, f.conns, f.prefix)
}

// search is the series of one metric.
type search struct {
	*finder
	metric string
	aside  gathered  // what is yielded last
	merge  *keyMerge // what is yielded first; nil: nothing
	stop   context.CancelFunc
	typ    struct{ stored, key string } // the latest
}

// open finds out where the metric's series are listed and begins to read them.
// What it begins ends with ctx.
func (f *finder) open(ctx context.Context, metric string) (*search, error) {
	ctx, stop := context.WithCancel(ctx)
	s := &search{finder: f, metric: metric, stop: stop}
	ways := f.tagLookups(metric)
	merge := newKeyMerge(metric, f.filter, keysAhead/f.width, f.store)
	if len(ways) == 0 {
		merge.guess(ctx, &f.running, f.likely())
	}
	var rows []rowTime
	err := inParallel(ctx, 2, 2, func(ctx context.Context, i int) (err error) {
		if i == 0 {
			rows, err = listedRows(ctx, f.conns, metric, f.within)
			return err
		}
		return f.readLegacy(ctx, metric, &s.aside)
	})
	if tagged, others := cut(rows, len(ways) > 0); err == nil {
		if err = s.readTagged(ctx, ways, tagged); err == nil {
			err = s.readMerged(ctx, merge, others)
		}
	}
	if err != nil {
		stop()
		return nil, err
	}
	return s, nil
}

// cut parts the row times of clusters with a tag index, if it is of use, from the
// others. An old keyspace that is only read has none.
func cut(rows []rowTime, useful bool) (tagged, others []rowTime) {
	for _, r := range rows {
		if useful && r.conn.tables["tag_indexed_row_keys"] {
			tagged = append(tagged, r)
		} else {
			others = append(others, r)
		}
	}
	return tagged, others
}

// readMerged begins to read row_keys in the row times.
func (s *search) readMerged(ctx context.Context, merge *keyMerge, rows []rowTime) error {
	if len(rows) == 0 {
		return nil
	}
	merge.read(rows)
	for range min(len(rows), max(s.store.config.Reading/s.width, 1)) {
		s.running.Go(func() { merge.serve(ctx) })
	}
	s.merge = merge
	return merge.start(ctx)
}

// mostLikely is in up to how many row times of a cluster a short range lies.
const mostLikely = 4

// likely are the row times that hold what a short range has up to now, if it has
// anything: the same that the time index will lead to, as a rule, so that nobody
// need wait for it.
func (f *finder) likely() []rowTime {
	to := min(f.within.To, f.store.now().UnixMilli())
	if f.width > 1 || f.within.From < 0 || to < f.within.From {
		return nil
	}
	var rows []rowTime
	for rank, c := range f.conns {
		first, last := c.layout.RowTime(f.within.From), c.layout.RowTime(to)
		if (last-first)/c.layout.Width >= mostLikely || !c.tables["row_keys"] {
			continue
		}
		for at := first; at <= last; at += c.layout.Width {
			rows = append(rows, rowTime{c, rank, at})
		}
	}
	return rows
}

// series yields the metric's series: first those of the merge, then those that
// were found elsewhere, too.
func (s *search) series(ctx context.Context) iter.Seq2[*series, error] {
	return func(yield func(*series, error) bool) {
		defer s.stop()
		if s.merge != nil && !s.merged(ctx, yield) {
			return
		}
		for _, found := range s.aside.finish(s.conns) {
			if !yield(found, nil) {
				return
			}
		}
	}
}

// merged yields the series of the merge and puts aside those that may come
// again. It is false if there is nothing more to do.
func (s *search) merged(ctx context.Context, yield func(*series, error) bool) bool {
	var rows []row
	for {
		stored, found, ok, err := s.merge.next(ctx, rows[:0])
		var key points.Key
		if ok {
			key, err = s.key(stored)
		}
		if err != nil {
			yield(nil, err)
			return false
		}
		switch rows = found; {
		case !ok:
			return true
		case twofold(stored.tags) || s.aside.has(&key):
			s.aside.add(s.store, key, rows...)
		case !yield(&series{store: s.store, key: key, rows: slices.Clone(rows)}, nil):
			return false
		}
	}
}

// key is the key of a series that is listed as r.
func (s *search) key(r keyRow) (points.Key, error) {
	if s.typ.stored != string(r.typ) {
		s.typ.stored = string(r.typ)
		s.typ.key = codec.KeyType(s.typ.stored)
	}
	tags, err := codec.ParseTags(r.tags)
	if err != nil {
		return points.Key{}, fmt.Errorf("read the tags of a series of %s: %w", s.metric, err)
	}
	return points.Key{Metric: s.metric, Tags: tags, Type: s.typ.key}, nil
}
