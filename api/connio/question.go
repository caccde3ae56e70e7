package connio

import (
	"encoding/json"
	"slices"
	"strings"

	"aion/aggregators"
	"aion/storage"
	"aion/storage/points"
)

// question is what a query object asks of one property.
type question struct {
	within      points.Range
	open        bool // no start is named: the range begins with the stored data
	zone        *aggregators.Zone
	filter      []storage.Matcher
	excludeTags bool
	limit       int64 // points of the merged stream; 0: any number
	order       points.Order
	groupers    []grouper
	steps       []step
}

// queryMember tells whether a name is that of a member of query objects, in either
// spelling, by which one is told from what else is sent to a property.
func queryMember(name string) bool {
	switch name {
	case "startAbsolute", "startRelative", "endAbsolute", "endRelative", "groupBy", "excludeTags",
		"start_absolute", "start_relative", "end_absolute", "end_relative", "group_by", "exclude_tags",
		"aggregators", "limit", "order", "attributes":
		return true
	}
	return false
}

// question reads a query object as of now. Members that it does not know are
// passed over.
func (p *Protocol) question(body json.RawMessage, now int64) (*question, error) {
	m, err := membersOf(body, "")
	if err != nil {
		return nil, err
	}
	q := &question{}
	if q.zone, err = m.zone("timeZone", nil); err != nil {
		return nil, err
	}
	if err := q.times(m, now); err != nil {
		return nil, err
	}
	if err := q.filters(m); err != nil {
		return nil, err
	}
	if q.excludeTags, err = m.flag("excludeTags"); err != nil {
		return nil, err
	}
	if q.limit, _, err = m.whole("limit", 0); err != nil {
		return nil, err
	}
	if q.order, err = m.order(); err != nil {
		return nil, err
	}
	if q.groupers, err = m.groupers(); err != nil {
		return nil, err
	}
	q.steps, err = m.steps(p.Specs, q.zone)
	return q, err
}

// zone is the zone that a member names, or otherwise; nil is UTC.
func (m members) zone(name string, otherwise *aggregators.Zone) (*aggregators.Zone, error) {
	raw := m.value(name)
	id, err := m.text(name)
	switch {
	case err != nil:
		return nil, err
	case raw == nil && otherwise != nil:
		return otherwise, nil
	}
	zone, err := aggregators.LoadZone(id)
	if err != nil {
		return nil, bad("%s: got %s, want the name of a time zone such as Europe/Berlin", m.place(name), shown(raw))
	}
	return zone, nil
}

// order is the direction that is asked for.
func (m members) order() (points.Order, error) {
	text, err := m.text("order")
	if err != nil {
		return points.Asc, err
	}
	switch strings.ToLower(text) {
	case "", "asc":
		return points.Asc, nil
	case "desc":
		return points.Desc, nil
	}
	return points.Asc, bad("order: got %q, want asc or desc", shortened(text))
}

// times reads the range: of start and end each is absolute or relative, and the
// end is now where none is named.
func (q *question) times(m members, now int64) error {
	start, there, err := q.moment(m, "startAbsolute", "startRelative", now)
	if err != nil {
		return err
	}
	q.open = !there
	q.within = points.Range{From: points.Always.From, To: now}
	if there {
		q.within.From = start
	}
	end, ends, err := q.moment(m, "endAbsolute", "endRelative", now)
	if err != nil {
		return err
	}
	if ends {
		q.within.To = end
	}
	if there && q.within.To <= q.within.From {
		at := "startAbsolute"
		switch {
		case m.has("endAbsolute"):
			at = "endAbsolute"
		case m.has("endRelative"):
			at = "endRelative"
		case m.has("startRelative"):
			at = "startRelative"
		}
		return bad("%s: the end of the range must be later than its start", at)
	}
	return nil
}

// moment reads the start or the end of the range, if one of its two members is there.
func (q *question) moment(m members, absolute, relative string, now int64) (at int64, there bool, err error) {
	switch {
	case m.has(absolute) && m.has(relative):
		return 0, true, bad("%s: there is %s already", relative, absolute)
	case m.has(absolute):
		name, raw := m.find(absolute)
		at, ok := instant(raw, q.zone)
		if !ok {
			err = bad("%s: got %s, want a time such as 2026-01-31T10:00:00.000Z", name, shown(raw))
		}
		return at, true, err
	case !m.has(relative):
		return 0, false, nil
	}
	span, _, err := m.span(relative, 0)
	if err != nil {
		return 0, true, err
	}
	at, ok := before(now, span, q.zone)
	if !ok {
		name, raw := m.find(relative)
		err = bad("%s: got %s, want a time that is not that long ago", name, shown(raw))
	}
	return at, true, err
}

// filters reads which points are meant by their tags: under the name of the
// published request, or under that of the table of members.
func (q *question) filters(m members) error {
	for _, name := range []string{"attributes", "tags"} {
		at, raw := m.find(name)
		if raw == nil {
			continue
		}
		tags, err := membersOf(raw, at)
		if err != nil {
			return err
		}
		for _, tag := range systemTags() {
			values, err := tags.values(tag)
			if err != nil {
				return err
			}
			if values != nil {
				q.filter = append(q.filter, filterOf(tag, values))
			}
		}
		for _, one := range tags.all {
			if tag := one.name.text(); !slices.Contains(systemTags(), tag) {
				return bad("%s.%s: there is no such tag, want protocol or source", at, shortened(tag))
			}
		}
	}
	return nil
}

// values are the texts of a member: an array of them, or one alone.
func (m members) values(name string) ([]string, error) {
	_, raw := m.find(name)
	if raw == nil {
		return nil, nil
	}
	if text, ok := textOf(raw); ok {
		return []string{text}, nil
	}
	at, items, err := m.list(name)
	if err != nil {
		return nil, err
	}
	values := make([]string, len(items))
	for i, item := range items {
		var ok bool
		if values[i], ok = textOf(item); !ok {
			return nil, bad("%s[%d]: got %s, want a text", at, i, shown(item))
		}
	}
	if len(values) == 0 {
		return nil, bad("%s: want one value at least", at)
	}
	return values, nil
}
