package yggio

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"aion/aggregators"
	"aion/api"
	"aion/api/access"
	"aion/query"
	"aion/query/fleet"
	"aion/storage"
	"aion/storage/catalog"
	"aion/storage/memory"
	"aion/storage/points"
)

// epoch is when the points of most tests begin, a full hour.
const epoch = int64(1_700_002_800_000)

// nodeName is the id of the iotnode of most tests.
const nodeName = "507f1f77bcf86cd799439011"

// nodeSecret is its secret.
const nodeSecret = "ABCDEFGH"

// tested is a protocol behind the server's middleware, over a store.
type tested struct {
	*Protocol
	handler http.Handler
	store   storage.Store
	now     int64
}

// newTested is a protocol over an empty memory store, with one iotnode. Nobody is
// asked for credentials unless asks is true.
func newTested(t testing.TB, asks bool) *tested {
	t.Helper()
	y := &tested{now: epoch + 30*24*time.Hour.Milliseconds()}
	clock := func() time.Time { return time.UnixMilli(y.now) }
	y.store = storage.Checked(memory.New(memory.Config{Now: clock}))
	y.over(t, clock, asks)
	return y
}

// over puts the protocol over the store.
func (y *tested) over(t testing.TB, clock func() time.Time, asks bool) {
	t.Helper()
	records, _ := catalog.New(y.store)
	guard := access.New(access.Config{Catalog: records, Passwords: access.PasswordCost{Time: 1, KiB: 64, Threads: 1}, Now: clock})
	devices := fleet.New(fleet.Config{Store: y.store, Catalog: records, Now: clock})
	y.Protocol = New(Config{
		Store: y.store, Engine: query.New(query.Config{Limits: query.DefaultLimits(), Workers: 2}), Specs: aggregators.Builtin(),
		Fleet: devices, Access: guard, Now: clock, FreeOrder: true,
		Token: func(ctx context.Context, p *access.Principal, issued, ends time.Time) (string, error) {
			return api.SessionToken(ctx, guard, p, issued, ends)
		},
	})
	c := api.Config{Protocols: []api.Protocol{y.Protocol}, Now: clock}
	if asks {
		c.Access = guard
	}
	y.handler = api.New(c).Handler()
	if _, err := devices.Create(t.Context(), "", fleet.Device{ID: nodeName, Name: "desk", NewSecret: nodeSecret}); err != nil {
		t.Fatal(err)
	}
}

// reply is an answer as a client sees it.
type reply struct {
	status int
	header http.Header
	body   string
}

// call sends a request. The lines of header are names and values.
func (y *tested) call(t testing.TB, method, path, body string, header ...string) reply {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	y.handler.ServeHTTP(w, r)
	return reply{w.Code, w.Header(), w.Body.String()}
}

// wants sends a request and compares status and body.
func (y *tested) wants(t testing.TB, method, path, body string, status int, want string, header ...string) {
	t.Helper()
	if got := y.call(t, method, path, body, header...); got.status != status || got.body != want {
		t.Errorf("%s %s %.200s: got %d %s, want %d %s", method, path, body, got.status, got.body, status, want)
	}
}

// stats is the answer to a request of stats that must succeed.
func (y *tested) stats(t testing.TB, query string) string {
	t.Helper()
	got := y.call(t, http.MethodGet, "/api/iotnodes/"+nodeName+"/stats?"+query, "")
	if got.status != http.StatusOK || !json.Valid([]byte(got.body)) {
		t.Fatalf("%s: got %d %s", query, got.status, got.body)
	}
	return got.body
}

// push stores members of an object by the iotnode's secret.
func (y *tested) push(t testing.TB, at int64, members string) {
	t.Helper()
	y.wants(t, http.MethodPost, "/http-push/generic", fmt.Sprintf(`{"secret":%q,"timestamp":%d,%s}`, nodeSecret, at, members), http.StatusOK, "OK")
}

// put stores a block of points of a series of the iotnode.
func (y *tested) put(t testing.TB, metric string, tags map[string]string, kind string, b points.Block) {
	t.Helper()
	all := map[string]string{fleet.DeviceTag: nodeName}
	for name, value := range tags {
		all[name] = value
	}
	var batch storage.Batch
	batch.Put(points.Key{Metric: metric, Tags: points.TagsOf(all), Type: kind}, b, 0)
	if err := y.store.Write(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
}
