package cassandra

import (
	"context"
	"slices"
	"sync"

	"aion/storage"
)

// hasTagIndex tells whether a tag of a metric is in the tag index.
func (c *Config) hasTagIndex(metric, tag string) bool {
	if _, ok := c.TagIndexed["*"]; ok {
		return true
	}
	tags, ok := c.TagIndexed[metric]
	return ok && (len(tags) == 0 || slices.Contains(tags, "*") || slices.Contains(tags, tag))
}

// tagLookup is how a metric's series are found by tag: those that have the tag
// with one of the values.
type tagLookup struct {
	tag    string
	values []string
}

// mostLookups is up to how many values of a tag are looked up one by one. With
// more of them reading all row keys costs no more.
const mostLookups = 256

// tagLookups are the ways to find a metric's series by tag: one for each matcher
// that a tag index of the metric answers. A tag that is not in the index is none
// (KairosDB would find nothing there), nor is a matcher that also holds for other
// values than those it lists.
//
// Rows that are older than the tag index are not in it until somebody fills them
// in, and their series are not found, as with KairosDB.
func (f *finder) tagLookups(metric string) []tagLookup {
	var ways []tagLookup
	for _, t := range f.filter.tags {
		if !f.store.config.hasTagIndex(metric, t.Tag) {
			continue
		}
		if values := plainValues(t.Matcher); len(values) > 0 && len(values) <= mostLookups {
			ways = append(ways, tagLookup{t.Tag, values})
		}
	}
	return ways
}

// plainValues are the values of which a series must have one to match, or none
// if other series match, too.
func plainValues(m *storage.Matcher) []string {
	if m.Not || m.Absent {
		return nil
	}
	values := slices.Clone(m.Values)
	for _, p := range m.Patterns {
		value, whole := p.Prefix()
		if !whole {
			return nil
		}
		values = append(values, value)
	}
	slices.Sort(values)
	return slices.Compact(values)
}

// sampled is how many rows of a value are read to estimate how many there are.
const sampled = 100

// requestCost is how many rows cost as much to read as a request of its own.
const requestCost = 50

// cheapest is the way that leads to the fewest rows, judged by the first value
// of each in a row time.
func cheapest(ctx context.Context, metric string, at rowTime, ways []tagLookup) (tagLookup, error) {
	if len(ways) == 1 {
		return ways[0], nil
	}
	costs := make([]float64, len(ways))
	err := inParallel(ctx, len(ways), len(ways), func(ctx context.Context, i int) error {
		rows, err := estimateTagged(ctx, metric, at, ways[i].tag+"="+ways[i].values[0])
		costs[i] = (rows + requestCost) * float64(len(ways[i].values))
		return err
	})
	best := 0
	for i := range costs {
		if costs[i] < costs[best] {
			best = i
		}
	}
	return ways[best], err
}

// estimateTagged is about how many series a pair has in a row time. They are
// listed by a hash that is spread evenly, so that the first ones tell how many
// there are: what RowCountEstimatingRowKeyResultSet means to do.
func estimateTagged(ctx context.Context, metric string, at rowTime, pair string) (float64, error) {
	var typ, first rawColumn
	var hash, low, high int32
	n := 0
	read := taggedRead(metric, at, pair)
	read.size = sampled
	next, err := at.conn.readPage(ctx, &read, []any{&typ, nil, &hash}, func() error {
		if typ == nil || n > 0 && string(typ) != string(first) {
			return nil
		}
		if n == 0 {
			first, low = typ, hash
		}
		high = hash
		n++
		return nil
	})
	if next == nil || n < 2 {
		return float64(n), err
	}
	return float64(n) * (1 << 32) / (float64(high) - float64(low) + 1), nil
}

// taggedRead reads the series that a metric has with a pair in a row time.
func taggedRead(metric string, at rowTime, pair string) paged {
	return paged{
		what: "find the series of " + metric + " by tag", statement: readTagRows, args: []any{metric, pointTable, at.time, pair},
		size: mostKeys,
	}
}

// readTagged gathers the series that the tag index leads to and that match. They
// come by hash, in no order that all row times share, so that all of them are
// held at once: memory for what matches, not for what the metric has.
func (s *search) readTagged(ctx context.Context, ways []tagLookup, rows []rowTime) error {
	if len(rows) == 0 {
		return nil
	}
	way, err := cheapest(ctx, s.metric, rows[len(rows)-1], ways)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	n := len(way.values)
	return inParallel(ctx, max(s.store.config.Reading/s.width, 1), n*len(rows), func(ctx context.Context, i int) error {
		at := rows[i/n]
		var typ, tags rawColumn
		read := taggedRead(s.metric, at, way.tag+"="+way.values[i%n])
		read.slots = s.store.fetching.slots
		return at.conn.readAll(ctx, read, []any{&typ, &tags, nil}, func() error {
			if typ == nil || !s.filter.matches(typ, tags) {
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			key, err := s.key(keyRow{typ, tags})
			if err != nil {
				return err
			}
			s.aside.add(s.store, key, row{conn: at.conn, time: at.time})
			return nil
		})
	})
}
