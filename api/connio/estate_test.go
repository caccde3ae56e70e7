package connio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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

// estate is a server of the protocol over a store in memory, with a profile, a few
// devices, an app and keys, and a clock.
type estate struct {
	t     testing.TB
	store *counted
	fleet *fleet.Fleet
	guard *access.Guard
	p     *Protocol
	http  http.Handler
	mu    sync.Mutex
	now   time.Time
	keys  map[string]access.KeyRecord
}

// counted is a store that counts the points that are put into it.
type counted struct {
	storage.Store
	puts atomic.Int64
}

// Write writes and counts.
func (c *counted) Write(ctx context.Context, b *storage.Batch) error {
	c.puts.Add(int64(b.Len()))
	return c.Store.Write(ctx, b)
}

// Unwrap is the store that is counted.
func (c *counted) Unwrap() storage.Store { return c.Store }

// reacher finds out what contexts come to.
type reacher struct{ fleet *fleet.Fleet }

// Devices are the ids of the devices of a context.
func (r *reacher) Devices(ctx context.Context, organization string, c access.Context) ([]string, error) {
	return r.fleet.Reach(ctx, organization, string(c.Type), c.IDs)
}

// openEstate is an estate over an empty store, in which devices are not created by
// what is written unless auto says so.
func openEstate(t testing.TB, auto bool) *estate {
	t.Helper()
	e := &estate{t: t, now: time.Date(2017, 5, 2, 0, 0, 0, 0, time.UTC), keys: map[string]access.KeyRecord{}}
	bare := memory.New(memory.Config{Now: e.time})
	e.store = &counted{Store: storage.Checked(bare)}
	if _, ok := t.(*testing.B); ok {
		e.store.Store = bare
	}
	t.Cleanup(func() {
		if err := e.store.Close(); err != nil {
			t.Error(err)
		}
	})
	records, ok := catalog.New(e.store)
	if !ok {
		t.Fatal("the store keeps no records")
	}
	reach := &reacher{}
	e.guard = access.New(access.Config{Catalog: records, Reacher: reach, Now: e.time})
	e.fleet = fleet.New(fleet.Config{
		Store: e.store, Catalog: records, AutoCreate: auto, Changed: e.guard.Tell, Now: e.time,
		Tenancy: func(ctx context.Context) (fleet.Tenancy, error) {
			home, several, err := e.guard.Organizations.Tenancy(ctx)
			return fleet.Tenancy{Home: home, Several: several}, err
		},
	})
	reach.fleet = e.fleet
	e.p = New(Config{Store: e.store, Engine: query.New(query.Config{}), Specs: aggregators.Builtin(), Fleet: e.fleet, Access: e.guard, Catalog: records, Now: e.time})
	e.http = api.New(api.Config{Access: e.guard, Protocols: []api.Protocol{e.p}}).Handler()
	e.furnish()
	return e
}

// time is what the clock shows.
func (e *estate) time() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.now
}

// must fails the test where something went wrong.
func (e *estate) must(err error) {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
}

// furnish makes what the tests work on.
func (e *estate) furnish() {
	ctx := access.With(e.t.Context(), access.Everyone())
	low, high := -25.5, 65.5
	changed := func(when string, value float64) *fleet.Retention {
		return &fleet.Retention{Condition: &fleet.Condition{When: when, Value: value}}
	}
	_, err := e.fleet.CreateProfile(ctx, "", fleet.Profile{Name: "MySensor", Properties: []fleet.Property{
		{ID: "_prp_200000000000000001", Name: "temperature", Type: "number"},
		{Name: "humidity", Type: "number"},
		{Name: "bounded", Type: "number", Boundaries: &fleet.Boundaries{Min: &low, Max: &high}},
		{Name: "SetPoint", Type: "number"},
		{Name: "mode", Type: "string"}, {Name: "on", Type: "boolean"}, {Name: "state", Type: "enum"},
		{Name: "config", Type: "object"}, {Name: "trip", Type: "waypoint"}, {Name: "any"}, {Name: "other"},
		{Name: "pin", Type: "number", Access: "private"}, {Name: "serial", Type: "string", Access: "protected"},
		{Name: "lastonly", Type: "number", Retention: &fleet.Retention{Type: "mostrecent"}},
		{Name: "short", Type: "number", Retention: &fleet.Retention{Lifetime: "2days"}},
		{Name: "few", Type: "number", Retention: &fleet.Retention{Capacity: 3}},
		{Name: "changed", Retention: changed("changed", 0)},
		{Name: "tenth", Type: "number", Retention: changed("changedx", 10)},
	}})
	e.must(err)
	for _, d := range []fleet.Device{
		{ID: "_dev_100000000000000001", Name: "sensor1", Profile: "mysensor"},
		{ID: "_dev_100000000000000002", Name: "sensor2", Profile: "mysensor"},
		{ID: "_dev_100000000000000003", Name: "disabled1", Profile: "mysensor", Status: fleet.Disabled},
		{ID: "plain"},
	} {
		_, err := e.fleet.Create(ctx, "", d)
		e.must(err)
	}
	_, err = e.fleet.CreateApp(ctx, "", fleet.App{
		ID: "_app_100000000000000009", Name: "monitor", Devices: []string{"_dev_100000000000000001"},
		Properties: []fleet.Property{{Name: "alarms", Type: "number"}},
	})
	e.must(err)
	all := []access.Scope{access.ReadDevice, access.ReadData, access.WriteData, access.ChangeDevice}
	one := access.Context{Type: access.Device, IDs: []string{"_dev_100000000000000001"}}
	e.key("device", access.KeyRecord{Owner: "_dev_100000000000000001", Scopes: all, Context: one})
	e.key("client", access.KeyRecord{Owner: "_api_400000000000000001", Scopes: all, Context: one})
	e.key("reader", access.KeyRecord{Owner: "_api_400000000000000002", Scopes: []access.Scope{access.ReadData}, Context: one})
	e.key("disabled", access.KeyRecord{Owner: "_dev_100000000000000003", Scopes: all, Context: access.Context{Type: access.Device, IDs: []string{"_dev_100000000000000003"}}})
	e.key("app", access.KeyRecord{
		Owner: "_api_400000000000000003", Scopes: append(all, access.ReadAppData, access.WriteAppData),
		Context: access.Context{Type: access.App, IDs: []string{"_app_100000000000000009"}},
	})
	e.key("plain", access.KeyRecord{Owner: "plain", Scopes: all, Context: access.Context{Type: access.Device, IDs: []string{"plain"}}})
	e.key("admin", access.KeyRecord{Owner: "_usr_500000000000000001", Role: access.Admin})
}

// key makes a key and keeps it under a name.
func (e *estate) key(name string, r access.KeyRecord) {
	e.t.Helper()
	made, err := e.guard.Keys.Create(access.With(e.t.Context(), access.Everyone()), r)
	e.must(err)
	e.keys[name] = made
}

// ask sends a request with a key, none if its name is empty.
func (e *estate) ask(key, method, path, body string) (int, string) {
	e.t.Helper()
	r := httptest.NewRequest(method, Prefix+path, strings.NewReader(body))
	if key != "" {
		r.SetBasicAuth(e.keys[key].ID, e.keys[key].Secret)
	}
	rec := httptest.NewRecorder()
	e.http.ServeHTTP(rec, r)
	return rec.Code, rec.Body.String()
}

// asks is ask for an answer that is JSON of a status.
func (e *estate) asks(key, method, path, body string, want int, into any) {
	e.t.Helper()
	status, text := e.ask(key, method, path, body)
	if status != want {
		e.t.Fatalf("%s %s: got %d %s, want %d", method, path, status, text, want)
	}
	if into != nil {
		e.must(json.Unmarshal([]byte(text), into))
	}
}

// stored prints the points of a metric, in the order of their times: seconds since
// the beginning of 2017-05-01 and values, each with the letter of its stored type.
func (e *estate) stored(metric string) string {
	e.t.Helper()
	type point struct {
		at   int64
		text string
	}
	var all []point
	for s, err := range e.store.Select(e.t.Context(), storage.Selection{Metrics: []string{metric}}) {
		e.must(err)
		c := s.Points(points.Always, points.Asc)
		var b points.Block
		for {
			err := c.Next(e.t.Context(), &b)
			if errors.Is(err, io.EOF) {
				break
			}
			e.must(err)
			for i, at := range b.Times {
				all = append(all, point{at, valueText(&b, i)})
			}
		}
		e.must(c.Close())
	}
	slices.SortStableFunc(all, func(a, b point) int { return int(a.at - b.at) })
	var texts []string
	for _, p := range all {
		since := float64(p.at-time.Date(2017, 5, 1, 0, 0, 0, 0, time.UTC).UnixMilli()) / 1000
		texts = append(texts, strconv.FormatFloat(since, 'f', -1, 64)+"="+p.text)
	}
	return strings.Join(texts, " ")
}

// valueText prints a value with the letter of its stored type.
func valueText(b *points.Block, i int) string {
	switch {
	case b.Kind == points.Text:
		return "s" + b.Texts[i]
	case b.Int(i):
		return fmt.Sprintf("l%d", b.Ints[i])
	}
	return "d" + strconv.FormatFloat(b.Floats[i], 'g', -1, 64)
}

// tagsOf prints the tags of the series of a metric.
func (e *estate) tagsOf(metric string) string {
	e.t.Helper()
	var all []string
	for s, err := range e.store.Select(e.t.Context(), storage.Selection{Metrics: []string{metric}}) {
		e.must(err)
		all = append(all, s.Key().Tags.String())
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}
