package kairosdb

import (
	"strconv"
	"strings"

	"aion/api/kairosdb/gson"
	"aion/query"
	"aion/storage"
	"aion/storage/points"
)

// metric takes one element of metrics.
func (d *decoder) metric(context string, e *gson.Element) error {
	if e.Kind == gson.NullKind {
		return broken("cannot validate null")
	}
	if err := e.Object(); err != nil {
		return syntax(err)
	}
	d.q.Metrics = append(d.q.Metrics, query.Metric{})
	m := &d.q.Metrics[len(d.q.Metrics)-1]
	name, err := d.series(m, e)
	if err != nil {
		return within(context, converted(err))
	}
	switch {
	case name == nil:
		return bad(context + ".name may not be null")
	case *name == "":
		return bad(context + ".name may not be empty")
	case d.q.Start.Form == query.Unset:
		return bad(context + ".start_time relative or absolute time must be set")
	case d.span.Empty():
		return bad(context + ".end_time must be greater than the start time")
	}
	m.Name, d.tagged, d.fault = *name, false, nil
	if err := d.work(context, m, e); err != nil {
		return err
	}
	d.q.faults = append(d.q.faults, d.fault)
	return nil
}

// series takes what says which series are meant and how many of their points,
// in the order of KairosDB's MetricDeserializer.
func (d *decoder) series(m *query.Metric, e *gson.Element) (name *string, err error) {
	if name, err = optionalText(e.Member("name")); err != nil {
		return nil, err
	}
	if x := e.Member("exclude_tags"); x != nil {
		if m.ExcludeTags, err = x.AsBool(); err != nil {
			return nil, err
		}
	}
	if tags := e.Member("tags"); tags != nil {
		if m.Matchers, err = d.matchers(tags); err != nil {
			return nil, err
		}
	}
	if x := e.Member("limit"); x != nil {
		limit, err := x.AsInt()
		if err != nil {
			return nil, err
		}
		m.Limit = int64(limit)
	}
	if d.p.is().alias {
		m.Alias, err = optionalText(e.Member("alias"))
	}
	return name, err
}

// optionalText is a text, or nil where there is no element.
func optionalText(e *gson.Element) (*string, error) {
	if e == nil {
		return nil, nil
	}
	text, err := e.AsString()
	return &text, err
}

// work takes what is done with a metric's points.
func (d *decoder) work(context string, m *query.Metric, e *gson.Element) error {
	if err := elements(context, "group_by", e.Member("group_by"), func(context string, e *gson.Element) error {
		g, err := d.grouper(context, e)
		m.Groupers = append(m.Groupers, g)
		return err
	}); err != nil {
		return err
	}
	if err := elements(context, "aggregators", e.Member("aggregators"), func(context string, e *gson.Element) error {
		a, err := d.aggregator(context, e)
		m.Aggregators = append(m.Aggregators, a)
		return err
	}); err != nil {
		return err
	}
	if err := d.plugins(context+".", e.Member("plugins")); err != nil {
		return err
	}
	if x := e.Member("order"); x != nil {
		return order(context, m, x)
	}
	return nil
}

// elements hands the elements of an array on, each with its context.
func elements(context, what string, list *gson.Element, take func(string, *gson.Element) error) error {
	if list == nil {
		return nil
	}
	if err := list.Array(); err != nil {
		return thrown(err)
	}
	if len(list.Items) > maxAggregators {
		return tooMany(what+" in one metric", maxAggregators)
	}
	for i, e := range list.Items {
		if err := e.Object(); err != nil {
			return thrown(err)
		}
		if err := take(context+"."+what+"["+strconv.Itoa(i)+"]", e); err != nil {
			return err
		}
	}
	return nil
}

// order takes the order of the points.
func order(context string, m *query.Metric, e *gson.Element) error {
	text, err := e.AsString()
	switch {
	case err != nil:
		return thrown(err)
	case strings.EqualFold(text, "desc"):
		m.Order = points.Desc
	case !strings.EqualFold(text, "asc"):
		return bad(context + ".order must be either 'asc' or 'desc'")
	}
	return nil
}

// named is the name of an aggregator, grouper or plugin.
func named(context string, e *gson.Element) (string, error) {
	member := e.Member("name")
	if member == nil {
		return "", bad(context + " must have a name")
	}
	name, err := member.AsString()
	if err != nil {
		return "", thrown(err)
	}
	if name == "" {
		return "", bad(context + " must have a name")
	}
	return name, nil
}

// matchers makes conditions of a tag filter: tags are ANDed, the values of one
// ORed. A tag with an empty list is no condition.
func (d *decoder) matchers(tags *gson.Element) ([]storage.Matcher, error) {
	if err := tags.Object(); err != nil {
		return nil, err
	}
	var all []storage.Matcher
	for i, tag := range tags.Members {
		if tag.Name == "" {
			return nil, &problem{"tags[" + strconv.Itoa(i) + "]", "name must not be empty"}
		}
		values := []*gson.Element{tag.Value}
		if tag.Value.Kind == gson.ArrayKind {
			values = tag.Value.Items
		}
		m, err := d.matcher(i, tag.Name, values)
		if err != nil {
			return nil, err
		}
		if len(values) != 0 {
			all = append(all, m)
		}
	}
	return all, nil
}

// matcher makes the condition on the tag at that place. Of several expressions the greatest
// counts, as in KairosDB.
func (d *decoder) matcher(at int, tag string, values []*gson.Element) (storage.Matcher, error) {
	m := storage.Matcher{Tag: tag}
	var expression *string
	for _, e := range values {
		var text string
		if e.Kind != gson.NullKind {
			var err error
			if text, err = e.AsString(); err != nil {
				return m, err
			}
		}
		if text == "" {
			return m, &problem{"tags[" + strconv.Itoa(at) + "]." + tag, "value must not be null or empty"}
		}
		pattern, ok := strings.CutPrefix(text, d.p.RegexPrefix)
		switch {
		case !ok || d.p.RegexPrefix == "":
			if m.Values == nil {
				m.Values = make([]string, 0, len(values))
			}
			m.Values = append(m.Values, text)
		case expression == nil || points.CompareUTF16(pattern, *expression) > 0:
			greatest := pattern // so that others need no memory
			expression = &greatest
		}
	}
	if expression == nil {
		return m, nil
	}
	pattern, err := storage.NewPattern(*expression)
	if err != nil {
		return m, broken("java.util.regex.PatternSyntaxException: " + err.Error())
	}
	m.Patterns = []*storage.Pattern{pattern}
	return m, nil
}
