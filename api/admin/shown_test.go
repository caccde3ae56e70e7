package admin_test

import (
	"strings"
	"testing"

	"aion/api/access"
)

// TestPrivateDefinitions: who is not shown what is private of points is not told that
// there is such a property, whichever record has it.
func TestPrivateDefinitions(t *testing.T) {
	h := openHouse(t)
	admin := h.make(t, h.root, `{"organization": "acme", "role": "admin"}`)
	const properties = `"properties": [{"name": "Pin", "access": "private"}, {"name": "serial", "access": "protected"}, {"name": "temp"}]`
	for _, made := range [][2]string{
		{"/profiles", `{"name": "Box", ` + properties + `}`}, {"/devices", `{"id": "d1", "aliases": ["SN-1", "ann"], "attributes": {"tag": "ann"}, ` + properties + `}`},
		{"/devices", `{"id": "d2", ` + properties + `}`}, {"/apps", `{"id": "a1", ` + properties + `}`},
	} {
		if status, text := h.ask(t, admin, "POST", made[0], made[1]); status != 201 || !strings.Contains(text, `"Pin"`) {
			t.Fatalf("%s: got %d %s", made, status, text)
		}
	}
	key := func(more string) access.KeyRecord { return h.make(t, h.root, `{"organization": "acme"`+more+`}`) }
	viewer, scoped := key(`, "role": "viewer"`), key(`, "role": "admin", "scope": ["device:read", "deviceprofile:read", "app:read"]`)
	client, whole := key(`, "context": {"type": "device", "ids": ["d1", "d2"]}`), key(`, "ownerId": "SN-1"`)
	device, ann := key(`, "ownerId": "d1", "context": {"type": "device", "ids": ["d1", "d2"]}`), key(`, "ownerId": "ann"`)
	app := key(`, "ownerId": "a1", "context": {"type": "app", "ids": ["a1"]}`)
	for _, tt := range []struct {
		name, path string
		by         access.KeyRecord
		pins       int
	}{
		{"a viewer", "/devices", viewer, 0}, {"a viewer", "/devices/d1", viewer, 0}, {"a viewer", "/profiles", viewer, 0}, {"a viewer", "/profiles/box", viewer, 0},
		{"a viewer", "/apps", viewer, 0}, {"a viewer", "/apps/a1", viewer, 0},
		{"scopes", "/devices", scoped, 0}, {"scopes", "/profiles/box", scoped, 0}, {"scopes", "/apps/a1", scoped, 0},
		{"a client", "/devices", client, 0}, {"a client", "/devices/d1", client, 0},
		{"the device", "/devices", device, 1}, {"the device", "/devices/d1", device, 1}, {"the device", "/devices/d2", device, 0},
		{"the device by its alias", "/devices/d1", whole, 1}, {"the device by its alias", "/profiles/box", whole, 0},
		{"called so by a user", "/devices/d1", ann, 0}, {"the app", "/apps/a1", app, 1},
		{"an admin", "/devices", admin, 2}, {"an admin", "/profiles", admin, 1}, {"an admin", "/apps/a1", admin, 1},
	} {
		status, text := h.ask(t, tt.by, "GET", tt.path, "")
		if got := strings.Count(text, `"Pin"`); status != 200 || got != tt.pins || !strings.Contains(text, "serial") || !strings.Contains(text, "temp") {
			t.Errorf("%s, %s: got %d %s, want %d that are private, and all others", tt.name, tt.path, status, text, tt.pins)
		}
	}
}
