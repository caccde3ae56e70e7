package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
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

// keyPrefix begins the id of every key that is made here.
const keyPrefix = "_key_"

// newKeyID is a new id: the prefix and 18 digits.
func newKeyID() string {
	n, err := rand.Int(rand.Reader, big.NewInt(9e17))
	if err != nil { // never: the system's source of random bytes does not fail
		panic(err)
	}
	return fmt.Sprintf("%s%d", keyPrefix, n.Int64()+1e17)
}

// newSecret is a new secret: 128 random bits.
func newSecret() string {
	b := make([]byte, 16)
	// Read never fails.
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
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
		r.Organization = by.Organization
	}
	by, err := administrator(ctx, r.Organization, &MissingError{kindOrganization, r.Organization})
	if err != nil {
		return err
	}
	if err := grants(by, r.Role); err != nil {
		return err
	}
	now := k.moment()
	if r.Expires != nil {
		*r.Expires = moment(*r.Expires)
		if !now.Before(*r.Expires) {
			return points.Invalid("expires: got %s, which is past", r.Expires.Format(time.RFC3339))
		}
	}
	if r.ID == "" {
		r.ID = newKeyID()
	} else if err := identifier(r.ID); err != nil {
		return fmt.Errorf("id: %w", err)
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
	if err := k.enter(ctx, seed, r.Secret, r.ID); err != nil {
		return err
	}
	kept := keptKey{*r, hashed(seed, r.ID, r.Secret)}
	kept.Secret = ""
	return k.add(ctx, kindKey, r.ID, kept)
}

// secretMark is the id of a secret's entry.
func secretMark(seed []byte, secret string) string { return hashed(seed, "secret alone", secret) }

// enter notes that a secret is a key's, for those who show the secret alone.
func (k *Keys) enter(ctx context.Context, seed []byte, secret, id string) error {
	return k.catalog.Update(ctx, kindSecret, secretMark(seed, secret), func(value []byte) ([]byte, error) {
		ids := strings.Fields(string(value))
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
		return []byte(strings.Join(ids, "\n")), nil
	})
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
	if _, err := administrator(ctx, by.Organization, nil); err != nil {
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
			if o := of(v); by.Administers(o) && (page.Organization == "" || page.Organization == o) && len(all) < page.Limit {
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
	seed, err := k.seed(ctx)
	if err != nil {
		return KeyRecord{}, err
	}
	secret := newSecret()
	if err := k.enter(ctx, seed, secret, id); err != nil {
		return KeyRecord{}, fmt.Errorf("rotate key %s: %w", short(id), err)
	}
	r, err := k.change(ctx, "key.rotate", id, func(r *keptKey) error {
		if r.Revoked != nil {
			return points.Invalid("key %s is revoked", id)
		}
		r.Hash = hashed(seed, id, secret)
		return nil
	})
	if err != nil {
		return KeyRecord{}, errors.Join(err, k.forget(ctx, seed, secret))
	}
	r.Secret = secret
	return r, nil
}

// forget takes the entry of a secret away that no key has.
func (k *Keys) forget(ctx context.Context, seed []byte, secret string) error {
	return k.catalog.Update(ctx, kindSecret, secretMark(seed, secret), func([]byte) ([]byte, error) { return nil, nil })
}

// Revoke makes a key worth nothing for good.
func (k *Keys) Revoke(ctx context.Context, id string) (KeyRecord, error) {
	return k.change(ctx, "key.revoke", id, func(r *keptKey) error {
		if r.Revoked == nil {
			now := k.moment()
			r.Revoked = &now
		}
		return nil
	})
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
		return grants(From(ctx), r.Role)
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
	err = update(ctx, k.book, kindKey, id, func(r *keptKey) (bool, error) {
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

// check is the key that has the id, nil where there is none, and whether the
// secret is its own and worth something. What it does is the same whatever is
// wrong.
func (k *Keys) check(ctx context.Context, id, secret string) (r *keptKey, right bool, err error) {
	seed, err := k.seed(ctx)
	if err != nil {
		return nil, false, err
	}
	r, err = load[keptKey](ctx, k.book, kindKey, id)
	if err != nil {
		return nil, false, err
	}
	var hash string
	if r != nil {
		hash = r.Hash
	}
	right = subtle.ConstantTimeCompare([]byte(hashed(seed, id, secret)), []byte(hash)) == 1
	return r, right && !r.ends(k.now()), nil
}

// owner is the key that has the secret; "" where there is none, or where several
// have it, which tells nobody apart.
func (k *Keys) owner(ctx context.Context, secret string) (id string, err error) {
	seed, err := k.seed(ctx)
	if err != nil {
		return "", err
	}
	r, err := k.catalog.Record(ctx, kindSecret, secretMark(seed, secret))
	if err != nil {
		return "", err
	}
	if ids := strings.Fields(string(r.Value)); len(ids) == 1 {
		return ids[0], nil
	}
	return "", nil
}

// First makes the first key of a store that has none, if nobody has made one
// before: that of an operator who may do everything.
func (k *Keys) First(ctx context.Context) (r KeyRecord, made bool, err error) {
	found, err := k.catalog.List(ctx, kindKey, "", "", 1)
	if err != nil || len(found) != 0 {
		return KeyRecord{}, false, err
	}
	value, err := json.Marshal(k.moment())
	if err != nil {
		return KeyRecord{}, false, err
	}
	_, err = k.catalog.Put(ctx, kindFirst, theOne, value, 0)
	if errors.Is(err, points.ErrConflict) {
		return KeyRecord{}, false, nil
	}
	if err != nil {
		return KeyRecord{}, false, err
	}
	r, err = k.Create(With(ctx, Everyone()), KeyRecord{Name: "first", Role: Root})
	return r, err == nil, err
}
