package admin_test

import (
	"strings"
	"testing"
)

// TestIngestion: how much devices may feed is set for an organization and for a
// device, by itself and by a plan, and what is wrong is told by its name.
func TestIngestion(t *testing.T) {
	h := openHouse(t)
	const both = `"ingestion": {"rateLimit": 60, "maxNrOfDpPerFeed": 100}`
	const told, half = `"ingestion":{"rateLimit":60,"maxNrOfDpPerFeed":100}`, `"ingestion":{"rateLimit":-1,"maxNrOfDpPerFeed":100}`
	tests := []struct {
		method, path, body string
		want               int
		has                string
	}{
		{"POST", "/organizations", `{"id": "acme", ` + both + `}`, 201, told},
		{"PATCH", "/organizations/acme", `{"name": "Acme"}`, 200, told},
		{"PATCH", "/organizations/acme", `{"ingestion": {"rateLimit": -1}}`, 200, half},
		{"GET", "/organizations/acme", "", 200, half},
		{"PATCH", "/organizations/acme", `{"ingestion": {"rateLimit": -2}}`, 400, "ingestion.rateLimit: got -2, want feeds a minute, or -1 for any number"},
		{"PATCH", "/organizations/acme", `{"ingestion": {"maxNrOfDpPerFeed": -2}}`, 400, "ingestion.maxNrOfDpPerFeed: got -2, want data points of a feed, or -1 for any number"},
		{"PATCH", "/organizations/acme", `{"ingestion": {"rateLimit": "60"}}`, 400, "ingestion.rateLimit: got a JSON string, want a whole number"},
		{"PATCH", "/organizations/acme", `{"ingestion": {"rateLimit": 99999999999999999999}}`, 400, "ingestion.rateLimit: got a JSON number"},
		{"PATCH", "/organizations/acme", `{"ingestion": {"perHour": 1}}`, 400, `there is no member \"perHour\"`},
		{"GET", "/organizations/acme", "", 200, half},
		{"POST", "/devices", `{"id": "d1", ` + both + `}`, 201, told},
		{"PATCH", "/devices/d1", `{"name": "One"}`, 200, told},
		{"PATCH", "/devices/d1", `{"ingestion": {"rateLimit": -1}}`, 200, half},
		{"PATCH", "/devices/d1", `{"ingestion": {"rateLimit": -2, "maxNrOfDpPerFeed": -7}}`, 400,
			`{"errors":["ingestion.rateLimit: got -2, want feeds a minute, or -1 for any number","ingestion.maxNrOfDpPerFeed: got -7, want data points of a feed, or -1 for any number"]}`},
		{"PATCH", "/devices/d1", `{"ingestion": 7}`, 400, "ingestion: got a JSON number"},
		{"GET", "/devices/d1", "", 200, half},
		{"POST", "/provision", `{"organizations": [{"id": "acme", ` + both + `}], "devices": [{"id": "d1", ` + both + `}]}`, 200, `"id":"d1","organization":"acme","done":"changed"`},
		{"POST", "/provision", `{"organizations": [{"id": "acme", ` + both + `}], "devices": [{"id": "d1", "name": "One"}]}`, 200, `"id":"d1","organization":"acme","done":"unchanged"`},
		{"GET", "/organizations/acme", "", 200, told},
		{"GET", "/devices/d1", "", 200, told},
		{"POST", "/provision", `{"organizations": [{"id": "acme", "ingestion": {"rateLimit": -3}}], "devices": [{"id": "d1", "ingestion": {"maxNrOfDpPerFeed": -3}}]}`, 400,
			`{"errors":["organizations[0]: change organization acme: ingestion.rateLimit: got -3, want feeds a minute, or -1 for any number","devices[0]: ingestion.maxNrOfDpPerFeed: got -3, want data points of a feed, or -1 for any number"]}`},
		{"PATCH", "/devices/d1", `{"ingestion": null}`, 200, told},
		{"PATCH", "/devices/d1", `{"ingestion": {"rateLimit": 0, "maxNrOfDpPerFeed": 0}}`, 200, `"aliases":[]`},
	}
	for _, tt := range tests {
		status, text := h.ask(t, h.root, tt.method, tt.path, tt.body)
		if status != tt.want || !strings.Contains(text, tt.has) {
			t.Errorf("%s %s %s: got %d %s, want %d with %s", tt.method, tt.path, tt.body, status, text, tt.want, tt.has)
		}
	}
	if _, text := h.ask(t, h.root, "GET", "/devices/d1", ""); strings.Contains(text, "ingestion") {
		t.Errorf("got %s, want nothing said of it", text)
	}
}
