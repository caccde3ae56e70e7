package main

import (
	"aion/api"
	"aion/api/admin"
	"aion/api/connio"
	"aion/api/kairosdb"
)

// connio is Connio's API over what KairosDB's protocol is made of, for the devices
// and the keys that the operator provides.
func (s *serveCommand) connio(c kairosdb.Config, o admin.Config) api.Protocol {
	return connio.New(connio.Config{
		Store: c.Store, Engine: c.Engine, Specs: c.Specs, Fleet: o.Fleet, Access: o.Access, Catalog: o.Catalog, Limits: s.Query.limits(),
		Now: c.Now, FreeOrder: c.FreeOrder, DeviceTag: s.Device.Tag, OrganizationTag: s.Organization.Tag,
		MaxBody: c.MaxBody,
	})
}
