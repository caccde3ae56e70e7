package rollup

import (
	"context"
	"errors"
	"io"
	"maps"
	"math"
	"slices"
	"time"

	"aion/query"
	"aion/storage"
	"aion/storage/ingest"
	"aion/storage/points"
)

// replacer is the sink of one stretch of a query that has its metric to itself.
// What it is given takes the place of what earlier runs have stored for the same
// ranges: KairosDB stamps a range with its first point, so that an earlier one
// that comes late would make a second result beside the first. What is stored
// already is not written again. A range without a result keeps what it has: its
// points may have been deleted because they are rolled up.
type replacer struct {
	store   storage.Reader
	w       storage.Writer
	plain   *ingest.Sink // for what cannot be compared
	target  string
	source  string
	part    stretch
	ends    bool                        // results are stamped with an end of their range
	batch   storage.Batch               // not written yet
	targets map[string][]storage.Series // by tags: what is stored; nil: not asked yet
	last    lastSaved
}

// lastSaved is up to where the stream that is being saved has been compared.
type lastSaved struct {
	tags    string
	kind    points.Kind
	through int64
}

// newReplacer is the sink of one stretch of a query; last is its last range
// aggregator.
func newReplacer(store storage.Reader, w storage.Writer, j job, last *query.Aggregation, part stretch) *replacer {
	start, _ := last.Values["align_start_time"].(bool)
	end, _ := last.Values["align_end_time"].(bool)
	return &replacer{
		store: store, w: w, plain: ingest.NewSink(w, ingest.Config{}),
		target: j.rollup.SaveAs, source: j.metric.Name, part: part, ends: start || end,
	}
}

// Save stores what is new in b and removes what it takes the place of.
func (r *replacer) Save(ctx context.Context, metric string, tags points.Tags, ttl time.Duration, b *points.Block) error {
	if metric != r.target || b.Kind == points.Opaque || b.Len() == 0 {
		return r.plain.Save(ctx, metric, tags, ttl, b)
	}
	if err := r.find(ctx); err != nil {
		return err
	}
	covered, err := r.covered(tags.String(), b)
	if err != nil {
		return err
	}
	fresh := typed(b)
	for _, s := range r.targets[tags.String()] {
		key := s.Key()
		if key.Kind() != b.Kind {
			continue
		}
		if err := r.compare(ctx, s, covered, fresh[key.Type]); err != nil {
			return err
		}
	}
	for stored, values := range fresh {
		r.put(points.Key{Metric: metric, Tags: tags, Type: stored}, values, ttl)
	}
	if r.batch.Size() < storage.MaxBatch/4 {
		return nil
	}
	return r.write(ctx)
}

// Flush writes what is left.
func (r *replacer) Flush(ctx context.Context) error {
	return errors.Join(r.write(ctx), r.plain.Flush(ctx))
}

// write writes the batch.
func (r *replacer) write(ctx context.Context) error {
	if len(r.batch.Changes) == 0 {
		return nil
	}
	err := r.w.Write(ctx, &r.batch)
	r.batch = storage.Batch{}
	return err
}

// find finds the series that earlier runs have stored.
func (r *replacer) find(ctx context.Context) error {
	if r.targets != nil {
		return nil
	}
	r.targets = map[string][]storage.Series{}
	within := points.Range{From: r.part.From, To: r.part.To + 1}
	for s, err := range r.store.Select(ctx, storage.Selection{
		Metrics: []string{r.target}, Within: &within,
		Matchers: []storage.Matcher{{Tag: "saved_from", Values: []string{r.source}}},
	}) {
		if err != nil {
			return err
		}
		tags := s.Key().Tags.String()
		r.targets[tags] = append(r.targets[tags], s)
	}
	return nil
}

// coverage is what the results of a block stand for: a range of time, and in it
// ranges of the sampling, or single times where results are stamped with an end
// of their range.
type coverage struct {
	points.Range
	of    func(at int64) (int64, error) // what a time belongs to
	known map[int64]bool                // what has a result
}

// covered is what the results in b stand for, but for what the block before it
// has covered.
func (r *replacer) covered(tags string, b *points.Block) (coverage, error) {
	c := coverage{
		Range: points.Range{From: b.Times[0], To: b.Times[b.Len()-1]},
		of:    r.belongs, known: make(map[int64]bool, b.Len()),
	}
	for _, at := range b.Times {
		of, err := c.of(at)
		if err != nil {
			return c, err
		}
		c.known[of] = true
	}
	if !r.ends {
		first, err := r.part.grid.Range(c.From)
		last, failed := r.part.grid.Range(c.To)
		if err := errors.Join(err, failed); err != nil {
			return c, err
		}
		c.From, c.To = min(c.From, first.From), max(c.To, min(last.To, r.part.To))
	}
	if l := r.last; l.tags == tags && l.kind == b.Kind {
		c.From = max(c.From, l.through+1)
	}
	r.last = lastSaved{tags, b.Kind, c.To}
	return c, nil
}

// belongs is what the result at a time stands for: the start of its range, or the
// time itself.
func (r *replacer) belongs(at int64) (int64, error) {
	if r.ends {
		return at, nil
	}
	of, err := r.part.grid.Range(at)
	return of.From, err
}

// holds tells whether what is stored at a time gives way to the results.
func (c *coverage) holds(at int64) bool {
	of, err := c.of(at)
	return err == nil && c.known[of]
}

// compare removes from a stored series what gives way to the new results, all of
// them being in all, and from the results what is stored already.
func (r *replacer) compare(ctx context.Context, s storage.Series, c coverage, same results) error {
	cursor := s.Points(c.Range, points.Asc)
	var gone []int64
	var b points.Block
	for {
		err := cursor.Next(ctx, &b)
		if err != nil {
			if err == io.EOF {
				err = nil
			}
			if len(gone) > 0 {
				r.batch.Remove(s.Key(), gone...)
			}
			return errors.Join(err, cursor.Close())
		}
		for i, at := range b.Times {
			switch v, ok := same[at]; {
			case ok && v == valueOf(&b, i):
				delete(same, at)
			case !ok && c.holds(at):
				gone = append(gone, at)
			}
		}
	}
}

// put adds results of one stored type to the batch.
func (r *replacer) put(key points.Key, values results, ttl time.Duration) {
	if len(values) == 0 {
		return
	}
	key.Tags = slices.Clone(key.Tags)
	var b points.Block
	b.Reset(points.KindOf(key.Type))
	for _, at := range slices.Sorted(maps.Keys(values)) {
		switch v := values[at]; key.Type {
		case points.TypeText:
			b.AppendText(at, v.text)
		case points.TypeNull:
			b.AppendNull(at)
		case points.TypeLong:
			b.AppendInt(at, int64(v.bits))
		default:
			b.AppendFloat(at, math.Float64frombits(v.bits))
		}
	}
	r.batch.Put(key, b, ttl)
}
