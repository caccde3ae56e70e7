package grafana

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"aion/query"
	"aion/storage"
	"aion/storage/points"
)

// mostEvents is how many annotations an answer has, the newest ones.
const mostEvents = 1000

// event is a point as an annotation.
type event struct {
	at    int64
	title string
	text  string
	tags  []string
}

// annotated is the body of a request for annotations.
type annotated struct {
	Range      *span           `json:"range"`
	Annotation json.RawMessage `json:"annotation"`
	Filters    []filter        `json:"filters"`
}

// annotations answers the points of a metric as annotations.
func (p *Protocol) annotations(c echo.Context) error {
	var q annotated
	if err := p.read(c, &q); err != nil {
		return err
	}
	within, err := p.within(q.Range)
	if err != nil {
		return err
	}
	var asked struct{ Query json.RawMessage }
	if present(q.Annotation) && json.Unmarshal(q.Annotation, &asked) != nil {
		return bad("annotation: got %s, want an object", shown(q.Annotation))
	}
	text, ok := textOf(asked.Query)
	if !ok {
		return bad("annotation.query: got %s, want a text", shown(asked.Query))
	}
	ctx, release, err := p.turn(c)
	if err != nil {
		return err
	}
	defer release()
	events, err := p.events(ctx, p.store(c), text, scene{within: within, filters: q.Filters}, nil)
	if err != nil {
		return of("annotation", err)
	}
	return p.answer(c, func(b *body) error {
		b.put("[")
		for i := range events {
			b.comma(i).put("{")
			if present(q.Annotation) {
				b.put(`"annotation":`)
				b.Text = append(b.Text, q.Annotation...)
				b.put(",")
			}
			e := &events[i]
			b.put(`"time":`).int(e.at).put(`,"title":`).string(e.title).put(`,"text":`).string(e.text).put(`,"tags":[`)
			for k, tag := range e.tags {
				b.comma(k).string(tag)
			}
			b.put("]}")
		}
		b.put("]")
		return nil
	})
}

// marks writes the annotations of a job as the table that the newer plugin reads.
func (e *elements) marks(j *job) {
	b := e.begin()
	b.put(`{"type":"table"`).member("refId", j.ref).member("name", j.label)
	b.put(`,"columns":[{"text":"time","type":"time"},{"text":"title","type":"string"},{"text":"text","type":"string"},{"text":"tags","type":"string"}],"rows":[`)
	for i := range j.events {
		v := &j.events[i]
		b.comma(i).put("[").int(v.at).put(",").string(v.title).put(",").string(v.text).put(",").string(strings.Join(v.tags, ",")).put("]")
	}
	b.put("]}")
}

// events are the points that an annotation's query means, in the order of time, of
// series for which all conditions hold.
func (p *Protocol) events(ctx context.Context, store storage.Store, text string, f scene, and []storage.Matcher) ([]event, error) {
	metrics, textsOnly, err := p.marked(ctx, store, text, f)
	if err != nil {
		return nil, err
	}
	q := query.Query{Start: query.At(f.within.From), End: query.At(f.within.To)}
	for _, metric := range metrics {
		more, err := matchers(ctx, store, []string{metric.Name}, f.filters, "")
		if err != nil {
			return nil, err
		}
		metric.Matchers = slices.Concat(metric.Matchers, and, more)
		metric.Limit, metric.Order = mostEvents, points.Desc
		sel := storage.Selection{Metrics: []string{metric.Name}, Matchers: metric.Matchers, Within: &f.within}
		tags, err := gather(store.TagNames(ctx, sel), mostNames, nil)
		if err != nil {
			return nil, err
		}
		if len(tags) > 0 {
			metric.Groupers = []query.Grouper{query.TagGrouper{Tags: tags}}
		}
		q.Metrics = append(q.Metrics, metric)
	}
	plan, err := query.Build(q, p.Now(), query.Options{Specs: p.Specs, Zone: p.Zone, Release: p.Release})
	if err != nil || len(plan.Metrics) == 0 {
		return nil, err
	}
	return gatherEvents(ctx, p.Engine, store, plan, textsOnly)
}

// marked are the metrics that an annotation's query means, with their conditions,
// and whether only their texts count: a query in KairosDB's JSON, or what
// parseMarks reads.
func (p *Protocol) marked(ctx context.Context, store storage.Store, text string, f scene) (metrics []query.Metric, textsOnly bool, err error) {
	if objects, _, err := pasted(text); err == nil && strings.HasPrefix(strings.TrimSpace(text), "{") {
		metrics, err := p.sought(ctx, store, objects, f)
		return metrics, false, err
	}
	m, err := parseMarks(text)
	if err != nil || m.empty() {
		return nil, false, err
	}
	names, err := m.metrics(ctx, store)
	for _, name := range names {
		metrics = append(metrics, query.Metric{Name: name, Matchers: m.matchers})
	}
	return metrics, m.metric == "", err
}

// sought are the metrics of a query in KairosDB's JSON with its tags alone.
func (p *Protocol) sought(ctx context.Context, store storage.Store, objects []members, f scene) (metrics []query.Metric, err error) {
	objects, err = filledIn(ctx, store, objects)
	for _, o := range objects {
		maps.DeleteFunc(o, func(name string, _ json.RawMessage) bool { return name != "name" && name != "tags" })
		m, wrong := p.metric(f, o)
		if wrong != nil {
			return nil, wrong
		}
		metrics = append(metrics, m)
	}
	return metrics, err
}

// gatherEvents runs a plan and keeps the newest events. Where no metric is named
// numbers are none.
func gatherEvents(ctx context.Context, engine *query.Engine, store storage.Store, plan *query.Plan, textsOnly bool) ([]event, error) {
	var events []event
	var block points.Block
	err := each(engine.Run(ctx, store, plan, nil), func(_ int, r *query.Result) error {
		tags := tagTexts(r)
		for {
			err := r.Points.Next(ctx, &block)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
			if textsOnly && block.Kind != points.Text {
				break
			}
			for i, at := range block.Times {
				events = append(events, eventOf(r.Name, &block, i, at, tags))
			}
		}
		if len(events) > 4*mostEvents {
			events = newest(events)
		}
		return nil
	})
	return newest(events), err
}

// eventOf is a point as an event: a text is its own text, a number has the metric
// for its title.
func eventOf(metric string, block *points.Block, i int, at int64, tags []string) event {
	e := event{at: at, title: metric, tags: tags}
	if block.Kind == points.Text {
		e.text = block.Texts[i]
	} else {
		e.text = string(appendValue(nil, block, i))
	}
	return e
}

// tagTexts are the tags of a result as an annotation shows them.
func tagTexts(r *query.Result) []string {
	list := []string{}
	for _, t := range r.Tags {
		for _, value := range t.Values {
			list = append(list, t.Name+"="+value)
		}
	}
	return list
}

// newest sorts events by time and keeps the newest ones.
func newest(events []event) []event {
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	return events[max(0, len(events)-mostEvents):]
}
