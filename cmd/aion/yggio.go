package main

import (
	"context"
	"time"

	"aion/api"
	"aion/api/access"
	"aion/api/admin"
	"aion/api/kairosdb"
	"aion/api/yggio"
)

// yggio is Yggio's API over what KairosDB's protocol is made of, for the devices
// and the users that the operator provides.
func (s *serveCommand) yggio(c kairosdb.Config, o admin.Config) api.Protocol {
	return yggio.New(yggio.Config{
		Store: c.Store, Engine: c.Engine, Specs: c.Specs, Fleet: o.Fleet, Access: o.Access, Now: c.Now, FreeOrder: c.FreeOrder,
		DeviceTag: s.Device.Tag, OrganizationTag: s.Organization.Tag, MaxBody: c.MaxBody,
		Token: func(ctx context.Context, p *access.Principal, issued, ends time.Time) (string, error) {
			return api.SessionToken(ctx, o.Access, p, issued, ends)
		},
	})
}
