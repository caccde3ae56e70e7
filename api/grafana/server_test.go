package grafana

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"aion/aggregators"
	"aion/api"
	"aion/api/kairosdb"
	"aion/query"
	"aion/storage"
	"aion/storage/memory"
	"aion/storage/points"
)

// epoch is when the recorded requests begin, and the hour that they ask for ends
// at clock.
const epoch = int64(1_700_000_000_000)

// clock is what time it is in all tests.
func clock() time.Time { return time.UnixMilli(epoch + hour) }

// tested is a protocol behind the server's middleware, over a store.
type tested struct {
	*Protocol
	handler http.Handler
	store   storage.Store
}

// newTested is a protocol over an empty memory store.
func newTested(t testing.TB) *tested {
	t.Helper()
	return newTestedOver(t, storage.Checked(memory.New(memory.Config{Now: clock})), api.Config{})
}

// newTestedOver is a protocol over a store, in a server of c.
func newTestedOver(t testing.TB, store storage.Store, c api.Config) *tested {
	t.Helper()
	engine := query.New(query.Config{Limits: query.DefaultLimits(), Workers: 2})
	k, err := kairosdb.New(kairosdb.Config{
		Store: store, Engine: engine, Specs: aggregators.Builtin(), Release: aggregators.V13, Now: clock, FreeOrder: true, RegexPrefix: expressed,
	})
	if err != nil {
		t.Fatal(err)
	}
	p := New(Config{
		Store: store, Engine: engine, Specs: aggregators.Builtin(), Release: aggregators.V13, Now: clock,
		FreeOrder: true, Version: "test", Kairos: k.Query,
	})
	c.Protocols = []api.Protocol{p}
	return &tested{Protocol: p, handler: api.New(c).Handler(), store: store}
}

// reply is an answer as a client sees it.
type reply struct {
	status int
	header http.Header
	body   string
}

// call sends a request. The lines of header are names and values.
func (p *tested) call(t testing.TB, method, path, body string, header ...string) reply {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, Prefix+path, strings.NewReader(body))
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return reply{w.Code, w.Header(), w.Body.String()}
}

// post is the body of the answer to a request that must succeed.
func (p *tested) post(t testing.TB, path, body string) string {
	t.Helper()
	got := p.call(t, http.MethodPost, path, body)
	if got.status != http.StatusOK || !json.Valid([]byte(got.body)) {
		t.Fatalf("%s %s: got %d %s", path, body, got.status, got.body)
	}
	return got.body
}

// hour is the range that most tests ask for.
const hourRange = `"range":{"from":"2023-11-14T22:13:20.000Z","to":"2023-11-14T23:13:20.000Z"}`

// ask asks for the panel of some targets over the hour, at 360 points.
func (p *tested) ask(t testing.TB, targets string) string {
	t.Helper()
	return p.post(t, "/query", `{`+hourRange+`,"intervalMs":10000,"maxDataPoints":360,"targets":[`+targets+`]}`)
}

// put stores points of one series, as many milliseconds apart as step says: longs,
// doubles and texts as they are.
func (p *tested) put(t testing.TB, metric string, tags map[string]string, at, step int64, values ...any) {
	t.Helper()
	var batch storage.Batch
	for i, v := range values {
		var b points.Block
		key := points.Key{Metric: metric, Tags: points.TagsOf(tags)}
		switch v := v.(type) {
		case int:
			key.Type = points.TypeLong
			b.AppendInt(at+int64(i)*step, int64(v))
		case float64:
			key.Type = points.TypeDouble
			b.AppendFloat(at+int64(i)*step, v)
		case string:
			b.Reset(points.Text)
			key.Type = points.TypeText
			b.AppendText(at+int64(i)*step, v)
		}
		batch.Put(key, b, 0)
	}
	if err := p.store.Write(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
}

// on is a set of tags with a host.
func on(host string) map[string]string { return map[string]string{"host": host} }
