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

// wanted tells of a text whether it is one that the filter lets pass.
func (a *asking) wanted() (func(text string) bool, error) {
	if e, ok := expression(a.filter); ok {
		pattern, err := storage.NewPattern(e)
		if err != nil {
			return nil, bad("%s: %v", a.kind, err)
		}
		return pattern.Match, nil
	}
	parts := choices(a.filter)
	return func(text string) bool {
		return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(text, part) })
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
	wanted, err := a.wanted()
	switch {
	case err != nil:
		return nil, err
	case s.Within == nil && a.kind == askTagNames:
		return gather(store.TagNames(ctx, s), mostNames, wanted)
	case s.Within == nil:
		return gather(store.TagValues(ctx, a.tag, s), mostNames, wanted)
	}
	seen := map[string]bool{}
	for series, err := range store.Select(ctx, s) {
		if err != nil {
			return nil, err
		}
		fresh := a.fresh(series.Key().Tags, func(text string) bool { return !seen[text] && wanted(text) })
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

// fresh are the names or values of a series that are wanted.
func (a *asking) fresh(tags points.Tags, wanted func(string) bool) (texts []string) {
	for _, t := range tags {
		text := t.Name
		if a.kind == askTagValues {
			if t.Name != a.tag {
				continue
			}
			text = t.Value
		}
		if wanted(text) {
			texts = append(texts, text)
		}
	}
	return texts
}
