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
func (l Lookup) Resolve(ctx context.Context, organization, ref string, m Manner) (Device, error) {
	tenant, name, err := l.tenancy(ctx, organization)
	if err != nil {
		return Device{}, err
	}
	d, err := l.resolve(ctx, tenant, ref, m)
	if errors.Is(err, ErrUnknown) && l.f.awaits(organization, tenant, ref) {
		if err := l.f.Settle(ctx); err != nil {
			return Device{}, err
		}
		d, err = l.resolve(ctx, tenant, ref, m)
	}
	if err != nil {
		return Device{}, err
	}
	d.Organization = name
	return d, nil
}

// resolve is Resolve for a tenant.
func (l Lookup) resolve(ctx context.Context, tenant, ref string, m Manner) (Device, error) {
	d, revision, err := l.load(ctx, tenant, ref)
	if err != nil || revision != 0 {
		return d, err
	}
	if len(ref) > maxName || ref == "" {
		return Device{}, &UnknownError{"device", ref}
	}
	h, err := l.holding(ctx, tenant, claim{byName, ref})
	if err != nil {
		return Device{}, err
	}
	d, ok, err := l.owning(ctx, tenant, ref, h)
	if err != nil || ok {
		return d, err
	}
	return l.named(ctx, tenant, ref, m, h)
}

// holding is the alias record of a claim: aliases and names have one together.
func (l Lookup) holding(ctx context.Context, tenant string, c claim) (holders, error) {
	r, err := l.record(ctx, kindAlias, c.record(tenant))
	if err != nil {
		return holders{}, err
	}
	return l.f.holders(r.Value), nil
}

// owner is the device that has a text as its alias or identifier.
func (l Lookup) owner(ctx context.Context, tenant, text string) (Device, bool, error) {
	if !fits(text) {
		return Device{}, false, nil
	}
	h, err := l.holding(ctx, tenant, claim{byAlias, text})
	if err != nil {
		return Device{}, false, err
	}
	return l.owning(ctx, tenant, text, h)
}

// owning is owner, where the alias record of the text is known.
func (l Lookup) owning(ctx context.Context, tenant, text string, h holders) (Device, bool, error) {
	d, ok, err := l.first(ctx, tenant, claim{byAlias, text}, h)
	n, made := parseIdentifier(text)
	if ok || err != nil || !made || !fits(text) {
		return d, ok, err
	}
	if h, err = l.numbered(ctx, tenant, n); err != nil {
		return d, false, err
	}
	return l.first(ctx, tenant, claim{byNumber, digits(n)}, h)
}

// first is the device that an alias record says has a claim, if it says the same.
func (l Lookup) first(ctx context.Context, tenant string, c claim, h holders) (Device, bool, error) {
	for _, x := range h.All {
		if x.Text != c.text || x.Name {
			continue
		}
		if d, ok, err := l.called(ctx, tenant, x, c.rank); err != nil || ok {
			return d, ok, err
		}
	}
	return Device{}, false, nil
}

// named is the device that has a reference as its name or, in any case, as its
// name or alias, as the alias record of the reference says.
func (l Lookup) named(ctx context.Context, tenant, ref string, m Manner, h holders) (Device, error) {
	h.All = slices.Clone(h.All)
	exact := func(x holder) bool { return x.Text == ref }
	if !m.AnyCase || slices.ContainsFunc(h.All, exact) {
		h.All = slices.DeleteFunc(h.All, func(x holder) bool { return !exact(x) })
		h.Many = h.Many && len(h.All) != 0
	}
	if m.Unnamed {
		h.All, h.Many = slices.DeleteFunc(h.All, func(x holder) bool { return x.Name }), false
	}
	return l.only(ctx, tenant, ref, h)
}

// only is the one device that is called as a record says.
func (l Lookup) only(ctx context.Context, tenant, ref string, h holders) (Device, error) {
	var found Device
	n := 0
	for _, x := range h.All {
		d, ok, err := l.called(ctx, tenant, x, byAlias)
		if err != nil {
			return Device{}, err
		}
		if ok && (n == 0 || d.ID != found.ID) {
			found = d
			n++
		}
	}
	switch {
	case n > 1 || h.Many:
		return Device{}, &AmbiguousError{ref}
	case n == 0:
		return Device{}, &UnknownError{"device", ref}
	}
	return found, nil
}
