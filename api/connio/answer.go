package connio

import (
	"context"
	"encoding/json"
	"iter"
	"maps"
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
	w := &writer{ask: a, body: b, plain: a.plainType(), preserved: a.preserving(), clock: clock{lead: `{"t":`, tail: `,"v":`}}
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
	clock     clock
	block     points.Block
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
		err := r.Points.Next(ctx, &w.block)
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
	there := r.Type != "" && (!w.drawn || w.part(r).there())
	w.put(`],"groupBy":[`)
	if there {
		w.groupBy(r)
	}
	w.put("]")
	if !w.excludeTags {
		w.put(`,"attributes":{`)
		if there {
			w.attributes(r)
		}
		w.put("}")
	}
	w.put("}")
	return w.Pass()
}

// values writes the points of the block.
func (w *writer) values() {
	dst, b := w.Text, &w.block
	plain := b.Kind == points.Number && len(b.Ints) == 0 && len(b.Nulls) == 0
	for i, at := range b.Times {
		dst = w.clock.append(dst, at)
		if plain {
			dst = encode.AppendDouble(dst, b.Floats[i])
		} else {
			dst = w.value(dst, b, i)
		}
		dst = append(dst, '}', ',')
	}
	w.Text = dst[:len(dst)-1]
}

// value adds a value: one of the property's as its type has it.
func (w *writer) value(dst []byte, b *points.Block, i int) []byte {
	if w.leveled && b.Kind == points.Text {
		return append(dst, b.Texts[i]...)
	}
	if b.Kind == points.Number && !b.Null(i) {
		if !b.Int(i) {
			return encode.AppendDouble(dst, b.Floats[i])
		}
		if v := b.Ints[i]; !w.preserved || w.property.Property.Type != typeBoolean || v != 0 && v != 1 {
			return strconv.AppendInt(dst, v, 10)
		}
		return strconv.AppendBool(dst, b.Ints[i] == 1)
	}
	return appendValue(dst, w.property.Property.Type, b, i)
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

// groupBy writes how a group was made.
func (w *writer) groupBy(r *query.Result) {
	kind := w.plain
	if kind == "" {
		kind = "text"
		if r.Type == "number" {
			kind = "number"
		}
	}
	w.put(`{"GroupByType":{"type":"`).put(kind).put(`"}}`)
	p := w.part(r)
	for i := range w.groupers {
		number := int64(0)
		if len(p.numbers) > i {
			number = p.numbers[i]
		}
		w.Text = w.groupers[i].append(append(w.Text, ','), number, p.origin)
	}
}

// part is the group that a result is of.
func (w *writer) part(r *query.Result) *part {
	p := &part{origins: map[origin]bool{}}
	if len(r.GroupBy) == 0 {
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

// attributes writes the system tags of a group.
func (w *writer) attributes(r *query.Result) {
	tags := r.Tags
	if w.drawn {
		tags = w.part(r).tags()
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
	var tags []aggregators.TagValues
	for _, name := range systemTags() {
		values := map[string]bool{}
		for o := range p.origins {
			values[o.value(name)] = true
		}
		tags = append(tags, aggregators.TagValues{Name: name, Values: slices.Sorted(maps.Keys(values))})
	}
	return tags
}
