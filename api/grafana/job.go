package grafana

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"aion/aggregators"
	"aion/api/access"
	"aion/query"
	"aion/storage"
	"aion/storage/points"
)

// job is a target on its way: what it asks and how it is answered.
type job struct {
	*payload
	ref    string
	label  string // what an answer without points is called
	parts  []part
	events []event // of an annotation
	marks  bool    // it is an annotation
}

// part is one metric of a target.
type part struct {
	query.Metric
	alias  string
	own    int         // how many aggregators have the panel's step
	step   points.Span // of those, and of others that name none; zero: there are none
	within points.Range
	zone   *aggregators.Zone
	most   int64 // points that a series has at most by its steps; -1: any number
}

// job reads one target and everything that must be known before the answer
// begins. It is nil where there is nothing to ask.
func (p *Protocol) job(ctx context.Context, store storage.Store, q *panel, f scene, t *target, ref string) (*job, error) {
	text := t.text()
	if text == "" {
		return nil, nil
	}
	y, err := p.payloadOf(t)
	if err != nil {
		return nil, err
	}
	j := &job{payload: y, ref: ref, label: text}
	if q.annotates(ref) {
		j.marks = true
		j.events, err = p.events(ctx, store, text, f.within, f.filters)
		return j, err
	}
	if err := p.parse(ctx, store, j, f, text); err != nil {
		return nil, err
	}
	if err := p.settle(ctx, store, j, f); err != nil {
		return nil, err
	}
	for i := range j.parts {
		if err := p.permitted(ctx, &j.parts[i]); err != nil {
			return nil, err
		}
	}
	return j, nil
}

// parse makes the parts of a job.
func (p *Protocol) parse(ctx context.Context, store storage.Store, j *job, f scene, text string) error {
	var objects []members
	var err error
	zone := f.zone
	if text[0] == '{' {
		var named json.RawMessage
		if objects, named, err = pasted(text); err != nil {
			return err
		}
		if name, _ := textOf(named); name != "" {
			if zone, err = zoneOf("target.time_zone", name); err != nil {
				return err
			}
		}
	} else {
		names, err := metricsOf(ctx, store, text)
		if err != nil {
			return err
		}
		for _, name := range names {
			quoted, _ := json.Marshal(name) // of a text
			objects = append(objects, members{"name": quoted})
		}
	}
	if j.zone != "" {
		if zone, err = zoneOf("payload.time_zone", j.zone); err != nil {
			return err
		}
	}
	for _, o := range objects {
		m, err := p.part(ctx, store, j, f, o, zone)
		if err != nil {
			return err
		}
		j.parts = append(j.parts, m)
	}
	return nil
}

// part makes a part of a metric's object, with what the payload says on top.
func (p *Protocol) part(ctx context.Context, store storage.Store, j *job, f scene, o members, zone *aggregators.Zone) (part, error) {
	m := part{alias: j.alias, within: f.within, zone: zone}
	if name, ok := textOf(o["alias"]); ok && m.alias == "" {
		m.alias = name
	}
	delete(o, "alias")
	tags := o["tags"]
	for name, value := range j.kairos {
		o[name] = value
	}
	chain, err := p.chain(j, &m, o)
	if err != nil {
		return m, err
	}
	if o["aggregators"], err = json.Marshal(chain); err != nil {
		return m, err
	}
	if m.Metric, err = p.metric(f, o); err != nil {
		return m, err
	}
	if both := j.kairos["tags"]; present(tags) && both != nil {
		o["tags"] = tags
		first, err := p.metric(f, o)
		if err != nil {
			return m, err
		}
		m.Matchers = append(m.Matchers, first.Matchers...)
	}
	more, err := matchers(ctx, store, []string{m.Name}, f.filters, "")
	m.Matchers = append(m.Matchers, more...)
	return m, err
}

// chain are the aggregators of a metric: those that the payload names, then its
// list or, without both, what the object has.
func (p *Protocol) chain(j *job, m *part, o members) ([]members, error) {
	chain := []members{}
	for _, name := range j.aggregators {
		quoted, _ := json.Marshal(name) // of a text
		a := members{"name": quoted}
		spec, _ := p.Specs.Spec(name)
		for property, value := range j.properties {
			if _, ok := spec.Property(property); ok {
				a[property] = value
			}
		}
		chain = append(chain, a)
	}
	m.own = len(chain)
	if m.own == 0 && j.chain == nil && present(o["aggregators"]) {
		return chainOf("target.aggregators", o["aggregators"])
	}
	return append(chain, j.chain...), nil
}

// metric reads one metric in KairosDB's JSON.
func (p *Protocol) metric(f scene, o members) (query.Metric, error) {
	text, err := json.Marshal(map[string]any{
		"start_absolute": f.within.From, "end_absolute": f.within.To, "metrics": []members{o},
	})
	if err != nil {
		return query.Metric{}, bad("target: %v", err)
	}
	q, err := p.Kairos(text)
	if err != nil {
		var stated interface{ StatusCode() int }
		if errors.As(err, &stated) {
			err = bad("%s", strings.ReplaceAll(err.Error(), "query.metric[0].", ""))
		}
		return query.Metric{}, err
	}
	return q.Metrics[0], nil
}

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
	if m.own > 0 {
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
	if j.fill != fillNone && (m.own == 0 || m.Order == points.Desc) {
		return bad("payload.fill: only the steps of aggregator can be filled, in ascending order")
	}
	for i := range m.Aggregators {
		a := &m.Aggregators[i]
		spec, _ := p.Specs.Spec(a.Name)
		if !spec.Range {
			continue
		}
		if a.Values == nil {
			a.Values = aggregators.Values{}
		}
		if i < m.own {
			a.Values["sampling"] = m.step
			j.aligned(a.Values, m.within.From, i == p.lastRange(m))
		} else if _, ok := a.Values["sampling"]; !ok {
			m.step = auto
			a.Values["sampling"] = auto
		}
		most := (m.within.To-m.within.From)/length(a.Values["sampling"].(points.Span)) + 1
		if m.most < 0 || most < m.most {
			m.most = most
		}
	}
	if m.most > excess*f.room {
		return bad("sampling: it makes up to %d points of a series, want at most %d, %d times as many as the panel shows", m.most, excess*f.room, excess)
	}
	return nil
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
