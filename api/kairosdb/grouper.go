package kairosdb

import (
	"strconv"

	"aion/api/kairosdb/gson"
	"aion/query"
	"aion/storage/points"
)

// groupBean gathers the properties of any grouper before it is checked.
type groupBean struct {
	tags  []string  // nil: not given
	fault error     // what those tags fail with when series are split by them
	bins  []float64 // nil: not given
	count int32
	size  int32        // of value
	span  *points.Span // of time
	start *int64
}

// grouper takes one element of group_by. All groupers have a group_by_result,
// which KairosDB finds by reflection and fails at.
func (d *decoder) grouper(context string, e *gson.Element) (query.Grouper, error) {
	name, err := named(context, e)
	if err != nil {
		return nil, err
	}
	properties, ok := grouperProperties[name]
	if !ok {
		return nil, bad(context + "." + name + " invalid group_by name")
	}
	var b groupBean
	for _, m := range e.Members {
		if m.Name == "name" {
			continue
		}
		set := properties[m.Name]
		switch {
		case m.Name == "class":
			err = unreadable(m.Value)
		case m.Name == "group_by_result":
			err = broken("")
		case readOnly(name, false, m.Name):
			err = d.p.unset(name, class("groupby", name), m)
		case set == nil:
			err = noSetter(name, m.Name, "class "+class("groupby", name))
		case m.Value.Kind == gson.NullKind:
			err = broken(nothingToValidate)
		default:
			err = set(&b, d.p, context, m.Value)
		}
		if err != nil {
			return nil, within(context, err)
		}
	}
	if name == "tag" && !d.tagged {
		d.tagged, d.fault = true, b.fault
	}
	if d.p.Forked && name == "time" && b.count == 0 && b.span != nil {
		b.count = d.groupCount(*b.span)
	}
	return b.grouper(context, name)
}

// setter takes the value of a grouper's property.
type setter func(b *groupBean, p *Protocol, context string, e *gson.Element) error

// grouperProperties are the properties of the groupers.
var grouperProperties = map[string]map[string]setter{
	"tag":   {"tags": (*groupBean).setTags, "start_date": (*groupBean).setStart},
	"value": {"range_size": (*groupBean).setSize, "start_date": (*groupBean).setStart},
	"bin":   {"bins": (*groupBean).setBins, "start_date": (*groupBean).setStart},
	"time": {
		"range_size": (*groupBean).setSpan, "group_count": (*groupBean).setCount, "start_date": (*groupBean).setStart,
	},
}

// grouper checks the constraints that KairosDB sets on finished groupers, and
// names the Java fields as it does.
func (b *groupBean) grouper(context, name string) (query.Grouper, error) {
	switch name {
	case "tag":
		if b.tags == nil {
			return nil, bad(context + ".tags may not be null")
		}
		if len(b.tags) == 0 {
			return nil, bad(context + ".tags may not be empty")
		}
		return query.TagGrouper{Tags: b.tags}, nil
	case "value":
		if b.size < 1 {
			return nil, bad(context + ".rangeSize must be greater than or equal to 1")
		}
		return query.ValueGrouper{Size: b.size}, nil
	case "bin":
		return query.BinGrouper{Bins: b.bins}, nil
	}
	var problems []string
	if b.count < 1 {
		problems = append(problems, context+".groupCount must be greater than or equal to 1")
	}
	if b.span == nil {
		problems = append(problems, context+".rangeSize may not be null")
	}
	if len(problems) != 0 {
		return nil, bad(problems...)
	}
	return query.TimeGrouper{Size: *b.span, Count: b.count, Start: b.start}, nil
}

// setTags takes the tags of a tag grouper. KairosDB takes elements of any kind,
// and fails at those that are no texts when it splits series by them.
func (b *groupBean) setTags(p *Protocol, _ string, e *gson.Element) error {
	if e.Kind != gson.ArrayKind {
		return p.expected("BEGIN_ARRAY", e, "$")
	}
	b.tags, b.fault = make([]string, 0, len(e.Items)), nil
	for _, item := range e.Items {
		b.tags = append(b.tags, item.Text)
		if item.Kind != gson.StringKind && b.fault == nil {
			b.fault = broken(noString(item))
		}
	}
	return nil
}

// setSize takes the size of a value grouper.
func (b *groupBean) setSize(p *Protocol, _ string, e *gson.Element) (err error) {
	b.size, err = p.integer(e, "$")
	return err
}

// setBins takes the bins of a bin grouper. A null fails when all are read.
func (b *groupBean) setBins(p *Protocol, _ string, e *gson.Element) error {
	if e.Kind != gson.ArrayKind {
		return p.expected("BEGIN_ARRAY", e, "$")
	}
	var null error
	b.bins = make([]float64, 0, len(e.Items))
	for i, item := range e.Items {
		if item.Kind == gson.NullKind {
			null = broken("")
			continue
		}
		v, err := p.double(item, "$["+strconv.Itoa(i)+"]", "bins")
		if err != nil {
			return err
		}
		b.bins = append(b.bins, v)
	}
	return null
}

// setSpan takes the size of a time grouper.
func (b *groupBean) setSpan(p *Protocol, context string, e *gson.Element) error {
	span, err := p.sampling(context, "range_size", e)
	b.span = &span
	return err
}

// setCount takes the number of groups of a time grouper.
func (b *groupBean) setCount(p *Protocol, _ string, e *gson.Element) (err error) {
	b.count, err = p.integer(e, "$")
	return err
}

// setStart takes the origin of a time grouper. The others take it and have no
// use for it.
func (b *groupBean) setStart(p *Protocol, _ string, e *gson.Element) error {
	v, err := p.long(e, "$")
	b.start = &v
	return err
}
