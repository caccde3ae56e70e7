package fleet

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"aion/storage"
	"aion/storage/points"
)

// stays are levels that remain of properties which nothing defines any more, as
// long as there are points of them: what was closed does not open because its
// definition, its device or its profile goes. Whoever defines the property at the
// same thing again says what counts.
type stays struct {
	All  levels `json:"all,omitempty"`  // of all series of a device or an app, or of a profile
	Bare levels `json:"bare,omitempty"` // of those series of a device that lack a profile's tag
}

// none tells whether nothing stays.
func (s *stays) none() bool { return len(s.All) == 0 && len(s.Bare) == 0 }

// stays is the kind of the records of what stays of a thing.
func (t thing) stays() string {
	if t.kind == kindProfile {
		return kindProfileStays
	}
	return kindDeviceStays
}

// parseStays reads a record of what stays; none says that nothing does.
func parseStays(value []byte) (s stays, err error) {
	if value == nil {
		return s, nil
	}
	if err := json.Unmarshal(value, &s); err != nil {
		return s, fmt.Errorf("read what stays of properties: %w: %v", points.ErrCorrupt, err)
	}
	return s, nil
}

// stay has levels stay, beside those that do.
func (f *Fleet) stay(ctx context.Context, t thing, lost stays) error {
	if lost.none() {
		return nil
	}
	return f.c.Catalog.Update(ctx, t.stays(), t.record(), func(value []byte) ([]byte, error) {
		s, err := parseStays(value)
		if err != nil {
			return nil, err
		}
		return json.Marshal(stays{merged(s.All, lost.All), merged(s.Bare, lost.Bare)})
	})
}

// stayed is what stays of a thing.
func (f *Fleet) stayed(ctx context.Context, t thing) (stays, error) {
	r, err := f.c.Catalog.Record(ctx, t.stays(), t.record())
	if err != nil {
		return stays{}, fmt.Errorf("find what stays of properties: %w", err)
	}
	return parseStays(r.Value)
}

// trim leaves of what stays of a thing what no definition says and there are points
// of, and tells whether that is less than before. It leaves all while somebody else
// than the passage of a number, 0 for none, is about to change the thing: what its
// definition says now, it may not say any more in a moment.
func (f *Fleet) trim(ctx context.Context, t thing, number int64) (less bool, err error) {
	r, err := f.c.Catalog.Record(ctx, t.stays(), t.record())
	if err != nil || r.Revision == 0 {
		return false, err
	}
	err = f.c.Catalog.Update(ctx, t.stays(), t.record(), func(value []byte) ([]byte, error) {
		was, err := parseStays(value)
		if err != nil || value == nil {
			return nil, errors.Join(err, errSame)
		}
		busy, err := f.busy(ctx, t, number) // after what stays was read: who begins now changes that
		if err != nil || busy {
			return nil, cmp.Or(err, errSame)
		}
		s, err := f.needed(ctx, t, was)
		switch {
		case err != nil:
			return nil, err
		case len(s.All) == len(was.All) && len(s.Bare) == len(was.Bare):
			return nil, errSame
		case s.none():
			return nil, nil
		}
		return json.Marshal(s)
	})
	if errors.Is(err, errSame) {
		return false, nil
	}
	return err == nil, err
}

// busy tells whether a passage of another number is under way at a thing, on any
// server.
func (f *Fleet) busy(ctx context.Context, t thing, number int64) (bool, error) {
	r, err := f.c.Catalog.Record(ctx, kindGuarding, "1")
	if err != nil {
		return false, fmt.Errorf("find the changes of guarded properties under way: %w", err)
	}
	now := f.now()
	return slices.ContainsFunc(parsePassing(r.Value).Begun, func(b begun) bool {
		return b.Kind == t.kind && b.ID == t.record() && b.Number != number && !b.over(now)
	}), nil
}

// needed is what has to stay of s.
func (f *Fleet) needed(ctx context.Context, t thing, s stays) (stays, error) {
	own, profile, err := f.defined(ctx, t)
	if err != nil {
		return s, err
	}
	s.All, s.Bare = maps.Clone(s.All), maps.Clone(s.Bare)
	maps.DeleteFunc(s.All, func(metric string, _ storage.Access) bool { return own[metric] })
	maps.DeleteFunc(s.Bare, func(metric string, level storage.Access) bool { return own[metric] || profile[metric] >= level })
	for _, part := range []struct {
		levels levels
		bare   bool
	}{{s.All, false}, {s.Bare, true}} {
		if len(part.levels) == 0 {
			continue
		}
		some, err := f.stored(ctx, t, slices.Sorted(maps.Keys(part.levels)), part.bare)
		if err != nil {
			return s, fmt.Errorf("look for points of properties that stay: %w", err)
		}
		maps.DeleteFunc(part.levels, func(metric string, _ storage.Access) bool { return !some[metric] })
	}
	return s, nil
}

// defined are the metrics of the properties that a thing defines by itself, and the
// levels of the profile that it has.
func (f *Fleet) defined(ctx context.Context, t thing) (own map[string]bool, profile levels, err error) {
	var list []Property
	if t.kind == kindProfile {
		var p Profile
		p, _, err = f.profiles().find(ctx, t.tenant, t.id)
		list = p.Properties
	} else {
		var d Device
		if d, err = f.described(ctx, t.tenant, t.id); err == nil && d.Profile != "" {
			profile, err = f.profileSays(ctx, t.tenant, d.Profile)
		}
		list = d.Properties
	}
	own = make(map[string]bool, len(list))
	for i := range list {
		own[Metric(list[i].Name)] = true
	}
	return own, profile, err
}

// stored are those of some metrics of which there are points of a thing; bare ones
// are those without a profile's tag. Those of a profile may be any that lack the tag,
// of devices that may have it.
func (f *Fleet) stored(ctx context.Context, t thing, metrics []string, bare bool) (map[string]bool, error) {
	sel, err := f.selected(ctx, t, bare)
	if err != nil {
		return nil, err
	}
	sel.Metrics = metrics
	some := map[string]bool{}
	for series, err := range f.c.Store.Select(ctx, sel) {
		if err != nil {
			return nil, err
		}
		metric := series.Key().Metric
		if some[metric] {
			continue
		}
		found, err := series.Any(ctx, points.Always)
		if err != nil {
			return nil, err
		}
		if found {
			some[metric] = true
		}
		if len(some) == len(metrics) {
			break
		}
	}
	return some, nil
}

// selected are the series that stored is about, of all metrics.
func (f *Fleet) selected(ctx context.Context, t thing, bare bool) (storage.Selection, error) {
	organization, err := f.organization(ctx, t.tenant)
	if err != nil {
		return storage.Selection{}, err
	}
	tag := storage.Matcher{Tag: ProfileTag, Absent: true}
	if t.kind == kindProfile {
		tag.Values = []string{t.id}
		sel, err := f.Selection(ctx, organization)
		sel.Matchers = append(sel.Matchers, tag)
		return sel, err
	}
	sel, err := f.Selection(ctx, organization, t.id)
	if bare {
		sel.Matchers = append(sel.Matchers, tag)
	}
	return sel, err
}

// trimAll is trim for all things of which something stays and that nobody is about
// to change.
func (f *Fleet) trimAll(ctx context.Context, step func() error) error {
	some := false
	for _, kind := range []string{kindDevice, kindProfile} {
		t := thing{kind: kind}
		for r, err := range f.c.Catalog.All(ctx, t.stays(), "") {
			if err == nil {
				err = step()
			}
			if err != nil {
				return err
			}
			t.tenant, t.id = split(r.ID)
			less, err := f.trim(ctx, t, 0)
			if err != nil {
				return err
			}
			some = some || less
		}
	}
	if !some {
		return nil
	}
	return f.announce(ctx, &edit{})
}

// Reopens tells whether a property of a profile would open what stays closed there.
func (f *Fleet) Reopens(ctx context.Context, organization, profile string, p *Property) (bool, error) {
	tenant, err := f.tenant(ctx, organization)
	if err != nil {
		return false, err
	}
	s, err := f.stayed(ctx, thing{kindProfile, tenant, folded(profile)})
	return s.All[Metric(p.Name)] > levelOf(p), err
}
