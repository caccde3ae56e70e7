package grafana

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"aion/query"
	"aion/query/encode"
	"aion/storage/points"
)

// ended is nil where a stream has come to its end, and else what went wrong.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// series writes a result as a time series. The first of its points are in the
// block.
func (e *elements) series(ctx context.Context, j *job, m *part, r *query.Result, in points.Cursor) error {
	b := e.begin()
	b.put(`{"target":`).string(j.name(m, r)).member("refId", j.ref)
	b.member("title", rename(j.title, r)).member("unit", j.unit)
	m.tell(b.put(","))
	b.put(`,"datapoints":[`)
	for first := true; ; first = false {
		if !first {
			b.put(",")
		}
		b.Text = appendPairs(b.Text, &e.block)
		if err := b.Pass(); err != nil {
			return err
		}
		if err := in.Next(ctx, &e.block); err != nil {
			b.put("]}")
			return ended(err)
		}
	}
}

// tell adds what was done to make a panel's points of stored ones, which Grafana
// shows in its inspector.
func (m *part) tell(b *body) {
	b.put(`"meta":{"custom":{`)
	if m.step.Value > 0 {
		b.put(`"step":`).int(length(m.step)).put(",")
	}
	if m.stand != nil {
		b.put(`"source":"rollup","rollups":[`)
		for i := range m.stand.Metrics {
			b.comma(i).string(m.stand.Metrics[i].Name)
		}
		b.put(`],"from":`).int(m.stand.Within.From).put(`,"to":`).int(m.stand.Within.To + 1).put("}}")
		return
	}
	b.put(`"source":"raw"}}`)
}

// appendPairs adds the points of a block of numbers as pairs of a value and a
// time.
func appendPairs(dst []byte, block *points.Block) []byte {
	for i, at := range block.Times {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendValue(append(dst, '['), block, i), ',')
		dst = append(strconv.AppendInt(dst, at, 10), ']')
	}
	return dst
}

// appendValue adds the value of a point.
func appendValue(dst []byte, block *points.Block, i int) []byte {
	switch {
	case block.Kind == points.Text:
		return encode.AppendString(dst, block.Texts[i])
	case block.Kind == points.Opaque:
		one := block.Slice(i, i+1)
		pair := encode.AppendValues(nil, &one)
		_, value, _ := strings.Cut(string(pair), ",")
		return append(dst, strings.TrimSuffix(value, "]")...)
	case block.Null(i):
		return append(dst, "null"...)
	case block.Int(i):
		return strconv.AppendInt(dst, block.Ints[i], 10)
	}
	return encode.AppendDouble(dst, block.Floats[i])
}

// name is what a result is called: by its alias, or by its metric and what it is
// grouped by.
func (j *job) name(m *part, r *query.Result) string {
	if m.alias != "" {
		return rename(m.alias, r)
	}
	name := r.Name
	splits := ""
	for _, g := range r.GroupBy {
		if by, ok := g.Grouper.(query.TagGrouper); ok {
			for i, tag := range by.Tags {
				name += " " + tag + "=" + g.Values[i]
			}
		} else {
			splits += " group=" + strconv.Itoa(int(g.Number))
		}
	}
	return name + splits
}

// rename fills what stands for something in a name: $metric, $tag_host and
// {{host}}, and the words of KairosDB's own plugin, $_tag_group_host,
// $_value_group_0 and $_time_group_0.
func rename(pattern string, r *query.Result) string {
	if !strings.ContainsAny(pattern, "${") {
		return pattern
	}
	type pair struct{ from, to string }
	pairs := []pair{{"$metric", r.Name}}
	values, times := 0, 0
	tags := map[string]string{}
	for _, t := range r.Tags {
		tags[t.Name] = strings.Join(t.Values, ",")
	}
	for _, g := range r.GroupBy {
		number := strconv.Itoa(int(g.Number))
		switch by := g.Grouper.(type) {
		case query.TagGrouper:
			for i, tag := range by.Tags {
				tags[tag] = g.Values[i]
			}
		case query.ValueGrouper:
			pairs = append(pairs, pair{"$_value_group_" + strconv.Itoa(values), number})
			values++
		case query.TimeGrouper:
			pairs = append(pairs, pair{"$_time_group_" + strconv.Itoa(times), number})
			times++
		}
	}
	for name, value := range tags {
		pairs = append(pairs, pair{"$_tag_group_" + name, value}, pair{"$tag_" + name, value}, pair{"{{" + name + "}}", value})
	}
	// Of two names that begin alike the longer one is meant where it fits.
	slices.SortFunc(pairs, func(a, b pair) int { return cmp.Or(cmp.Compare(len(b.from), len(a.from)), cmp.Compare(a.from, b.from)) })
	var list []string
	for _, p := range pairs {
		list = append(list, p.from, p.to)
	}
	return strings.NewReplacer(list...).Replace(pattern)
}
