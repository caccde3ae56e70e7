package pebble

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// countdown is a context that ends once it has been asked so often whether it has.
type countdown struct {
	context.Context
	left int
}

// Err counts.
func (c *countdown) Err() error {
	if c.left <= 0 {
		return context.Canceled
	}
	c.left--
	return nil
}

// TestLeaving: whoever leaves while many keys, values or postings are walked over for
// him is not walked for any longer.
func TestLeaving(t *testing.T) {
	s := still(t, nil)
	var batch storage.Batch
	var b points.Block
	b.AppendInt(1, 1)
	for i := range 4000 {
		for _, metric := range []string{"wide", "rare"} {
			if metric == "rare" && i%10 != 0 {
				continue
			}
			tags := points.Tags{{Name: "host", Value: fmt.Sprintf("h%04d", i)}, {Name: "site", Value: "berlin"}}
			batch.Put(points.Key{Metric: metric, Tags: tags, Type: points.TypeLong}, b, 0)
		}
		batch.Put(points.Key{Metric: fmt.Sprint("m", i), Tags: points.Tags{{Name: "of", Value: "many"}}, Type: points.TypeLong}, b, 0)
	}
	if err := s.Write(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
	like := storage.Matcher{Tag: "host", Patterns: []*storage.Pattern{mustPattern(t, ".*7")}}
	of := func(metric string, m ...storage.Matcher) storage.Selection {
		return storage.Selection{Metrics: []string{metric}, Matchers: m}
	}
	last := func(names iter.Seq2[string, error]) (err error) {
		for _, err = range names {
			continue
		}
		return err
	}
	held := s.hold()
	defer held.snap.Close()
	held.turn = noTurn // so that nothing is kept
	numbers := func(sel storage.Selection) func(ctx context.Context) error {
		return func(ctx context.Context) error {
			_, err := held.numbers(ctx, sel)
			return err
		}
	}
	for name, ask := range map[string]func(ctx context.Context) error{
		"values of few by their keys": func(ctx context.Context) error { return last(s.TagValues(ctx, "host", of("rare"))) },
		"values of many":              func(ctx context.Context) error { return last(s.TagValues(ctx, "host", of("wide"))) },
		"names of metrics":            func(ctx context.Context) error { return last(s.Metrics(ctx, storage.Selection{Prefix: "m"})) },
		"a pattern":                   numbers(of("wide", like)),
		"all but a pattern":           numbers(of("rare", storage.Matcher{Tag: "host", Patterns: like.Patterns, Not: true})),
		"types":                       numbers(storage.Selection{Metrics: []string{"wide"}, Types: []string{points.TypeText}}),
		"a value in all metrics":      numbers(storage.Selection{Matchers: []storage.Matcher{{Tag: "of", Values: []string{"many"}}}}),
	} {
		all := &countdown{t.Context(), math.MaxInt}
		if err := ask(all); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		asked := math.MaxInt - all.left
		if asked < 300 {
			t.Errorf("%s: asked %d times whether the caller is there, want it asked now and then", name, asked)
		}
		for _, left := range []int{0, asked / 2, asked - 1} {
			if err := ask(&countdown{t.Context(), left}); !errors.Is(err, context.Canceled) {
				t.Errorf("%s, left after %d of %d: got %v, want %v", name, left, asked, err, context.Canceled)
			}
		}
	}
}
