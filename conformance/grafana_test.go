package conformance

import (
	"aion/api"
	"aion/api/grafana"
	"aion/api/kairosdb"
)

// datasource is the datasource for Grafana over what KairosDB's protocol is made
// of.
func datasource(c kairosdb.Config, k *kairosdb.Protocol) api.Protocol {
	return grafana.New(grafana.Config{
		Store: c.Store, Engine: c.Engine, Specs: c.Specs, Release: c.Release, Now: c.Now, Zone: c.Zone, FreeOrder: c.FreeOrder,
		Version: c.VersionText, Kairos: k.Query,
	})
}
