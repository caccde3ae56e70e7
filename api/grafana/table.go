package grafana

import (
	"context"
	"strconv"

	"aion/query"
	"aion/storage/points"
)

// tab is a table that is being written.
type tab struct {
	plan *query.MetricPlan // whose results it takes
	kind points.Kind       // of its values
	rows int
}

// kindNames are the types of columns of values, by the kind of the points.
var kindNames = [...]string{points.Number: "number", points.Text: "string", points.Opaque: "other"}

// table writes the rows of a result into the table of its metric and kind: time,
// what it is grouped by, value. The first of its points are in the block.
func (e *elements) table(ctx context.Context, j *job, m *part, plan *query.MetricPlan, r *query.Result, in points.Cursor) error {
	if e.open == nil || e.open.plan != plan || e.open.kind != e.block.Kind {
		e.head(j, m, plan, r)
	}
	cells := groupCells(plan, r)
	for {
		for i, at := range e.block.Times {
			e.b.comma(e.open.rows).put("[").int(at).put(",")
			e.b.Text = append(e.b.Text, cells...)
			e.b.Text = append(appendValue(e.b.Text, &e.block, i), ']')
			e.open.rows++
		}
		if err := e.b.Pass(); err != nil {
			return err
		}
		if err := in.Next(ctx, &e.block); err != nil {
			return ended(err)
		}
	}
}

// head begins a table.
func (e *elements) head(j *job, m *part, plan *query.MetricPlan, r *query.Result) {
	b := e.begin()
	name := j.title
	if name == "" {
		if name = m.alias; name == "" {
			name = plan.Name
		}
	}
	b.put(`{"type":"table"`).member("refId", j.ref).member("name", rename(name, r)).member("unit", j.unit)
	m.tell(b.put(","))
	b.put(`,"columns":[{"text":"Time","type":"time"}`)
	if plan.By != nil {
		for _, tag := range plan.By.Tags {
			b.put(`,{"text":`).string(tag).put(`,"type":"string"}`)
		}
	}
	for i := range plan.Splits {
		text := "group"
		if i > 0 {
			text += " " + strconv.Itoa(i)
		}
		b.put(`,{"text":`).string(text).put(`,"type":"number"}`)
	}
	b.put(`,{"text":"Value","type":`).string(kindNames[e.block.Kind]).member("unit", j.unit).put(`}],"rows":[`)
	e.open = &tab{plan: plan, kind: e.block.Kind}
}

// groupCells are the cells between time and value, which all rows of a result
// have, with a comma behind each.
func groupCells(plan *query.MetricPlan, r *query.Result) []byte {
	b := piece()
	if plan.By != nil {
		for _, g := range r.GroupBy {
			if _, ok := g.Grouper.(query.TagGrouper); ok && len(g.Values) == len(plan.By.Tags) {
				for _, value := range g.Values {
					b.string(value).put(",")
				}
				break
			}
		}
	}
	for _, g := range r.GroupBy {
		if _, ok := g.Grouper.(query.TagGrouper); !ok {
			b.int(int64(g.Number)).put(",")
		}
	}
	return b.Text
}

// shut ends the table that is open, if one is.
func (e *elements) shut() {
	if e.open != nil {
		e.b.put("]}")
		e.open = nil
	}
}

// frame writes a result as a data frame, which is columns: values wait until all
// times are written, as many as a panel may have.
func (e *elements) frame(ctx context.Context, j *job, m *part, r *query.Result, in points.Cursor) error {
	b := e.begin()
	name := j.name(m, r)
	shown := name
	if j.title != "" {
		shown = rename(j.title, r)
	}
	b.put(`{"schema":{"refId":`).string(j.ref).member("name", name)
	m.tell(b.put(","))
	b.put(`,"fields":[{"name":"Time","type":"time"},{"name":"Value","type":`).string(kindNames[e.block.Kind])
	b.put(`,"labels":{`)
	labels(b, r)
	b.put(`},"config":{"displayNameFromDS":`).string(shown).member("unit", j.unit)
	b.put(`}}]},"data":{"values":[[`)
	var values []byte
	for n := 0; ; {
		for i, at := range e.block.Times {
			if n > 0 {
				b.put(",")
				values = append(values, ',')
			}
			b.int(at)
			values = appendValue(values, &e.block, i)
			n++
		}
		if err := in.Next(ctx, &e.block); err != nil {
			if err := ended(err); err != nil {
				return err
			}
			break
		}
	}
	b.put("],[")
	b.Text = append(append(b.Text, values...), "]]}}"...)
	return b.Pass()
}

// labels writes the tags that a result is grouped by.
func labels(b *body, r *query.Result) {
	for _, g := range r.GroupBy {
		by, ok := g.Grouper.(query.TagGrouper)
		if !ok {
			continue
		}
		for i, tag := range by.Tags {
			b.comma(i).string(tag).put(":").string(g.Values[i])
		}
		return
	}
}
