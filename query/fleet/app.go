package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// App is something that works on devices and has properties of its own, whose
// points have the app's id in the device tag.
type App struct {
	ID           string     `json:"id"`
	Organization string     `json:"-"`
	Name         string     `json:"name,omitempty"`
	Devices      []string   `json:"devices,omitempty"` // ids or aliases
	Properties   []Property `json:"properties,omitempty"`
	Created      time.Time  `json:"created"`
	Modified     time.Time  `json:"modified"`
}

// maxAppDevices is how many devices an app has at most.
const maxAppDevices = 10_000

// apps is where apps are kept.
func (f *Fleet) apps() shelf[App] {
	return shelf[App]{
		f: f, kind: kindApp, thing: "app", said: &f.said.apps,
		copy: func(a App) App {
			a.Devices, a.Properties = slices.Clone(a.Devices), slices.Clone(a.Properties)
			return a
		},
		props: func(a *App) []Property { return a.Properties },
		tell:  func(a *App, organization string) { a.Organization = organization },
		stamp: func(a *App, now time.Time) { a.Created, a.Modified = born(a.Created, now), now },
		ready: func(was, a *App) error {
			a.Properties = inherit(a.Properties, was.Properties)
			a.Devices = slices.Compact(slices.Sorted(slices.Values(a.Devices)))
			return a.check()
		},
	}
}

// check is an InvalidError with all that is wrong with a, or nil.
func (a *App) check() error {
	var p problems
	p.text("id", a.ID, 1, maxID)
	p.text("name", a.Name, 0, maxName)
	p.most("devices", len(a.Devices), maxAppDevices)
	for i, d := range a.Devices {
		p.text(fmt.Sprintf("devices[%d]", i), d, 1, maxID)
	}
	p.properties(a.Properties)
	return p.err()
}

// Apps is a page of the apps of an organization whose ids begin with prefix and
// sort behind after.
func (f *Fleet) Apps(ctx context.Context, organization, prefix, after string, limit int) ([]App, error) {
	return f.apps().page(ctx, organization, prefix, after, limit)
}

// CreateApp makes an app; without an id it gets one. An id that a device has, or
// is called by, is a TakenError: contexts take the two for one.
func (f *Fleet) CreateApp(ctx context.Context, organization string, a App) (App, error) {
	if a.ID == "" {
		a.ID = "_app_" + digits(newNumber())
	}
	tenant, err := f.tenant(ctx, organization)
	if err == nil {
		err = f.noDevice(ctx, tenant, a.ID)
	}
	if err != nil {
		return App{}, err
	}
	made, err := f.apps().put(ctx, organization, a.ID, true, func(made *App) error {
		made.ID, made.Name, made.Devices, made.Properties = a.ID, a.Name, a.Devices, a.Properties
		return nil
	})
	if err != nil {
		return made, err
	}
	// Of an app and a device that are made at once at least one sees the other.
	if err := f.noDevice(ctx, tenant, a.ID); err != nil {
		return App{}, errors.Join(err, f.DeleteApp(ctx, organization, a.ID))
	}
	return made, nil
}

// noDevice tells, as a TakenError, that a device is called by the id of an app.
func (f *Fleet) noDevice(ctx context.Context, tenant, id string) error {
	_, revision, err := f.load(ctx, tenant, id)
	if err != nil {
		return err
	}
	_, called, err := f.owner(ctx, tenant, id)
	if err == nil && (called || revision != 0) {
		err = &TakenError{"id", id}
	}
	return err
}

// noApp tells, as a TakenError, that what a device is to be called in a field is
// the id of an app.
func (f *Fleet) noApp(ctx context.Context, tenant, field, text string) error {
	_, revision, err := f.apps().find(ctx, tenant, text)
	if err == nil && revision != 0 {
		err = &TakenError{field, text}
	}
	return err
}

// ChangeApp changes an app. Its id stays.
func (f *Fleet) ChangeApp(ctx context.Context, organization, id string, change func(*App) error) (App, error) {
	return f.apps().put(ctx, organization, id, false, func(a *App) error {
		was := *a
		err := change(a)
		a.ID, a.Created, a.Modified = was.ID, was.Created, was.Modified
		return err
	})
}

// DeleteApp takes an app away, but nothing that its devices or it have stored. A
// device may have its id from now on.
func (f *Fleet) DeleteApp(ctx context.Context, organization, id string) error {
	tenant, err := f.tenant(ctx, organization)
	if err != nil {
		return err
	}
	if err := f.apps().remove(ctx, organization, id); err != nil {
		return err
	}
	return f.noteGone(ctx, tenant, id)
}
