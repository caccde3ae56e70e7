package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// parseDevice reads a device's record.
func parseDevice(r storage.Record) (d Device, err error) {
	if err := json.Unmarshal(r.Value, &d); err != nil {
		return Device{}, fmt.Errorf("read device %s: %w: %v", r.ID, points.ErrCorrupt, err)
	}
	return d, nil
}

// shown is a device with the name of its organization.
func (f *Fleet) shown(ctx context.Context, tenant string, d Device) (Device, error) {
	var err error
	d.Organization, err = f.organization(ctx, tenant)
	return d, err
}

// Devices is a page of the devices of an organization whose ids begin with
// prefix and sort behind after, ascending; fewer than limit are the last.
// Devices that a write of this server is about to create are waited for, so that
// who writes one finds it; where some thousands are, those are missing that are not
// created yet.
func (f *Fleet) Devices(ctx context.Context, organization, prefix, after string, limit int) ([]Device, error) {
	if err := f.settleFew(ctx); err != nil {
		return nil, err
	}
	tenant, err := f.tenant(ctx, organization)
	if err != nil {
		return nil, err
	}
	if after != "" {
		after = key(tenant, after)
	}
	records, err := f.c.Catalog.List(ctx, kindDevice, key(tenant, prefix), after, limit)
	if err != nil {
		return nil, err
	}
	name, err := f.organization(ctx, tenant)
	if err != nil {
		return nil, err
	}
	list := make([]Device, len(records))
	for i, r := range records {
		if list[i], err = parseDevice(r); err != nil {
			return nil, err
		}
		list[i].Organization = name
	}
	return list, nil
}

// Create makes a device. What is wrong with it is an InvalidError, what another
// device has already a TakenError.
func (f *Fleet) Create(ctx context.Context, organization string, d Device) (Device, error) {
	tenant, err := f.tenant(ctx, organization)
	if err != nil {
		return Device{}, err
	}
	if err := f.create(ctx, tenant, &d); err != nil {
		return Device{}, err
	}
	return f.shown(ctx, tenant, d)
}

// create is Create for a tenant.
func (f *Fleet) create(ctx context.Context, tenant string, d *Device) error {
	_, revision, err := f.load(ctx, tenant, d.ID)
	if err == nil && revision != 0 {
		err = &TakenError{"id", d.ID}
	}
	if err == nil {
		err = f.noApp(ctx, tenant, "id", d.ID)
	}
	if err != nil {
		return err
	}
	return f.add(ctx, tenant, d)
}

// add makes a device whose id nobody had a moment ago.
func (f *Fleet) add(ctx context.Context, tenant string, d *Device) error {
	d.Number, d.Created, d.Policies, d.SecretHash = newNumber(), f.now(), nil, ""
	turn := f.known.turn()
	err := f.ready(ctx, tenant, &Device{}, d)
	if err == nil {
		err = f.replace(ctx, tenant, &Device{}, 0, d)
	}
	if errors.Is(err, points.ErrConflict) {
		err = &TakenError{"id", d.ID}
	}
	if err == nil {
		f.known.addMade(turn, f.known.hash(tenant, d.ID))
	}
	return err
}

// ready brings a device into the form in which it is kept, and checks it.
func (f *Fleet) ready(ctx context.Context, tenant string, was, d *Device) error {
	return f.readyAt(ctx, tenant, was, d, f.now())
}

// readyAt is ready where it is now.
func (f *Fleet) readyAt(ctx context.Context, tenant string, was, d *Device, now time.Time) error {
	d.Modified = now
	d.arrange(was)
	if err := d.check(); err != nil {
		return err
	}
	if d.Profile != "" && d.Profile != was.Profile {
		p, err := f.profile(ctx, tenant, d.Profile)
		if errors.Is(err, ErrUnknown) {
			return points.Invalid("profile: there is none named %q", d.Profile)
		}
		if err != nil {
			return err
		}
		d.Profile = p.Name
	}
	if d.NewSecret == "" {
		return nil
	}
	if err := f.brief.take(tenant, d.NewSecret, d.Modified); err != nil {
		return err
	}
	var err error
	d.SecretHash, err = f.hash(ctx, d.NewSecret)
	d.NewSecret = ""
	return err
}

// Change changes a device by change, which is called again where somebody else
// changes it at the same time. Its id, its number and its times stay. A change
// that changes nothing mends what a crash may have left of the aliases.
func (f *Fleet) Change(ctx context.Context, organization, id string, change func(*Device) error) (Device, error) {
	tenant, err := f.tenant(ctx, organization)
	if err != nil {
		return Device{}, err
	}
	for {
		d, err := f.changeOnce(ctx, tenant, id, change)
		switch {
		case errors.Is(err, points.ErrConflict):
			continue
		case err != nil:
			return Device{}, err
		}
		return f.shown(ctx, tenant, d)
	}
}

// changeOnce tries a change once. Where somebody else was faster it answers a
// points.ErrConflict.
func (f *Fleet) changeOnce(ctx context.Context, tenant, id string, change func(*Device) error) (Device, error) {
	was, revision, err := f.load(ctx, tenant, id)
	if err == nil && revision == 0 {
		err = &UnknownError{"device", id}
	}
	if err != nil {
		return Device{}, err
	}
	d := was
	d.Aliases, d.Properties = slices.Clone(was.Aliases), slices.Clone(was.Properties)
	d.Rights, d.Attributes = slices.Clone(was.Rights), maps.Clone(was.Attributes)
	if err := change(&d); err != nil {
		return Device{}, err
	}
	d.ID, d.Number, d.Created, d.Policies, d.SecretHash = was.ID, was.Number, was.Created, was.Policies, was.SecretHash
	if err := f.ready(ctx, tenant, &was, &d); err != nil {
		return Device{}, err
	}
	err = f.replace(ctx, tenant, &was, revision, &d)
	return d, err
}

// Delete takes a device away, and with data all its points. Without, its next
// point creates it anew, if points do so, and what was not public of it stays so.
func (f *Fleet) Delete(ctx context.Context, organization, id string, data bool) error {
	tenant, err := f.tenant(ctx, organization)
	if err != nil {
		return err
	}
	for {
		d, revision, err := f.load(ctx, tenant, id)
		if err == nil && revision == 0 {
			err = &UnknownError{"device", id}
		}
		if err == nil && data {
			err = f.DeleteData(ctx, organization, id)
		}
		if err != nil {
			return err
		}
		err = f.leave(ctx, tenant, &d, revision)
		switch {
		case errors.Is(err, points.ErrConflict):
			continue
		case err != nil:
			return err
		}
		return f.forget(ctx, tenant, &d)
	}
}

// leave takes a device's record away.
func (f *Fleet) leave(ctx context.Context, tenant string, d *Device, revision int64) error {
	p, err := f.passage(ctx, tenant, d, &Device{})
	if err != nil {
		return err
	}
	return p.during(ctx, func(ctx context.Context) error {
		return f.c.Catalog.Remove(ctx, kindDevice, key(tenant, d.ID), revision)
	})
}

// forget takes away what pointed to a device that is gone.
func (f *Fleet) forget(ctx context.Context, tenant string, d *Device) error {
	return errors.Join(
		f.noteGone(ctx, tenant, d.ID),
		f.releaseAll(ctx, tenant, d.ID, d.claims()),
		f.releaseSecret(ctx, tenant, d.ID, d.SecretHash),
		f.unrule(ctx, tenant, d.ID),
		f.changed(ctx),
	)
}

// fits tells whether a text can be an id or an alias.
func fits(text string) bool {
	var p problems
	p.text("", text, 1, maxID)
	return len(p) == 0
}
