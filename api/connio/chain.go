package connio

import (
	"aion/aggregators"
	"aion/storage/points"
)

// chain builds the aggregators of a question whose range is env's, and tells in
// which order they want the points. Nulls that gaps makes are heeded as Connio
// does. Under order desc an aggregator of ranges computes them forwards, and its
// results are listed backwards; all others see the stream in its order.
func (q *question) chain(env aggregators.Env, first *aggregators.Spec) ([]aggregators.Aggregator, points.Order, error) {
	list := make([]aggregators.Aggregator, 0, len(q.steps))
	nulls := false
	for i := range q.steps {
		s := &q.steps[i]
		a, err := s.build(env, s.spec)
		if err == nil && nulls {
			a, err = s.heeding(a, env, first)
		}
		if err != nil {
			return nil, q.order, err
		}
		list = append(list, a)
		nulls = s.spec.Name == "gaps" || nulls && (s.spec.Name == "trim" || !s.spec.Range && s.even())
	}
	if q.order == points.Asc {
		return list, q.order, nil
	}
	return q.turned(list)
}

// build makes a step's aggregator, or another one with the step's ranges.
func (s *step) build(env aggregators.Env, spec *aggregators.Spec) (aggregators.Aggregator, error) {
	values, first := s.ranges(env.Start, env.Zone)
	a, err := spec.Build(env, values)
	if err != nil {
		return nil, bad("%s: %v", s.at, err)
	}
	if spec.Name == "gaps" && first != points.Always.From {
		a = &since{a, first}
	}
	return a, nil
}

// even tells whether the step makes of each point one at the same time, so that a
// null can stay one.
func (s *step) even() bool { return s.spec.Name == "scale" || s.spec.Name == "div" }

// heeding is the step's aggregator for a stream that has nulls: they are passed on
// as they are by what changes each point by itself, and passed over by all other
// arithmetic. A range of nulls alone yields nothing; the stamp of another one
// follows its first point, null or not.
func (s *step) heeding(a aggregators.Aggregator, env aggregators.Env, first *aggregators.Spec) (aggregators.Aggregator, error) {
	switch {
	case s.spec.Name == "gaps", s.spec.Name == "trim":
		return a, nil
	case s.even():
		return &evenly{a}, nil
	case !s.spec.Range, s.spec.Name == "last", s.spec.Name == "least_squares", s.values["align_start_time"] == true:
		return &sparing{Aggregator: a}, nil
	}
	stamps, err := s.build(env, first)
	return &sparing{a, stamps}, err
}

// turned puts turns between the aggregators of a descending question, so that
// those of ranges see their points ascending.
func (q *question) turned(list []aggregators.Aggregator) ([]aggregators.Aggregator, points.Order, error) {
	order := points.Desc
	if len(list) > 0 && q.steps[0].spec.Range {
		order = points.Asc
	}
	var all []aggregators.Aggregator
	at := order
	for i, a := range list {
		want := points.Desc
		if q.steps[i].spec.Range {
			want = points.Asc
		}
		if want != at {
			all = append(all, &turn{})
		}
		all, at = append(all, a), want
	}
	if at == points.Asc {
		all = append(all, &turn{})
	}
	return all, order, nil
}

// preserving tells whether what comes out are values of the property, and not
// numbers that were computed of them.
func (q *question) preserving() bool {
	for i := range q.steps {
		switch q.steps[i].spec.Name {
		case "first", "last", "gaps", "trim":
		default:
			return false
		}
	}
	return true
}

// fits tells, as an error, which aggregator or grouper cannot take points of a
// kind.
func (q *question) fits(list []aggregators.Aggregator, kind points.Kind) error {
	if kind != points.Number {
		for i := range q.groupers {
			if g := &q.groupers[i]; g.numeric() {
				return bad("%s.name: the property is not numeric, and %s groups numbers alone", g.at, g.by)
			}
		}
	}
	i := 0
	for _, a := range list {
		if _, turns := a.(*turn); turns {
			continue
		}
		out, ok := a.Kind(kind)
		if !ok {
			return bad("%s.name: the property is not numeric, and %s takes numbers alone", q.steps[i].at, q.steps[i].spec.Name)
		}
		kind = out
		i++
	}
	return nil
}
