package main

import (
	"strings"
	"testing"

	"aion/api/access"
)

// TestLimitsOfWhoChangesRollups: a task keeps to the limits of whoever has changed
// it last, also where he may change it for its owner, who still sees it; a back-fill
// keeps to those of who orders it. With the key the task ends, until somebody else
// changes it.
func TestLimitsOfWhoChangesRollups(t *testing.T) {
	g := guarding(t, "--storage=memory", "--rollups.check=10ms", "--kairosdb.release=develop")
	g.filled(t)
	root := access.KeyRecord{ID: g.id, Secret: g.secret}
	member := g.key(t, `{}`)
	limited := g.key(t, `{"role":"root","limits":{"series":2}}`)
	const task = `{"name":"t","execution_interval":{"value":100,"unit":"milliseconds"},"rollups":[{"save_as":"m.sum","query":` +
		`{"start_relative":{"value":80,"unit":"years"},"metrics":[{"name":"m","aggregators":[{"name":"sum","sampling":{"value":1,"unit":"years"}}]}]}}]}`
	const exceeded, gone = "limits.series of 2 series", "is not valid any more"
	for _, owner := range []access.KeyRecord{root, member} {
		status, body := g.as(t, owner.ID, owner.Secret, "POST", "/api/v1/rollups", task)
		if status != 200 {
			t.Fatalf("got %d %s", status, body)
		}
		id := decodedAs[struct{ ID string }](t, body).ID
		as := func(by access.KeyRecord, method, path, body string) (int, string) {
			t.Helper()
			return g.as(t, by.ID, by.Secret, method, "/api/v1/rollups/"+path, body)
		}
		fails := func(why string) {
			t.Helper()
			becomes(t, "the task's status, as its owner sees it, with or without "+why, func() bool {
				status, body := as(owner, "GET", "status/"+id, "")
				return status == 200 && strings.Contains(body, why) && (why != "" || !strings.Contains(body, "error_message"))
			})
		}
		change := func(by access.KeyRecord, why string) {
			t.Helper()
			if status, body := as(by, "PUT", id, task); status != 200 {
				t.Fatalf("got %d %s", status, body)
			}
			fails(why)
		}
		fails("")
		if status, body := as(limited, "GET", "backfill/"+id+"?startTime=1970-01-01-00-00-00-000", ""); status < 400 || !strings.Contains(body, exceeded) {
			t.Errorf("a back-fill: got %d %s, want %s", status, body, exceeded)
		}
		change(limited, exceeded)
		change(root, "")
		change(limited, exceeded)
		change(owner, "")
		late := g.key(t, `{"role":"root","limits":{"series":2}}`)
		change(late, exceeded)
		g.admin(t, "POST", "/keys/"+late.ID+"/revoke", "")
		fails(gone)
		change(owner, "")
		if status, body := as(owner, "DELETE", id, ""); status != 204 {
			t.Errorf("got %d %s, want the task gone", status, body)
		}
	}
}

// TestRollupsRead: who may write and not read has nothing read for him.
func TestRollupsRead(t *testing.T) {
	g := guarding(t, "--storage=memory")
	key := g.key(t, `{"scope":["device:write-data"]}`)
	if status, body := g.as(t, key.ID, key.Secret, "POST", "/api/v1/rollups", `{"name":"t"}`); status != 403 || !strings.Contains(body, "device:read-data") {
		t.Errorf("got %d %s, want 403 and the scope", status, body)
	}
}
