package connio

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strconv"
	"strings"

	"aion/aggregators"
	"aion/query"
	"aion/query/encode"
	"aion/storage/points"
)

// answer writes the answer to a question as the engine computes it.
func (a *ask) answer(ctx context.Context, b *body, answers iter.Seq2[*query.Answer, error]) error {
	w := &writer{ask: a, body: b, plain: a.plainType(), preserved: a.preserving(), rows: rows(`{"t":"`, `","v":`, "}")}
	w.block = a.lend(&points.Block{})
	for answer, err := range answers {
		if err != nil {
			return err
		}
		b.put(`{"results":[`)
		for r, err := range answer.Results {
			if err == nil {
				err = w.result(ctx, r)
			}
			if err != nil {
				return err
			}
		}
		if w.results == 0 {
			w.nothing()
		}
		b.put(`],"sampleSize":`)
		b.Text = strconv.AppendInt(b.Text, answer.SampleSize, 10)
		b.put("}")
	}
	return nil
}

// writer writes the results of one question.
type writer struct {
	*ask
	*body
	plain     string // what all groups are said to be; empty: the points tell
	preserved bool   // values are those of the property
	results   int
	rows      encode.Rows
	block     *points.Block
}

// plainType is what GroupByType says of a property whose type is known.
func (a *ask) plainType() string {
	switch a.property.Property.Type {
	case "":
		return ""
	case typeNumber:
		return "number"
	}
	return "text"
}

// begin begins a result with what it is of.
func (w *writer) begin() {
	if w.results > 0 {
		w.put(",")
	}
	w.results++
	w.put(`{"ref":{"id":`).string(w.property.id()).put(`,"qname":`).string(w.property.QualifiedName())
	w.put(`,"objectId":`).string(w.property.object.name()).put(`},"values":[`)
}

// nothing writes the result of a question without points.
func (w *writer) nothing() {
	w.begin()
	w.put(`],"groupBy":[]`)
	if !w.excludeTags {
		w.put(`,"attributes":{}`)
	}
	w.put("}")
}

// result writes one group.
func (w *writer) result(ctx context.Context, r *query.Result) error {
	w.begin()
	for first := true; ; first = false {
		err := r.Points.Next(ctx, w.block)
		if err != nil {
			if err := ended(err); err != nil {
				return err
			}
			break
		}
		if !first {
			w.put(",")
		}
		w.values()
		if err := w.Pass(); err != nil {
			return err
		}
	}
	p := w.part(r)
	there := r.Type != "" && (!w.drawn || p.there())
	w.put(`],"groupBy":[`)
	if there {
		w.groupBy(r, p)
	}
	w.put("]")
	if !w.excludeTags {
		w.put(`,"attributes":{`)
		if there {
			w.attributes(r, p)
		}
		w.put("}")
	}
	w.put("}")
	return w.Pass()
}

// values writes the points of the block: values of the property as its type has them.
func (w *writer) values() {
	dst, b, kind := w.Text, w.block, w.property.Property.Type
	if b.Kind == points.Number && (!w.preserved || kind != typeBoolean) {
		w.Text = w.rows.AppendNumbers(dst, b)
		return
	}
	for i, at := range b.Times {
		dst = w.rows.AppendTime(dst, at)
		if w.leveled && b.Kind == points.Text {
			dst = append(dst, b.Texts[i]...)
		} else {
			dst = appendValue(dst, kind, b, i)
		}
		dst = append(dst, '}', ',')
	}
	w.Text = dst[:len(dst)-1]
}

// appendValue adds a value of a property of a type.
func appendValue(dst []byte, kind string, b *points.Block, i int) []byte {
	switch {
	case b.Kind == points.Text && (kind == typeObject || kind == typeWaypoint) && structured(b.Texts[i]):
		return append(dst, b.Texts[i]...)
	case b.Kind == points.Text:
		return encode.AppendString(dst, b.Texts[i])
	case b.Kind == points.Opaque:
		one := b.Slice(i, i+1)
		pair := encode.AppendValues(nil, &one)
		_, value, _ := strings.Cut(string(pair), ",")
		return append(dst, strings.TrimSuffix(value, "]")...)
	case b.Null(i):
		return append(dst, "null"...)
	case !b.Int(i):
		return encode.AppendDouble(dst, b.Floats[i])
	case kind == typeBoolean && (b.Ints[i] == 0 || b.Ints[i] == 1):
		return strconv.AppendBool(dst, b.Ints[i] == 1)
	}
	return strconv.AppendInt(dst, b.Ints[i], 10)
}

// structured tells whether a text is an object or an array of JSON.
func structured(text string) bool {
	return text != "" && (text[0] == '{' || text[0] == '[') && json.Valid([]byte(text))
}

// groupBy writes how the group of a part was made.
func (w *writer) groupBy(r *query.Result, p *part) {
	kind := w.plain
	if kind == "" {
		kind = "text"
		if r.Type == "number" {
			kind = "number"
		}
	}
	w.put(`{"GroupByType":{"type":"`).put(kind).put(`"}}`)
	for i := range w.groupers {
		number := int64(0)
		if len(p.numbers) > i {
			number = p.numbers[i]
		}
		w.Text = w.groupers[i].append(append(w.Text, ','), number, p.origin)
	}
}

// part is the group that a result is of. One that was not drawn has no origins.
func (w *writer) part(r *query.Result) *part {
	p := &part{}
	if len(r.GroupBy) == 0 {
		if i := slices.IndexFunc(w.parts, func(p *part) bool { return p.group == r.Type }); i >= 0 {
			p = w.parts[i]
		}
		return p
	}
	by, values := r.GroupBy[0].Grouper.(query.TagGrouper), r.GroupBy[0].Values
	if w.drawn {
		i, _ := strconv.Atoi(values[0]) // as name has written it
		return w.parts[i]
	}
	for i, tag := range by.Tags {
		if tag == tagProtocol {
			p.origin.protocol = values[i]
		} else {
			p.origin.source = values[i]
		}
	}
	return p
}

// attributes writes the system tags of the group of a part.
func (w *writer) attributes(r *query.Result, p *part) {
	tags := r.Tags
	if w.drawn {
		tags = p.tags()
	}
	for i, t := range tags {
		if i > 0 {
			w.put(",")
		}
		w.Text = appendTexts(append(encode.AppendString(w.Text, t.Name), ':'), t.Values)
	}
}

// there tells whether a part that was read has points.
func (p *part) there() bool { return p.count > 0 || p.seen.Load() }

// tags are the system tags of a part's points.
func (p *part) tags() []aggregators.TagValues {
	n, names := len(p.origins.list), systemTags()
	tags, all := make([]aggregators.TagValues, len(names)), make([]string, 0, n*len(names))
	for i, name := range names {
		values := all[i*n : i*n : (i+1)*n]
		for _, o := range p.origins.list {
			values = append(values, o.value(name))
		}
		slices.Sort(values)
		tags[i] = aggregators.TagValues{Name: name, Values: slices.Compact(values)}
	}
	return tags
}
