package admin

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"aion/api/access"
	"aion/query/fleet"
)

// devices adds the routes of devices.
func (p *Protocol) devices(g *echo.Group) {
	g.GET("/devices", p.listDevices)
	g.POST("/devices", p.createDevice)
	g.POST("/devices/discover", p.discoverDevices)
	g.GET("/devices/:ref", p.showDevice)
	g.PATCH("/devices/:ref", p.changeDevice)
	g.DELETE("/devices/:ref", p.deleteDevice)
	g.PUT("/devices/:ref/aliases/:alias", p.alias(true))
	g.DELETE("/devices/:ref/aliases/:alias", p.alias(false))
}

// deviceBody is what a request says of a device.
type deviceBody struct {
	Name            string           `json:"name"`
	Aliases         []string         `json:"aliases"`
	Status          fleet.Status     `json:"status"`
	Secret          string           `json:"secret"`
	Profile         string           `json:"profile"`
	Properties      []fleet.Property `json:"properties"`
	RetentionPolicy string           `json:"retentionPolicy"`
	Rights          []fleet.Right    `json:"rights"`
	Ingestion       fleet.Ingestion  `json:"ingestion"`
	Attributes      map[string]any   `json:"attributes"`
}

// newDevice is a deviceBody that also says whose device it is.
type newDevice struct {
	ID           string `json:"id"`
	Organization string `json:"organization"`
	deviceBody
}

// bodyOf is what a device says, without its secret.
func bodyOf(d *fleet.Device) deviceBody {
	return deviceBody{
		Name: d.Name, Aliases: d.Aliases, Status: d.Status, Profile: d.Profile, Properties: d.Properties,
		RetentionPolicy: d.RetentionPolicy, Rights: d.Rights, Ingestion: d.Ingestion, Attributes: d.Attributes,
	}
}

// apply has a device say what the body says. An attribute that is null goes.
func (b *deviceBody) apply(d *fleet.Device) {
	for name, value := range b.Attributes {
		if value == nil {
			delete(b.Attributes, name)
		}
	}
	d.Name, d.Aliases, d.Status, d.NewSecret, d.Profile = b.Name, b.Aliases, b.Status, b.Secret, b.Profile
	d.Properties, d.RetentionPolicy, d.Rights, d.Ingestion, d.Attributes = b.Properties, b.RetentionPolicy, b.Rights, b.Ingestion, b.Attributes
}

// deviceAnswer is a device as it is answered. Its secret is told to nobody.
type deviceAnswer struct {
	fleet.Device
	Organization string            `json:"organization"`
	Aliases      []string          `json:"aliases"`
	Identifiers  fleet.Identifiers `json:"identifiers"`
	HasSecret    bool              `json:"hasSecret"`

	// What the record has and nobody is told.
	Number     *struct{} `json:"number,omitempty"`
	SecretHash *struct{} `json:"secret,omitempty"`
	Policies   *struct{} `json:"policies,omitempty"`
}

// deviceAnswered is a device as it is answered.
func deviceAnswered(d fleet.Device) deviceAnswer {
	a := deviceAnswer{Device: d, Organization: d.Organization, Aliases: d.Aliases, Identifiers: d.Identifiers(), HasSecret: d.SecretHash != ""}
	if a.Aliases == nil {
		a.Aliases = []string{}
	}
	return a
}

// listDevices answers a page of devices; ?prefix= wants those whose ids begin so.
func (p *Protocol) listDevices(c echo.Context) error {
	return listedOf(p, c, "devices", access.ReadDevice, func(w whose) ([]deviceAnswer, error) {
		list := p.Fleet.Devices
		if w.within != nil {
			list = p.devicesWithin(w)
		}
		found, err := list(c.Request().Context(), w.organization, w.prefix, w.after, w.limit)
		all := make([]deviceAnswer, len(found))
		for i, d := range found {
			all[i] = deviceShown(access.From(c.Request().Context()), d)
		}
		return all, err
	}, func(d *deviceAnswer) string { return d.ID })
}

// discoverDevices creates the devices that have points and no record, and answers
// how many.
func (p *Protocol) discoverDevices(c echo.Context) error {
	w, err := p.changing(c, access.CreateDevice, c.QueryParam("organization"))
	if err != nil {
		return err
	}
	n, err := p.Fleet.Discover(c.Request().Context(), w.organization)
	if err != nil {
		return refused(err)
	}
	return p.noted(c, http.StatusOK, "device.discover", w.organization, "", map[string]int64{"created": n})
}

// device is the device of the path, for who may see it.
func (p *Protocol) device(c echo.Context, w whose) (fleet.Device, error) {
	ref, err := param(c, "ref")
	if err != nil {
		return fleet.Device{}, err
	}
	unknown := &fleet.UnknownError{Thing: "device", Ref: ref}
	if !w.sees("device", ref) { // before anything is looked up, whether it is there or not
		return fleet.Device{}, unknown
	}
	d, err := p.Fleet.Resolve(c.Request().Context(), w.organization, ref, fleet.Manner{Unnamed: w.within != nil})
	if err == nil && !w.reaches(d.ID) {
		return fleet.Device{}, unknown
	}
	return d, err
}

// showDevice answers a device by its id, an alias or its name.
func (p *Protocol) showDevice(c echo.Context) error {
	w, err := p.asking(c, access.ReadDevice)
	if err != nil {
		return err
	}
	d, err := p.device(c, w)
	if err != nil {
		return refused(err)
	}
	return answer(c, http.StatusOK, deviceShown(access.From(c.Request().Context()), d))
}

// createDevice makes a device.
func (p *Protocol) createDevice(c echo.Context) error {
	var body newDevice
	if err := p.read(c, &body, p.body()); err != nil {
		return err
	}
	w, err := p.changing(c, access.CreateDevice, body.Organization)
	if err != nil {
		return err
	}
	d := fleet.Device{ID: body.ID}
	body.apply(&d)
	ctx := c.Request().Context()
	made, err := p.Fleet.Create(ctx, w.organization, d)
	if err != nil {
		return refused(err)
	}
	place(c, "devices", made.ID)
	return p.noted(c, http.StatusCreated, "device.create", made.Organization, made.ID, deviceAnswered(made))
}

// changeDevice changes what the body names of a device.
func (p *Protocol) changeDevice(c echo.Context) error {
	var raw rawBody
	if err := p.read(c, &raw, p.body()); err != nil {
		return err
	}
	return p.change(c, "device.change", func(d *fleet.Device) error {
		b := bodyOf(d)
		if err := raw.into(&b); err != nil {
			return err
		}
		b.apply(d)
		return nil
	})
}

// alias gives the device of the path an alias, or takes one away.
func (p *Protocol) alias(give bool) echo.HandlerFunc {
	return func(c echo.Context) error {
		alias, err := param(c, "alias")
		if err != nil {
			return err
		}
		return p.change(c, "device.change", func(d *fleet.Device) error {
			kept := make([]string, 0, len(d.Aliases)+1)
			for _, a := range d.Aliases {
				if a != alias {
					kept = append(kept, a)
				}
			}
			if give {
				kept = append(kept, alias)
			} else if len(kept) == len(d.Aliases) {
				return &fleet.UnknownError{Thing: "alias", Ref: alias}
			}
			d.Aliases = kept
			return nil
		})
	}
}

// change changes the device of the path and answers it.
func (p *Protocol) change(c echo.Context, action string, change func(*fleet.Device) error) error {
	w, err := p.changing(c, access.ChangeDevice, c.QueryParam("organization"))
	if err != nil {
		return err
	}
	d, err := p.device(c, w)
	if err != nil {
		return refused(err)
	}
	d, err = p.Fleet.Change(c.Request().Context(), w.organization, d.ID, change)
	if err != nil {
		return refused(err)
	}
	return p.noted(c, http.StatusOK, action, d.Organization, d.ID, deviceAnswered(d))
}

// deleteDevice takes a device away; ?data=true takes its points along.
func (p *Protocol) deleteDevice(c echo.Context) error {
	w, err := p.changing(c, access.DeleteDevice, c.QueryParam("organization"))
	if err != nil {
		return err
	}
	data, err := flag(c, "data")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if data {
		if err := access.Check(ctx, access.WriteData); err != nil {
			return err
		}
	}
	d, err := p.device(c, w)
	if err == nil {
		err = p.Fleet.Delete(ctx, w.organization, d.ID, data)
	}
	if err != nil {
		return refused(err)
	}
	action := "device.delete"
	if data {
		action = "device.delete-with-data"
	}
	return p.noted(c, http.StatusOK, action, d.Organization, d.ID, deviceAnswered(d))
}
