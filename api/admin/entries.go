package admin

import (
	"context"
	"encoding/json"
	"errors"

	"aion/api/access"
	"aion/query/fleet"
	"aion/storage/points"
)

// organizationEntry is an organization of a plan.
type organizationEntry struct {
	ID        string           `json:"id"`
	Name      string           `json:"name"`
	Limits    access.Limits    `json:"limits"`
	Ingestion access.Ingestion `json:"ingestion"`
}

// organization has an organization be as the entry says.
func (s Shift) organization(ctx context.Context, raw rawBody) ([]Change, error) {
	var body organizationEntry
	if err := raw.into(&body); err != nil {
		return nil, err
	}
	if body.ID == "" {
		return nil, points.Invalid("id: it is missing")
	}
	was, err := s.Access.Organizations.Show(ctx, body.ID)
	if errors.As(err, new(*access.MissingError)) {
		_, err := s.Access.Organizations.Create(ctx, access.Organization{ID: body.ID, Name: body.Name, Limits: body.Limits, Ingestion: body.Ingestion})
		return one("organization", body.ID, body.ID, access.Created), err
	}
	if err != nil {
		return nil, err
	}
	change := func(r *access.Organization) error {
		e := organizationEntry{Name: r.Name, Limits: r.Limits, Ingestion: r.Ingestion}
		err := raw.into(&e)
		r.Name, r.Limits, r.Ingestion = e.Name, e.Limits, e.Ingestion
		return err
	}
	is := was
	if err := change(&is); err != nil {
		return nil, err
	}
	if is != was {
		_, err = s.Access.Organizations.Change(ctx, body.ID, change)
	}
	return one("organization", body.ID, body.ID, differ(is == was)), err
}

// user has a user be as the entry says.
func (s Shift) user(ctx context.Context, raw rawBody) ([]Change, error) {
	var body userBody
	if err := raw.into(&body); err != nil {
		return nil, err
	}
	r, done, err := s.Access.Users.Provide(ctx, access.UserRecord{
		Name: body.Name, Password: body.Password, Organization: body.Organization, Role: body.Role,
	})
	return []Change{{"user", body.Name, r.Organization, done, r.Password}}, err
}

// keyEntry is a key of a plan.
type keyEntry struct {
	ID           string         `json:"id"`
	Secret       string         `json:"secret"`
	Organization string         `json:"organization"`
	Role         access.Role    `json:"role"`
	Owner        string         `json:"ownerId"`
	Scopes       []access.Scope `json:"scope"`
	Context      access.Context `json:"context"`
	RateLimit    int            `json:"rateLimit"`
	Limits       access.Limits  `json:"limits,omitzero"` // an entry without an id is found by its text
	Expires      *Deadline      `json:"expires"`
}

// key has a key be as the entry says. An entry without an id is the same one as
// long as it says the same.
func (s Shift) key(ctx context.Context, raw rawBody) ([]Change, error) {
	var body keyEntry
	if err := raw.into(&body); err != nil {
		return nil, err
	}
	mark, id, err := s.keyID(ctx, body)
	if err != nil {
		return nil, err
	}
	change := func(r *access.KeyRecord) error {
		e := keyEntry{Organization: r.Organization, Role: r.Role, Owner: r.Owner, Scopes: r.Scopes, Context: r.Context, RateLimit: r.RateLimit, Limits: r.Limits, Expires: deadlineOf(r.Expires)}
		if err := raw.into(&e); err != nil {
			return err
		}
		r.Organization, r.Role, r.Owner, r.Scopes, r.Context = e.Organization, e.Role, e.Owner, e.Scopes, e.Context
		r.RateLimit, r.Limits, r.Expires = e.RateLimit, e.Limits, e.Expires.time()
		return nil
	}
	r, done, err := s.Access.Keys.Provide(ctx, id, body.Secret, change)
	if err == nil && mark != "" && done == access.Created {
		err = s.Catalog.Update(ctx, kindProvision, mark, func([]byte) ([]byte, error) { return []byte(r.ID), nil })
	}
	return []Change{{"key", r.ID, r.Organization, done, r.Secret}}, err
}

// keyID is the id of the key that an entry is about; empty: it is to be made, and
// noted under mark.
func (s Shift) keyID(ctx context.Context, body keyEntry) (mark, id string, err error) {
	if body.ID != "" {
		return "", body.ID, nil
	}
	if body.Organization == "" { // whoever names none means his own
		body.Organization = access.From(ctx).Own()
	}
	text, err := json.Marshal(body)
	if err != nil {
		return "", "", err
	}
	if mark, err = s.Access.Keys.Sealed(ctx, string(text)); err != nil {
		return "", "", err
	}
	r, err := s.Catalog.Record(ctx, kindProvision, mark)
	return mark, string(r.Value), err
}

// profile has a profile be as the entry says in each organization whose devices
// in the plan have it.
func (s Shift) profile(plan *Plan) func(context.Context, rawBody) ([]Change, error) {
	return func(ctx context.Context, raw rawBody) ([]Change, error) {
		var body struct {
			Name       string           `json:"name"`
			Properties []fleet.Property `json:"properties"`
		}
		if err := raw.into(&body); err != nil {
			return nil, err
		}
		var all []Change
		for _, organization := range organizationsOf(ctx, plan, body.Name) {
			made, err := s.house(ctx, organization)
			if err == nil {
				organization, err = owned(ctx, organization)
			}
			if err != nil {
				return nil, err
			}
			all = append(all, made...)
			done, err := s.profileOf(ctx, organization, body.Name, func(p *fleet.Profile) error {
				body.Properties = p.Properties
				err := raw.into(&body)
				p.Properties = body.Properties
				return err
			})
			if err != nil {
				return nil, err
			}
			all = append(all, one("profile", body.Name, organization, done)...)
		}
		return all, nil
	}
}

// profileOf has a profile of an organization be as change makes it.
func (s Shift) profileOf(ctx context.Context, organization, name string, change func(*fleet.Profile) error) (access.Provided, error) {
	was, err := s.Fleet.Profile(ctx, organization, name)
	if errors.Is(err, fleet.ErrUnknown) {
		p := fleet.Profile{Name: name}
		if err := change(&p); err != nil {
			return "", err
		}
		_, err := s.Fleet.CreateProfile(ctx, organization, p)
		return access.Created, err
	}
	if err != nil {
		return "", err
	}
	is, err := s.Fleet.ChangeProfile(ctx, organization, name, change)
	return differ(is.Modified.Equal(was.Modified) && sameText(was, is)), err
}

// sameText tells whether two records say the same.
func sameText(a, b any) bool {
	one, err := json.Marshal(a)
	other, failed := json.Marshal(b)
	return err == nil && failed == nil && string(one) == string(other)
}

// deviceEntry is a device of a plan.
type deviceEntry struct {
	ID              string           `json:"id"`
	Organization    string           `json:"organization"`
	Name            string           `json:"name"`
	Aliases         []string         `json:"aliases"`
	Status          fleet.Status     `json:"status"`
	Secret          string           `json:"secret"`
	Profile         string           `json:"profile"`
	Properties      []fleet.Property `json:"properties"`
	RetentionPolicy string           `json:"retentionPolicy"`
	Rights          []fleet.Right    `json:"rights"`
	Ingestion       fleet.Ingestion  `json:"ingestion"`
}

// device has a device be as the entry says.
func (s Shift) device(ctx context.Context, raw rawBody) ([]Change, error) {
	var body deviceEntry
	if err := raw.into(&body); err != nil {
		return nil, err
	}
	organization, err := owned(ctx, body.Organization)
	if err != nil {
		return nil, err
	}
	change := func(d *fleet.Device) error {
		e := deviceEntry{
			Name: d.Name, Aliases: d.Aliases, Status: d.Status, Profile: d.Profile, Properties: d.Properties,
			RetentionPolicy: d.RetentionPolicy, Rights: d.Rights, Ingestion: d.Ingestion,
		}
		err := raw.into(&e)
		d.Name, d.Aliases, d.Status, d.Profile, d.Properties = e.Name, e.Aliases, e.Status, e.Profile, e.Properties
		d.RetentionPolicy, d.Rights, d.Ingestion, d.NewSecret = e.RetentionPolicy, e.Rights, e.Ingestion, e.Secret
		return err
	}
	was, err := s.Fleet.Device(ctx, organization, body.ID)
	if errors.Is(err, fleet.ErrUnknown) {
		d := fleet.Device{ID: body.ID}
		if err := change(&d); err != nil {
			return nil, err
		}
		_, err := s.Fleet.Create(ctx, organization, d)
		return one("device", body.ID, organization, access.Created), err
	}
	if err != nil {
		return nil, err
	}
	is, err := s.Fleet.Change(ctx, organization, body.ID, change)
	return one("device", body.ID, organization, differ(sameText(was, is))), err
}

// appEntry is an app of a plan.
type appEntry struct {
	ID           string           `json:"id"`
	Organization string           `json:"organization"`
	Name         string           `json:"name"`
	Devices      []string         `json:"devices"`
	Properties   []fleet.Property `json:"properties"`
}

// app has an app be as the entry says.
func (s Shift) app(ctx context.Context, raw rawBody) ([]Change, error) {
	var body appEntry
	if err := raw.into(&body); err != nil {
		return nil, err
	}
	if body.ID == "" {
		return nil, points.Invalid("id: it is missing")
	}
	organization, err := owned(ctx, body.Organization)
	if err != nil {
		return nil, err
	}
	change := func(a *fleet.App) error {
		e := appEntry{Name: a.Name, Devices: a.Devices, Properties: a.Properties}
		err := raw.into(&e)
		a.Name, a.Devices, a.Properties = e.Name, e.Devices, e.Properties
		return err
	}
	was, err := s.Fleet.App(ctx, organization, body.ID)
	if errors.Is(err, fleet.ErrUnknown) {
		a := fleet.App{ID: body.ID}
		if err := change(&a); err != nil {
			return nil, err
		}
		_, err := s.Fleet.CreateApp(ctx, organization, a)
		return one("app", body.ID, organization, access.Created), err
	}
	if err != nil {
		return nil, err
	}
	is, err := s.Fleet.ChangeApp(ctx, organization, body.ID, change)
	return one("app", body.ID, organization, differ(sameText(was, is))), err
}
