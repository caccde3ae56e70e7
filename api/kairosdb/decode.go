package kairosdb

import (
	"io"
	"math"
	"strconv"
	"time"

	"aion/aggregators"
	"aion/api/kairosdb/gson"
	"aion/query"
	"aion/storage/points"
)

// What a request may hold. KairosDB knows no such limits.
const (
	maxElements    = 1_000_000 // nodes of its JSON
	maxMetrics     = 10_000
	maxAggregators = 1_000 // and groupers, of a metric
)

// request is a query as it was parsed, with the time at which that was.
type request struct {
	query.Query
	tree       *gson.Element // as it was sent; valid until the request is over
	reader     *gson.Reader  // whose memory tree stands in
	start, end moments
	now        time.Time
	faults     []error // of each metric: what KairosDB fails with when it splits series by tag; nil: nothing
}

// decoder makes a request of JSON, as KairosDB's QueryParser does: the same
// things are checked in the same order, and the first that is wrong ends it.
type decoder struct {
	p      *Protocol
	q      *request
	prefix string // of contexts from the metrics on: what the query is a part of

	cacheTime  int64
	start, end moments
	span       points.Range // of the query, once all its times are known

	tagged bool  // the metric has a tag grouper
	fault  error // of the metric
}

// moments are both ways to give one end of the time range.
type moments struct {
	absolute *int64
	relative *relative
}

// relative is a length of time as it was sent.
type relative struct {
	points.Span
	unit bool // given
}

// parse reads a query. Its caller says when it is over, once nobody knows of it any
// more; one that ends in an error is over.
func (p *Protocol) parse(text io.Reader) (*request, error) {
	tree, reader, err := p.readers.parse(text, gson.Options{Old: p.is().oldTexts, Count: maxElements})
	if err != nil {
		return nil, syntax(err)
	}
	q := &request{tree: tree, reader: reader, now: p.Now()}
	if err := p.decode(q); err != nil {
		p.over(q)
		return nil, err
	}
	return q, nil
}

// decode makes q a query of its tree.
func (p *Protocol) decode(q *request) error {
	if err := q.tree.Object(); err != nil {
		return thrown(err)
	}
	d := decoder{p: p, q: q}
	return d.query(q.tree)
}

// over gives back the memory of a query's tree.
func (p *Protocol) over(q *request) {
	p.readers.rest(q.reader)
	q.tree, q.reader = nil, nil
}

// query takes the fields of the query object, then its metrics.
func (d *decoder) query(tree *gson.Element) error {
	for _, m := range tree.Members {
		if err := d.field(m.Name, m.Value); err != nil {
			return within("query", err)
		}
	}
	if err := d.validate(); err != nil {
		return err
	}
	if err := d.plugins("", tree.Member("plugins")); err != nil {
		return err
	}
	metrics := tree.Member("metrics")
	switch {
	case metrics == nil:
		return bad(d.prefix + "query.metric[] must have a size of at least 1")
	case metrics.Kind != gson.ArrayKind:
		return broken(miscast(metrics))
	case len(metrics.Items) > maxMetrics:
		return tooMany("metrics", maxMetrics)
	}
	d.setRange()
	context := "query.metric["
	if d.prefix != "" {
		context = d.prefix + "." + context
	}
	d.q.Metrics = make([]query.Metric, 0, len(metrics.Items))
	for i, e := range metrics.Items {
		if err := d.metric(context+strconv.Itoa(i)+"]", e); err != nil {
			return err
		}
	}
	return nil
}

// miscast is Java's text for an element that is no array where one must be.
func miscast(e *gson.Element) string {
	const gson = "com.google.gson."
	return "class " + gson + e.Class() + " cannot be cast to class " + gson + "JsonArray (" + gson + e.Class() +
		" and " + gson + "JsonArray are in unnamed module of loader 'app')"
}

// tooMany is the answer to a request that is absurd.
func tooMany(what string, limit int) error {
	return &Fault{Status: 413, Messages: []string{"a query may not have more than " + strconv.Itoa(limit) + " " + what}}
}

// field takes one field of the query object.
func (d *decoder) field(name string, e *gson.Element) error {
	path := "$." + name
	if e.Kind == gson.NullKind {
		return nil
	}
	var err error
	switch name {
	case "start_absolute":
		d.start.absolute, err = d.instant(e, path)
	case "end_absolute":
		d.end.absolute, err = d.instant(e, path)
	case "start_relative":
		d.start.relative, err = d.p.span(e, path)
	case "end_relative":
		d.end.relative, err = d.p.span(e, path)
	case "cache_time":
		var v int32
		v, err = d.p.integer(e, path)
		d.cacheTime = int64(v)
	case "time_zone":
		d.q.Zone, err = zone(e)
	}
	return err
}

// instant reads an absolute time.
func (d *decoder) instant(e *gson.Element, path string) (*int64, error) {
	v, err := d.p.long(e, path)
	return &v, err
}

// validate checks the constraints of the query's fields.
func (d *decoder) validate() error {
	var problems []string
	if d.cacheTime < 0 {
		problems = append(problems, "cache_time must be greater than or equal to 0")
	}
	problems = append(problems, d.p.lengthProblems("", "start_relative", d.start.relative)...)
	problems = append(problems, d.p.lengthProblems("", "end_relative", d.end.relative)...)
	if len(problems) != 0 {
		return bad(problems...)
	}
	return nil
}

// lengthProblems are the constraints that a length of time breaks, which is a member of
// what context leads to; empty: of the query.
func (p *Protocol) lengthProblems(context, name string, r *relative) []string {
	least := p.Release.SmallestSampling()
	if r == nil || r.unit && r.Value >= least {
		return nil
	}
	if context != "" {
		name = context + "." + name
	}
	var problems []string
	if !r.unit {
		problems = append(problems, name+".unit may not be null")
	}
	if r.Value < least {
		problems = append(problems, name+".value must be greater than or equal to "+strconv.FormatInt(least, 10))
	}
	return problems
}

// setRange settles the time range. Absolute times win over relative ones.
func (d *decoder) setRange() {
	if d.p.is().positiveEnd && d.end.absolute != nil && *d.end.absolute < 0 {
		d.end.absolute = nil
	}
	d.q.start, d.q.end = d.start, d.end
	d.q.Start, d.q.End = d.start.moment(), d.end.moment()
	now := d.q.now.UnixMilli()
	d.span = points.Range{From: d.q.Start.Time(now, math.MinInt64), To: d.q.End.Time(now, math.MaxInt64)}
}

// moment is the way that counts.
func (m *moments) moment() query.Moment {
	switch {
	case m.absolute != nil:
		return query.At(*m.absolute)
	case m.relative != nil:
		return query.Ago(m.relative.Span)
	}
	return query.Moment{}
}

// env is what aggregators are told of the query when they are checked.
func (d *decoder) env() aggregators.Env {
	return aggregators.Env{
		Now: d.q.now.UnixMilli(), Start: d.span.From, End: d.span.To, Zone: d.q.Zone, Release: d.p.Release,
	}
}
