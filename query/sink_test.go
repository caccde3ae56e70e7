package query

import (
	"context"
	"testing"
	"time"

	"aion/aggregators"
	"aion/storage"
	"aion/storage/points"
)

// countingSink counts what is saved and how often that is flushed.
type countingSink struct{ saved, flushed int }

// Save counts points.
func (s *countingSink) Save(_ context.Context, _ string, _ points.Tags, _ time.Duration, b *points.Block) error {
	s.saved += b.Len()
	return nil
}

// Flush counts calls.
func (s *countingSink) Flush(context.Context) error {
	s.flushed++
	return nil
}

// TestSinkIsMadeWhenSaved: a query makes a sink when it saves something, and flushes it
// once; one that saves nothing makes none.
func TestSinkIsMadeWhenSaved(t *testing.T) {
	series := stored{key: points.Key{Metric: "m", Type: points.TypeLong, Tags: points.Tags{{Name: "id", Value: "a"}}}}
	series.points.Times, series.points.Floats = []int64{1, 2, 3}, []float64{1, 2, 3}
	series.points.Ints = []int64{1, 2, 3}
	s := storeOf(t, []stored{series})
	for _, tt := range []struct {
		name      string
		metric    string
		saves     bool
		made, all int
	}{{"saves nothing", "m", false, 0, 0}, {"saves", "m", true, 1, 3}, {"has nothing to save", "other", true, 0, 0}} {
		var sinks []*countingSink
		e := New(Config{Sink: func(storage.Writer) Sink {
			sinks = append(sinks, new(countingSink))
			return sinks[len(sinks)-1]
		}})
		q := Query{Start: At(-1000), Metrics: []Metric{{Name: tt.metric}}}
		if tt.saves {
			q.Metrics[0].Aggregators = []Aggregation{{Name: "save_as", Values: aggregators.Values{"metric_name": "copy"}}}
		}
		if _, _, err := ask(t, e, s, q, Options{Specs: aggregators.Builtin()}); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if len(sinks) != tt.made {
			t.Fatalf("%s: got %d sinks, want %d", tt.name, len(sinks), tt.made)
		}
		for _, sink := range sinks {
			if sink.saved != tt.all || sink.flushed != 1 {
				t.Errorf("%s: got %+v, want %d points flushed once", tt.name, *sink, tt.all)
			}
		}
	}
}
