package fleet

import (
	"context"
	"errors"
	"slices"
)

// Manner is how a reference is compared with what devices are called.
type Manner struct {
	AnyCase bool // names and aliases in any case, where none has the very same
	Unnamed bool // names do not count: they are not a device's alone
}

// Resolve is the device that a reference means: the one with that id, else the
// one with that alias or identifier, else the one with that name. None is an
// UnknownError, several are an AmbiguousError. A device that a write of this
// server is about to create is there.
func (f *Fleet) Resolve(ctx context.Context, organization, ref string, m Manner) (Device, error) {
	tenant, name, err := f.tenancy(ctx, organization)
	if err != nil {
		return Device{}, err
	}
	d, err := f.resolve(ctx, tenant, ref, m)
	if errors.Is(err, ErrUnknown) && f.queue.waits() {
		if err := f.Settle(ctx); err != nil {
			return Device{}, err
		}
		d, err = f.resolve(ctx, tenant, ref, m)
	}
	if err != nil {
		return Device{}, err
	}
	d.Organization = name
	return d, nil
}

// resolve is Resolve for a tenant.
func (f *Fleet) resolve(ctx context.Context, tenant, ref string, m Manner) (Device, error) {
	d, revision, err := f.load(ctx, tenant, ref)
	if err != nil || revision != 0 {
		return d, err
	}
	d, ok, err := f.owner(ctx, tenant, ref)
	if err != nil || ok {
		return d, err
	}
	if len(ref) > maxName || ref == "" {
		return Device{}, &UnknownError{"device", ref}
	}
	return f.named(ctx, tenant, ref, m)
}

// owner is the device that has a text as its alias or identifier.
func (f *Fleet) owner(ctx context.Context, tenant, text string) (Device, bool, error) {
	if !fits(text) {
		return Device{}, false, nil
	}
	claims := []claim{{byAlias, text}}
	if n, ok := parseIdentifier(text); ok {
		claims = append(claims, claim{byNumber, digits(n)})
	}
	for _, c := range claims {
		r, err := f.c.Catalog.Record(ctx, kindAlias, c.record(tenant))
		if err != nil {
			return Device{}, false, err
		}
		for _, h := range f.holders(r.Value).All {
			if h.Text != c.text || h.Name {
				continue
			}
			if d, ok, err := f.called(ctx, tenant, h, c.rank); err != nil || ok {
				return d, ok, err
			}
		}
	}
	return Device{}, false, nil
}

// named is the device that has a reference as its name or, in any case, as its
// name or alias.
func (f *Fleet) named(ctx context.Context, tenant, ref string, m Manner) (Device, error) {
	r, err := f.c.Catalog.Record(ctx, kindAlias, claim{byName, ref}.record(tenant))
	if err != nil {
		return Device{}, err
	}
	h := f.holders(r.Value)
	h.All = slices.Clone(h.All)
	exact := func(x holder) bool { return x.Text == ref }
	if !m.AnyCase || slices.ContainsFunc(h.All, exact) {
		h.All = slices.DeleteFunc(h.All, func(x holder) bool { return !exact(x) })
		h.Many = h.Many && len(h.All) != 0
	}
	if m.Unnamed {
		h.All, h.Many = slices.DeleteFunc(h.All, func(x holder) bool { return x.Name }), false
	}
	return f.only(ctx, tenant, ref, h)
}

// only is the one device that is called as a record says.
func (f *Fleet) only(ctx context.Context, tenant, ref string, h holders) (Device, error) {
	var found []Device
	for _, x := range h.All {
		d, ok, err := f.called(ctx, tenant, x, byAlias)
		if err != nil {
			return Device{}, err
		}
		if ok && !slices.ContainsFunc(found, func(o Device) bool { return o.ID == d.ID }) {
			found = append(found, d)
		}
	}
	switch {
	case len(found) > 1 || h.Many:
		return Device{}, &AmbiguousError{ref}
	case len(found) == 0:
		return Device{}, &UnknownError{"device", ref}
	}
	return found[0], nil
}
