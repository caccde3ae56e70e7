package access

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"aion/storage/points"
)

// Organizations are the tenants of a store.
type Organizations struct{ *book }

// tenancy is what the tenants of a store come to.
type tenancy struct {
	Home    string `json:"home"`    // the first organization; empty: there is none
	Several bool   `json:"several"` // there is a second one, or once was
}

// tenancy is what the tenants come to now.
func (b *book) tenancy(ctx context.Context) (tenancy, error) {
	t, err := load[tenancy](ctx, b, kindHome, theOne)
	if err != nil || t == nil {
		return tenancy{}, err
	}
	return *t, nil
}

// Create makes an organization. The first one becomes the home of all data that
// name none, but not of the keys and users that do, which are the operator's;
// from the second one on everybody but root is bound to his own.
func (o *Organizations) Create(ctx context.Context, r Organization) (Organization, error) {
	if err := rooted(ctx); err != nil {
		return r, err
	}
	if err := identifier(r.ID); err != nil {
		return r, fmt.Errorf("id: %w", err)
	}
	if err := r.check(); err != nil {
		return r, err
	}
	found, err := load[Organization](ctx, o.book, kindOrganization, r.ID)
	if err != nil {
		return r, fmt.Errorf("read organization %s: %w", r.ID, err)
	}
	if found != nil {
		return *found, &ExistsError{kindOrganization, r.ID}
	}
	// The bounds come before the tenant and are told before it, so that there is no
	// moment without on any server, wherever this ends.
	if r.Home, err = o.settle(ctx, r.ID); err != nil {
		return r, fmt.Errorf("settle organization %s: %w", r.ID, err)
	}
	if err := o.tell(ctx); err != nil {
		return r, fmt.Errorf("tell of organization %s: %w", r.ID, err)
	}
	r.Created = o.moment()
	if err := o.add(ctx, kindOrganization, r.ID, r); err != nil {
		return r, err
	}
	if r.Home {
		o.log.Warn("this organization is the first one: it is the home of all series that no organization's tag is on, and its members read and change them; keys and users without an organization remain the operator's",
			"organization", r.ID)
	}
	if err := o.tell(ctx); err != nil {
		return r, fmt.Errorf("tell of organization %s: %w", r.ID, err)
	}
	return r, o.audit.note(ctx, organizationCreate, r.ID, r.ID)
}

// rooted tells, as an error, that whoever asks must not change organizations.
func rooted(ctx context.Context) error {
	if p := From(ctx); p == nil || !p.Administers(p.Organization) || p.Role != Root {
		return &DeniedError{Status: http.StatusForbidden, Reason: "the role root is required"}
	}
	return nil
}

// check tells what is wrong with what an organization says.
func (r *Organization) check() error {
	if err := text(r.Name, 0); err != nil {
		return fmt.Errorf("name: %w", err)
	}
	if err := r.Limits.check(); err != nil {
		return fmt.Errorf("limits: %w", err)
	}
	return r.Ingestion.check()
}

// settle makes an organization the home, if there is none, and else notes that
// there are several.
func (o *Organizations) settle(ctx context.Context, id string) (home bool, err error) {
	err = o.catalog.Update(ctx, kindHome, theOne, func(value []byte) ([]byte, error) {
		var t tenancy
		if value != nil && json.Unmarshal(value, &t) != nil {
			return nil, fmt.Errorf("record %s of kind %s: %w", theOne, kindHome, points.ErrCorrupt)
		}
		if t.Home == "" {
			t.Home = id
		}
		home = t.Home == id
		t.Several = t.Several || !home
		return json.Marshal(t)
	})
	return home, err
}

// ensure makes an organization that is not there, where whoever asks may do so.
// The empty name is the home, which needs no record.
func (o *Organizations) ensure(ctx context.Context, id string) error {
	if id == "" {
		return nil
	}
	found, err := load[Organization](ctx, o.book, kindOrganization, id)
	switch {
	case err != nil:
		return err
	case found != nil && found.Closed:
		return &EndingError{id}
	case found != nil:
		return nil
	}
	_, err = o.Create(ctx, Organization{ID: id})
	if exists := new(ExistsError); errors.As(err, &exists) {
		return nil
	}
	return err
}

// List are organizations by id: all for root, his own for everybody else.
func (o *Organizations) List(ctx context.Context, page Page) ([]Organization, error) {
	kept, err := list[Organization](ctx, o.book, kindOrganization, page, func(r *Organization) string { return r.ID })
	if err != nil {
		return nil, fmt.Errorf("list organizations: %w", err)
	}
	all := make([]Organization, len(kept))
	for i, r := range kept {
		all[i] = *r
	}
	return all, nil
}

// Show is one organization.
func (o *Organizations) Show(ctx context.Context, id string) (Organization, error) {
	missing := &MissingError{kindOrganization, short(id)}
	if _, err := administrator(ctx, id, missing); err != nil {
		return Organization{}, err
	}
	r, err := load[Organization](ctx, o.book, kindOrganization, id)
	switch {
	case err != nil:
		return Organization{}, fmt.Errorf("read organization %s: %w", short(id), err)
	case r == nil:
		return Organization{}, missing
	}
	return *r, nil
}

// moment is the present time as records keep it.
func (b *book) moment() time.Time { return moment(b.now()) }
