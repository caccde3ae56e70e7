package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"

	"aion/storage/points"
)

// Which metrics are guarded is noted before a property that is not public is stored,
// and stays noted: where none is left of a name, that costs time and hides nothing.
// That something is about to be guarded otherwise is told before it is stored, see
// passing, and again once it is, so that no server keeps for longer than a second
// what it was.

// note notes the metrics of properties that are not public, and tells whether any
// was not noted before.
func (f *Fleet) note(ctx context.Context, tenant string, found levels) (fresh bool, err error) {
	if len(found) == 0 {
		return false, nil
	}
	g, err := f.guarding(ctx)
	if err != nil {
		return false, err
	}
	for metric := range found {
		if g.metrics[tenant][metric] {
			continue
		}
		if err := f.noteMetric(ctx, tenant, metric); err != nil {
			return false, err
		}
		fresh = true
	}
	return fresh, nil
}

// noteMetric notes one metric.
func (f *Fleet) noteMetric(ctx context.Context, tenant, metric string) error {
	_, err := f.c.Catalog.Put(ctx, kindGuarded, key(tenant, metric), []byte("{}"), 0)
	if err != nil && !errors.Is(err, points.ErrConflict) {
		return fmt.Errorf("note that %s is guarded: %w", metric, err)
	}
	return nil
}

// guardAll notes what was guarded before there were notes.
func (f *Fleet) guardAll(ctx context.Context) error {
	for _, kind := range []string{kindProfile, kindApp, kindDevice} {
		for r, err := range f.c.Catalog.All(ctx, kind, "") {
			if err != nil {
				return err
			}
			d, err := parseDevice(r) // whose properties stand where all records have them
			if err != nil {
				return err
			}
			tenant, _ := split(r.ID)
			for metric := range closed(d.Properties) {
				if err := f.noteMetric(ctx, tenant, metric); err != nil {
					return err
				}
			}
		}
	}
	return f.mark(ctx)
}

// passage is what changes of what is guarded when d takes the place of was, nil
// where nothing does. It notes the metrics of what d guards.
func (f *Fleet) passage(ctx context.Context, tenant string, was, d *Device) (*passage, error) {
	fresh, err := f.note(ctx, tenant, closed(d.Properties))
	if err != nil {
		return nil, err
	}
	p := &passage{f: f, of: thing{kindDevice, tenant, cmp.Or(d.ID, was.ID)}}
	p.lost.All = undefined(closed(was.Properties), d.Properties)
	moved, err := f.moved(ctx, tenant, was, d, &p.lost)
	if err != nil || fresh || moved {
		return p, err
	}
	otherwise, err := f.definesOtherwise(ctx, tenant, was.Properties, d.Properties)
	if err != nil || !otherwise {
		return nil, err
	}
	return p, nil
}

// moved tells whether d has another profile than was, and one of the two guards
// something. What was guards by its profile is lost with that.
func (f *Fleet) moved(ctx context.Context, tenant string, was, d *Device, lost *stays) (bool, error) {
	if folded(was.Profile) == folded(d.Profile) {
		return false, nil
	}
	some := false
	for _, name := range []string{was.Profile, d.Profile} {
		if name == "" {
			continue
		}
		said, err := f.profileSays(ctx, tenant, name)
		if err != nil {
			return false, err
		}
		if some = some || len(said) != 0; name == was.Profile {
			lost.Bare = undefined(undefined(said, was.Properties), d.Properties)
		}
	}
	return some, nil
}

// definesOtherwise tells whether two lists of properties guard other series.
func (f *Fleet) definesOtherwise(ctx context.Context, tenant string, was, is []Property) (bool, error) {
	before, after := allLevels(was), allLevels(is)
	if maps.Equal(before, after) {
		return false, nil
	}
	g, err := f.guarding(ctx)
	if err != nil {
		return false, err
	}
	for metric := range g.metrics[tenant] {
		x, had := before[metric]
		if y, has := after[metric]; had != has || x != y {
			return true, nil
		}
	}
	return false, nil
}

// replace stores d in the place of was, whose revision is given, 0 for none, and
// tells where it guards other series than that.
func (f *Fleet) replace(ctx context.Context, tenant string, was *Device, revision int64, d *Device) error {
	p, err := f.passage(ctx, tenant, was, d)
	if err != nil {
		return err
	}
	return p.during(ctx, func(ctx context.Context) error { return f.swap(ctx, tenant, was, revision, d) })
}

// unnote takes away what is noted of an organization that is gone.
func (f *Fleet) unnote(ctx context.Context, tenant string) error {
	some := false
	for _, kind := range []string{kindDeviceStays, kindProfileStays, kindGuarded} {
		for r, err := range f.c.Catalog.All(ctx, kind, key(tenant, "")) {
			if err == nil {
				err = f.c.Catalog.Remove(ctx, kind, r.ID, r.Revision)
			}
			if err != nil && !errors.Is(err, points.ErrConflict) {
				return fmt.Errorf("take away what is noted of guarded properties: %w", err)
			}
			some = true
		}
	}
	if !some {
		return nil
	}
	return f.announce(ctx, &edit{})
}
