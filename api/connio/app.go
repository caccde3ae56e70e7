package connio

import (
	"errors"
	"iter"
	"net/http"
	"strings"

	"aion/api/access"
	"aion/query/fleet"
)

// The scopes of apps.
const (
	readApp   access.Scope = "app:read"
	createApp access.Scope = "app:create"
	changeApp access.Scope = "app:modify"
	deleteApp access.Scope = "app:delete"
)

// appView is an app as it is shown. It has no profile here.
type appView struct {
	ID           string  `json:"id"`
	AccountID    string  `json:"accountId"`
	Name         string  `json:"name"`
	FriendlyName string  `json:"friendlyName"`
	ProfileID    *string `json:"profileId"`
	Locked       bool    `json:"locked"`
	Created      string  `json:"dateCreated"`
	Modified     string  `json:"dateModified"`
}

// apps are the calls about apps.
func apps() []route {
	return []route{
		{http.MethodGet, "apps", readApp, whole((*call).listApps)},
		{http.MethodPost, "apps", createApp, whole((*call).createApp)},
		{http.MethodGet, "apps/{app}", readApp, onDevice((*call).showApp)},
		{http.MethodPut, "apps/{app}", changeApp, onDevice((*call).changeApp)},
		{http.MethodDelete, "apps/{app}", deleteApp, whole(deletion(onDevice((*call).deleteApp)))},
		{http.MethodGet, "apps/{app}/properties", readApp, onDevice((*call).listProperties)},
	}
}

// apps are the apps of the account, by id.
func (c *call) apps() iter.Seq2[*fleet.App, error] {
	return paged(func(a *fleet.App) string { return a.ID }, func(after string, limit int) ([]fleet.App, error) {
		return c.p.Fleet.Apps(c.ctx(), c.asker.Organization, "", after, limit)
	})
}

// appsWithin are the apps that who asks may know of: inside a context those that it
// lists.
func (c *call) appsWithin() iter.Seq2[*fleet.App, error] {
	if !c.asker.Narrow() {
		return c.apps()
	}
	return func(yield func(*fleet.App, error) bool) {
		if c.asker.Context.Type != access.App {
			return
		}
		for _, id := range c.asker.Context.IDs {
			a, err := c.p.Fleet.App(c.ctx(), c.asker.Organization, id)
			if errors.Is(err, fleet.ErrUnknown) {
				continue
			}
			if !yield(&a, err) || err != nil {
				return
			}
		}
	}
}

// appView is an app as it is shown.
func (c *call) appView(a *fleet.App) appView {
	name := a.Name
	if name == "" {
		name = a.ID
	}
	return appView{ID: a.ID, AccountID: c.account(), Name: name, FriendlyName: name, Created: date(a.Created), Modified: date(a.Modified)}
}

// listApps lists the apps of the account.
func (c *call) listApps() error {
	return listed(c, func(yield func(appView, error) bool) {
		for a, err := range c.apps() {
			if err != nil {
				yield(appView{}, err)
				return
			}
			if !yield(c.appView(a), nil) {
				return
			}
		}
	})
}

// showApp shows the app of the path.
func (c *call) showApp(o *object) error {
	a, err := c.p.Fleet.App(c.ctx(), o.Organization, o.ID)
	if err != nil {
		return refused(err)
	}
	return c.tell(c.appView(&a))
}

// createApp makes an app.
func (c *call) createApp() error {
	m, err := c.said()
	if err != nil {
		return err
	}
	name, err := m.text("name")
	if err != nil {
		return err
	}
	if name == "" {
		return bad("name: it is missing")
	}
	if err := c.unusedApp(name, ""); err != nil {
		return err
	}
	made, err := c.p.Fleet.CreateApp(c.ctx(), c.asker.Organization, fleet.App{Name: name})
	if err != nil {
		return refused(err)
	}
	return c.noted("app.create", made.ID, c.appView(&made))
}

// unusedApp tells, as an error, that a name is that of another app than the one of
// an id.
func (c *call) unusedApp(name, id string) error {
	for a, err := range c.apps() {
		if err != nil {
			return err
		}
		if a.ID != id && (strings.EqualFold(a.Name, name) || a.ID == name) {
			return &Fault{http.StatusConflict, "name: another app is called so"}
		}
	}
	return nil
}

// changeApp changes what the body names of the app of the path.
func (c *call) changeApp(o *object) error {
	m, err := c.said()
	if err != nil {
		return err
	}
	name, err := m.text("name")
	if err != nil {
		return err
	}
	if name != "" {
		if err := c.unusedApp(name, o.ID); err != nil {
			return err
		}
	}
	changed, err := c.p.Fleet.ChangeApp(c.ctx(), o.Organization, o.ID, func(a *fleet.App) error {
		if name != "" {
			a.Name = name
		}
		return nil
	})
	if err != nil {
		return refused(err)
	}
	return c.noted("app.change", changed.ID, c.appView(&changed))
}

// deleteApp takes the app of the path away. Its points stay.
func (c *call) deleteApp(o *object) error {
	if err := c.p.Fleet.DeleteApp(c.ctx(), o.Organization, o.ID); err != nil {
		return refused(err)
	}
	if err := c.p.Access.Audit.Note(c.ctx(), "app.delete", o.Organization, o.ID); err != nil {
		return err
	}
	return c.deleted(1)
}
