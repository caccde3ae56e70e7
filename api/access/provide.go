package access

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"

	"aion/storage/points"
)

// Provide has a key be as change makes it: one that is not there, or has no id
// yet, is made, one that is there is changed where it is otherwise. change is
// called again for what somebody else has made of the key meanwhile. An empty secret is made for a
// new key and kept for another one; the answer has a secret that was made. A key
// that was revoked stays so, and is an error.
func (k *Keys) Provide(ctx context.Context, id, secret string, change func(*KeyRecord) error) (r KeyRecord, done Provided, err error) {
	var found *keptKey
	if id != "" {
		if err := identifier(id); err != nil {
			return r, "", fmt.Errorf("id: %w", err)
		}
		if found, err = load[keptKey](ctx, k.book, kindKey, id); err != nil {
			return r, "", fmt.Errorf("read key %s: %w", short(id), err)
		}
	}
	if found == nil {
		r = KeyRecord{ID: id, Secret: secret}
		if err := change(&r); err != nil {
			return r, "", err
		}
		r.ID, r.Secret = id, secret
		if r, err = k.Create(ctx, r); secret != "" {
			r.Secret = ""
		}
		return r, Created, err
	}
	if _, err := k.Show(ctx, id); err != nil {
		return r, "", err
	}
	return k.adjust(ctx, found, secret, change)
}

// adjust is Provide for a key that is there.
func (k *Keys) adjust(ctx context.Context, found *keptKey, secret string, change func(*KeyRecord) error) (KeyRecord, Provided, error) {
	hash, mark, err := k.sealed(ctx, found.ID, secret)
	if err != nil {
		return found.KeyRecord, "", err
	}
	if want, same, err := k.wanted(ctx, *found, hash, mark, change); err != nil {
		return want, "", err
	} else if same {
		return want, Unchanged, nil
	}
	if mark != "" {
		if err := k.enter(ctx, mark, found.ID); err != nil {
			return found.KeyRecord, "", fmt.Errorf("change key %s: %w", short(found.ID), err)
		}
	}
	var old string
	r, err := k.change(ctx, "key.change", found.ID, func(r *keptKey) error {
		was := r.KeyRecord
		old = r.Mark
		if err := k.become(ctx, r, hash, mark, change); err != nil {
			return err
		}
		return within(From(ctx), &was, &r.KeyRecord)
	})
	switch {
	case mark == "":
	case err != nil:
		err = errors.Join(err, k.vacate(ctx, mark, found.ID))
	case old != mark:
		err = k.leave(ctx, old, found.ID)
	}
	return r, Changed, err
}

// wanted is a key as change makes it, with no more than whoever asks may give, and
// tells whether it is so already. One that is takes no right to give it.
func (k *Keys) wanted(ctx context.Context, r keptKey, hash, mark string, change func(*KeyRecord) error) (want KeyRecord, same bool, err error) {
	was := r
	if err := k.become(ctx, &r, hash, mark, change); err != nil {
		return r.KeyRecord, false, err
	}
	if same = r.Hash == was.Hash && sameRecord(r.KeyRecord, was.KeyRecord); !same {
		err = within(From(ctx), &was.KeyRecord, &r.KeyRecord)
		same = err == nil && r.Hash == was.Hash && sameRecord(r.KeyRecord, was.KeyRecord)
	}
	return r.KeyRecord, same, err
}

// sealed is what a key keeps of a secret that is given: its hash, and the id of
// its entry; nothing of the empty one.
func (k *Keys) sealed(ctx context.Context, id, secret string) (hash, mark string, err error) {
	if secret == "" {
		return "", "", nil
	}
	if err := secretive(secret, leastSecret); err != nil {
		return "", "", fmt.Errorf("secret: %w", err)
	}
	seed, err := k.seed(ctx)
	if err != nil {
		return "", "", err
	}
	return hashed(seed, id, secret), secretMark(seed, secret), nil
}

// become has a key be as change makes it, with the secret of a hash unless that is
// empty; what nobody changes stays.
func (k *Keys) become(ctx context.Context, r *keptKey, hash, mark string, change func(*KeyRecord) error) error {
	was := r.KeyRecord
	if was.Revoked != nil {
		return points.Invalid("key %s is revoked", short(was.ID))
	}
	if err := errors.Join(change(&r.KeyRecord), r.normal()); err != nil {
		return err
	}
	if err := k.stays(ctx, "key "+short(was.ID), r.Organization, was.Organization); err != nil {
		return err
	}
	r.ID, r.Secret, r.Organization = was.ID, "", was.Organization
	r.Created, r.Modified, r.Used, r.Revoked = was.Created, was.Modified, was.Used, was.Revoked
	if hash != "" {
		r.Hash, r.Mark = hash, mark
	}
	return nil
}

// stays tells, as an error, that something is not of the organization that it is
// wanted in. Where none is named the home's stays the home's; the operator's is of
// none, and not the home's either.
func (b *book) stays(ctx context.Context, what, want, is string) error {
	if want == is {
		return nil
	}
	t, err := b.tenancy(ctx)
	switch {
	case err != nil:
		return err
	case want == "" && is == t.Home:
		return nil
	case is == "":
		return points.Invalid("organization: %s is the operator's, of no organization, and stays so", what)
	}
	return points.Invalid("organization: %s is of %q, and stays there", what, is)
}

// Sealed is what stands for a text in records: the same in all of this store, and
// of no use to who does not have the store's own seed.
func (k *Keys) Sealed(ctx context.Context, text string) (string, error) {
	seed, err := k.seed(ctx)
	if err != nil {
		return "", fmt.Errorf("read the seed of hashes: %w", err)
	}
	return hashed(seed, "sealed", text), nil
}

// sameRecord tells whether two keys say the same.
func sameRecord(a, b KeyRecord) bool {
	sameTimes := (a.Expires == nil) == (b.Expires == nil) && (a.Expires == nil || a.Expires.Equal(*b.Expires))
	a.Expires, b.Expires = nil, nil
	return sameTimes && reflect.DeepEqual(a, b)
}

// Provided is what has been done so that a record is as it is wanted.
type Provided string

// What is done.
const (
	Created   Provided = "created"
	Changed   Provided = "changed"
	Unchanged Provided = "unchanged"
)

// HashBeside has g hash passwords in turns with other, so that both together hash
// as few at once as one of them. It is called before g is used.
func (g *Guard) HashBeside(other *Guard) { g.Users.passwords = other.Users.passwords }

// Provide has a user be as r says: one who is not there is made, one who is there
// is changed where he is otherwise. An empty password is made for a new user and
// kept for another one; the answer has a password that was made.
func (u *Users) Provide(ctx context.Context, r UserRecord) (UserRecord, Provided, error) {
	if err := identifier(r.Name); err != nil {
		return r, "", fmt.Errorf("name: %w", err)
	}
	found, err := load[keptUser](ctx, u.book, kindUser, r.Name)
	if err != nil {
		return r, "", fmt.Errorf("read user %s: %w", short(r.Name), err)
	}
	if found == nil {
		made := ""
		if r.Password == "" {
			made = newSecret()
			r.Password = made
		}
		r, err = u.Create(ctx, r)
		r.Password = made
		return r, Created, err
	}
	if _, err := u.may(ctx, r.Name); err != nil {
		return r, "", err
	}
	return u.adjust(ctx, found, r)
}

// adjust is Provide for a user who is there.
func (u *Users) adjust(ctx context.Context, found *keptUser, r UserRecord) (UserRecord, Provided, error) {
	given, role := r.Password, r.Role
	if r.Password == "" {
		r.Password = "a password that is kept"
	}
	if r.Role == "" {
		r.Role = found.Role
	}
	if err := u.admit(ctx, &r); err != nil {
		return r, "", err
	}
	if err := u.stays(ctx, "user "+short(r.Name), r.Organization, found.Organization); err != nil {
		return r, "", err
	}
	var hash string // empty: it stays
	if given != "" {
		right, _, err := u.passwords.check(ctx, found.Hash, given)
		if err == nil && !right {
			hash, err = u.passwords.hash(ctx, given)
		}
		if err != nil {
			return r, "", err
		}
	}
	if hash == "" && r.Role == found.Role {
		return found.UserRecord, Unchanged, nil
	}
	var now UserRecord
	err := update(ctx, u.book, kindUser, r.Name, func(kept *keptUser) (bool, error) {
		if err := still(ctx, found.UserRecord, kept); err != nil {
			return false, err
		}
		kept.Hash, kept.Role, kept.Modified = cmp.Or(hash, kept.Hash), cmp.Or(role, kept.Role), u.moment()
		now = kept.UserRecord
		return true, nil
	})
	if err != nil {
		return now, "", fmt.Errorf("change user %s: %w", short(r.Name), err)
	}
	return now, Changed, u.told(ctx, "user.change", now)
}
