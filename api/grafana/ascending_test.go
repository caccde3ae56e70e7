package grafana

import (
	"strings"
	"testing"
)

// TestAscending: what is read backwards is drawn as what is read forwards, in series
// and frames of more than a block, and in tables it is not turned round.
func TestAscending(t *testing.T) {
	p := newTested(t)
	values := make([]any, 3000)
	for i := range values {
		values[i] = i % 7
	}
	p.put(t, "m", on("a"), epoch, 1000, values...)
	p.put(t, "m", on("b"), epoch, 1500, values[:700]...)
	for _, format := range []string{"time_series", "frame"} {
		text := `{"target":"m","payload":{"raw":true,"group_by":"host","format":"` + format + `"`
		got, want := p.ask(t, text+`,"order":"desc"}}`), p.ask(t, text+`}}`)
		if got != want || strings.Count(got, ",") < 7400 {
			t.Errorf("%s: got %.300s, want %.300s", format, got, want)
		}
	}
	got := p.ask(t, `{"target":"m","payload":{"raw":true,"order":"desc","format":"table","tags":{"host":"a"}}}`)
	if !strings.Contains(got, `"rows":[[1700002999000,3],`) || !strings.HasSuffix(got, `[1700000000000,0]]}]`) {
		t.Errorf("got %.300s", got)
	}
}
