package connio

import (
	"strings"
	"testing"
	"time"
)

// TestLifetime: what a property no longer keeps is gone for readers, before a
// sweeper has been there.
func TestLifetime(t *testing.T) {
	e := openEstate(t, false)
	const property = "/data/properties/short"
	e.asks("device", "POST", property, `{"dps":[`+dp(0, `"v":1`)+","+dp(43_200, `"v":2`)+","+dp(86_400, `"v":3`)+`]}`, 200, nil)
	e.mu.Lock()
	e.now = e.now.Add(36 * time.Hour) // the second point is as old as may be
	e.mu.Unlock()
	for _, tt := range []struct{ body, want string }{
		{`{}`, `[{"t":"2017-05-01T12:00:00Z","v":2},{"t":"2017-05-02T00:00:00Z","v":3}]`},
		{`{"limit":1}`, `[{"t":"2017-05-01T12:00:00Z","v":2}]`},
		{`{"startAbsolute":"2017-05-01T00:00:00Z","aggregators":[{"name":"sum","sampling":{"value":1,"unit":"days"}}]}`,
			`[{"t":"2017-05-01T12:00:00Z","v":2},{"t":"2017-05-02T00:00:00Z","v":3}]`},
		{`{"groupBy":[{"name":"bin","bins":[2]}]}`, `[{"t":"2017-05-01T12:00:00Z","v":2},{"t":"2017-05-02T00:00:00Z","v":3}]`},
		{`{"endAbsolute":"2017-05-01T11:59:59.999Z"}`, `[]`},
		{`{"limit":1,"endAbsolute":"2017-05-01T11:59:59.999Z"}`, `[]`},
	} {
		if got := e.answered("device", "POST", property+"/query", tt.body); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: got %s, want %s", tt.body, got, tt.want)
		}
	}
	if _, got := e.ask("device", "GET", "/data/devices/_this_/state", ""); !strings.Contains(got, `"stats":{"count":2,"min":2,"max":3,"sum":5}`) {
		t.Errorf("got %s, want two points counted", got)
	}
	e.mu.Lock()
	e.now = e.now.Add(48 * time.Hour)
	e.mu.Unlock()
	if _, got := e.ask("device", "GET", "/data/devices/_this_", ""); strings.Contains(got, "short") {
		t.Errorf("got %s, want nothing left", got)
	}
}
