package kairosdb

import (
	"context"
	"errors"
	"io"
	"iter"
	"strconv"

	"aion/aggregators"
	"aion/api/kairosdb/gson"
	"aion/query"
	"aion/query/encode"
	"aion/storage/points"
)

// encoder prints answers as they are computed. It holds one block.
type encoder struct {
	b     *body
	sizes bool // sample_size is printed
	block points.Block

	grouped  groupedTags   // of the tag grouper that was printed last
	original *gson.Element // the query that is given back; nil: none is
}

// put appends text as it is.
func (e *encoder) put(text string) { e.b.text = append(e.b.text, text...) }

// name appends a text in quotes.
func (e *encoder) name(text string) { e.b.text = encode.AppendString(e.b.text, text) }

// number appends an integer.
func (e *encoder) number(v int64) { e.b.text = strconv.AppendInt(e.b.text, v, 10) }

// comma appends a comma unless what comes is the first of its list.
func (e *encoder) comma(first bool) {
	if !first {
		e.b.text = append(e.b.text, ',')
	}
}

// encode prints the answers of a whole request. sample_size stands behind the
// results, since it is known only then.
func (e *encoder) encode(ctx context.Context, answers iter.Seq2[*query.Answer, error]) error {
	e.put("{")
	if e.original != nil {
		e.put(`"original_query":`)
		e.b.text = append(appendOriginal(e.b.text, e.original), ',')
	}
	e.put(`"queries":[`)
	first := true
	for a, err := range answers {
		if err != nil {
			return err
		}
		e.comma(first)
		if err := e.answer(ctx, a); err != nil {
			return err
		}
		if err := e.b.flush(); err != nil {
			return err
		}
		first = false
	}
	e.put("]}")
	return nil
}

// answer prints one metric's part.
func (e *encoder) answer(ctx context.Context, a *query.Answer) error {
	e.put(`{"results":[`)
	first := true
	for r, err := range a.Results {
		if err != nil {
			return err
		}
		e.comma(first)
		if err := e.result(ctx, r); err != nil {
			return err
		}
		first = false
	}
	e.put("]")
	if e.sizes {
		e.put(`,"sample_size":`)
		e.number(a.SampleSize)
	}
	e.put("}")
	return nil
}

// result prints one group.
func (e *encoder) result(ctx context.Context, r *query.Result) error {
	e.put(`{"name":`)
	e.name(r.Name)
	if r.Alias != nil {
		e.put(`,"alias":`)
		e.name(*r.Alias)
	}
	if r.Type != "" {
		e.groups(r)
	}
	if r.Tags != nil {
		e.put(`,"tags":`)
		if err := e.tags(r.Tags); err != nil {
			return err
		}
	}
	e.put(`,"values":[`)
	if err := e.values(ctx, r.Points); err != nil {
		return err
	}
	e.put("]}")
	return e.b.pass()
}

// values prints the points of a group.
func (e *encoder) values(ctx context.Context, c points.Cursor) error {
	for first := true; ; first = false {
		err := c.Next(ctx, &e.block)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		e.comma(first)
		e.b.text = encode.AppendValues(e.b.text, &e.block)
		if err := e.b.pass(); err != nil {
			return err
		}
	}
}

// tags prints all tags of a group with their values.
func (e *encoder) tags(tags []aggregators.TagValues) error {
	e.put("{")
	for i := range tags {
		e.comma(i == 0)
		e.name(tags[i].Name)
		e.put(":")
		if err := e.texts(tags[i].Values); err != nil {
			return err
		}
	}
	e.put("}")
	return nil
}

// texts prints a list of texts.
func (e *encoder) texts(list []string) error {
	e.put("[")
	for i, text := range list {
		e.comma(i == 0)
		e.name(text)
		if err := e.b.pass(); err != nil {
			return err
		}
	}
	e.put("]")
	return nil
}

// groups prints which groups of the groupers a result is, and its type last.
func (e *encoder) groups(r *query.Result) {
	e.put(`,"group_by":[`)
	for _, g := range r.GroupBy {
		e.group(g)
		e.put(",")
	}
	e.put(`{"name":"type","type":`)
	e.name(r.Type)
	e.put("}]")
}

// group prints a group of one grouper.
func (e *encoder) group(g query.GroupedBy) {
	number := `,"group":{"group_number":`
	switch by := g.Grouper.(type) {
	case query.TagGrouper:
		e.tagGroup(by.Tags, g.Values)
		return
	case query.TimeGrouper:
		e.put(`{"name":"time","range_size":{"value":`)
		e.number(by.Size.Value)
		e.put(`,"unit":"` + by.Size.Unit.String() + `"},"group_count":`)
		e.number(int64(by.Count))
	case query.ValueGrouper:
		e.put(`{"name":"value","range_size":`)
		e.number(int64(by.Size))
	case query.BinGrouper:
		e.put(`{"name":"bin","bins":`)
		e.bins(by.Bins)
		number = `,"group":{"bin_number":`
	}
	e.put(number)
	e.number(int64(g.Number))
	e.put("}}")
}

// bins prints the bins of a bin grouper, null where none were sent.
func (e *encoder) bins(bins []float64) {
	if bins == nil {
		e.put("null")
		return
	}
	e.put("[")
	for i, v := range bins {
		e.comma(i == 0)
		e.b.text = encode.AppendDouble(e.b.text, v)
	}
	e.put("]")
}

// tagGroup prints a group of a tag grouper: the tags as they were sent, then
// each once with its value.
func (e *encoder) tagGroup(tags, values []string) {
	e.grouped.look(tags)
	e.b.text = append(e.b.text, e.grouped.head...)
	for i, at := range e.grouped.once {
		e.comma(i == 0)
		e.name(tags[at])
		e.put(":")
		e.name(values[at])
	}
	e.put("}}")
}

// groupedTags is what is the same of all groups of one tag grouper.
type groupedTags struct {
	tags []string
	head []byte // what is printed before the values
	once []int  // where each tag stands first
}

// look makes g that of tags, unless it is.
func (g *groupedTags) look(tags []string) {
	if len(g.tags) == len(tags) && (len(tags) == 0 || &g.tags[0] == &tags[0]) && g.head != nil {
		return
	}
	g.tags, g.once = tags, g.once[:0]
	g.head = append(g.head[:0], `{"name":"tag","tags":[`...)
	seen := make(map[string]bool, len(tags))
	for i, tag := range tags {
		if i != 0 {
			g.head = append(g.head, ',')
		}
		g.head = encode.AppendString(g.head, tag)
		if !seen[tag] {
			g.once = append(g.once, i)
		}
		seen[tag] = true
	}
	g.head = append(g.head, `],"group":{`...)
}
