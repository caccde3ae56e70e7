package kairosdb

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"aion/aggregators"
	"aion/api/access"
	"aion/query"
	"aion/query/rollup"
	"aion/storage"
	"aion/storage/catalog"
	writes "aion/storage/ingest"
	"aion/storage/memory"
)

// ofDevices is a key of acme's for some devices.
func ofDevices(role access.Role, devices ...string) *access.Principal {
	return &access.Principal{
		Kind: access.Key, ID: "narrow", Organization: "acme", Role: role, Context: access.Context{Type: access.Device, IDs: devices},
		Constraint: storage.Constraint{}.Devices("device", devices...),
	}
}

// guest is a key of an organization that is not the first.
func guest(id, organization string, role access.Role) *access.Principal {
	return &access.Principal{
		Kind: access.Key, ID: id, Organization: organization, Role: role,
		Constraint: storage.Constraint{}.Organization("organization", organization),
	}
}

// host is a key of the first of several organizations.
func host(role access.Role) *access.Principal {
	m := storage.Matcher{Tag: "organization", Values: []string{"first"}, Absent: true}
	return &access.Principal{Kind: access.Key, ID: "host", Organization: "first", Role: role, Constraint: storage.Constraint{Matchers: []storage.Matcher{m}}}
}

// point is a metric object of one point.
func point(metric, device string) string {
	return `{"name":"` + metric + `","timestamp":1,"value":1,"tags":{"device":"` + device + `"}}`
}

// TestWritesOutside: a request with one point outside of what the client may
// write is refused, names it, and stores nothing, however it is written.
func TestWritesOutside(t *testing.T) {
	const no = ` may not be written with these credentials."]}`
	odd := `{"name":"odd","tags":{"device":"d2"},"datapoints":[[1,1],[2,"x\u0041"]]}`
	for _, tt := range []struct {
		name, target, body string
		status             int
		want               string
	}{
		{"within", "/api/v1/datapoints", "[" + point("m", "d1") + "," + point("n", "d1") + "]", 204, ""},
		{"the last one outside", "/api/v1/datapoints", "[" + point("m", "d1") + "," + point("n", "d2") + "]", 403, `{"errors":["metric[1](name=n)` + no},
		{"one object", "/api/v1/datapoints", point("m", "d2"), 403, `{"errors":["metric[0](name=m)` + no},
		{"not plain", "/api/v1/datapoints", "[" + point("m", "d1") + "," + odd + "]", 403, `{"errors":["metric[1](name=odd)` + no},
		{"no device", "/api/v1/datapoints", `[{"name":"m","timestamp":1,"value":1,"tags":{"a":"d1"}}]`, 403, `{"errors":["metric[0](name=m)` + no},
		{"problems and a point outside", "/api/v1/datapoints", `[{"name":"","tags":{}},` + point("m", "d2") + "]", 403, `{"errors":["metric[1](name=m)` + no},
		{"problems alone", "/api/v1/datapoints", `[{"name":"x","timestamp":1,"value":1},` + point("m", "d1") + "]", 400, `{"errors":["metric[0](name=x).tags count must be greater than or equal to 1."]}`},
		{"put", "/api/put", `[{"metric":"p","timestamp":1,"value":1,"tags":{"device":"d2"}}]`, 403, `{"errors":["metric[0](name=p)` + no},
		{"cut off", "/api/v1/datapoints", "[" + point("m", "d1") + `,{"name":"n","ti`, 400, `{"errors":[`},
		{"too large", "/api/v1/datapoints", "[" + strings.Repeat(point("m", "d1")+",", 30) + point("m", "d1") + "]", 413, `{"errors":["the request body exceeds the limit http.max-body of 1000 bytes"]}`},
	} {
		p := newProtocol(t, Config{Release: aggregators.V13, Extensions: true, MaxBody: 1000})
		got := callAs(t, ofDevices(access.Member, "d1"), p, "POST", tt.target, tt.body)
		if got.status != tt.status || !strings.HasPrefix(got.body, tt.want) {
			t.Errorf("%s:\ngot  %d %s\nwant %d %s", tt.name, got.status, got.body, tt.status, tt.want)
		}
		stored := call(t, p, "GET", "/api/v1/metricnames", "").body
		if kept := tt.status == 204 || tt.status == 400; kept != strings.Contains(stored, `"m"`) || strings.Contains(stored, "n") != (tt.status == 204) && tt.status == 204 {
			t.Errorf("%s: stored %s after a %d", tt.name, stored, got.status)
		}
		if tt.status == 413 {
			if got := call(t, p, "POST", tt.target, tt.body); got.status != 204 {
				t.Errorf("%s, from one who may write everywhere: got %d, want 204", tt.name, got.status)
			}
		}
	}
}

// TestPackedWritesOutside: a packed body is looked at as it is unpacked, and one
// that is cut off stores what KairosDB would.
func TestPackedWritesOutside(t *testing.T) {
	pack := func(text string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write([]byte(text)); err != nil || z.Close() != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	p := newProtocol(t, Config{Release: aggregators.V13})
	who := ofDevices(access.Member, "d1")
	const packed = "Content-Type: application/gzip"
	if got := callAs(t, who, p, "POST", "/api/v1/datapoints", pack("["+point("m", "d1")+","+point("n", "d2")+"]"), packed); got.status != 403 {
		t.Errorf("got %d %s, want 403", got.status, got.body)
	}
	if got := callAs(t, who, p, "POST", "/api/v1/datapoints", pack("["+point("m", "d1")+"]"), packed); got.status != 204 {
		t.Errorf("got %d %s, want 204", got.status, got.body)
	}
	whole := pack("[" + point("c", "d1") + "," + point("m", "d1") + "]")
	got := callAs(t, who, p, "POST", "/api/v1/datapoints", whole[:len(whole)-8], packed)
	if want := call(t, newProtocol(t, Config{Release: aggregators.V13}), "POST", "/api/v1/datapoints", whole[:len(whole)-8], packed); got.status != want.status || got.body != want.body {
		t.Errorf("cut off: got %d %s, want %d %s", got.status, got.body, want.status, want.body)
	}
}

// asking is a principal's request and what it must be answered.
type asking struct {
	name                 string
	who                  *access.Principal
	method, target, body string
	status               int
	want                 string // in the body
}

// holds sends requests in turn.
func holds(t *testing.T, p *Protocol, list []asking) {
	t.Helper()
	for _, a := range list {
		got := callAs(t, a.who, p, a.method, a.target, a.body)
		if got.status != a.status || !strings.Contains(got.body, a.want) {
			t.Errorf("%s: %s %s:\ngot  %d %s\nwant %d %s", a.name, a.method, a.target, got.status, got.body, a.status, a.want)
		}
	}
}

// TestMetadataAreApart: the first organization has KairosDB's metadata, every
// other one its own, and who works on devices none.
func TestMetadataAreApart(t *testing.T) {
	p := newProtocol(t, Config{Release: aggregators.V13})
	const at = "/api/v1/metadata/s/k/a"
	acme, acmes, slash := guest("a", "acme", access.Member), guest("b", "acme", access.Viewer), guest("c", "acme/s", access.Member)
	holds(t, p, []asking{
		{"all", access.Everyone(), "POST", at, "plain", 204, ""},
		{"the first", host(access.Member), "GET", at, "", 200, "plain"},
		{"another", acme, "GET", at, "", 404, "Key not found"},
		{"another", acme, "POST", at, "acme's", 204, ""},
		{"another of the same", acmes, "GET", at, "", 200, "acme's"},
		{"a viewer", acmes, "POST", at, "x", 403, "device:write-data"},
		{"a viewer", acmes, "DELETE", at, "", 403, "device:write-data"},
		{"one with a like name", slash, "GET", at, "", 404, ""},
		{"one with a like name", slash, "GET", "/api/v1/metadata/s", "", 200, `{"results":[]}`},
		{"the first", host(access.Member), "GET", at, "", 200, "plain"},
		{"by the prefix", host(access.Root), "GET", "/api/v1/metadata/_organization%2Facme%2Fs/k/a", "", 401, ""},
		{"a device's", ofDevices(access.Member, "d1"), "GET", at, "", 403, "whole organization"},
		{"a device's", ofDevices(access.Admin, "d1"), "GET", "/api/v1/metadata/none", "", 403, "whole organization"},
		{"nobody", nil, "GET", at, "", 401, "credentials are required"},
	})
}

// TestRollupsAreTheirs: a task shows to whom it belongs; for all others there is
// none of that id, whatever they do.
func TestRollupsAreTheirs(t *testing.T) {
	p := withRollups(t, Config{Release: aggregators.Develop, Extensions: true})
	const at = "/api/v1/rollups"
	task := func(name, id string) string {
		return `{"id":"` + id + `","name":"` + name + `",` + hourly + `,"rollups":[{"save_as":"a","query":` + sums + `}]}`
	}
	d1, d2, acme := ofDevices(access.Member, "d1"), ofDevices(access.Member, "d2"), guest("a", "acme", access.Member)
	d2.ID = "other"
	holds(t, p, []asking{{"all", access.Everyone(), "POST", at, task("plain", "one"), 200, `"id":"one"`}})
	made := callAs(t, d1, p, "POST", at, task("mine", "one"))
	id := strings.Split(strings.TrimPrefix(made.body, `{"id":"`), `"`)[0]
	if made.status != 200 || id == "one" {
		t.Fatalf("got %d %s, want a task of an id of its own", made.status, made.body)
	}
	for _, foreign := range []struct {
		who *access.Principal
		id  string
	}{{d2, id}, {acme, "one"}, {host(access.Admin), id}, {d1, "one"}, {d1, "none"}} {
		for _, a := range []asking{
			{"", nil, "GET", at + "/" + foreign.id, "", 404, "Resource not found for id " + foreign.id},
			{"", nil, "PUT", at + "/" + foreign.id, task("x", "x"), 404, "Resource not found for id " + foreign.id},
			{"", nil, "DELETE", at + "/" + foreign.id, "", 404, "Resource not found for id " + foreign.id},
			{"", nil, "GET", at + "/status/" + foreign.id, "", 404, "Status not found for id " + foreign.id},
			{"", nil, "GET", at + "/history/" + foreign.id, "", 404, "Resource not found for id " + foreign.id},
			{"", nil, "GET", at + "/backfill/" + foreign.id + "?startTime=2023-11-15-00-00-00-000", "", 404, "Resource not found for id " + foreign.id},
		} {
			a.name, a.who = "foreign", foreign.who
			holds(t, p, []asking{a})
		}
	}
	root := &access.Principal{Kind: access.Key, ID: "root", Organization: "acme", Home: true, Role: access.Root}
	alone := &access.Principal{Kind: access.Key, ID: "alone", Organization: "acme", Home: true, Role: access.Admin} // of the one organization there is
	holds(t, p, []asking{
		{"root's", root, "POST", at, task("roots", "root"), 200, `"id":"root"`},
		{"root's", alone, "GET", at + "/root", "", 404, "Resource not found for id root"},
		{"root's", alone, "PUT", at + "/root", task("x", "root"), 404, "Resource not found for id root"},
		{"root's", alone, "DELETE", at + "/root", "", 404, "Resource not found for id root"},
		{"root's", alone, "GET", at + "/status/root", "", 404, "Status not found for id root"},
		{"an id of one's choice", alone, "POST", at, task("x", "chosen"), 200, `"id":"chosen"`},
		{"a device's", alone, "GET", at + "/" + id, "", 200, `"mine"`},
	})
	for _, name := range []string{"", "/chosen"} { // neither lists root's, nor takes its place
		if got := callAs(t, alone, p, "GET", at+name, ""); strings.Contains(got.body, "roots") {
			t.Errorf("got %s, want nothing of root's", got.body)
		}
	}
	if got := callAs(t, alone, p, "POST", at, task("x", "root")); got.status != 200 || strings.Contains(got.body, `"id":"root"`) {
		t.Errorf("got %s, want a task of another id than root's", got.body)
	}
	token := ofDevices(access.Member, "d1")
	token.Kind = access.Token
	holds(t, p, []asking{
		{"a token", token, "POST", at, task("x", "x"), 403, "for keys"},
		{"one's own", d1, "GET", at, "", 200, `"mine"`},
		{"one's own", d1, "GET", at + "/" + id, "", 200, `"mine"`},
		{"one's own", d1, "POST", at, task("again", id), 200, id},
		{"one's own", d1, "GET", "/api/v1/admin/scheduledjobs", "", 200, `["` + id + `","org.kairosdb`},
		{"another's", d2, "GET", at, "", 200, `[]`},
		{"another's", d2, "GET", "/api/v1/admin/scheduledjobs", "", 200, `["org.kairosdb.core.jobs.CacheFileCleaner"]`},
		{"the organization's", guest("b", "acme", access.Viewer), "GET", at, "", 200, `"again"`},
		{"the first", host(access.Viewer), "GET", at, "", 200, `"plain"`},
		{"the first", host(access.Member), "POST", at, task("x", id), 200, `"name":"x"`},
		{"one's own", d1, "GET", at + "/" + id, "", 200, `"again"`},
		{"all", access.Everyone(), "GET", at + "/" + id, "", 200, `"again"`},
		{"a viewer", ofDevices(access.Viewer, "d1"), "POST", at, task("x", "x"), 403, "device:write-data"},
	})
}

// TestChangedRollupsRunForWhoChanged: a task runs with the rights of whoever gave
// its text; root changes it for its owner.
func TestChangedRollupsRunForWhoChanged(t *testing.T) {
	const at = "/api/v1/rollups"
	task := `{"id":"one","name":"x",` + hourly + `,"rollups":[{"save_as":"a","query":` + sums + `}]}`
	root := &access.Principal{Kind: access.Key, ID: "root", Organization: "acme", Home: true, Role: access.Root}
	alone := &access.Principal{Kind: access.Key, ID: "alone", Organization: "acme", Home: true, Role: access.Member}
	for _, tt := range []struct {
		name          string
		maker, change *access.Principal
		want          rollup.Owner
	}{
		{"root's, by root", root, root, rollup.Owner{All: true}},
		{"a member's, by root", alone, root, rollup.Owner{Organization: "acme"}},
		{"nobody's, by a member", access.Everyone(), alone, rollup.Owner{}},
		{"a device's, by a member", ofDevices(access.Member, "d1"), guest("b", "acme", access.Member), rollup.Owner{Organization: "acme"}},
		{"a device's, by itself", ofDevices(access.Member, "d1"), ofDevices(access.Member, "d1"), rollup.Owner{Organization: "acme", Kind: "key", ID: "narrow"}},
	} {
		p := withRollups(t, Config{Release: aggregators.Develop, Extensions: true})
		made := callAs(t, tt.maker, p, "POST", at, task)
		id := strings.Split(strings.TrimPrefix(made.body, `{"id":"`), `"`)[0]
		if got := callAs(t, tt.change, p, "PUT", at+"/"+id, task); got.status != 200 {
			t.Fatalf("%s: got %d %s, want 200", tt.name, got.status, got.body)
		}
		if got, err := p.Rollups.OwnerOf(t.Context(), id); err != nil || !got.Same(tt.want) {
			t.Errorf("%s: got %+v %v, want %+v", tt.name, got, err, tt.want)
		}
	}
}

// TestRunningQueriesAreTheirs: one sees and ends one's own queries, an admin the
// organization's, root all; to end another's is answered as to end none.
func TestRunningQueriesAreTheirs(t *testing.T) {
	p := newProtocol(t, Config{Release: aggregators.V13})
	d1, other := ofDevices(access.Member, "d1"), ofDevices(access.Member, "d1")
	other.ID = "other"
	for _, tt := range []struct {
		name string
		who  *access.Principal
		sees bool
	}{
		{"one's own", d1, true}, {"another key of the same", other, false}, {"a member", guest("m", "acme", access.Member), false},
		{"an admin", guest("a", "acme", access.Admin), true}, {"an admin of another", guest("a", "other", access.Admin), false},
		{"an admin of a device", ofDevices(access.Admin, "d1"), true}, {"root", host(access.Root), true}, {"all", access.Everyone(), true},
	} {
		ctx, kill := context.WithCancelCause(t.Context())
		q, err := p.parse(strings.NewReader(`{"start_absolute":1,"metrics":[{"name":"m"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		for range p.watched(d1, q, func(yield func(*query.Answer, error) bool) { yield(nil, nil) }, kill) {
			list := callAs(t, tt.who, p, "GET", "/api/v1/admin/runningqueries", "")
			if got := strings.Contains(list.body, q.hash(0)); got != tt.sees {
				t.Errorf("%s: sees it: %t, want %t", tt.name, got, tt.sees)
			}
			none := callAs(t, tt.who, p, "GET", "/api/v1/admin/killquery/none", "")
			end := callAs(t, tt.who, p, "GET", "/api/v1/admin/killquery/"+q.hash(0), "")
			if end.status != none.status || end.body != none.body {
				t.Errorf("%s: got %d %q for it and %d %q for none", tt.name, end.status, end.body, none.status, none.body)
			}
		}
		if got := ctx.Err() != nil; got != tt.sees {
			t.Errorf("%s: ends it: %t, want %t", tt.name, got, tt.sees)
		}
		kill(nil)
	}
}

// TestOperatorsQueriesAreHis: what the operator asks is not shown to the home's
// admin, who sees those of its members.
func TestOperatorsQueriesAreHis(t *testing.T) {
	records, ok := catalog.New(memory.New(memory.Config{}))
	if !ok {
		t.Fatal("the store keeps no records")
	}
	guard := access.New(access.Config{Catalog: records})
	login := func(r access.KeyRecord) *access.Principal {
		r, err := guard.Keys.Create(access.With(t.Context(), access.Everyone()), r)
		if err != nil {
			t.Fatal(err)
		}
		who, err := guard.Login(t.Context(), r.ID, r.Secret)
		if err != nil {
			t.Fatal(err)
		}
		return who
	}
	member, admin := login(access.KeyRecord{Organization: "acme"}), login(access.KeyRecord{Organization: "acme", Role: access.Admin})
	operator, root := login(access.KeyRecord{Role: access.Admin}), login(access.KeyRecord{Role: access.Root})
	for _, tt := range []struct {
		name     string
		by, asks *access.Principal
		sees     bool
	}{
		{"the home's admin a member's", admin, member, true}, {"the home's admin the operator's", admin, operator, false},
		{"the home's admin root's", admin, root, false}, {"the operator his own", operator, operator, true},
		{"the operator root's", operator, root, true}, {"root the operator's", root, operator, true}, {"root a member's", root, member, true},
	} {
		var r running
		done := r.add(&executing{who: tt.asks})
		got := false
		r.each(tt.by, func(*executing) { got = true })
		if got != tt.sees {
			t.Errorf("%s: sees it: %t, want %t", tt.name, got, tt.sees)
		}
		done()
	}
}

// TestSaveAsOutside: what a query saves is a write, and goes through the gate.
func TestSaveAsOutside(t *testing.T) {
	store := memory.New(memory.Config{Now: clock})
	put(t, store, "m", map[string]string{"device": "d1"}, 1, 1)
	put(t, store, "m", map[string]string{"device": "d2"}, 1, 2)
	engine := query.New(query.Config{Limits: query.DefaultLimits(), Sink: func(w storage.Writer) query.Sink { return writes.NewSink(w, writes.Config{}) }})
	p := newProtocol(t, Config{Release: aggregators.V13, Store: store, Engine: engine})
	save := func(group string) string {
		return `{"start_absolute":0,"metrics":[{"name":"m",` + group + `"aggregators":[{"name":"save_as","metric_name":"saved"}]}]}`
	}
	const at, grouped = "/api/v1/datapoints/query", `"group_by":[{"name":"tag","tags":["device"]}],`
	holds(t, p, []asking{
		{"a viewer", ofDevices(access.Viewer, "d1"), "POST", at, save(grouped), 403, "device:write-data"},
		{"without the device", ofDevices(access.Member, "d1"), "POST", at, save(""), 403, `{"errors":["`},
		{"with the device", ofDevices(access.Member, "d1"), "POST", at, save(grouped), 200, `"values":[[1,1]]`},
	})
	var got []string
	for s, err := range store.Select(t.Context(), storage.Selection{Metrics: []string{"saved"}}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, s.Key().String())
	}
	if len(got) != 1 || !strings.HasPrefix(got[0], "saved{device=d1,saved_from=m}") {
		t.Errorf("got %q, want d1's alone", got)
	}
}

// TestDeleteWithin: a deletion takes what the client may change, and nothing else.
func TestDeleteWithin(t *testing.T) {
	store := memory.New(memory.Config{Now: clock})
	for _, device := range []string{"d1", "d2"} {
		put(t, store, "m", map[string]string{"device": device}, 1, 1)
	}
	p := newProtocol(t, Config{Release: aggregators.V13, Store: store})
	holds(t, p, []asking{
		{"a viewer", ofDevices(access.Viewer, "d1"), "DELETE", "/api/v1/metric/m", "", 403, "device:write-data"},
		{"one without credentials", nil, "DELETE", "/api/v1/metric/m", "", 401, "credentials are required"},
		{"a member", ofDevices(access.Member, "d1"), "DELETE", "/api/v1/metric/m", "", 204, ""},
		{"a member", ofDevices(access.Member, "d1"), "POST", "/api/v1/datapoints/delete", `{"start_absolute":0,"metrics":[{"name":"m"}]}`, 204, ""},
		{"all", access.Everyone(), "POST", "/api/v1/datapoints/query/tags", `{"start_absolute":0,"metrics":[{"name":"m"}]}`, 200, `{"device":["d2"]}`},
	})
}

// TestEveryMethodStatesItsNeeds: a protocol with a method that does not say what
// it needs is not made.
func TestEveryMethodStatesItsNeeds(t *testing.T) {
	handler := func(echo.Context) error { return nil }
	for _, r := range []route{{get: handler}, {get: handler, change: anyone}, {post: handler, read: anyone}, {delete: handler}, {put: handler}} {
		if err := stated([]route{r}); err == nil {
			t.Errorf("%+v is taken", r)
		}
	}
	for _, r := range newProtocol(t, Config{Release: aggregators.Develop, Extensions: true}).routes {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
			if r.handler(nil, method) != nil && permit(t.Context(), r.needs(method)) == nil && r.path != "/health/check" {
				t.Errorf("%s %s needs no credentials", method, r.full())
			}
		}
	}
}

// TestIndexIsForThoseWhoSeeAll: entering a metric into the index touches all
// organizations.
func TestIndexIsForThoseWhoSeeAll(t *testing.T) {
	p := newProtocol(t, Config{Release: aggregators.V13})
	const at = "/api/v1/datapoints/index?metric=m&start_absolute=1&end_absolute=2"
	lone := guest("a", "acme", access.Admin)
	lone.Constraint = storage.Constraint{}
	holds(t, p, []asking{
		{"an admin", guest("a", "acme", access.Admin), "GET", at, "", 403, "administrators"},
		{"a device's admin", ofDevices(access.Admin, "d1"), "GET", at, "", 403, "administrators"},
		{"the only organization's admin", lone, "GET", at, "", 204, ""},
		{"a member", &access.Principal{Kind: access.Key, Role: access.Member}, "GET", at, "", 403, "administrators"},
		{"all", access.Everyone(), "GET", at, "", 204, ""},
	})
}
