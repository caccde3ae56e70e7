package aggregators

import (
	"context"
	"fmt"

	"aion/storage/points"
)

// rateSpec describes rate: the change from the point before, per sampling. A
// sampling of days and more is as long as it is in the zone from that point on.
func rateSpec() Spec {
	return Spec{
		Name: "rate", Label: "Rate", Description: "Computes the rate of change for the data points.",
		Properties: []Property{{
			Name: "sampling", Label: "Sampling", Type: Sampling, Optional: true,
			Description: "The time that the change is computed for.",
		}},
		Hidden: []Property{
			{
				Name: "unit", Label: "Time Unit", Type: UnitOnly, Optional: true,
				Description: "The same as a sampling of one such unit.",
			},
			timeZone(),
		},
		Build: func(env Env, v Values) (Aggregator, error) { return newSpeed("rate", false, env, v), nil },
	}
}

// newSpeed makes rate or, as whole, sampler. The sampling is the property of
// that name, else unit.
func newSpeed(name string, whole bool, env Env, v Values) Aggregator {
	one := points.Span{Value: 1, Unit: points.Milliseconds}
	span := get(v, "sampling", get(v, "unit", one))
	zone := get(v, "time_zone", env.Zone)
	return &blockwise{text: call(name, spanText(span)), kind: numbersOnly, start: func(Group) change {
		return &speed{name: name, whole: whole, span: span, calendar: calendar{newClock(zone)}}
	}}
}

// speed divides what has happened since the point before by the time since
// then, and multiplies by the length of the sampling.
type speed struct {
	name     string
	whole    bool // what has happened is the value itself, not its change
	span     points.Span
	calendar calendar
	previous previous
}

// change replaces the numbers of b by their rates.
func (s *speed) change(_ context.Context, b *points.Block) error {
	skip, last, err := s.previous.step(b)
	if err != nil {
		return err
	}
	if skip < b.Len() {
		if err := s.compute(b, skip); err != nil {
			return err
		}
	}
	s.previous = last
	dropFirst(b, skip)
	return nil
}

// compute fills b's values from place skip on.
func (s *speed) compute(b *points.Block, skip int) error {
	before, value := s.previous.at, s.previous.value
	length, err := s.calendar.length(before, s.span)
	if err != nil {
		return err
	}
	fixed, factor := s.span.Unit < points.Days, float64(length)
	for i := skip; i < len(b.Times); i++ {
		at, v := b.Times[i], b.Floats[i]
		if at == before {
			return s.sameTime()
		}
		if !fixed {
			if length, err = s.calendar.length(before, s.span); err != nil {
				return err
			}
			factor = float64(length)
		}
		happened := v
		if !s.whole {
			happened = v - value
		}
		b.Floats[i] = happened / float64(at-before) * factor
		before, value = at, v
	}
	return nil
}

// sameTime is what KairosDB says to two points of one time.
func (s *speed) sameTime() error {
	return &ComputeError{fmt.Sprintf("The %s aggregator cannot compute rate for data points with the same time stamp.  "+
		"You must precede %s with another aggregator.", s.name, s.name)}
}
