package main

import (
	"aion/api"
	"aion/api/access"
	"aion/api/grafana"
	"aion/api/kairosdb"
)

// grafana is the datasource for Grafana over what KairosDB's protocol is made of.
// It reads KairosDB's queries as that does.
func (s *serveCommand) grafana(c kairosdb.Config, k *kairosdb.Protocol, guard *access.Guard) api.Protocol {
	return grafana.New(grafana.Config{
		Store: c.Store, Engine: c.Engine, Specs: c.Specs, Release: c.Release, Now: c.Now, Zone: c.Zone, FreeOrder: c.FreeOrder,
		HiddenPrefixes: c.HiddenPrefixes, Version: version(), MaxBody: c.MaxBody, Kairos: k.Query,
		Rollups: c.Rollups, Sees: seesAsTasks(guard),
	})
}
