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
	if len(ref) > maxName || ref == "" {
		return Device{}, &UnknownError{"device", ref}
	}
	h, err := f.holding(ctx, tenant, claim{byName, ref})
	if err != nil {
		return Device{}, err
	}
	d, ok, err := f.owning(ctx, tenant, ref, h)
	if err != nil || ok {
		return d, err
	}
	return f.named(ctx, tenant, ref, m, h)
}

// holding is the alias record of a claim: aliases and names have one together.
func (f *Fleet) holding(ctx context.Context, tenant string, c claim) (holders, error) {
	r, err := f.c.Catalog.Record(ctx, kindAlias, c.record(tenant))
	if err != nil {
		return holders{}, err
	}
	return f.holders(r.Value), nil
}

// owner is the device that has a text as its alias or identifier.
func (f *Fleet) owner(ctx context.Context, tenant, text string) (Device, bool, error) {
	if !fits(text) {
		return Device{}, false, nil
	}
	h, err := f.holding(ctx, tenant, claim{byAlias, text})
	if err != nil {
		return Device{}, false, err
	}
	return f.owning(ctx, tenant, text, h)
}

// owning is owner, where the alias record of the text is known.
func (f *Fleet) owning(ctx context.Context, tenant, text string, h holders) (Device, bool, error) {
	d, ok, err := f.first(ctx, tenant, claim{byAlias, text}, h)
	n, made := parseIdentifier(text)
	if ok || err != nil || !made || !fits(text) {
		return d, ok, err
	}
	c := claim{byNumber, digits(n)}
	if h, err = f.holding(ctx, tenant, c); err != nil {
		return d, false, err
	}
	return f.first(ctx, tenant, c, h)
}

// first is the device that an alias record says has a claim, if it says the same.
func (f *Fleet) first(ctx context.Context, tenant string, c claim, h holders) (Device, bool, error) {
	for _, x := range h.All {
		if x.Text != c.text || x.Name {
			continue
		}
		if d, ok, err := f.called(ctx, tenant, x, c.rank); err != nil || ok {
			return d, ok, err
		}
	}
	return Device{}, false, nil
}

// named is the device that has a reference as its name or, in any case, as its
// name or alias, as the alias record of the reference says.
func (f *Fleet) named(ctx context.Context, tenant, ref string, m Manner, h holders) (Device, error) {
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
