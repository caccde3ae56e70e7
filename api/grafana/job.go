package grafana

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"aion/aggregators"
	"aion/query"
	"aion/query/rollup"
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
	most   int64         // points that a series has at most by its steps; -1: any number
	stand  *rollup.Stand // what stands for points in a part of the range; nil: nothing
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
		return p.marking(ctx, store, j, f, text)
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
		if err := p.substitute(ctx, store, j, &j.parts[i]); err != nil {
			return nil, err
		}
	}
	return j, nil
}

// marking is the job of an annotation: its target and the tags of its payload say
// which points are events. The rest of a payload is about series.
func (p *Protocol) marking(ctx context.Context, store storage.Store, j *job, f scene, text string) (*job, error) {
	var and []storage.Matcher
	if tags := j.kairos["tags"]; tags != nil {
		m, err := p.metric(f, members{"name": json.RawMessage(`"any"`), "tags": tags})
		if err != nil {
			return nil, err
		}
		and = m.Matchers
	}
	var err error
	j.marks = true
	j.events, err = p.events(ctx, store, text, f, and)
	return j, err
}

// parse makes the parts of a job.
func (p *Protocol) parse(ctx context.Context, store storage.Store, j *job, f scene, text string) error {
	var objects []members
	var err error
	zone := f.zone
	if text[0] == '{' {
		var named json.RawMessage
		if objects, named, err = pasted(text); err == nil {
			objects, err = filledIn(ctx, store, objects)
		}
		if err != nil {
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
		m.alias = unescaped(name)
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
