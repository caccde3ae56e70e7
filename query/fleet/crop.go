package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"aion/storage"
	"aion/storage/points"
)

// Crop deletes the points of a property of a device, or of an app, that its rule
// has no room for, as the sweeper does.
func (f *Fleet) Crop(ctx context.Context, organization, id string, p *Place) error {
	capacity, rule := p.Property.Retention.most(), p.ruled()
	if capacity == 0 {
		return nil
	}
	sel, err := f.Selection(ctx, organization, id)
	if err != nil {
		return err
	}
	sel.Metrics, sel.Matchers = []string{p.Metric}, append(sel.Matchers, rule)
	s := &sweeper{f: f, quiet: true, step: func() error { return nil }, now: f.now()}
	oldest, ok, err := s.oldest(ctx, sel, capacity)
	if err == nil && ok {
		err = s.delete(ctx, "", sel, points.Range{From: math.MinInt64, To: oldest - 1})
	}
	if err != nil {
		return fmt.Errorf("crop property %s of %s: %w", p.Property.Name, id, err)
	}
	return nil
}

// most is how many points a rule keeps; 0: any number.
func (r *Retention) most() int64 {
	switch {
	case r == nil:
		return 0
	case r.Type == "mostrecent":
		return 1
	}
	return r.Capacity
}

// ruled is the condition for the points that the rule of p is about: those that
// carry its profile's tag, or none for a property of the device's own.
func (p *Place) ruled() storage.Matcher {
	if p.Profile == "" {
		return storage.Matcher{Tag: ProfileTag, Absent: true}
	}
	return storage.Matcher{Tag: ProfileTag, Values: []string{p.Profile}}
}

// crop leaves the newest points of each device of a selection, so many over all
// of the device's series.
func (s *sweeper) crop(ctx context.Context, rule string, sel storage.Selection, capacity int64) error {
	tag := s.f.c.DeviceTag
	for id, err := range s.f.c.Store.TagValues(ctx, tag, sel) {
		if err != nil {
			return fmt.Errorf("list the devices that %s is about: %w", rule, err)
		}
		one := sel
		one.Matchers = append(slices.Clone(sel.Matchers), storage.Matcher{Tag: tag, Values: []string{id}})
		if err := s.step(); err != nil {
			return err
		}
		oldest, ok, err := s.oldest(ctx, one, capacity)
		if err != nil {
			return fmt.Errorf("count what %s keeps of device %s: %w", rule, id, err)
		}
		if !ok {
			continue
		}
		if err := s.delete(ctx, rule+" device "+id, one, points.Range{From: math.MinInt64, To: oldest - 1}); err != nil {
			return err
		}
	}
	return nil
}

// oldest is the time of the oldest of the newest points of a selection, as many
// as capacity says; ok is false where there are no more than these.
func (s *sweeper) oldest(ctx context.Context, sel storage.Selection, capacity int64) (at int64, ok bool, err error) {
	var all []storage.Series
	for series, err := range s.f.c.Store.Select(ctx, sel) {
		if err != nil {
			return 0, false, err
		}
		all = append(all, series)
	}
	if few, err := fewer(ctx, all, capacity); err != nil || few {
		return 0, false, err
	}
	var times []int64
	for _, series := range all {
		if times, err = newest(ctx, series, times, capacity); err != nil {
			return 0, false, err
		}
	}
	if int64(len(times)) < capacity {
		return 0, false, nil
	}
	return times[capacity-1], true, nil
}

// fewer tells, as far as summaries do, that series have no more points than a
// capacity.
func fewer(ctx context.Context, all []storage.Series, capacity int64) (bool, error) {
	n := int64(0)
	for _, series := range all {
		summarized, ok := series.(storage.Summarized)
		if !ok {
			return false, nil
		}
		c := summarized.Summaries(points.Always)
		counted, err := count(ctx, c, capacity-n)
		if err = errors.Join(err, c.Close()); err != nil {
			return false, err
		}
		if n += counted; n > capacity {
			return false, nil
		}
	}
	return true, nil
}

// count counts the points of a cursor, and stops where there are more than most.
func count(ctx context.Context, c points.Summarizer, most int64) (n int64, err error) {
	var b points.Block
	for n <= most {
		summary, ok, err := c.Peek(ctx, math.MaxInt64)
		if err != nil {
			return n, err
		}
		if ok {
			n += summary.Count
			c.Skip()
			continue
		}
		switch err := c.Next(ctx, &b); {
		case errors.Is(err, io.EOF):
			return n, nil
		case err != nil:
			return n, err
		}
		n += int64(b.Len())
	}
	return n, nil
}

// newest adds the times of a series' points to those of others, and answers the
// newest of all, descending, no more than capacity.
func newest(ctx context.Context, series storage.Series, times []int64, capacity int64) ([]int64, error) {
	r := points.Always
	if int64(len(times)) >= capacity {
		r.From = times[capacity-1]
	}
	c := series.Points(r, points.Desc)
	var b points.Block
	var err error
	for n := int64(0); n < capacity && err == nil; n += int64(b.Len()) {
		if err = c.Next(ctx, &b); err == nil {
			times = append(times, b.Times...)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	slices.SortFunc(times, func(a, b int64) int { return cmp.Compare(b, a) })
	return times[:min(int64(len(times)), capacity)], errors.Join(err, c.Close())
}
