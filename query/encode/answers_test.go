package encode

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"iter"
	"maps"
	"math"
	"slices"
	"testing"

	"aion/query"
	"aion/storage/points"
)

// series is a cursor over blocks, of which each is read once.
type series struct {
	blocks []*points.Block
	failed error // at the end; nil: io.EOF
}

// Next copies the next block.
func (s *series) Next(_ context.Context, b *points.Block) error {
	if len(s.blocks) == 0 {
		b.Reset(b.Kind)
		if s.failed != nil {
			return s.failed
		}
		return io.EOF
	}
	b.Reset(s.blocks[0].Kind)
	b.AppendBlock(s.blocks[0])
	s.blocks = s.blocks[1:]
	return nil
}

// Close does nothing.
func (s *series) Close() error { return nil }

// group is a result of a test: its name, its tags and its points.
type group struct {
	name, alias string
	tags        map[string][]string
	by          []query.GroupedBy
	blocks      []*points.Block
	failed      error
}

// result is g as the engine gives it.
func (g group) result() *query.Result {
	r := &query.Result{Name: g.name, Type: "number", GroupBy: g.by, Points: &series{blocks: g.blocks, failed: g.failed}}
	if len(g.blocks) > 0 && g.blocks[0].Kind == points.Text {
		r.Type = "text"
	}
	if g.alias != "" {
		r.Alias = &g.alias
	}
	if g.tags != nil {
		r.Tags = slices.Grow(r.Tags, len(g.tags)+1)[:len(g.tags)]
		for i, name := range slices.Sorted(maps.Keys(g.tags)) {
			r.Tags[i].Name, r.Tags[i].Values = name, g.tags[name]
		}
	}
	return r
}

// answers are those to a query of several metrics.
func answers(metrics ...[]group) iter.Seq2[*query.Answer, error] {
	return func(yield func(*query.Answer, error) bool) {
		for _, groups := range metrics {
			results := func(yield func(*query.Result, error) bool) {
				for _, g := range groups {
					if !yield(g.result(), nil) {
						return
					}
				}
			}
			if !yield(&query.Answer{Results: results}, nil) {
				return
			}
		}
	}
}

// encoded is what an encoder makes of answers.
func encoded(t testing.TB, e Encoder, a iter.Seq2[*query.Answer, error]) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := e.Encode(t.Context(), &out, a); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// textsOf is a block of texts, at 1,000 milliseconds from at on.
func textsOf(at int64, texts ...string) *points.Block {
	b := &points.Block{Kind: points.Text}
	for i, text := range texts {
		b.AppendText(at+int64(i)*1000, text)
	}
	return b
}

// complexOf is a complex number as KairosDB stores it.
func complexOf(real, imaginary float64) []byte {
	v := binary.BigEndian.AppendUint64(nil, math.Float64bits(real))
	return binary.BigEndian.AppendUint64(v, math.Float64bits(imaginary))
}

// begun is when the points of these tests begin, 2023-11-14T22:13:20Z.
const begun = 1_700_000_000_000

// everySort are the answers to two metrics, with values, tags and groups of every
// sort.
func everySort() iter.Seq2[*query.Answer, error] {
	return answers([]group{
		{name: "cpu", tags: map[string][]string{"host": {"a"}, "site": {"x", "y"}, "odd;=\\": {"1=2"}},
			by:     []query.GroupedBy{{Grouper: query.TagGrouper{Tags: []string{"host"}}, Values: []string{"a"}}, {Grouper: query.TimeGrouper{}, Number: 3}, {Grouper: query.BinGrouper{}, Number: 1}},
			blocks: []*points.Block{numbersOf(begun, 5, 2.5, nil, math.NaN(), math.Inf(-1), 1e7), numbersOf(begun+6000, math.MaxInt64, -1)}},
		{name: "cpu", tags: map[string][]string{}, blocks: []*points.Block{textsOf(begun, "plain", `a "quoted", text`, "", "=1+1", " two\r\nlines")}},
	}, []group{
		{name: "none"},
		{name: "mem", alias: "-memory", tags: map[string][]string{"host": {"b,c"}}, by: []query.GroupedBy{{Grouper: query.ValueGrouper{}, Number: -2}},
			blocks: []*points.Block{{Kind: points.Opaque, Type: points.TypeComplex, Times: []int64{-1}, Bytes: [][]byte{complexOf(2.5, -1)}},
				{Kind: points.Opaque, Type: "image", Times: []int64{0}, Bytes: [][]byte{{0xff}}}}},
	})
}
