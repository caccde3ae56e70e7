package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"aion/api/access"
)

// guarded is a server that asks for credentials, with the key of its operator.
type guarded struct {
	*server
	id, secret string
}

// guarding starts a server that asks for credentials.
func guarding(t *testing.T, args ...string) *guarded {
	t.Helper()
	s := start(t, append([]string{"--auth.mode=required"}, args...)...)
	first := firstKey.FindStringSubmatch(s.stdout())
	if first == nil {
		t.Fatalf("got %s, want the first key", s.stdout())
	}
	return &guarded{s, first[1], first[2]}
}

// admin sends a request to the operator's API that must succeed.
func (g *guarded) admin(t *testing.T, method, path, body string) string {
	t.Helper()
	status, answer := g.as(t, g.id, g.secret, method, "/api/admin/v1"+path, body)
	if status >= http.StatusBadRequest {
		t.Fatalf("%s %s: got %d %s", method, path, status, answer)
	}
	return answer
}

// key makes a key of what a request says.
func (g *guarded) key(t *testing.T, says string) access.KeyRecord {
	t.Helper()
	return decodedAs[access.KeyRecord](t, g.admin(t, "POST", "/keys", says))
}

// filled writes 100 points to each of three series of the metric m.
func (g *guarded) filled(t *testing.T) {
	t.Helper()
	var all []string
	for _, host := range []string{"a", "b", "c"} {
		var points []string
		for i := range 100 {
			points = append(points, fmt.Sprintf("[%d,%d]", 1000+i, i))
		}
		all = append(all, fmt.Sprintf(`{"name":"m","tags":{"host":"%s"},"datapoints":[%s]}`, host, strings.Join(points, ",")))
	}
	if status, body := g.as(t, g.id, g.secret, "POST", "/api/v1/datapoints", "["+strings.Join(all, ",")+"]"); status != 204 {
		t.Fatalf("got %d %s", status, body)
	}
}

// What is asked of the three series.
const (
	askThem     = `{"start_absolute":0,"end_absolute":5000,"metrics":[{"name":"m","group_by":[{"name":"tag","tags":["host"]}]}]}`
	askThemSave = `{"start_absolute":0,"end_absolute":5000,"metrics":[{"name":"m","aggregators":[{"name":"save_as","metric_name":"copy"}]}]}`
	panelOfThem = `{"range":{"from":"1970-01-01T00:00:00Z","to":"1970-01-01T00:00:05Z"},"targets":[{"refId":"A","target":"m","payload":{"raw":true}}]}`
)

// TestLimitsOfKeys: a key's queries end at its own limits, whatever the protocol,
// which names them in its own shape; other keys' do not.
func TestLimitsOfKeys(t *testing.T) {
	g := guarding(t, "--storage=memory")
	g.filled(t)
	g.limitsOfKeys(t)
}

// limitsOfKeys asks with keys of each limit, and with one that has none.
func (g *guarded) limitsOfKeys(t *testing.T) {
	t.Helper()
	free := g.key(t, `{}`)
	const kairosdb, csv, grafana = "/api/v1/datapoints/query", "/api/v1/datapoints/query?format=csv", "/grafana/query"
	for _, tt := range []struct {
		limits, path, body string
		status             int
		want               string
	}{
		{`{"points":299}`, kairosdb, askThem, 413, `{"errors":["the query exceeds the limit limits.points of 299 points"]}`},
		{`{"points":300}`, kairosdb, askThem, 200, `"sample_size":300`},
		{`{"points":299}`, csv, askThem, 413, `{"errors":["the query exceeds the limit limits.points of 299 points"]}`},
		{`{"points":299}`, grafana, panelOfThem, 413, "limits.points of 299 points"},
		{`{"points":299}`, kairosdb, askThemSave, 413, "limits.points of 299 points"},
		{`{"series":2}`, kairosdb, askThem, 413, "limits.series of 2 series"},
		{`{"series":2}`, grafana, panelOfThem, 413, "limits.series of 2 series"},
		{`{"groups":2}`, kairosdb, askThem, 413, "limits.groups of 2 groups"},
		{`{"memory":500}`, kairosdb, askThem, 413, "limits.memory of 500 bytes"},
		{`{"timeout":"1ns"}`, kairosdb, askThem, 504, "limits.timeout of 1ns"},
		{`{"timeout":"1ns"}`, kairosdb + "/tags", askThem, 504, "limits.timeout of 1ns"},
		{`{"body":20}`, kairosdb, askThem, 413, "limits.body of 20 bytes"},
		{`{"body":20}`, "/api/v1/datapoints", aPoint, 413, "limits.body of 20 bytes"},
		{`{"points":99999999999999}`, kairosdb, askThem, 200, `"sample_size":300`},
	} {
		key := g.key(t, `{"limits":`+tt.limits+`}`)
		status, body := g.as(t, key.ID, key.Secret, "POST", tt.path, tt.body)
		if status != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%s %s %s: got %d %s, want %d %s", tt.limits, tt.path, tt.body, status, body, tt.status, tt.want)
		}
		if status, body := g.as(t, free.ID, free.Secret, "POST", tt.path, tt.body); status >= 300 {
			t.Errorf("%s: a key without limits: got %d %s", tt.path, status, body)
		}
	}
}

// TestOneKeysLimitIsNotAnothers: while a key meets its limit of memory all the
// time, another one's queries go through.
func TestOneKeysLimitIsNotAnothers(t *testing.T) {
	g := guarding(t, "--storage=memory", "--query.max-concurrent=4")
	g.filled(t)
	g.limitsAtOnce(t)
}

// limitsAtOnce asks with a key that meets a limit and with one that has none at once.
func (g *guarded) limitsAtOnce(t *testing.T) {
	t.Helper()
	free, held := g.key(t, `{}`), g.key(t, `{"limits":{"memory":500,"queries":2}}`)
	var all sync.WaitGroup
	for range 4 {
		for _, who := range []struct {
			key  access.KeyRecord
			want int
		}{{free, 200}, {held, 413}} {
			all.Go(func() {
				for range 10 {
					if status, body := g.as(t, who.key.ID, who.key.Secret, "POST", "/api/v1/datapoints/query", askThem); status != who.want {
						t.Errorf("got %d %s, want %d", status, body, who.want)
					}
				}
			})
		}
	}
	all.Wait()
}

// TestLimitsOfOthers: an organization's limits are those of its keys that have none,
// and the configuration's those of all others, by role.
func TestLimitsOfOthers(t *testing.T) {
	g := guarding(t, "--storage=memory", "--query.max-points-per-key=250,viewer=200,root=0", "--query.max-series-per-key=viewer=2,root=2,admin=2")
	g.filled(t)
	g.admin(t, "POST", "/organizations", `{"id":"home"}`)
	g.admin(t, "POST", "/organizations", `{"id":"acme","limits":{"points":10}}`)
	write := g.key(t, `{"organization":"acme"}`)
	body := `[{"name":"m","tags":{"organization":"acme"},"datapoints":[[1000,1],[1001,1],[1002,1],[1003,1],[1004,1],[1005,1],[1006,1],[1007,1],[1008,1],[1009,1],[1010,1]]}]`
	if status, body := g.as(t, write.ID, write.Secret, "POST", "/api/v1/datapoints", body); status != 204 {
		t.Fatalf("got %d %s", status, body)
	}
	asked := func(key access.KeyRecord, want string) {
		t.Helper()
		if _, body := g.as(t, key.ID, key.Secret, "POST", "/api/v1/datapoints/query", askThem); !strings.Contains(body, want) {
			t.Errorf("got %s, want %s", body, want)
		}
	}
	asked(write, "limits.points of 10 points")
	asked(g.key(t, `{"organization":"acme","limits":{"points":11}}`), `"sample_size":11`)
	asked(g.key(t, `{}`), "limits.points of 250 points")
	asked(g.key(t, `{"role":"viewer"}`), "limits.series of 2 series")
	asked(access.KeyRecord{ID: g.id, Secret: g.secret}, "limits.series of 2 series")
	g.admin(t, "PATCH", "/organizations/acme", `{"limits":{"points":11}}`)
	asked(write, `"sample_size":11`)
	if got := g.admin(t, "GET", "/organizations/acme", ""); !strings.Contains(got, `"limits":{"points":11}`) {
		t.Errorf("got %s, want the new limits", got)
	}
}

// TestLimitsOfRollups: the roll-ups of a key with limits of its own keep to them,
// and are the key's: they end with it.
func TestLimitsOfRollups(t *testing.T) {
	g := guarding(t, "--storage=memory", "--rollups.check=10ms", "--kairosdb.release=develop")
	g.filled(t)
	key := g.key(t, `{"limits":{"series":2}}`)
	const task = `{"name":"t","execution_interval":{"value":100,"unit":"milliseconds"},"rollups":[{"save_as":"m.sum","query":` +
		`{"start_relative":{"value":80,"unit":"years"},"metrics":[{"name":"m","aggregators":[{"name":"sum","sampling":{"value":1,"unit":"years"}}]}]}}]}`
	status, body := g.as(t, key.ID, key.Secret, "POST", "/api/v1/rollups", task)
	if status != 200 {
		t.Fatalf("got %d %s", status, body)
	}
	id := decodedAs[struct{ ID string }](t, body).ID
	told := func(want string) {
		t.Helper()
		becomes(t, want+" in the task's status", func() bool {
			_, body := g.as(t, g.id, g.secret, "GET", "/api/v1/rollups/status/"+id, "")
			return strings.Contains(body, want)
		})
	}
	told("limits.series of 2 series")
	g.admin(t, "POST", "/keys/"+key.ID+"/revoke", "")
	told("is not valid any more")
}

// TestLimitsByCommand: the limits of a key are settings of the commands that make
// it, and are shown; mistakes are told.
func TestLimitsByCommand(t *testing.T) {
	whole(t)
	dir := "--data.dir=" + t.TempDir()
	out, _ := keyed(t, "key", "create", dir, "--max-points=1000", "--max-series=10", "--max-groups=5", "--max-memory=64MiB", "--max-time=30s",
		"--max-queries=2", "--max-body=1MiB", "--json")
	r := decodedAs[access.KeyRecord](t, out)
	const want = "points=1000 series=10 groups=5 memory=67108864 timeout=30s queries=2 body=1048576"
	if r.Limits.String() != want {
		t.Errorf("got %s, want %s", r.Limits, want)
	}
	for _, args := range [][]string{{"key", "show", dir, r.ID}, {"key", "list", dir}} {
		if out, _ := keyed(t, args...); !strings.Contains(out, want) {
			t.Errorf("%v: got %s, want the limits", args, out)
		}
	}
	plan := planIn(t, `keys: [{id: dev-1, secret: secret-of-one, limits: {points: 5, timeout: 1m}}]
organizations: [{id: acme, name: Acme, limits: {series: 7}}]
`)
	for _, want := range []string{"2 created, 0 changed, 0 unchanged\n", "0 created, 0 changed, 2 unchanged\n"} {
		if out, _ := keyed(t, "provision", dir, plan); !strings.HasSuffix(out, want) {
			t.Errorf("got %s, want %s", out, want)
		}
	}
	if out, _ := keyed(t, "provision", dir, planIn(t, "keys: [{id: dev-1, limits: {series: 9}}]\norganizations: [{id: acme, limits: {points: 8}}]\n")); !strings.Contains(out, "2 changed") {
		t.Errorf("got %s, want two changes", out)
	}
	if out, _ := keyed(t, "key", "show", dir, "dev-1"); !strings.Contains(out, "points=5 series=9 timeout=1m0s") {
		t.Errorf("got %s, want the limits of both plans", out)
	}
	if out, _ := keyed(t, "organization", "show", dir, "acme"); !strings.Contains(out, "points=8 series=7") {
		t.Errorf("got %s, want the limits of both plans", out)
	}
	for _, tt := range []struct{ args, want string }{
		{"key create --max-memory=1MB", "aion: --max-memory: got"},
		{"key create --max-memory=65536", "aion: --max-memory: got \"65536\", want 128KiB or more"},
		{"serve --query.max-memory-per-key=1MiB,viewer=1", "aion: --query.max-memory-per-key: got \"1\", want 128KiB or more"},
		{"key create --max-queries=70000", "aion: limits: queries: got 70000, want 65536 at most"},
		{"serve --query.max-points-per-key=1,king=2", "aion: --query.max-points-per-key: got \"king\", want viewer"},
		{"serve --query.timeout-per-key=1s,viewer=2s,viewer=3s", "aion: --query.timeout-per-key: got the role viewer twice"},
		{"serve --http.max-body-per-key=1MiB,2MiB", "aion: --http.max-body-per-key: got \"2MiB\" behind others"},
	} {
		code, _, errs := command(t, append(strings.Fields(tt.args), dir)...)
		if code != exitUsage || !strings.HasPrefix(errs, tt.want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%s: got %d %s, want 2 and %s", tt.args, code, errs, tt.want)
		}
	}
}

// becomes waits until something holds, for as long as that may take.
func becomes(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}
