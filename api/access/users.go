package access

import (
	"context"
	"errors"
	"fmt"

	"aion/storage/points"
)

// Users are the users of a store, who log in with a name and a password. Whoever
// asks, as From tells, changes and sees those of organizations that he
// administers. It is safe for concurrent use.
type Users struct {
	*book
	organizations *Organizations
	passwords     *passwords
}

// leastPassword is how many bytes a password has at least. Users bring the ones of
// the platforms that they leave along, which asked for little; what bounds guessing
// is how often somebody may try.
const leastPassword = 4

// Create makes a user.
func (u *Users) Create(ctx context.Context, r UserRecord) (UserRecord, error) {
	if err := u.admit(ctx, &r); err != nil {
		return UserRecord{}, err
	}
	if err := u.free(ctx, kindKey, r.Name); err != nil {
		return UserRecord{}, err
	}
	hash, err := u.passwords.hash(ctx, r.Password)
	if err != nil {
		return UserRecord{}, err
	}
	if err := u.organizations.ensure(ctx, r.Organization); err != nil {
		return UserRecord{}, err
	}
	r.Password = ""
	r.Created, r.Modified = u.moment(), u.moment()
	if err := u.store(ctx, keptUser{r, hash}); err != nil {
		return UserRecord{}, fmt.Errorf("store user %s: %w", r.Name, err)
	}
	return r, u.told(ctx, "user.create", r)
}

// store stores a new user.
func (u *Users) store(ctx context.Context, r keptUser) error {
	if err := u.claim(ctx, kindUser, r.Name); err != nil {
		return err
	}
	if err := u.add(ctx, kindUser, r.Name, r); err != nil {
		return err
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	if err := u.confirm(ctx, kindUser, r.Name); err != nil {
		gone := func(*keptUser) (bool, error) { return false, nil }
		return errors.Join(err, update(ctx, u.book, kindUser, r.Name, gone))
	}
	return nil
}

// told tells everybody that a user has changed.
func (u *Users) told(ctx context.Context, action string, r UserRecord) error {
	if err := u.tell(ctx); err != nil {
		return fmt.Errorf("tell of user %s: %w", r.Name, err)
	}
	return u.audit.note(ctx, action, r.Organization, r.Name)
}

// admit checks a user who is to be made, and whether whoever asks may make him.
func (u *Users) admit(ctx context.Context, r *UserRecord) error {
	if r.Role == "" {
		r.Role = Member
	}
	if err := identifier(r.Name); err != nil {
		return fmt.Errorf("name: %w", err)
	}
	if named(r.Name) {
		return points.Invalid("name: got %q, which only keys are called", r.Name)
	}
	if _, err := ParseRole(string(r.Role)); err != nil {
		return points.Invalid("role: %v", err)
	}
	if err := text(r.Organization, 0); err != nil {
		return fmt.Errorf("organization: %w", err)
	}
	if err := secretive(r.Password, leastPassword); err != nil {
		return fmt.Errorf("password: %w", err)
	}
	if by := From(ctx); r.Organization == "" && by != nil {
		r.Organization = by.Own()
	}
	by, err := administrator(ctx, r.Organization, &MissingError{kindOrganization, r.Organization})
	if err != nil {
		return err
	}
	if err := lasts(by); err != nil {
		return err
	}
	return grants(by, r.Role)
}

// Show is one user.
func (u *Users) Show(ctx context.Context, name string) (UserRecord, error) {
	r, err := load[keptUser](ctx, u.book, kindUser, name)
	if err != nil {
		return UserRecord{}, fmt.Errorf("read user %s: %w", short(name), err)
	}
	missing := &MissingError{kindUser, short(name)}
	if r == nil {
		r = new(keptUser)
		r.Organization = nowhere
	}
	if _, err := administrator(ctx, r.Organization, missing); err != nil {
		return UserRecord{}, err
	}
	if r.Name == "" {
		return UserRecord{}, missing
	}
	return r.UserRecord, nil
}

// List are users by name, those that the page says.
func (u *Users) List(ctx context.Context, page Page) ([]UserRecord, error) {
	kept, err := list[keptUser](ctx, u.book, kindUser, page, func(r *keptUser) string { return r.Organization })
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	all := make([]UserRecord, len(kept))
	for i, r := range kept {
		all[i] = r.UserRecord
	}
	return all, nil
}

// Password gives a user another password.
func (u *Users) Password(ctx context.Context, name, password string) (UserRecord, error) {
	if err := secretive(password, leastPassword); err != nil {
		return UserRecord{}, fmt.Errorf("password: %w", err)
	}
	was, err := u.may(ctx, name)
	if err == nil {
		err = lasts(From(ctx))
	}
	if err != nil {
		return UserRecord{}, err
	}
	hash, err := u.passwords.hash(ctx, password)
	if err != nil {
		return UserRecord{}, err
	}
	var now UserRecord
	err = update(ctx, u.book, kindUser, name, func(r *keptUser) (bool, error) {
		if err := still(ctx, was, r); err != nil {
			return false, err
		}
		r.Hash, r.Modified = hash, u.moment()
		now = r.UserRecord
		return true, nil
	})
	if err != nil {
		return UserRecord{}, fmt.Errorf("change user %s: %w", short(name), err)
	}
	return now, u.told(ctx, "user.passwd", now)
}

// may is a user, or why whoever asks must not change him, as an error.
func (u *Users) may(ctx context.Context, name string) (UserRecord, error) {
	r, err := u.Show(ctx, name)
	if err != nil {
		return r, err
	}
	return r, grants(From(ctx), r.Role)
}

// still tells, as an error, that whoever asks must not change a user any more, who has
// become somebody else's or more than he is since he was looked at.
func still(ctx context.Context, was UserRecord, r *keptUser) error {
	if r.Organization != was.Organization {
		return &MissingError{kindUser, short(r.Name)}
	}
	return grants(From(ctx), r.Role)
}

// Delete takes a user away.
func (u *Users) Delete(ctx context.Context, name string) (UserRecord, error) {
	was, err := u.may(ctx, name)
	if err != nil {
		return UserRecord{}, err
	}
	err = update(ctx, u.book, kindUser, name, func(r *keptUser) (bool, error) {
		if err := still(ctx, was, r); err != nil {
			return false, err
		}
		was = r.UserRecord
		return false, nil
	})
	if err == nil {
		err = u.disclaim(ctx, kindUser, name)
	}
	if err != nil {
		return UserRecord{}, fmt.Errorf("delete user %s: %w", short(name), err)
	}
	return was, u.told(ctx, "user.delete", was)
}

// check is the user who has the name and the password, nil where there is none.
// It costs the same whatever is wrong. A hash that was made at another cost is
// made anew.
func (u *Users) check(ctx context.Context, name, password string) (*keptUser, error) {
	r, err := load[keptUser](ctx, u.book, kindUser, name)
	if err != nil {
		return nil, err
	}
	if r == nil {
		r = new(keptUser)
	}
	right, aged, err := u.passwords.check(ctx, r.Hash, password)
	if err != nil || !right {
		return nil, err
	}
	if aged {
		return r, u.renew(ctx, r, password)
	}
	return r, nil
}

// renew hashes a password anew, unless somebody has changed it meanwhile.
func (u *Users) renew(ctx context.Context, was *keptUser, password string) error {
	hash, err := u.passwords.hash(ctx, password)
	if err != nil {
		return err
	}
	err = update(ctx, u.book, kindUser, was.Name, func(r *keptUser) (bool, error) {
		if r.Hash == was.Hash {
			r.Hash = hash
		}
		return true, nil
	})
	was.Hash = hash
	return err
}
