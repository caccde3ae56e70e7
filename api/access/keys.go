package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"aion/storage/points"
)

// Keys are the API keys of a store. Whoever asks, as From tells, changes and sees
// those of organizations that he administers; others are not there for him. It
// is safe for concurrent use.
type Keys struct {
	*book
	organizations *Organizations
}

// Create makes a key of what k says; id and secret are made unless k brings them.
// The answer is the only one that has the secret.
func (k *Keys) Create(ctx context.Context, r KeyRecord) (KeyRecord, error) {
	if err := k.admit(ctx, &r); err != nil {
		return KeyRecord{}, err
	}
	if err := k.organizations.ensure(ctx, r.Organization); err != nil {
		return KeyRecord{}, err
	}
	if err := k.store(ctx, &r); err != nil {
		return KeyRecord{}, fmt.Errorf("store key %s: %w", r.ID, err)
	}
	if err := k.tell(ctx); err != nil {
		return KeyRecord{}, fmt.Errorf("tell of key %s: %w", r.ID, err)
	}
	return r, k.audit.note(ctx, "key.create", r.Organization, r.ID)
}

// admit checks a key that is to be made, and whether whoever asks may make it.
func (k *Keys) admit(ctx context.Context, r *KeyRecord) error {
	if err := r.normal(); err != nil {
		return err
	}
	by := From(ctx)
	if r.Organization == "" && by != nil {
		r.Organization = by.Own()
	}
	by, err := administrator(ctx, r.Organization, &MissingError{kindOrganization, r.Organization})
	if err != nil {
		return err
	}
	if err := within(by, nil, r); err != nil {
		return err
	}
	now := k.moment()
	if r.Expires != nil && !now.Before(*r.Expires) {
		return points.Invalid("expires: got %s, which is past", r.Expires.Format(time.RFC3339))
	}
	if r.ID == "" {
		r.ID = newKeyID()
	} else if err := identifier(r.ID); err != nil {
		return fmt.Errorf("id: %w", err)
	} else if err := k.free(ctx, kindUser, r.ID); err != nil {
		return err
	}
	if r.Secret == "" {
		r.Secret = newSecret()
	} else if err := secretive(r.Secret, leastSecret); err != nil {
		return fmt.Errorf("secret: %w", err)
	}
	r.Created, r.Modified, r.Used, r.Revoked = now, now, nil, nil
	return nil
}

// leastSecret is how many bytes a secret has at least that somebody brings along.
const leastSecret = 8

// store stores a new key. The secret's entry comes first: one without a key
// opens nothing.
func (k *Keys) store(ctx context.Context, r *KeyRecord) error {
	seed, err := k.seed(ctx)
	if err != nil {
		return err
	}
	kept := keptKey{*r, hashed(seed, r.ID, r.Secret), secretMark(seed, r.Secret)}
	if err := k.claim(ctx, kindKey, r.ID); err != nil {
		return err
	}
	if err := k.enter(ctx, kept.Mark, r.ID); err != nil {
		return err
	}
	kept.Secret = ""
	if err := k.add(ctx, kindKey, r.ID, kept); err != nil {
		return errors.Join(err, k.vacate(ctx, kept.Mark, r.ID))
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	if err := k.confirm(ctx, kindKey, r.ID); err != nil {
		return errors.Join(err, k.drop(ctx, r.ID))
	}
	return nil
}

// drop takes the record of a key away, and what points to it.
func (k *Keys) drop(ctx context.Context, id string) error {
	var mark string
	err := update(ctx, k.book, kindKey, id, func(r *keptKey) (bool, error) {
		mark = r.Mark
		return false, nil
	})
	if err != nil {
		return err
	}
	return errors.Join(k.leave(ctx, mark, id), k.disclaim(ctx, kindKey, id))
}

// Show is one key.
func (k *Keys) Show(ctx context.Context, id string) (KeyRecord, error) {
	r, err := load[keptKey](ctx, k.book, kindKey, id)
	if err != nil {
		return KeyRecord{}, fmt.Errorf("read key %s: %w", short(id), err)
	}
	missing := &MissingError{kindKey, short(id)}
	if r == nil {
		r = new(keptKey)
		r.Organization = nowhere
	}
	if _, err := administrator(ctx, r.Organization, missing); err != nil {
		return KeyRecord{}, err
	}
	if r.ID == "" {
		return KeyRecord{}, missing
	}
	return r.KeyRecord, nil
}

// Page says which records of a list are wanted.
type Page struct {
	After        string // those whose ids sort behind this
	Limit        int    // how many at most; 0: 100
	Organization string // only this one's; empty: all
}

// List are keys by id, those that the page says.
func (k *Keys) List(ctx context.Context, page Page) ([]KeyRecord, error) {
	kept, err := list[keptKey](ctx, k.book, kindKey, page, func(r *keptKey) string { return r.Organization })
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	all := make([]KeyRecord, len(kept))
	for i, r := range kept {
		all[i] = r.KeyRecord
	}
	return all, nil
}

// list is a page of records of the organizations that whoever asks administers.
func list[T any](ctx context.Context, b *book, kind string, page Page, of func(*T) string) ([]*T, error) {
	by := From(ctx)
	if by == nil {
		by = new(Principal)
	}
	if _, err := administrator(ctx, by.Own(), nil); err != nil {
		return nil, err
	}
	if page.Limit == 0 {
		page.Limit = 100
	}
	var all []*T
	for after := page.After; len(all) < page.Limit; {
		found, err := b.catalog.List(ctx, kind, "", after, page.Limit)
		if err != nil {
			return nil, err
		}
		for _, r := range found {
			v, err := decoded[T](kind, r)
			if err != nil {
				return nil, err
			}
			after = r.ID
			if o := of(v); by.Governs(o) && (page.Organization == "" || page.Organization == o) && len(all) < page.Limit {
				all = append(all, v)
			}
		}
		if len(found) < page.Limit {
			break
		}
	}
	return all, nil
}

// Rotate gives a key a new secret; the old one is worth nothing from now on. The
// answer is the only one that has the new secret.
func (k *Keys) Rotate(ctx context.Context, id string) (KeyRecord, error) {
	r, err := k.Show(ctx, id)
	if err != nil {
		return KeyRecord{}, err
	}
	if err := rotatable(ctx, &r); err != nil { // before anything is stored
		return KeyRecord{}, err
	}
	seed, err := k.seed(ctx)
	if err != nil {
		return KeyRecord{}, err
	}
	secret := newSecret()
	mark, old := secretMark(seed, secret), ""
	if err := k.enter(ctx, mark, id); err != nil {
		return KeyRecord{}, fmt.Errorf("rotate key %s: %w", short(id), err)
	}
	r, err = k.change(ctx, "key.rotate", id, func(r *keptKey) error {
		if err := rotatable(ctx, &r.KeyRecord); err != nil {
			return err
		}
		old = r.Mark
		r.Hash, r.Mark = hashed(seed, id, secret), mark
		return nil
	})
	if err != nil {
		return KeyRecord{}, errors.Join(err, k.leave(ctx, mark, id))
	}
	r.Secret = secret
	return r, k.leave(ctx, old, id)
}

// rotatable tells why whoever asks must not have a new secret of a key, as an error.
func rotatable(ctx context.Context, r *KeyRecord) error {
	if r.Revoked != nil {
		return points.Invalid("key %s is revoked", short(r.ID))
	}
	return exceeds(From(ctx), r)
}

// Revoke makes a key worth nothing for good.
func (k *Keys) Revoke(ctx context.Context, id string) (KeyRecord, error) {
	var mark string
	r, err := k.change(ctx, "key.revoke", id, func(r *keptKey) error {
		mark = r.Mark
		if r.Revoked == nil {
			now := k.moment()
			r.Revoked = &now
		}
		return nil
	})
	if err != nil {
		return r, err
	}
	return r, k.leave(ctx, mark, id)
}

// Change changes what a key may do, as change says; its id, its secret, its
// organization and its times stay.
func (k *Keys) Change(ctx context.Context, id string, change func(*KeyRecord) error) (KeyRecord, error) {
	return k.change(ctx, "key.change", id, func(r *keptKey) error {
		was := r.KeyRecord
		if err := change(&r.KeyRecord); err != nil {
			return err
		}
		if err := r.normal(); err != nil {
			return err
		}
		r.ID, r.Secret, r.Organization, r.Created, r.Used, r.Revoked = was.ID, "", was.Organization, was.Created, was.Used, was.Revoked
		return within(From(ctx), &was, &r.KeyRecord)
	})
}

// change changes a key and tells everybody.
func (k *Keys) change(ctx context.Context, action, id string, change func(*keptKey) error) (KeyRecord, error) {
	now, err := k.Show(ctx, id)
	if err != nil {
		return KeyRecord{}, err
	}
	if err := grants(From(ctx), now.Role); err != nil { // nobody changes who may more
		return KeyRecord{}, err
	}
	of := now.Organization
	err = update(ctx, k.book, kindKey, id, func(r *keptKey) (bool, error) {
		if r.Organization != of { // another one of that id by now
			return false, &MissingError{kindKey, short(id)}
		}
		if err := grants(From(ctx), r.Role); err != nil {
			return false, err
		}
		r.Modified = k.moment()
		err := change(r)
		now = r.KeyRecord
		return true, err
	})
	if err != nil {
		return KeyRecord{}, fmt.Errorf("change key %s: %w", short(id), err)
	}
	if err := k.tell(ctx); err != nil {
		return KeyRecord{}, fmt.Errorf("tell of key %s: %w", short(id), err)
	}
	return now, k.audit.note(ctx, action, now.Organization, id)
}
