package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"aion/storage"
	"aion/storage/points"
)

// load is the device of an id, or a revision of 0.
func (f *Fleet) load(ctx context.Context, tenant, id string) (d Device, revision int64, err error) {
	if !fits(id) {
		return Device{}, 0, nil
	}
	r, err := f.c.Catalog.Record(ctx, kindDevice, key(tenant, id))
	if err != nil || r.Revision == 0 {
		return Device{}, 0, err
	}
	d, err = parseDevice(r)
	return d, r.Revision, err
}

// parseDevice reads a device's record.
func parseDevice(r storage.Record) (d Device, err error) {
	if err := json.Unmarshal(r.Value, &d); err != nil {
		return Device{}, fmt.Errorf("read device %s: %w: %v", r.ID, points.ErrCorrupt, err)
	}
	return d, nil
}

// Device is the device with an id, or an UnknownError.
func (f *Fleet) Device(ctx context.Context, organization, id string) (Device, error) {
	tenant, err := f.tenant(ctx, organization)
	if err != nil {
		return Device{}, err
	}
	d, revision, err := f.load(ctx, tenant, id)
	if err == nil && revision == 0 {
		err = &UnknownError{"device", id}
	}
	if err != nil {
		return Device{}, err
	}
	return f.shown(ctx, tenant, d)
}

// shown is a device with the name of its organization.
func (f *Fleet) shown(ctx context.Context, tenant string, d Device) (Device, error) {
	var err error
	d.Organization, err = f.organization(ctx, tenant)
	return d, err
}

// Devices is a page of the devices of an organization whose ids begin with
// prefix and sort behind after, ascending; fewer than limit are the last.
// Devices that a write of this server is about to create are waited for.
func (f *Fleet) Devices(ctx context.Context, organization, prefix, after string, limit int) ([]Device, error) {
	if err := f.Settle(ctx); err != nil {
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
	if err != nil {
		return err
	}
	return f.add(ctx, tenant, d)
}

// add makes a device whose id nobody had a moment ago.
func (f *Fleet) add(ctx context.Context, tenant string, d *Device) error {
	d.Number, d.Created, d.Policies, d.SecretHash = newNumber(), f.now(), nil, ""
	err := f.ready(ctx, tenant, &Device{}, d)
	if err == nil {
		err = f.replace(ctx, tenant, &Device{}, 0, d)
	}
	if errors.Is(err, points.ErrConflict) {
		err = &TakenError{"id", d.ID}
	}
	if err == nil {
		f.known.add(f.known.hash(tenant, d.ID))
	}
	return err
}

// ready brings a device into the form in which it is kept, and checks it.
func (f *Fleet) ready(ctx context.Context, tenant string, was, d *Device) error {
	d.Modified = f.now()
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
	if err := change(&d); err != nil {
		return Device{}, err
	}
	d.ID, d.Number, d.Created, d.Policies, d.SecretHash = was.ID, was.Number, was.Created, was.Policies, was.SecretHash
	if err := f.ready(ctx, tenant, &was, &d); err != nil {
		return Device{}, err
	}
	return d, f.replace(ctx, tenant, &was, revision, &d)
}

// replace stores d in the place of was, whose revision is given, 0 for none: what
// points to it first, then the record, then it takes away what pointed to was.
func (f *Fleet) replace(ctx context.Context, tenant string, was *Device, revision int64, d *Device) error {
	var before []claim
	if revision != 0 {
		before = was.claims()
	}
	fresh := without(d.claims(), before)
	if err := f.point(ctx, tenant, was, d); err != nil {
		return f.drop(ctx, tenant, d, fresh, err)
	}
	value, same, err := changed(was, d)
	if err != nil || same && revision != 0 {
		return err
	}
	revision, err = f.c.Catalog.Put(ctx, kindDevice, key(tenant, d.ID), value, revision)
	if err != nil {
		return f.drop(ctx, tenant, d, fresh, err)
	}
	if err := f.confirm(ctx, tenant, was, d, fresh); err != nil {
		return f.undo(ctx, tenant, was, d, revision, fresh, err)
	}
	if was.SecretHash != d.SecretHash {
		if err := f.releaseSecret(ctx, tenant, d.ID, was.SecretHash); err != nil {
			return err
		}
	}
	return f.releaseAll(ctx, tenant, d.ID, without(before, d.claims()))
}

// changed is the record of d, and whether it says the same as that of was but
// for the time.
func changed(was, d *Device) (value []byte, same bool, err error) {
	if value, err = json.Marshal(d); err != nil {
		return nil, false, fmt.Errorf("write device %s: %w", d.ID, err)
	}
	if len(value) > maxRecord {
		return nil, false, points.Invalid("the device has %d bytes, and at most %d are kept", len(value), maxRecord)
	}
	old := *was
	old.Modified = d.Modified
	before, err := json.Marshal(&old)
	if same = err == nil && string(before) == string(value); same {
		d.Modified = was.Modified
	}
	return value, same, err
}

// maxRecord is how many bytes a device has at most.
const maxRecord = 256 << 10

// point has alias, secret and rule records say what d says.
func (f *Fleet) point(ctx context.Context, tenant string, was, d *Device) error {
	for _, c := range d.claims() {
		if err := f.hold(ctx, tenant, d.ID, c, false); err != nil {
			return err
		}
	}
	if d.SecretHash != "" {
		if err := f.holdSecret(ctx, tenant, d.ID, d.SecretHash, false); err != nil {
			return err
		}
	}
	if !d.ruled() || was.ruled() {
		return nil
	}
	return f.c.Catalog.Update(ctx, kindRuled, key(tenant, d.ID), func([]byte) ([]byte, error) { return []byte("{}"), nil })
}

// confirm makes sure, now that the record of d is there, that what is new points
// to it and that nothing else is called so: of two devices that want the same
// text at once at least one sees the other here.
func (f *Fleet) confirm(ctx context.Context, tenant string, was, d *Device, fresh []claim) error {
	for _, c := range fresh {
		if c.rank == byNumber {
			continue
		}
		if err := f.hold(ctx, tenant, d.ID, c, true); err != nil {
			return err
		}
		if c.rank != byAlias {
			continue
		}
		_, revision, err := f.load(ctx, tenant, c.text)
		if err != nil {
			return err
		}
		if revision != 0 {
			return &TakenError{"aliases", c.text}
		}
	}
	if d.SecretHash != was.SecretHash {
		if err := f.holdSecret(ctx, tenant, d.ID, d.SecretHash, true); err != nil {
			return err
		}
	}
	if was.ID != "" {
		return nil
	}
	_, ok, err := f.owner(ctx, tenant, d.ID)
	if err == nil && ok {
		err = &TakenError{"id", d.ID}
	}
	return err
}

// drop frees what was claimed for a record that was not stored, and answers why
// it was not.
func (f *Fleet) drop(ctx context.Context, tenant string, d *Device, fresh []claim, why error) error {
	if errors.Is(why, ErrTaken) || errors.Is(why, points.ErrConflict) {
		return errors.Join(why, f.releaseAll(ctx, tenant, d.ID, fresh))
	}
	return why
}

// undo takes a record back that could not be confirmed, and answers why not.
func (f *Fleet) undo(ctx context.Context, tenant string, was, d *Device, revision int64, fresh []claim, why error) error {
	if !errors.Is(why, ErrTaken) {
		return why
	}
	err := f.restore(ctx, tenant, was, d.ID, revision)
	if errors.Is(err, points.ErrConflict) {
		err = f.c.Catalog.Update(ctx, kindDevice, key(tenant, d.ID), func(value []byte) ([]byte, error) {
			return forgo(value, fresh)
		})
	}
	return errors.Join(why, err, f.releaseAll(ctx, tenant, d.ID, fresh))
}

// restore puts was back in the place of the revision that took its own.
func (f *Fleet) restore(ctx context.Context, tenant string, was *Device, id string, revision int64) error {
	if was.ID == "" {
		return f.c.Catalog.Remove(ctx, kindDevice, key(tenant, id), revision)
	}
	value, err := json.Marshal(was)
	if err == nil {
		_, err = f.c.Catalog.Put(ctx, kindDevice, key(tenant, id), value, revision)
	}
	return err
}

// forgo is a device's record without some aliases.
func forgo(value []byte, fresh []claim) ([]byte, error) {
	if value == nil {
		return nil, nil
	}
	d, err := parseDevice(storage.Record{Value: value})
	if err != nil {
		return nil, err
	}
	d.Aliases = slices.DeleteFunc(d.Aliases, func(a string) bool { return slices.Contains(fresh, claim{byAlias, a}) })
	return json.Marshal(&d)
}

// Delete takes a device away, and with data all its points. Without, its next
// point creates it anew, if points do so.
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
		err = f.c.Catalog.Remove(ctx, kindDevice, key(tenant, id), revision)
		switch {
		case errors.Is(err, points.ErrConflict):
			continue
		case err != nil:
			return err
		}
		return f.forget(ctx, tenant, &d)
	}
}

// forget takes away what pointed to a device that is gone.
func (f *Fleet) forget(ctx context.Context, tenant string, d *Device) error {
	return errors.Join(
		f.noteGone(ctx, tenant, d.ID),
		f.releaseAll(ctx, tenant, d.ID, d.claims()),
		f.releaseSecret(ctx, tenant, d.ID, d.SecretHash),
		f.unrule(ctx, tenant, d.ID),
	)
}

// fits tells whether a text can be an id or an alias.
func fits(text string) bool {
	var p problems
	p.text("", text, 1, maxID)
	return len(p) == 0
}
