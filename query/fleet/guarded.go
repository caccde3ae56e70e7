package fleet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"

	"aion/storage/points"
)

// Which metrics are guarded is noted before a property that is not public is stored,
// and stays noted: where none is left of a name, that costs time and hides nothing.
// That something is guarded otherwise is told once it is stored, so that no server
// keeps for longer than a second what it was.

// note notes the metrics of properties that are not public.
func (f *Fleet) note(ctx context.Context, tenant string, found levels) error {
	if len(found) == 0 {
		return nil
	}
	g, err := f.guarding(ctx)
	if err != nil {
		return err
	}
	fresh := false
	for metric := range found {
		if g.metrics[tenant][metric] {
			continue
		}
		if err := f.noteMetric(ctx, tenant, metric); err != nil {
			return err
		}
		fresh = true
	}
	if !fresh {
		return nil
	}
	return f.guardsChanged(ctx)
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
	return f.count(ctx)
}

// count has the record of changes be another one.
func (f *Fleet) count(ctx context.Context) error {
	return f.c.Catalog.Update(ctx, kindGuarding, "1", func(value []byte) ([]byte, error) {
		n, _ := strconv.ParseInt(string(value), 10, 64) // of nothing, 0
		return strconv.AppendInt(nil, n+1, 10), nil
	})
}

// guardsChanged tells all servers that something is guarded otherwise than before.
func (f *Fleet) guardsChanged(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	if err := f.count(ctx); err != nil {
		return fmt.Errorf("tell of guarded properties: %w", err)
	}
	_, err := f.guarding(ctx)
	return errors.Join(err, f.changed(ctx))
}

// guardedOtherwise tells whether a device guards other series than before, and notes
// the metrics of those that it guards.
func (f *Fleet) guardedOtherwise(ctx context.Context, tenant string, was, d *Device) (bool, error) {
	if err := f.note(ctx, tenant, closed(d.Properties)); err != nil {
		return false, err
	}
	if folded(was.Profile) != folded(d.Profile) {
		for _, name := range []string{was.Profile, d.Profile} {
			p, _, err := f.profiles().find(ctx, tenant, folded(name))
			if err != nil || closed(p.Properties) != nil {
				return true, err
			}
		}
	}
	before, after := allLevels(was.Properties), allLevels(d.Properties)
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

// allLevels are the levels of all properties of a list.
func allLevels(list []Property) levels {
	all := make(levels, len(list))
	for i := range list {
		all[Metric(list[i].Name)] = levelOf(&list[i])
	}
	return all
}

// replace stores d in the place of was, whose revision is given, 0 for none, and
// tells where it guards other series than that.
func (f *Fleet) replace(ctx context.Context, tenant string, was *Device, revision int64, d *Device) error {
	otherwise, err := f.guardedOtherwise(ctx, tenant, was, d)
	if err != nil {
		return err
	}
	err = f.swap(ctx, tenant, was, revision, d)
	if otherwise && !errors.Is(err, points.ErrConflict) {
		err = errors.Join(err, f.guardsChanged(ctx))
	}
	return err
}

// unnote takes away what is noted of an organization that is gone.
func (f *Fleet) unnote(ctx context.Context, tenant string) error {
	some := false
	for r, err := range f.c.Catalog.All(ctx, kindGuarded, key(tenant, "")) {
		if err == nil {
			err = f.c.Catalog.Remove(ctx, kindGuarded, r.ID, r.Revision)
		}
		if err != nil && !errors.Is(err, points.ErrConflict) {
			return fmt.Errorf("take away what is noted of guarded properties: %w", err)
		}
		some = true
	}
	if !some {
		return nil
	}
	return f.guardsChanged(ctx)
}
