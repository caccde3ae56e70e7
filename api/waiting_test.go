package api_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"aion/api"
	"aion/api/access"
)

// TestAnswersTellOfWaitingPoints asks while points wait and while none do.
func TestAnswersTellOfWaitingPoints(t *testing.T) {
	waiting := int64(12)
	s := api.New(api.Config{
		Protocols: []api.Protocol{plain{"/p/x": failing(1, nil)}},
		Waiting:   func() int64 { return waiting },
	})
	if got := ask(s, "GET", "/p/x").Header().Get(api.WaitingHeader); got != "12" {
		t.Errorf("got %q, want 12", got)
	}
	waiting = 0
	if got, there := ask(s, "GET", "/p/x").Header()[api.WaitingHeader]; there {
		t.Errorf("got %q, want no header when nothing waits", got)
	}
}

// TestFiguresAreForTheHome: the server's figures, and how many points wait, show
// to those who see all of the home organization, and to root; not to the public
// health check, to other tenants, and to keys for devices, whatever their role.
func TestFiguresAreForTheHome(t *testing.T) {
	const health = "/api/v1/health/check"
	_, guard, home := guarded(t, nil)
	s := api.New(api.Config{
		Access: guard, Protocols: []api.Protocol{plain{"/p/who": who, health: who}},
		Waiting: func() int64 { return 12 },
	})
	ctx := access.With(t.Context(), access.Everyone())
	for _, id := range []string{"acme", "globex"} {
		if _, err := guard.Organizations.Create(ctx, access.Organization{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	device := access.Context{Type: access.Device, IDs: []string{"d1"}}
	for _, tt := range []struct {
		name    string
		key     access.KeyRecord
		figures int
	}{
		{"home", home, 200},
		{"root", access.KeyRecord{Role: access.Root}, 200},
		{"another's root", access.KeyRecord{Organization: "globex", Role: access.Root}, 200},
		{"root for a device", access.KeyRecord{Role: access.Root, Context: device}, 403},
		{"home's device", access.KeyRecord{Context: device}, 403},
		{"another's admin", access.KeyRecord{Organization: "globex", Role: access.Admin}, 403},
	} {
		if tt.key.Secret == "" {
			made, err := guard.Keys.Create(ctx, tt.key)
			if err != nil {
				t.Fatal(err)
			}
			tt.key = made
		}
		asked := func(path string) *httptest.ResponseRecorder {
			r := httptest.NewRequest("GET", path, nil)
			r.SetBasicAuth(tt.key.ID, tt.key.Secret)
			rec := httptest.NewRecorder()
			s.Handler().ServeHTTP(rec, r)
			return rec
		}
		if got := asked("/metrics").Code; got != tt.figures {
			t.Errorf("%s: /metrics: got %d, want %d", tt.name, got, tt.figures)
		}
		want := ""
		if tt.figures == 200 {
			want = "12"
		}
		if got := asked("/p/who").Header().Get(api.WaitingHeader); got != want {
			t.Errorf("%s: got %q points that wait, want %q", tt.name, got, want)
		}
		if got := asked(health).Header().Get(api.WaitingHeader); got != "" {
			t.Errorf("%s: health check: got %q points that wait, want none", tt.name, got)
		}
	}
}

// TestFiguresOfOthers shows a gauge and a counter that the server knows nothing
// about.
func TestFiguresOfOthers(t *testing.T) {
	figures, level := api.NewFigures(), 1.0
	figures.Gauge("aion_level", "A level.", func() float64 { return level })
	figures.Counter("aion_falls_total", "Falls.", func() float64 { return 3 })
	s := api.New(api.Config{Figures: figures})
	level = 2
	body := ask(s, "GET", "/metrics").Body.String()
	for _, want := range []string{"# TYPE aion_level gauge\naion_level 2\n", "# TYPE aion_falls_total counter\naion_falls_total 3\n"} {
		if !strings.Contains(body, want) {
			t.Errorf("got no %q in\n%s", want, body)
		}
	}
}
