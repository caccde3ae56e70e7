package fleet

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Profile is a set of properties that many devices have. Its name is compared
// in any case, and the tag profile of the points of its properties has it in
// lower case.
type Profile struct {
	Name         string     `json:"name"`
	Organization string     `json:"-"`
	Properties   []Property `json:"properties,omitempty"`
	Created      time.Time  `json:"created"`
	Modified     time.Time  `json:"modified"`
}

// profiles is where profiles are kept.
func (f *Fleet) profiles() shelf[Profile] {
	return shelf[Profile]{
		f: f, kind: kindProfile, thing: "profile", said: &f.said.profiles,
		copy: func(p Profile) Profile {
			p.Properties = slices.Clone(p.Properties)
			return p
		},
		props: func(p *Profile) []Property { return p.Properties },
		tell:  func(p *Profile, organization string) { p.Organization = organization },
		stamp: func(p *Profile, now time.Time) { p.Created, p.Modified = born(p.Created, now), now },
		ready: func(was, p *Profile) error {
			p.Properties = inherit(p.Properties, was.Properties)
			return p.check()
		},
	}
}

// check is an InvalidError with all that is wrong with p, or nil.
func (p *Profile) check() error {
	var wrong problems
	wrong.text("name", p.Name, 1, maxName)
	wrong.properties(p.Properties)
	return wrong.err()
}

// profile is Profile for a tenant.
func (f *Fleet) profile(ctx context.Context, tenant, name string) (Profile, error) {
	p, revision, err := f.profiles().find(ctx, tenant, folded(name))
	if err == nil && revision == 0 {
		err = &UnknownError{"profile", name}
	}
	return p, err
}

// Profiles is a page of the profiles of an organization whose names, in lower
// case, begin with prefix and sort behind after.
func (f *Fleet) Profiles(ctx context.Context, organization, prefix, after string, limit int) ([]Profile, error) {
	return f.profiles().page(ctx, organization, folded(prefix), folded(after), limit)
}

// CreateProfile makes a profile. Its name has no $, which stands behind it in the names
// of its properties.
func (f *Fleet) CreateProfile(ctx context.Context, organization string, p Profile) (Profile, error) {
	return f.profiles().put(ctx, organization, folded(p.Name), true, func(made *Profile) error {
		made.Name, made.Properties = p.Name, p.Properties
		var wrong problems
		if strings.Contains(p.Name, "$") {
			wrong.add("name: got %q, want it without $", p.Name)
		}
		return wrong.err()
	})
}

// ChangeProfile changes a profile. Its name stays.
func (f *Fleet) ChangeProfile(ctx context.Context, organization, name string, change func(*Profile) error) (Profile, error) {
	return f.profiles().put(ctx, organization, folded(name), false, func(p *Profile) error {
		was := *p
		err := change(p)
		p.Name, p.Created, p.Modified = was.Name, was.Created, was.Modified
		return err
	})
}

// DeleteProfile takes a profile away that no device has; else the error is a
// UsedError. A device that gets it at the same time goes on without.
func (f *Fleet) DeleteProfile(ctx context.Context, organization, name string) error {
	tenant, err := f.tenant(ctx, organization)
	if err != nil {
		return err
	}
	if _, err := f.profile(ctx, tenant, name); err != nil {
		return err
	}
	for r, err := range f.c.Catalog.All(ctx, kindDevice, key(tenant, "")) {
		if err != nil {
			return fmt.Errorf("look for devices of profile %s: %w", name, err)
		}
		d, err := parseDevice(r)
		if err != nil {
			return err
		}
		if d.Profile != "" && folded(d.Profile) == folded(name) {
			return &UsedError{"profile", name, "device " + d.ID}
		}
	}
	return f.profiles().remove(ctx, organization, folded(name))
}
