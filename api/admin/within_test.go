package admin_test

import (
	"strings"
	"testing"
)

// TestContextsNameTheirOwn: a context shows what it names and comes to, and not
// what is called as its organization or as something else that it names.
func TestContextsNameTheirOwn(t *testing.T) {
	h := openHouse(t)
	admin := h.make(t, h.root, `{"organization": "acme", "role": "admin"}`)
	h.make(t, h.root, `{"organization": "globex"}`)
	partner := h.make(t, h.root, `{"organization": "acme", "context": {"type": "device", "ids": ["d1", "Boiler", "a2"]}}`)
	apps := h.make(t, h.root, `{"organization": "acme", "context": {"type": "app", "ids": ["a1"]}}`)
	for path, body := range map[string]string{
		"/devices": `{"id": "acme", "name": "Boiler"}`, "/apps": `{"id": "a2", "name": "Another"}`, "/profiles": `{"name": "d1"}`,
	} {
		if status, text := h.ask(t, admin, "POST", path, body); status != 201 {
			t.Fatalf("%s: got %d %s", path, status, text)
		}
	}
	for _, body := range []string{`{"id": "d1"}`, `{"id": "d2"}`, `{"id": "d3", "aliases": ["a1"]}`} {
		if status, text := h.ask(t, admin, "POST", "/devices", body); status != 201 {
			t.Fatalf("%s: got %d %s", body, status, text)
		}
	}
	for _, path := range []string{"/devices/acme", "/devices/Boiler", "/apps/a2", "/profiles/d1"} {
		if status, text := h.ask(t, partner, "GET", path, ""); status != 404 {
			t.Errorf("%s: got %d %s", path, status, text)
		}
	}
	for _, path := range []string{"/devices/a1", "/devices/acme"} {
		if status, text := h.ask(t, apps, "GET", path, ""); status != 404 {
			t.Errorf("%s: got %d %s", path, status, text)
		}
	}
	if status, text := h.ask(t, partner, "GET", "/devices", ""); status != 200 || strings.Contains(text, `"id":"acme"`) || !strings.Contains(text, `"id":"d1"`) {
		t.Errorf("got %d %s", status, text)
	}
}
