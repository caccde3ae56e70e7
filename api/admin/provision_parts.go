package admin

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"aion/api/access"
	"aion/query/fleet"
)

// part is the entries of one kind and what is done about one.
type part struct {
	name    string
	entries []json.RawMessage
	do      func(context.Context, rawBody) ([]Change, error)
}

// parts are the parts of a plan in the order in which one builds on the other.
func (s Shift) parts(plan *Plan) []part {
	return []part{
		{"organizations", plan.Organizations, s.organization},
		{"users", plan.Users, s.housed(s.user)},
		{"profiles", plan.Profiles, s.profile(plan)},
		{"devices", plan.Devices, s.housed(s.device)},
		{"apps", plan.Apps, s.housed(s.app)},
		{"keys", plan.Keys, s.housed(s.key)},
	}
}

// len is how many entries a plan has.
func (p *Plan) len() int {
	return len(p.Organizations) + len(p.Users) + len(p.Keys) + len(p.Profiles) + len(p.Devices) + len(p.Apps)
}

// housed does what do does about an entry, and has the organization that the entry
// names be there before.
func (s Shift) housed(do func(context.Context, rawBody) ([]Change, error)) func(context.Context, rawBody) ([]Change, error) {
	return func(ctx context.Context, raw rawBody) ([]Change, error) {
		var entry struct{ Organization string }
		_ = json.Unmarshal(raw, &entry) // do tells what is wrong with it
		made, err := s.house(ctx, entry.Organization)
		if err != nil {
			return nil, err
		}
		done, err := do(ctx, raw)
		return append(made, done...), err
	}
}

// house makes an organization that is not there, where whoever asks may. The empty
// name is that of whoever asks, which is.
func (s Shift) house(ctx context.Context, id string) ([]Change, error) {
	if id == "" {
		return nil, nil
	}
	r, err := s.Access.Organizations.Show(ctx, id)
	missing := errors.As(err, new(*access.MissingError))
	switch {
	case err == nil && r.Closed:
		return nil, &access.EndingError{ID: id}
	case !missing:
		return nil, err
	case access.From(ctx).Role != access.Root: // to whom what others have is not there
		return nil, nil
	}
	_, err = s.Access.Organizations.Create(ctx, access.Organization{ID: id})
	if errors.As(err, new(*access.ExistsError)) { // somebody was faster
		return nil, nil
	}
	return one("organization", id, id, access.Created), err
}

// owned is the organization of an entry, for who administers it.
func owned(ctx context.Context, organization string) (string, error) {
	by := access.From(ctx)
	if organization == "" {
		organization = by.Organization
	}
	if !by.Administers(organization) {
		return "", &access.MissingError{Kind: "organization", ID: organization}
	}
	return organization, nil
}

// one is what became of one entry.
func one(thing, id, organization string, done access.Provided) []Change {
	return []Change{{Thing: thing, ID: id, Organization: organization, Done: done}}
}

// differ tells whether what is there now was changed.
func differ(same bool) access.Provided {
	if same {
		return access.Unchanged
	}
	return access.Changed
}

// organizationsOf are the organizations whose devices and apps in a plan have a
// profile, or the one of whoever asks where none has.
func organizationsOf(ctx context.Context, plan *Plan, profile string) []string {
	var all []string
	for _, raw := range plan.Devices {
		var d struct{ Organization, Profile string }
		if json.Unmarshal(raw, &d) == nil && fleet.Metric(d.Profile) == fleet.Metric(profile) && !slices.Contains(all, d.Organization) {
			all = append(all, d.Organization)
		}
	}
	if len(all) == 0 {
		return []string{access.From(ctx).Organization}
	}
	return all
}
