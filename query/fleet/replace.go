package fleet

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"aion/storage"
	"aion/storage/points"
)

// swap does what replace does, but for what is guarded: what points to d first, then
// the record, then it takes away what pointed to was.
func (f *Fleet) swap(ctx context.Context, tenant string, was *Device, revision int64, d *Device) error {
	var before []claim
	if revision != 0 {
		before = was.claims()
	}
	fresh := without(d.claims(), before)
	if err := f.point(ctx, tenant, was, d); err != nil {
		return f.drop(ctx, tenant, d, fresh, err)
	}
	value, same, err := changed(was, d)
	if err != nil || same {
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
	gone := without(before, d.claims())
	return errors.Join(f.releaseAll(ctx, tenant, d.ID, gone), f.tell(ctx, fresh, gone))
}

// tell tells of claims that have changed, if contexts may name devices so.
func (f *Fleet) tell(ctx context.Context, changes ...[]claim) error {
	for _, list := range changes {
		if slices.ContainsFunc(list, func(c claim) bool { return c.rank == byAlias }) {
			return f.changed(ctx)
		}
	}
	return nil
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
	if was.ID == "" {
		return value, false, nil
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
		if err := f.notMade(ctx, tenant, d, c.text); err != nil {
			return err
		}
		if err := f.noApp(ctx, tenant, "aliases", c.text); err != nil {
			return err
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
	if err == nil {
		err = f.noApp(ctx, tenant, "id", d.ID)
	}
	return err
}

// notMade is a TakenError where a text is an identifier that was made for another
// device than d: as an alias of d it would no longer mean that one.
func (f *Fleet) notMade(ctx context.Context, tenant string, d *Device, text string) error {
	n, ok := parseIdentifier(text)
	if !ok || n == d.Number {
		return nil
	}
	all, err := f.numbered(ctx, tenant, n)
	if err != nil {
		return err
	}
	for _, h := range all.All {
		if _, ok, err := f.called(ctx, tenant, h, byNumber); err != nil || ok {
			return cmp.Or(err, error(&TakenError{"aliases", text}))
		}
	}
	return nil
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
