package storage_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// step is one answer of a scripted cursor.
type step func(b *points.Block) error

// script is a cursor that answers as the test wants, the last answer for ever.
type script struct{ steps []step }

// Next takes the next step.
func (s *script) Next(_ context.Context, b *points.Block) error {
	step := s.steps[0]
	if len(s.steps) > 1 {
		s.steps = s.steps[1:]
	}
	b.Reset(points.Number)
	return step(b)
}

// Close does nothing.
func (s *script) Close() error { return nil }

// gives answers with longs at these times.
func gives(times ...int64) step {
	return func(b *points.Block) error {
		for _, at := range times {
			b.AppendInt(at, 7)
		}
		return nil
	}
}

// fails answers with an error.
func fails(err error) step { return func(*points.Block) error { return err } }

// changed answers with one long at 5 and then changes the block.
func changed(change func(b *points.Block)) step {
	return func(b *points.Block) error {
		b.AppendInt(5, 7)
		change(b)
		return nil
	}
}

// readAll reads a series of the type through Checked, three Nexts past an end.
func readAll(t *testing.T, stored string, o points.Order, c points.Cursor) string {
	t.Helper()
	s := storage.Checked(&faulty{series: []storage.Series{faultySeries{points.Key{Metric: "m", Type: stored}, c}}})
	return breach(func() {
		for sr := range s.Select(t.Context(), storage.Selection{}) {
			c := sr.Points(points.Range{From: 0, To: 100}, o)
			var b points.Block
			for range 6 {
				_ = c.Next(t.Context(), &b)
			}
		}
	})
}

// TestCheckedCursor: what a cursor must not answer.
func TestCheckedCursor(t *testing.T) {
	const asc, desc = points.Asc, points.Desc
	long, eof := points.TypeLong, fails(io.EOF)
	tests := []struct {
		name   string
		stored string
		order  points.Order
		steps  []step
		want   string
	}{
		{"nothing wrong", long, asc, []step{gives(1, 2), gives(3), eof}, ""},
		{"nothing wrong, descending", long, desc, []step{gives(9, 2), gives(1), eof}, ""},
		{"an error again and again", long, asc, []step{gives(1), fails(errFaulty)}, ""},
		{"a time twice", long, asc, []step{gives(1, 1), eof}, "time 1 after 1"},
		{"a time twice in two blocks", long, asc, []step{gives(1, 2), gives(2), eof}, "time 2 after 2"},
		{"descending", long, asc, []step{gives(2, 1), eof}, "time 1 after 2"},
		{"ascending", long, desc, []step{gives(1, 2), eof}, "time 2 after 1"},
		{"before the range", long, asc, []step{gives(-1), eof}, "time -1 lies outside"},
		{"after the range", long, asc, []step{gives(101), eof}, "time 101 lies outside"},
		{"neither points nor an error", long, asc, []step{gives(), eof}, "neither points nor an error"},
		{"points and an error", long, asc, []step{func(b *points.Block) error { b.AppendInt(1, 1); return io.EOF }}, "1 points and the error EOF"},
		{"points after the end", long, asc, []step{gives(1), eof, gives(2), eof}, "points after the end"},
		{"points after an error", long, asc, []step{fails(errFaulty), gives(2), eof}, "points after the end, which was faulty"},
		{"another end", long, asc, []step{eof, fails(errFaulty)}, "the end was EOF and is now faulty"},
		{"a wrapped end", long, asc, []step{fails(fmt.Errorf("read: %w", io.EOF))}, "io.EOF is wrapped"},
		{"another kind", points.TypeText, asc, []step{gives(1), eof}, "a block of kind 0"},
		{"longs in doubles", points.TypeDouble, asc, []step{gives(1), eof}, "is no kairos_double"},
		{"longs in nulls", points.TypeNull, asc, []step{gives(1), eof}, "is no kairos_null"},
		{"doubles in longs", long, asc, []step{changed(func(b *points.Block) { b.AppendFloat(6, 1) })}, "is no kairos_long"},
		{"another opaque type", "acme", asc, []step{changed(func(b *points.Block) { b.Kind, b.Type = points.Opaque, "other" })}, `type "other"`},
		{"a short column", long, asc, []step{changed(func(b *points.Block) { b.Floats = nil })}, "1 times and 0 floats"},
		{"a long column", long, asc, []step{changed(func(b *points.Block) { b.Ints = append(b.Ints, 7) })}, "1 times and 2 integers"},
		{"a short optional column", long, asc, []step{changed(func(b *points.Block) { b.Times = append(b.Times, 6); b.Floats = append(b.Floats, 7) })},
			"2 times and 1 integers"},
		{"flags without integers", long, asc, []step{changed(func(b *points.Block) { b.Ints, b.IsInt = nil, []bool{true} })}, "1 times and 1 integer flags"},
		{"an unused column", long, asc, []step{changed(func(b *points.Block) { b.Texts = []string{""} })}, "1 times and 1 texts"},
		{"two values of one point", long, asc, []step{changed(func(b *points.Block) { b.Floats[0] = 8 })}, "point 0 is 7 and 8"},
		{"a null with a value", long, asc, []step{changed(func(b *points.Block) { b.Nulls = []bool{true} })}, "point 0 is null and 7"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := readAll(t, tt.stored, tt.order, &script{tt.steps})
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("Checked says %q, want %q", got, tt.want)
			}
		})
	}
}

// retaining is a cursor that hands out its own memory.
type retaining struct{ block points.Block }

// Next gives a view of its own columns.
func (r *retaining) Next(_ context.Context, b *points.Block) error {
	*b = r.block.Slice(0, 1)
	r.block = r.block.Slice(1, r.block.Len())
	return nil
}

// Close does nothing.
func (r *retaining) Close() error { return nil }

// TestCheckedOverwritesBlocks: a cursor that keeps a reference to what it gave
// is found out.
func TestCheckedOverwritesBlocks(t *testing.T) {
	got := readAll(t, points.TypeLong, points.Asc, &retaining{longsAt(1, 2, 3, 4, 5, 6, 7)})
	if got == "" {
		t.Error("Checked has found nothing")
	}
}

// summarized is a series whose summarizer is the test's.
type summarized struct {
	faultySeries
	summary points.Summary
}

// Summaries is a cursor that always peeks the same.
func (s summarized) Summaries(points.Range) points.Summarizer {
	return &peeker{script{[]step{gives(10), fails(io.EOF)}}, s.summary}
}

// peeker is a summarizer that always peeks the same.
type peeker struct {
	script
	summary points.Summary
}

// Peek gives the test's summary.
func (p *peeker) Peek(context.Context, int64) (points.Summary, bool, error) {
	return p.summary, p.summary.Count != 0, nil
}

// Skip does nothing.
func (p *peeker) Skip() {}

// TestCheckedSummaries: what a summarizer must not tell, and its caller must not
// do.
func TestCheckedSummaries(t *testing.T) {
	good := points.Summary{Count: 2, Min: 1, Max: 2, Sum: 3, SumAbs: 3, First: 1, Last: 2, FirstAt: 20, LastAt: 30, Ints: true, FirstInt: 1, LastInt: 2}
	but := func(change func(s *points.Summary)) points.Summary { s := good; change(&s); return s }
	peek := func(c points.Summarizer) { _, _, _ = c.Peek(t.Context(), 50) }
	next := func(c points.Summarizer) { _ = c.Next(t.Context(), new(points.Block)) }
	tests := []struct {
		name    string
		summary points.Summary
		do      func(points.Summarizer)
		want    string
	}{
		{"nothing wrong", good, func(c points.Summarizer) { next(c); peek(c); c.Skip(); _ = c.Close() }, ""},
		{"beyond until", but(func(s *points.Summary) { s.LastAt = 50 }), peek, "until 50"},
		{"outside of the range", but(func(s *points.Summary) { s.FirstAt = -1 }), peek, "a summary from -1"},
		{"of points already given", but(func(s *points.Summary) { s.FirstAt = 10 }), func(c points.Summarizer) { next(c); peek(c) }, "after the time 10"},
		{"skipped and told again", good, func(c points.Summarizer) { peek(c); c.Skip(); peek(c) }, "a summary from 20 after the time 30"},
		{"backwards", but(func(s *points.Summary) { s.FirstAt, s.LastAt = 30, 20 }), peek, "from 30 to 20"},
		{"more points than milliseconds", but(func(s *points.Summary) { s.Count = 12 }), peek, "12 points from 20 to 30"},
		{"a first below the least", but(func(s *points.Summary) { s.First = 0 }), peek, "first 0"},
		{"doubles", but(func(s *points.Summary) { s.Ints = false }), peek, "with integers: false"},
		{"skipped without a peek", good, func(c points.Summarizer) { c.Skip() }, "Skip without Peek"},
		{"skipped after reading", good, func(c points.Summarizer) { peek(c); next(c); c.Skip() }, "Skip without Peek"},
		{"after the end", good, func(c points.Summarizer) { next(c); next(c); peek(c) }, "the end EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			series := summarized{faultySeries{key: keyOf("m")}, tt.summary}
			s := storage.Checked(&faulty{series: []storage.Series{series}})
			got := breach(func() {
				for sr := range s.Select(t.Context(), storage.Selection{}) {
					tt.do(sr.(storage.Summarized).Summaries(points.Range{From: 0, To: 100}))
				}
			})
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("Checked says %q, want %q", got, tt.want)
			}
		})
	}
}

// TestCheckedPassesErrors: an error of the store is its caller's to see.
func TestCheckedPassesErrors(t *testing.T) {
	s := storage.Checked(&faulty{series: []storage.Series{nil}, names: []string{""}})
	for _, err := range s.Select(t.Context(), storage.Selection{}) {
		if !errors.Is(err, errFaulty) {
			t.Errorf("Select gives %v, want %v", err, errFaulty)
		}
	}
	for _, err := range s.Metrics(t.Context(), storage.Selection{}) {
		if !errors.Is(err, errFaulty) {
			t.Errorf("Metrics gives %v, want %v", err, errFaulty)
		}
	}
}
