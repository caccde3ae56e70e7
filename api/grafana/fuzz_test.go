package grafana

import (
	"encoding/json"
	"testing"
)

// FuzzRequests sends anything to every path: the answer is JSON, and a success or
// a request that is wrong, never a failure of ours.
func FuzzRequests(f *testing.F) {
	for _, body := range []string{
		``, `{}`, `{"targets":[{"target":"cpu","payload":{"aggregator":"avg","sampling":"5m","fill":"previous","align":"end"}}]}`,
		`{"range":{"from":0,"to":"2023-11-14T23:13:20.000Z"},"maxDataPoints":3,"targets":[{"target":"(cpu|a\\.b)"},{"target":"/c.*/"},{"refId":"Anno","target":"e{a=b}#c"}]}`,
		`{"targets":[{"target":{"name":"cpu","aggregators":[{"name":"sum","sampling":"auto"}],"group_by":[{"name":"value","range_size":5}]},"payload":{"time_zone":"Europe/Berlin"}}]}`,
		`{"payload":{"target":"tag_values(cpu, host, dc={a,b})"},"range":{"from":1,"to":2}}`,
		`{"key":"host","filters":[{"key":"dc","operator":"=~","value":".*"},{"key":"n","operator":"<","value":"7"}],"queries":[{"target":"cpu"}]}`,
		`{"metric":"cpu","payload":{"aggregator":["percentile","rate"]},"name":"group_by","annotation":{"query":"cpu"}}`,
	} {
		f.Add(body)
	}
	p := newTested(f)
	p.put(f, "cpu", on("a"), epoch, minute, 1, 2.5, 3)
	p.put(f, "cpu", on("b"), epoch, minute, "up", "down")
	f.Fuzz(func(t *testing.T, body string) {
		for i := range p.actions {
			if a := &p.actions[i]; a.path != "" {
				got := p.call(t, a.method, "/"+a.path, body)
				if got.status != 200 && got.status != 400 || !json.Valid([]byte(got.body)) {
					t.Errorf("%s %q: got %d %s", a.path, body, got.status, got.body)
				}
			}
		}
	})
}
