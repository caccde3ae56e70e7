package grafana

import (
	"context"
	"errors"
	"io"
	"slices"

	"aion/aggregators"
	"aion/api/access"
	"aion/query"
	"aion/storage"
	"aion/storage/points"
)

// settle gives aggregators their steps. Parts without any are answered as they
// are stored where they have no more points than the panel has room for, and at
// the panel's step otherwise.
func (p *Protocol) settle(ctx context.Context, store storage.Store, j *job, f scene) error {
	var bare []*part
	for i := range j.parts {
		if m := &j.parts[i]; len(m.Aggregators) == 0 {
			bare = append(bare, m)
		}
	}
	if len(bare) > 0 && !j.raw {
		many := j.fill != fillNone
		if !many {
			var err error
			if many, err = more(ctx, store, bare, f.room); err != nil {
				return err
			}
		}
		for _, m := range bare {
			if many {
				// Texts pass the first by, numbers come out of the second as they are.
				m.Aggregators, m.own = []query.Aggregation{{Name: "avg"}, {Name: "last"}}, 2
			}
		}
	}
	for i := range j.parts {
		if err := p.sample(j, &j.parts[i], f); err != nil {
			return err
		}
	}
	return nil
}

// sample gives the aggregators of a part their steps, and moves the part's start
// to that of its first step.
func (p *Protocol) sample(j *job, m *part, f scene) (err error) {
	auto := stepFor(f.within, f.room, f.interval)
	m.most = -1
	stepped := p.stepped(m)
	if stepped {
		m.step = auto
		if j.sampling != nil {
			m.step = *j.sampling
		}
		if j.align == alignStart || j.align == alignEnd {
			if m.within.From, err = begin(f.within.From, m.step, m.zone); err != nil {
				return err
			}
		}
	}
	if j.fill != fillNone && (!stepped || m.Order == points.Desc) {
		return bad("payload.fill: only the steps of aggregator can be filled, in ascending order")
	}
	for i := range m.Aggregators {
		p.sampled(j, m, i, auto)
	}
	if m.most > excess*f.room {
		return bad("sampling: it makes up to %d points of a series, want at most %d, %d times as many as the panel shows", m.most, excess*f.room, excess)
	}
	return nil
}

// sampled gives one aggregator its step, and notes how many points a series has
// behind it at most. Another property of that name is what a rate is per.
func (p *Protocol) sampled(j *job, m *part, i int, auto points.Span) {
	a := &m.Aggregators[i]
	if a.Values == nil {
		a.Values = aggregators.Values{}
	}
	spec, _ := p.Specs.Spec(a.Name)
	_, said := a.Values["sampling"]
	switch {
	case !spec.Range:
		if _, ok := spec.Property("sampling"); ok && i < m.own && j.sampling != nil {
			a.Values["sampling"] = *j.sampling
		}
		return
	case i < m.own:
		a.Values["sampling"] = m.step
		j.aligned(a.Values, m.within.From, i == p.lastRange(m))
	case !said:
		m.step = auto
		a.Values["sampling"] = auto
	}
	most := (m.within.To-m.within.From)/max(1, length(a.Values["sampling"].(points.Span))) + 1
	if m.most < 0 || most < m.most || a.Name == "gaps" {
		m.most = most
	}
}

// stepped tells whether one of the aggregators that have the panel's step makes
// ranges.
func (p *Protocol) stepped(m *part) bool {
	return slices.ContainsFunc(m.Aggregators[:m.own], func(a query.Aggregation) bool {
		spec, _ := p.Specs.Spec(a.Name)
		return spec.Range
	})
}

// lastRange is the number of the last aggregator with the panel's step.
func (p *Protocol) lastRange(m *part) int {
	for i := m.own - 1; i > 0; i-- {
		if spec, _ := p.Specs.Spec(m.Aggregators[i].Name); spec.Range {
			return i
		}
	}
	return 0
}

// aligned sets the alignment of an aggregator with the panel's step. Only the last
// of several stamps by ends, which lie in the steps that follow.
func (y *payload) aligned(v aggregators.Values, from int64, last bool) {
	switch y.align {
	case alignStart, alignEnd:
		atEnd := y.align == alignEnd && last
		v["align_sampling"], v["start_time"] = false, from
		v["align_start_time"], v["align_end_time"] = !atEnd, atEnd
	default:
		v["align_sampling"] = y.align == alignSampling
	}
}

// more tells whether the series of some parts have more points than most. It
// reads no more of them than that takes.
func more(ctx context.Context, store storage.Store, parts []*part, most int64) (bool, error) {
	var block points.Block
	for _, m := range parts {
		sel := storage.Selection{Metrics: []string{m.Name}, Matchers: m.Matchers, Within: &m.within}
		for s, err := range store.Select(ctx, sel) {
			if err != nil {
				return false, err
			}
			n, err := count(ctx, s.Points(m.within, points.Asc), &block, most)
			if err != nil {
				return false, err
			}
			if m.Limit > 0 {
				n = min(n, m.Limit)
			}
			if most -= n; most < 0 {
				return true, nil
			}
		}
	}
	return false, nil
}

// count counts the points of a cursor and closes it. It stops beyond most.
func count(ctx context.Context, in points.Cursor, block *points.Block, most int64) (n int64, err error) {
	for n <= most {
		if err = in.Next(ctx, block); err != nil {
			break
		}
		n += int64(block.Len())
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, errors.Join(err, in.Close())
}

// permitted is nil unless a part saves what it answers and the client may not
// write.
func (p *Protocol) permitted(ctx context.Context, m *part) error {
	if slices.ContainsFunc(m.Aggregators, saves) {
		return access.Check(ctx, access.WriteData)
	}
	return nil
}

// saves tells whether an aggregator stores what it is given.
func saves(a query.Aggregation) bool { return a.Name == "save_as" }

// plan plans a part.
func (p *Protocol) plan(m *part) (query.MetricPlan, error) {
	plan, err := query.Build(query.Query{
		Start: query.At(m.within.From), End: query.At(m.within.To), Zone: m.zone, Metrics: []query.Metric{m.Metric},
	}, p.Now(), query.Options{Specs: p.Specs, Zone: p.Zone, Release: p.Release, FreeOrder: p.FreeOrder})
	if err != nil {
		return query.MetricPlan{}, err
	}
	return plan.Metrics[0], nil
}
