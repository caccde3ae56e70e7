package yggio

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"aion/api/access"
	"aion/query/fleet"
	"aion/storage"
)

// identifiers are the members by which a push can name an iotnode.
var identifiers = [...]string{"id", secretMember, "devEui", "gatewayEui", "imei", "tag", "serialNumber"}

// secretMember is the one that says by itself who pushes.
const secretMember = "secret"

// push stores what an iotnode tells. It is named by its secret, which needs no
// other credentials; by another identifier who shows credentials names it, or who
// shows its secret besides.
func (c *call) push() error {
	by, err := c.identifier()
	if err != nil {
		return err
	}
	o, err := c.object()
	if err != nil {
		return err
	}
	ref, secret, err := c.named(o, by)
	if err != nil {
		return err
	}
	v, err := valuesOf(o, c.p.Now(), func(name string) bool {
		return name == by || name == secretMember || name == "name" || name == "description"
	})
	if err != nil {
		return err
	}
	ctx, d, err := c.pusher(by, ref, secret)
	if err != nil {
		return err
	}
	if err := v.store(ctx, c.p, &d); err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "text/html; charset=utf-8", []byte("OK"))
}

// named is what an object calls the iotnode by a member, and the secret that it
// shows. Who shows neither that nor other credentials learns nothing more.
func (c *call) named(o object, by string) (ref, secret string, err error) {
	if secret, err = o.text(secretMember); err != nil {
		return "", "", err
	}
	if secret == "" && by != secretMember && c.asker == nil {
		return "", "", &access.DeniedError{Status: http.StatusUnauthorized, Reason: "credentials are required"}
	}
	if ref, err = o.identifier(by); err == nil && ref == "" {
		err = invalid(by, "Required")
	}
	return ref, secret, err
}

// identifier is the member that names the iotnode, as a parameter or a header says.
func (c *call) identifier() (string, error) {
	given, err := c.queryOf()
	if err != nil {
		return "", err
	}
	by, err := single(given, "identifier")
	if err != nil {
		return "", err
	}
	if by == "" {
		by = c.Request().Header.Get("identifier")
	}
	if by == "" {
		by = secretMember
	}
	if !slices.Contains(identifiers[:], by) {
		return "", invalid("identifier", "must be one of id, secret, devEui, gatewayEui, imei, tag, serialNumber")
	}
	return by, nil
}

// pusher is the iotnode that a push is about, and the context in which it may be
// written. Without a secret there is somebody who asks.
func (c *call) pusher(by, ref, secret string) (context.Context, fleet.Device, error) {
	if secret != "" {
		return c.bearer(by, ref, secret)
	}
	d, err := c.resolve(ref)
	switch {
	case errors.Is(err, fleet.ErrUnknown), errors.Is(err, fleet.ErrAmbiguous), err == nil && !known(&d, by, ref):
		return nil, d, absent(by, ref)
	case err != nil:
		return nil, d, err
	}
	c.scope = access.WriteData
	return c.ctx(), d, c.may(&d, write)
}

// bearer is the iotnode that has a secret, and a context in which it alone may be
// read and written. Secrets that nobody has are counted where they come from.
func (c *call) bearer(by, ref, secret string) (context.Context, fleet.Device, error) {
	var d fleet.Device
	err := c.p.Access.Guess(secret, c.from(), fleet.ErrUnknown, func() (err error) {
		d, err = c.p.Fleet.BySecret(c.ctx(), secret)
		return err
	})
	if errors.Is(err, fleet.ErrUnknown) || err == nil && by != secretMember && !known(&d, by, ref) {
		if by == secretMember {
			ref = "…"
		}
		return nil, d, absent(by, ref)
	}
	if err != nil {
		return nil, d, err
	}
	if d.Status == fleet.Disabled {
		return nil, d, forbidden()
	}
	tenant, err := c.p.Access.Tenant(c.ctx(), d.Organization)
	if err != nil {
		return nil, d, err
	}
	node := *tenant
	node.ID, node.Constraint = d.ID, storage.Constraint{Matchers: slices.Clone(tenant.Constraint.Matchers)}.Devices(c.p.DeviceTag, d.ID)
	return access.With(c.ctx(), &node), d, nil
}

// known tells whether an identifier is an iotnode's own.
func known(d *fleet.Device, by, ref string) bool {
	if by == "id" {
		return called(d, ref)
	}
	said, _ := d.Attributes[by].(string)
	return said == ref || said == "" && slices.Contains(d.Aliases, ref)
}
