package access

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// EndingError says that an organization is being deleted, so that nothing can be
// made in it.
type EndingError struct{ ID string }

// Error names the organization.
func (e *EndingError) Error() string {
	return fmt.Sprintf("the organization %q is being deleted", e.ID)
}

// StatusCode is Conflict.
func (e *EndingError) StatusCode() int { return http.StatusConflict }

// Change changes an organization's name, limits and plan, as change says.
func (o *Organizations) Change(ctx context.Context, id string, change func(*Organization) error) (Organization, error) {
	return o.change(ctx, "organization.change", id, func(r *Organization) error {
		was := *r
		if err := change(r); err != nil {
			return err
		}
		r.ID, r.Home, r.Created, r.Closed = was.ID, was.Home, was.Created, was.Closed
		return r.check()
	})
}

// change changes an organization and tells everybody.
func (o *Organizations) change(ctx context.Context, action, id string, change func(*Organization) error) (now Organization, err error) {
	if err := rooted(ctx); err != nil {
		return now, err
	}
	err = update(ctx, o.book, kindOrganization, id, func(r *Organization) (bool, error) {
		err := change(r)
		now = *r
		return true, err
	})
	if err != nil {
		return now, fmt.Errorf("change organization %s: %w", short(id), err)
	}
	if err := o.tell(ctx); err != nil {
		return now, fmt.Errorf("tell of organization %s: %w", short(id), err)
	}
	return now, o.audit.note(ctx, action, id, id)
}

// Close lets nobody of an organization in any more, on any server within a second,
// and has nothing be made in it: it is to be deleted. Nobody closes his own, nor
// the home while there are others.
func (o *Organizations) Close(ctx context.Context, id string) (Organization, error) {
	if err := rooted(ctx); err != nil {
		return Organization{}, err
	}
	r, err := load[Organization](ctx, o.book, kindOrganization, id)
	switch {
	case err != nil:
		return Organization{}, fmt.Errorf("read organization %s: %w", short(id), err)
	case r == nil:
		return Organization{}, &MissingError{kindOrganization, short(id)}
	case From(ctx).Own() == id:
		return *r, &DeniedError{Status: http.StatusConflict, Reason: "nobody deletes the organization that he is of"}
	}
	if r.Home {
		all, err := o.catalog.List(ctx, kindOrganization, "", "", 2)
		if err != nil {
			return *r, fmt.Errorf("list organizations: %w", err)
		}
		if len(all) > 1 {
			return *r, &DeniedError{Status: http.StatusConflict, Reason: fmt.Sprintf("%s is the home of all series that name no organization, and stays as long as there are others", id)}
		}
	}
	return o.change(ctx, "organization.close", id, func(r *Organization) error { r.Closed = true; return nil })
}

// quietAfter is how long after a closing somebody may still be at work on some
// server: it may know as late as oldest, looks at what is under way once more, and
// has what was ended then come to its end.
const quietAfter = oldest + 2*lookEvery

// Quiet waits until nobody of an organization that has been closed is at work on any
// server, so that what it has grows no more.
func (o *Organizations) Quiet(ctx context.Context) error {
	quiet := time.NewTimer(quietAfter)
	defer quiet.Stop()
	select {
	case <-quiet.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Reopen takes a closing back.
func (o *Organizations) Reopen(ctx context.Context, id string) (Organization, error) {
	return o.change(ctx, "organization.reopen", id, func(r *Organization) error { r.Closed = false; return nil })
}

// Remove takes an organization away that was closed, when all that it had is gone.
// After the home there is none: what it had is again of nobody by name.
func (o *Organizations) Remove(ctx context.Context, id string) error {
	if err := rooted(ctx); err != nil {
		return err
	}
	closed := func(keep bool) func(*Organization) (bool, error) {
		return func(r *Organization) (bool, error) {
			if !r.Closed {
				return true, points.Invalid("organization %s is not closed", short(id))
			}
			return keep, nil
		}
	}
	err := update(ctx, o.book, kindOrganization, id, closed(true))
	if err == nil {
		err = o.unsettle(ctx, id) // as long as the record is there, by which the rest is finished
	}
	if err == nil {
		err = update(ctx, o.book, kindOrganization, id, closed(false))
	}
	if err != nil {
		return fmt.Errorf("delete organization %s: %w", short(id), err)
	}
	if err := o.tell(ctx); err != nil {
		return fmt.Errorf("tell of organization %s: %w", short(id), err)
	}
	return o.audit.note(ctx, "organization.delete", id, id)
}

// unsettle has an organization be the home no more, if it is.
func (o *Organizations) unsettle(ctx context.Context, id string) error {
	return o.catalog.Update(ctx, kindHome, theOne, func(value []byte) ([]byte, error) {
		var t tenancy
		if value != nil && json.Unmarshal(value, &t) != nil {
			return nil, fmt.Errorf("record %s of kind %s: %w", theOne, kindHome, points.ErrCorrupt)
		}
		if t.Home == id {
			t.Home = ""
		}
		return json.Marshal(t)
	})
}

// Members count the keys and the users of an organization, revoked keys included.
func (o *Organizations) Members(ctx context.Context, id string) (keys, users int, err error) {
	err = o.members(ctx, id, func(string) error { keys++; return nil }, func(string) error { users++; return nil })
	return keys, users, err
}

// Dismiss takes the keys and the users of an organization away for good, and
// answers how many there were.
func (o *Organizations) Dismiss(ctx context.Context, id string) (keys, users int, err error) {
	if err := rooted(ctx); err != nil {
		return 0, 0, err
	}
	k := &Keys{o.book, o}
	err = o.members(ctx, id, func(key string) error {
		keys++
		return errors.Join(k.dismiss(ctx, key), o.audit.note(ctx, "key.delete", id, key))
	}, func(user string) error {
		users++
		gone := func(*keptUser) (bool, error) { return false, nil }
		err := o.disclaim(ctx, kindUser, user)
		if err == nil {
			err = update(ctx, o.book, kindUser, user, gone)
		}
		return errors.Join(err, o.audit.note(ctx, "user.delete", id, user))
	})
	if err != nil {
		return keys, users, fmt.Errorf("dismiss the members of organization %s: %w", short(id), err)
	}
	return keys, users, o.tell(ctx)
}

// dismiss takes away what is kept beside a key, and then the key: as long as that is
// there, what was cut off is begun again.
func (k *Keys) dismiss(ctx context.Context, id string) error {
	r, err := load[keptKey](ctx, k.book, kindKey, id)
	if err == nil && r != nil {
		err = errors.Join(k.leave(ctx, r.Mark, id), k.disclaim(ctx, kindKey, id))
	}
	if err != nil {
		return err
	}
	return k.drop(ctx, id)
}

// members tells of the keys and the users of an organization.
func (o *Organizations) members(ctx context.Context, id string, key, user func(id string) error) error {
	for _, kind := range []struct {
		name string
		tell func(string) error
	}{{kindKey, key}, {kindUser, user}} {
		for r, err := range o.catalog.All(ctx, kind.name, "") {
			if err != nil {
				return err
			}
			of, err := organizationOf(kind.name, r)
			if err != nil {
				return err
			}
			if of != id {
				continue
			}
			if err := kind.tell(r.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// organizationOf is the organization that a record of a key or a user names.
func organizationOf(kind string, r storage.Record) (string, error) {
	of, err := decoded[struct {
		Organization string `json:"organization"`
	}](kind, r)
	if err != nil {
		return "", err
	}
	return of.Organization, nil
}
