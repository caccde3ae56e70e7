package connio

import (
	"errors"
	"testing"

	"aion/aggregators"
)

// FuzzQuestion: whatever is sent as a query object is a question or a Fault, and a
// question can be planned.
func FuzzQuestion(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"startRelative": {"value": "10", "unit": "days"}, "limit": 3}`, `{"startAbsolute": "2015-08-24T10:53:32.674-0800", "order": "desc"}`,
		`{"aggregators": [{"name": "sum", "alignStartTime": true, "startTime": 5, "sampling": {"value": 3, "unit": "months"}}, {"name": "gaps"}, {"name": "avg"}]}`,
		`{"groupBy": [{"name": "time", "rangeSize": {"value": 1, "unit": "YEARS"}, "groupCount": "7"}, {"name": "bin", "bins": ["1", 2]}], "timeZone": "Europe/Berlin"}`,
		`{"attributes": {"source": ["object"], "protocol": "imsg"}}`,
	} {
		f.Add([]byte(seed))
	}
	p := &Protocol{Config: Config{Specs: aggregators.Builtin()}}
	first, _ := p.Specs.Spec("first")
	f.Fuzz(func(t *testing.T, body []byte) {
		const now = 1_500_000_000_000
		var fault *Fault
		q, err := p.question(body, now)
		if err != nil {
			if !errors.As(err, &fault) {
				t.Fatalf("%q: got %v, want a Fault", body, err)
			}
			return
		}
		if q.within.To <= q.within.From {
			t.Fatalf("%q: got the range %v", body, q.within)
		}
		for i := range q.groupers {
			q.groupers[i].begin(max(q.within.From, -now), q.zone)
		}
		env := aggregators.Env{Now: now, Start: max(q.within.From, -now), End: q.within.To, Zone: q.zone, Release: aggregators.Develop}
		if _, _, err := q.chain(env, first); err != nil && !errors.As(err, &fault) {
			t.Fatalf("%q: got %v, want a Fault", body, err)
		}
	})
}
