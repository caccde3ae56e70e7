package api_test

import (
	"strings"
	"testing"

	"aion/api"
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
