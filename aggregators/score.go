package aggregators

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"aion/storage/points"
)

// The boundaries that a Threshold may have.
const (
	superior = "superior"
	inferior = "inferior"
)

// scoreSpec describes score: how many thresholds lie below a number or, in
// descending order, how many do not.
func scoreSpec() Spec {
	return Spec{
		Name: "score", Label: "SCORE",
		Description: "Scores the data based on a set of thresholds. Each data point will be mapped to a value between 0 " +
			"and n where n is the number of thresholds.",
		Properties: []Property{
			{
				Name: "order", Label: "Order", Type: Enum, Optional: true, Default: "ascending",
				Options:     []string{"ASCENDING", "DESCENDING"},
				Description: "The order by which scores are assigned",
			},
			{
				Name: "thresholds", Label: "Thresholds", Type: Thresholds, Default: "[]",
				Description: "A set of thresholds",
			},
		},
		Build: newScore,
	}
}

// newScore makes score. Thresholds of one value cannot be sorted if one of them
// has an unknown boundary: the problem then begins with "failed with message".
func newScore(_ Env, v Values) (Aggregator, error) {
	given, ok := v["thresholds"].([]Threshold)
	if !ok {
		return nil, &PropertyError{"score", "thresholds", "may not be null"}
	}
	order := strings.ToLower(get(v, "order", "ascending"))
	if order != "ascending" && order != "descending" {
		return nil, &PropertyError{"score", "order", "must be ascending or descending"}
	}
	sorted := slices.Clone(given)
	slices.SortStableFunc(sorted, compareThresholds)
	for i := 1; i < len(sorted); i++ {
		a, b := sorted[i-1], sorted[i]
		if ordered(a.Value) == ordered(b.Value) && !(a.known() && b.known()) {
			return nil, &PropertyError{"score", "thresholds", "failed with message: null"}
		}
	}
	return &blockwise{
		text: call("score", thresholdTexts(order, sorted)...),
		kind: numbersOnly,
		start: func(Group) change {
			return &score{thresholds: sorted, descending: order == "descending"}
		},
	}, nil
}

// compareThresholds puts thresholds in the order of their values and, at equal
// values, inferior before superior.
func compareThresholds(a, b Threshold) int {
	return cmp.Or(cmp.Compare(ordered(a.Value), ordered(b.Value)), cmp.Compare(a.Boundary, b.Boundary))
}

// known tells whether the boundary is one of the two there are.
func (t *Threshold) known() bool { return t.Boundary == superior || t.Boundary == inferior }

// thresholdTexts prints the settings of score for plans.
func thresholdTexts(order string, sorted []Threshold) []string {
	texts := []string{order}
	for _, t := range sorted {
		texts = append(texts, fmt.Sprintf("%g %s", t.Value, t.Boundary))
	}
	return texts
}

// score counts thresholds.
type score struct {
	thresholds []Threshold // sorted
	descending bool
}

// change replaces the numbers of b by their scores. Without thresholds nothing is
// compared, so that a null has a score too.
func (s *score) change(_ context.Context, b *points.Block) error {
	if len(s.thresholds) == 0 {
		b.Nulls = b.Nulls[:0]
	}
	if err := doubles(b); err != nil {
		return err
	}
	for i, v := range b.Floats {
		n, err := s.below(v)
		if err != nil {
			return err
		}
		if s.descending {
			n = len(s.thresholds) - n
		}
		b.Floats[i] = float64(n)
	}
	return nil
}

// below counts the thresholds below v, up to the first that is not.
func (s *score) below(v float64) (int, error) {
	for i := range s.thresholds {
		t := &s.thresholds[i]
		switch {
		case v > t.Value:
			continue
		case v != t.Value || t.Boundary == superior:
			return i, nil
		case t.Boundary != inferior:
			return 0, &ComputeError{}
		}
	}
	return len(s.thresholds), nil
}
