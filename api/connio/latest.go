package connio

import (
	"context"
	"errors"
	"slices"
	"strings"

	"aion/query/encode"
	"aion/query/fleet"
	"aion/storage"
	"aion/storage/points"
)

// value is a property and the last value that it has.
type value struct {
	fleet.Place
	at     int64
	kept   points.Range // the times of which there are points
	block  points.Block // one point; none: nothing was written
	series []storage.Series
}

// latest answers the last value of each property as a plain object.
func (p *Protocol) latest(c *call, o *object) error {
	ctx, release := c.clocked()
	defer release()
	all, err := c.lastValues(ctx, o)
	if err != nil {
		return err
	}
	return p.answer(c, func(b *body) error {
		b.put("{")
		some := false
		for i := range all {
			v := &all[i]
			if v.block.Len() == 0 {
				continue
			}
			if some {
				b.put(",")
			}
			some = true
			b.Text = append(encode.AppendString(b.Text, v.Property.Name), ':')
			b.Text = appendValue(b.Text, v.Property.Type, &v.block, 0)
		}
		b.put("}")
		return nil
	})
}

// lastValues are the properties of an object that who asks may read, with their last
// values: those that are defined in their order, then what else the object has
// points of, by name.
func (c *call) lastValues(ctx context.Context, o *object) ([]value, error) {
	places, err := c.fleet().Places(ctx, &o.Device)
	if err != nil {
		return nil, err
	}
	all := make([]value, 0, len(places))
	at := map[string]int{} // by metric; negative: not for who asks
	for _, place := range places {
		at[place.Metric] = -1
		if o.mayRead(&place.Property) {
			at[place.Metric] = len(all)
			all = append(all, value{Place: place})
		}
	}
	known := len(all)
	selection, err := c.selection(o)
	if err != nil {
		return nil, err
	}
	for s, err := range c.store().Select(ctx, selection) {
		if err != nil {
			return nil, err
		}
		i, there := at[s.Key().Metric]
		if i < 0 {
			continue
		}
		v := value{Place: fleet.Place{Metric: s.Key().Metric, Property: fleet.Property{Name: s.Key().Metric}}}
		if there {
			v = all[i]
		}
		if hidden, err := c.p.hides(ctx, o, &v.Place, s.Key().Tags); err != nil {
			return nil, err
		} else if hidden || !v.holds(s) {
			continue
		}
		if !there {
			i, all = len(all), append(all, v)
			at[v.Metric] = i
		}
		all[i].series = append(all[i].series, s)
	}
	slices.SortFunc(all[known:], func(a, b value) int { return strings.Compare(a.Metric, b.Metric) })
	now := c.p.Now()
	for i := range all {
		all[i].kept = points.Range{From: all[i].Property.Retention.KeptFrom(now), To: points.Always.To}
		if err := all[i].read(ctx); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// holds tells whether a series of the metric has values of the property.
func (v *value) holds(s storage.Series) bool {
	tags := s.Key().Tags
	return !slices.ContainsFunc(v.Matchers(), func(m storage.Matcher) bool { return !m.Matches(tags) })
}

// read reads the last value. Of several at one time it is the one whose series
// comes last.
func (v *value) read(ctx context.Context) error {
	for _, s := range v.series {
		if err := v.look(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// look takes the last point of a series, if it is not before the one at hand.
func (v *value) look(ctx context.Context, s storage.Series) (err error) {
	c := few(s.Points(v.kept, points.Desc), 1)
	defer func() { err = errors.Join(err, c.Close()) }()
	var b points.Block
	if err := c.Next(ctx, &b); err != nil {
		return ended(err)
	}
	if v.block.Len() == 0 || b.Times[0] >= v.at {
		v.at = b.Times[0]
		v.block = b.Slice(0, 1)
	}
	return nil
}
