package grafana

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
)

// TestNewestEvents: of more annotations than are answered the newest are, of all
// series and metrics together, in the order of time.
func TestNewestEvents(t *testing.T) {
	p := newTested(t)
	texts := make([]any, 900)
	for i := range texts {
		texts[i] = fmt.Sprint("e", i)
	}
	p.put(t, "deploys", on("a"), epoch, 1000, texts...)
	p.put(t, "deploys", on("b"), epoch+500, 2000, texts...)
	p.put(t, "restarts", on("a"), epoch+700, 4000, texts...)
	var want []int64
	for i := range int64(900) {
		want = append(want, epoch+i*1000, epoch+500+i*2000, epoch+700+i*4000)
	}
	slices.Sort(want)
	want = want[len(want)-mostEvents:]
	for _, c := range []struct{ path, body string }{
		{"/annotations", `{` + hourRange + `,"annotation":{"query":"{deploys,restarts}"}}`},
		{"/annotations", `{` + hourRange + `,"annotation":{"query":"#host"}}`},
		{"/query", `{` + hourRange + `,"requestId":"AQ7","targets":[{"refId":"Anno","target":"(deploys|restarts)"}]}`},
	} {
		var got []struct {
			Time int64
			Rows [][]any
		}
		if err := json.Unmarshal([]byte(p.post(t, c.path, c.body)), &got); err != nil {
			t.Fatal(err)
		}
		var times []int64
		for _, e := range got {
			for _, row := range e.Rows {
				times = append(times, int64(row[0].(float64)))
			}
			if e.Rows == nil {
				times = append(times, e.Time)
			}
		}
		if !slices.Equal(times, want) {
			t.Errorf("%s %s: got %d events %v, want %d from %d on", c.path, c.body, len(times), times[:min(3, len(times))], len(want), want[0])
		}
	}
}
