package main

import (
	"strings"
	"testing"

	"aion/api/access"
	"aion/api/admin"
)

// TestOrganizationCommands: an organization's life by commands, with a server on
// the folder and without one: it goes when it is empty, or with all that it has.
func TestOrganizationCommands(t *testing.T) {
	whole(t)
	for _, running := range []bool{false, true} {
		dir := "--data.dir=" + t.TempDir()
		if running {
			start(t, dir, "--auth.mode=required")
		}
		out, _ := keyed(t, "organization", "create", dir, "home", "--name", "First", "--json")
		if r := decodedAs[access.Organization](t, out); r.ID != "home" || r.Name != "First" || !r.Home {
			t.Errorf("got %+v, want the home", r)
		}
		keyed(t, "organization", "create", dir, "acme", "--max-points=1000")
		keyed(t, "organization", "create", dir, "empty")
		keyed(t, "key", "create", dir, "--organization=acme")
		keyed(t, "provision", dir, planIn(t, `{"profiles": [{"name": "p"}], "devices": [{"id": "d1", "organization": "acme", "profile": "p"}], "apps": [{"id": "a", "organization": "acme"}]}`))
		if out, _ := keyed(t, "organization", "list", dir); strings.Count(out, "\n") != 4 || !strings.Contains(out, "points=1000") {
			t.Errorf("got %s, want three organizations", out)
		}
		if out, _ := keyed(t, "organization", "delete", dir, "empty"); out != "deleted organization empty\n" {
			t.Errorf("got %s", out)
		}
		code, _, errs := command(t, "organization", "delete", dir, "acme")
		if code != exitFailed || !strings.Contains(errs, "the organization acme has 1 keys, 1 devices, 1 apps, 1 profiles, which go with it") {
			t.Errorf("got %d %s, want it refused with what there is", code, errs)
		}
		if code, _, errs := command(t, "organization", "delete", dir, "home"); code != exitFailed || !strings.Contains(errs, "home of all series") {
			t.Errorf("got %d %s, want the home kept", code, errs)
		}
		if out, _ := keyed(t, "organization", "delete", dir, "acme", "--data"); out != "deleted organization acme with 1 keys, 1 devices, 1 apps, 1 profiles\n" {
			t.Errorf("got %s", out)
		}
		if code, _, errs := command(t, "organization", "show", dir, "acme"); code != exitFailed || errs != "aion: there is no organization \"acme\"\n" {
			t.Errorf("got %d %s, want none", code, errs)
		}
		keyed(t, "organization", "delete", dir, "home")
	}
}

// TestOrganizationsData: the points of an organization go with it where that is
// said, and nobody else's do; its keys are worth nothing from the beginning.
func TestOrganizationsData(t *testing.T) {
	g := guarding(t, "--data.dir="+t.TempDir())
	for _, id := range []string{"home", "acme"} {
		g.admin(t, "POST", "/organizations", `{"id":"`+id+`"}`)
	}
	key := g.key(t, `{"organization":"acme"}`)
	own := g.key(t, `{"organization":"home"}`)
	for _, write := range []struct {
		key  access.KeyRecord
		tags string
	}{{key, `{"organization":"acme","device":"d1"}`}, {own, `{"device":"d1"}`}} {
		body := `[{"name":"m","tags":` + write.tags + `,"datapoints":[[1000,1],[1001,2]]}]`
		if status, text := g.as(t, write.key.ID, write.key.Secret, "POST", "/api/v1/datapoints", body); status != 204 {
			t.Fatalf("got %d %s", status, text)
		}
	}
	becomes(t, "the device is there", func() bool {
		return strings.Contains(g.admin(t, "GET", "/devices?organization=acme", ""), `"id":"d1"`)
	})
	if status, text := g.as(t, g.id, g.secret, "DELETE", "/api/admin/v1/organizations/acme", ""); status != 409 || !strings.Contains(text, "1 keys, 1 devices, 1 series with points") {
		t.Errorf("got %d %s, want 409 and what there is", status, text)
	}
	if status, text := g.as(t, key.ID, key.Secret, "POST", "/api/v1/datapoints/query", askThem); status != 200 || !strings.Contains(text, `"sample_size":2`) {
		t.Errorf("got %d %s, want the points still there", status, text)
	}
	done := decodedAs[admin.Ended](t, g.admin(t, "DELETE", "/organizations/acme?data=true", ""))
	if got := done.Deleted.String(); got != "1 keys, 1 devices, 1 series with points" {
		t.Errorf("got %s deleted", got)
	}
	if status, _ := g.as(t, key.ID, key.Secret, "GET", "/api/v1/metricnames", ""); status != 401 {
		t.Errorf("got %d, want 401", status)
	}
	status, text := g.as(t, g.id, g.secret, "POST", "/api/v1/datapoints/query", askThem)
	if status != 200 || !strings.Contains(text, `"sample_size":2`) || strings.Contains(text, "acme") {
		t.Errorf("got %d %s, want the home's points alone", status, text)
	}
	if got := g.admin(t, "GET", "/audit?organization=acme", ""); !strings.Contains(got, "organization.empty: 1 keys, 1 devices, 1 series with points") {
		t.Errorf("got %s, want what was deleted", got)
	}
}
