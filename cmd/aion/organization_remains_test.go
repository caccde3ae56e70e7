package main

import (
	"strings"
	"testing"

	"aion/storage/cassandra/cassandratest"
)

// TestOrganizationRemains: an organization takes its points, its metadata and its
// roll-up tasks along, so that the next one of that name finds nothing of them, not
// even their names: on every engine, deleted by a running server or without one.
func TestOrganizationRemains(t *testing.T) {
	for _, on := range []struct {
		name string
		args func(t *testing.T) []string
		by   func(t *testing.T, g *guarded, args []string) *guarded // deletes, and answers who serves then
	}{
		{"memory", func(*testing.T) []string { return []string{"--storage=memory"} }, func(t *testing.T, g *guarded, _ []string) *guarded {
			g.admin(t, "DELETE", "/organizations/acme?data=true", "")
			return g
		}},
		{"pebble without a server", func(t *testing.T) []string { return []string{"--data.dir=" + t.TempDir()} }, func(t *testing.T, g *guarded, args []string) *guarded {
			g.stop()
			keyed(t, append([]string{"organization", "delete", "acme", "--data"}, args...)...)
			return &guarded{start(t, append(args, "--auth.mode=required")...), g.id, g.secret}
		}},
		{"cassandra beside a server", func(t *testing.T) []string {
			node := cassandratest.Shared(t)
			return []string{"--storage=cassandra", "--cassandra.hosts=" + node.Host(), "--cassandra.keyspace=" + node.Keyspace(t)}
		}, func(t *testing.T, g *guarded, args []string) *guarded {
			keyed(t, append([]string{"organization", "delete", "acme", "--data"}, args...)...)
			return g
		}},
	} {
		t.Run(on.name, func(t *testing.T) {
			args := on.args(t)
			g := guarding(t, args...)
			g.admin(t, "POST", "/organizations", `{"id":"home"}`)
			g.moved(t, "home")
			g.moved(t, "acme")
			g = on.by(t, g, args)
			g.admin(t, "POST", "/organizations", `{"id":"acme"}`)
			g.empty(t)
			for _, path := range []string{"/api/v1/metadata/svc/sk/k", "/api/v1/rollups"} {
				if _, text := g.as(t, g.id, g.secret, "GET", path, ""); !strings.Contains(text, "of home") || strings.Contains(text, "of acme") {
					t.Errorf("%s: got %s, want what is the first organization's alone", path, text)
				}
			}
			if status, text := g.as(t, g.id, g.secret, "DELETE", "/api/admin/v1/organizations/acme", ""); status != 409 || !strings.Contains(text, "has 1 keys, which") {
				t.Errorf("got %d %s, want a key and nothing else", status, text)
			}
		})
	}
}

// moved makes an organization and fills it by a key of its own.
func (g *guarded) moved(t *testing.T, organization string) {
	t.Helper()
	if organization != "home" {
		g.admin(t, "POST", "/organizations", `{"id":"`+organization+`"}`)
	}
	key := g.key(t, `{"organization":"`+organization+`","role":"admin"}`)
	for _, c := range []struct{ path, body string }{
		{"/api/v1/datapoints", `[{"name":"` + organization + `.m","tags":{"organization":"` + organization + `","` + organization + `_t":"v"},"datapoints":[[1000,1]]}]`},
		{"/api/v1/metadata/svc/sk/k", "secret of " + organization},
		{"/api/v1/rollups", `{"name":"of ` + organization + `","execution_interval":{"value":1,"unit":"hours"},"rollups":[{"save_as":"s","query":` +
			`{"start_relative":{"value":1,"unit":"years"},"metrics":[{"name":"m","aggregators":[{"name":"sum","sampling":{"value":1,"unit":"days"}}]}]}}]}`},
	} {
		if status, text := g.as(t, key.ID, key.Secret, "POST", c.path, c.body); status >= 300 {
			t.Fatalf("%s: got %d %s", c.path, status, text)
		}
	}
}

// empty asks as a new admin of the organization acme for whatever there is.
func (g *guarded) empty(t *testing.T) {
	t.Helper()
	key := g.key(t, `{"organization":"acme","role":"admin"}`)
	for path, want := range map[string]string{
		"/api/v1/metadata/svc": `{"results":[]}`, "/api/v1/metadata/svc/sk": `{"results":[]}`, "/api/v1/rollups": "[]",
		"/api/v1/metricnames": `{"results":[]}`, "/api/v1/tagnames": `{"results":[]}`, "/api/v1/tagvalues": `{"results":[]}`,
		"/api/admin/v1/devices": `{"devices":[]}` + "\n",
	} {
		if status, text := g.as(t, key.ID, key.Secret, "GET", path, ""); status != 200 || text != want {
			t.Errorf("%s: got %d %s, want %s", path, status, text, want)
		}
	}
	if status, text := g.as(t, key.ID, key.Secret, "GET", "/api/admin/v1/audit", ""); status != 200 || strings.Contains(text, "organization.empty") {
		t.Errorf("got %d %s, want nothing of what was done with another organization", status, text)
	}
}
