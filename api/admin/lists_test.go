package admin_test

import (
	"strings"
	"testing"
)

// TestChangesOfLists: a list that is changed in its members is changed, and says
// nothing of what stood in it before.
func TestChangesOfLists(t *testing.T) {
	h := openHouse(t)
	before := `{"id": "k1", "secret": "secret-of-k1", "organization": "acme", "scope": ["device:read-data"], "context": {"type": "device", "ids": ["d1"]}}`
	after := `{"id": "k1", "scope": ["device:write-data"], "context": {"type": "device", "ids": ["d2"]}}`
	devices := []string{
		`{"id": "d1", "organization": "acme", "rights": [{"user": "u", "right": "read"}], "aliases": ["a1"], "properties": [{"name": "p", "retention": {"lifetime": "3months"}}]}`,
		`{"id": "d1", "organization": "acme", "rights": [{"user": "u", "right": "admin"}], "aliases": ["a2"], "properties": [{"name": "q"}]}`,
	}
	for i, key := range []string{before, after} {
		status, changes, text := h.provision(t, h.root, "", `{"organizations": [{"id": "acme"}], "devices": [`+devices[i]+`], "keys": [`+key+`]}`)
		if want := []string{"acme created", "acme changed"}[i]; status != 200 || changes["key k1"] != want || changes["device d1"] != want {
			t.Errorf("got %d %s, want key and device %s", status, text, want)
		}
	}
	for path, has := range map[string]string{
		"/keys/k1": `"scope":["device:write-data"],"context":{"type":"device","ids":["d2"]}`, "/devices/d1?organization=acme": `"right":"admin"`,
	} {
		if status, text := h.ask(t, h.root, "GET", path, ""); status != 200 || !strings.Contains(text, has) || strings.Contains(text, "3months") {
			t.Errorf("%s: got %d %s, want %s", path, status, text, has)
		}
	}
	for _, right := range []string{"read", "write"} {
		status, text := h.ask(t, h.root, "PATCH", "/devices/d1?organization=acme", `{"rights": [{"user": "u", "right": "`+right+`"}]}`)
		_, shown := h.ask(t, h.root, "GET", "/devices/d1?organization=acme", "")
		if status != 200 || text != shown || !strings.Contains(shown, `"right":"`+right+`"`) {
			t.Errorf("got %d %s, shown %s, want it %s", status, text, shown, right)
		}
	}
	for _, body := range []string{`{"attributes": {"a": 1}}`, `{"attributes": {"b": 2, "a": null}}`, `{"attributes": {"b": 3}}`} {
		status, text := h.ask(t, h.root, "PATCH", "/devices/d1?organization=acme", body)
		if _, shown := h.ask(t, h.root, "GET", "/devices/d1?organization=acme", ""); status != 200 || text != shown {
			t.Errorf("%s: got %d %s, shown %s", body, status, text, shown)
		}
	}
	for _, body := range []string{`{"": []}`, `{"-": []}`, `{"created": {"wall": []}}`, `[]`, `null`} {
		if status, text := h.ask(t, h.root, "PATCH", "/devices/d1?organization=acme", body); status != 400 && body != "null" {
			t.Errorf("%s: got %d %s", body, status, text)
		}
	}
}
