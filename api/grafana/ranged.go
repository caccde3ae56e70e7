package grafana

import (
	"context"
	"slices"
	"strings"

	"aion/storage"
	"aion/storage/points"
)

// filtered are the metrics that a variable asks for, with a range those that have
// points in it.
func (p *Protocol) filtered(ctx context.Context, store storage.Store, a *asking, within *points.Range) ([]string, error) {
	s := storage.Selection{Matchers: a.tags, Within: within}
	wanted, err := a.wanted()
	if err != nil {
		return nil, err
	}
	list, err := p.names(ctx, store, s, wanted)
	if err != nil || within == nil {
		return list, err
	}
	var there []string
	for _, name := range list {
		s.Metrics = []string{name}
		some, far, err := pointed(ctx, store, s)
		switch {
		case err != nil:
			return nil, err
		case far:
			return list, nil
		case some:
			there = append(there, name)
		}
	}
	return there, nil
}

// wanted tells of a metric whether its name is one that is asked for.
func (a *asking) wanted() (func(name string) bool, error) {
	if e, ok := expression(a.filter); ok {
		pattern, err := storage.NewPattern(e)
		if err != nil {
			return nil, bad("metrics: %v", err)
		}
		return pattern.Match, nil
	}
	parts := choices(a.filter)
	return func(name string) bool {
		return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(name, part) })
	}, nil
}

// pointed tells whether a selection has a point in its range. Of series that are far
// away it does not ask: their index is cut by time.
func pointed(ctx context.Context, store storage.Reader, s storage.Selection) (some, far bool, err error) {
	for series, err := range store.Select(ctx, s) {
		if err != nil || storage.Far(series) {
			return false, err == nil, err
		}
		if some, err := series.Any(ctx, *s.Within); some || err != nil {
			return some, false, err
		}
	}
	return false, false, nil
}

// tagged are names or values of tags. With a range only series that have points
// in it count; a store far away has an index that is cut by time, which must do.
func tagged(ctx context.Context, store storage.Store, a *asking, s storage.Selection) ([]string, error) {
	if s.Within == nil {
		if a.kind == askTagNames {
			return gather(store.TagNames(ctx, s), mostNames, nil)
		}
		return gather(store.TagValues(ctx, a.tag, s), mostNames, nil)
	}
	seen := map[string]bool{}
	for series, err := range store.Select(ctx, s) {
		if err != nil {
			return nil, err
		}
		fresh := a.fresh(series.Key().Tags, seen)
		if len(fresh) == 0 {
			continue
		}
		if !storage.Far(series) {
			if there, err := series.Any(ctx, *s.Within); err != nil || !there {
				if err != nil {
					return nil, err
				}
				continue
			}
		}
		for _, text := range fresh {
			seen[text] = true
		}
	}
	list := make([]string, 0, len(seen))
	for text := range seen {
		list = append(list, text)
	}
	slices.Sort(list)
	return list[:min(len(list), mostNames)], nil
}

// fresh are the names or values of a series that were not seen yet.
func (a *asking) fresh(tags points.Tags, seen map[string]bool) (texts []string) {
	for _, t := range tags {
		text := t.Name
		if a.kind == askTagValues {
			if t.Name != a.tag {
				continue
			}
			text = t.Value
		}
		if !seen[text] {
			texts = append(texts, text)
		}
	}
	return texts
}
