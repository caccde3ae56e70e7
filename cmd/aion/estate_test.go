package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"aion/api"
	"aion/api/access"
	"aion/query/fleet"
	"aion/storage"
	"aion/storage/catalog"
	"aion/storage/points"
)

// The sentinels: texts that stand in every name and value of a part of the data,
// and nowhere else.
const (
	homeD1  = "zq-home-d1"
	homeD2  = "zq-home-d2"
	homeApp = "zq-home-app"
	homeAll = "zq-home-all" // what belongs to no device: metadata, roll-ups, keys, users, profiles
	acmeG1  = "zq-acme-g1"
	acmeG2  = "zq-acme-g2"
	acmeAll = "zq-acme-all"

	homeSecret = "zq-home-secret" // what private properties of homeD1 hold
	acmeSecret = "zq-acme-secret" // and those of acmeG1
)

// sentinels are all of them.
var sentinels = []string{homeD1, homeD2, homeApp, homeAll, acmeG1, acmeG2, acmeAll, homeSecret, acmeSecret}

// caller is somebody who asks: what it is, what it may see, and what it calls its
// own and another's.
type caller struct {
	name    string
	key     access.KeyRecord
	sees    []string
	own     string // sentinel and device
	foreign string
}

// callers are who asks, in the order of the columns of the tables, the less they
// may do the earlier: the keys of some devices and of an app, those with single
// scopes, then whole organizations.
func callers() []caller {
	ofDevices := func(ids ...string) access.Context { return access.Context{Type: access.Device, IDs: ids} }
	home, acme := []string{homeD1, homeD2, homeApp, homeAll}, []string{acmeG1, acmeG2, acmeAll}
	return []caller{
		{"blank", access.KeyRecord{Scopes: []access.Scope{"quark:spin"}}, home, homeD1, acmeG1},
		{"reader", access.KeyRecord{Scopes: []access.Scope{access.ReadData}}, home, homeD1, acmeG1},
		{"writer", access.KeyRecord{Scopes: []access.Scope{access.WriteData}}, home, homeD1, acmeG1},
		{"device", access.KeyRecord{Context: ofDevices(homeD1)}, []string{homeD1}, homeD1, homeD2},
		{"devadmin", access.KeyRecord{Role: access.Admin, Context: ofDevices(homeD1)}, []string{homeD1}, homeD1, homeD2},
		{"app", access.KeyRecord{Context: access.Context{Type: access.App, IDs: []string{homeApp}}}, []string{homeD1, homeApp}, homeD1, homeD2},
		{"gdevice", access.KeyRecord{Organization: "acme", Context: ofDevices(acmeG1)}, []string{acmeG1}, acmeG1, acmeG2},
		{"viewer", access.KeyRecord{Role: access.Viewer}, home, homeD1, acmeG1},
		{"member", access.KeyRecord{}, home, homeD1, acmeG1},
		{"guest", access.KeyRecord{Organization: "acme"}, acme, acmeG1, homeD1},
		{"gadmin", access.KeyRecord{Organization: "acme", Role: access.Admin}, append(acme, acmeSecret), acmeG1, homeD1},
		{"admin", access.KeyRecord{Role: access.Admin}, append(home, homeSecret), homeD1, acmeG1},
		{"root", access.KeyRecord{Role: access.Root}, sentinels, homeD1, "none"},
	}
}

// estate is a server that asks for credentials, over the data of two
// organizations.
type estate struct {
	t       testing.TB
	store   storage.Store
	api     *api.Server
	guard   *access.Guard
	secrets map[string]access.KeyRecord // by the caller's name
	task    string                      // the roll-up task of the caller device
	peopled bool                        // there are users
	log     *output
}

// requiring are the settings of a server that asks for credentials.
func requiring(t testing.TB, args ...string) *serveCommand {
	t.Helper()
	var c cli
	args = append([]string{"serve", "--storage=memory", "--auth.mode=required", "--kairosdb.release=develop"}, args...)
	parse(t, &c, args, nil)
	return &c.Serve
}

// newEstate furnishes a store and puts a server over it.
func newEstate(t testing.TB, s *serveCommand, store storage.Store) *estate {
	t.Helper()
	e := &estate{t: t, store: store, secrets: map[string]access.KeyRecord{}, log: &output{}}
	log := slog.New(slog.NewTextHandler(e.log, nil))
	shift, err := s.shift(store, new(atomic.Int64), log)
	if err != nil {
		t.Fatal(err)
	}
	e.guard = shift.Access
	e.people()
	e.devices(shift.Fleet)
	e.points()
	config, err := s.config(store, log)
	e.must(err)
	e.api, err = s.serverOf(t.Context(), config, s.operating(store, shift), nil, api.NewFigures(), log)
	e.must(err)
	e.texts()
	return e
}

// must ends the test on an error.
func (e *estate) must(err error) {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
}

// people makes the organizations and a key for each caller.
func (e *estate) people() {
	ctx := access.With(e.t.Context(), access.Everyone())
	for _, id := range []string{"home", "acme"} {
		_, err := e.guard.Organizations.Create(ctx, access.Organization{ID: id, Name: "organization"})
		e.must(err)
	}
	for _, c := range callers() {
		switch c.key.Name = homeAll; {
		case c.key.Organization == "acme":
			c.key.Name = acmeAll
		case c.key.Role != access.Root: // who names none is the operator
			c.key.Organization = "home"
		}
		made, err := e.guard.Keys.Create(ctx, c.key)
		e.must(err)
		e.secrets[c.name] = made
	}
	gone, err := e.guard.Keys.Create(ctx, access.KeyRecord{Name: "gone"})
	e.must(err)
	_, err = e.guard.Keys.Revoke(ctx, gone.ID)
	e.must(err)
	e.secrets["revoked"] = gone
	e.secrets["expired"] = e.expired(ctx)
}

// expired is a key that could do everything, until a moment ago.
func (e *estate) expired(ctx context.Context) access.KeyRecord {
	end := time.Now().Add(time.Hour)
	key, err := e.guard.Keys.Create(ctx, access.KeyRecord{Name: "expired", Role: access.Root, Expires: &end})
	e.must(err)
	records, _ := catalog.New(e.store)
	e.must(records.Update(ctx, "key", key.ID, func(value []byte) ([]byte, error) {
		kept := map[string]any{}
		e.must(json.Unmarshal(value, &kept))
		kept["expires"] = time.Now().Add(-time.Second)
		return json.Marshal(kept)
	}))
	e.must(e.guard.Tell(ctx))
	return key
}

// users makes a user of each organization, once. Their passwords take long to
// hash.
func (e *estate) users() {
	if e.peopled {
		return
	}
	e.peopled = true
	ctx := access.With(e.t.Context(), access.Everyone())
	for organization, name := range map[string]string{"home": homeAll, "acme": acmeAll} {
		_, err := e.guard.Users.Create(ctx, access.UserRecord{Name: name, Password: "a long pass word", Organization: organization, Role: access.Viewer})
		e.must(err)
	}
}

// devices makes the devices of both organizations, and an app.
func (e *estate) devices(f *fleet.Fleet) {
	for organization, ids := range map[string][]string{"home": {homeD1, homeD2}, "acme": {acmeG1, acmeG2}} {
		secret := strings.ToUpper("zq-" + organization + "-secret") // metrics and tags have it in lower case, definitions have not
		_, err := f.CreateProfile(e.t.Context(), organization, fleet.Profile{Name: secret, Properties: []fleet.Property{
			{Name: secret + "-pin", Access: "private"}, {Name: "shared", Access: "private"},
		}})
		e.must(err)
		for i, id := range ids {
			d := fleet.Device{ID: id, Name: id + " name"}
			if i == 0 {
				d.Properties = []fleet.Property{{Name: "Hidden", Access: "private"}, {Name: "locked", Access: "protected"}}
			}
			_, err := f.Create(e.t.Context(), organization, d)
			e.must(err)
		}
	}
	_, err := f.CreateApp(e.t.Context(), "home", fleet.App{ID: homeApp, Devices: []string{homeD1}})
	e.must(err)
	_, err = f.CreateApp(e.t.Context(), "acme", fleet.App{ID: acmeAll, Devices: []string{acmeG1}})
	e.must(err)
	for organization, name := range map[string]string{"home": homeAll, "acme": acmeAll} {
		_, err := f.CreateProfile(e.t.Context(), organization, fleet.Profile{Name: name})
		e.must(err)
	}
}

// tagsOf are the tags of a sentinel's series.
func tagsOf(sentinel string) map[string]string {
	tags := map[string]string{"device": sentinel, "room": sentinel + "-room"}
	if strings.HasPrefix(sentinel, "zq-acme") {
		tags["organization"] = "acme"
	}
	return tags
}

// points stores series of every device: one of its own and one that all have.
func (e *estate) points() {
	var b storage.Batch
	for _, sentinel := range []string{homeD1, homeD2, homeApp, acmeG1, acmeG2} {
		for _, metric := range []string{sentinel + "-metric", "shared"} {
			numbers, texts := points.Block{}, points.Block{Kind: points.Text}
			numbers.AppendInt(1000, 1)
			texts.AppendText(1000, sentinel+"-text")
			b.Put(points.Key{Metric: metric, Tags: points.TagsOf(tagsOf(sentinel)), Type: points.TypeLong}, numbers, 0)
			b.Put(points.Key{Metric: metric, Tags: points.TagsOf(tagsOf(sentinel)), Type: points.TypeText}, texts, 0)
		}
	}
	for secret, device := range map[string]string{homeSecret: homeD1, acmeSecret: acmeG1} {
		for _, metric := range []string{secret + "-pin", "shared", "hidden", "locked"} {
			tags, texts := tagsOf(device), points.Block{Kind: points.Text}
			switch metric {
			case "locked":
				texts.AppendText(1000, device+"-text")
			case "hidden":
				texts.AppendText(1000, secret+"-text")
			default:
				tags["profile"], tags[secret+"-tag"] = secret, "x"
				texts.AppendText(1000, secret+"-text")
			}
			b.Put(points.Key{Metric: metric, Tags: points.TagsOf(tags), Type: points.TypeText}, texts, 0)
		}
	}
	e.must(e.store.Write(e.t.Context(), &b))
}

// texts stores metadata and roll-up tasks through the server.
func (e *estate) texts() {
	for _, x := range []struct{ who, sentinel string }{{"admin", homeAll}, {"gadmin", acmeAll}} {
		if status, body := e.as(x.who, "POST", "/api/v1/metadata/service/"+x.sentinel+"/"+x.sentinel, x.sentinel); status != 204 {
			e.t.Fatalf("metadata: got %d %s", status, body)
		}
	}
	for _, x := range []struct{ who, sentinel string }{{"root", homeAll}, {"admin", homeAll}, {"gadmin", acmeAll}, {"device", homeD1}, {"gdevice", acmeG1}} {
		status, body := e.as(x.who, "POST", "/api/v1/rollups", rollupOf(x.sentinel))
		_, id, ok := strings.Cut(body, `{"id":"`)
		if status != 200 || !ok {
			e.t.Fatalf("roll-up: got %d %s", status, body)
		}
		if x.who == "device" {
			e.task, _, _ = strings.Cut(id, `"`)
		}
	}
}

// rollupOf is a task with a name.
func rollupOf(name string) string {
	return `{"name":"` + name + `","execution_interval":{"value":1,"unit":"hours"},"rollups":[{"save_as":"` + name + `-saved","query":{"start_relative":{"value":1,"unit":"hours"},` +
		`"metrics":[{"name":"shared","group_by":[{"name":"tag","tags":["device"]}],"aggregators":[{"name":"sum","sampling":{"value":1,"unit":"hours"}}]}]}}]}`
}

// as asks as a caller and answers status and body.
func (e *estate) as(who, method, target, body string) (int, string) {
	e.t.Helper()
	k := e.secrets[who]
	return e.with("Basic "+base64.StdEncoding.EncodeToString([]byte(k.ID+":"+k.Secret)), method, target, body)
}

// with asks with the credentials of a header, if any.
func (e *estate) with(credentials, method, target, body string) (int, string) {
	e.t.Helper()
	r := httptest.NewRequestWithContext(e.t.Context(), method, "http://aion"+target, strings.NewReader(body))
	if credentials != "" {
		r.Header.Set("Authorization", credentials)
	}
	if strings.HasPrefix(target, "/api/v1/prometheus") {
		r.Header.Set("Content-Encoding", "snappy")
	}
	w := httptest.NewRecorder()
	e.api.Handler().ServeHTTP(w, r)
	answer, err := io.ReadAll(w.Result().Body)
	e.must(err)
	return w.Code, fmt.Sprint(headerText(w.Header())) + string(answer)
}

// headerText is what an answer's headers say that can differ with the data.
func headerText(h http.Header) string {
	lines := ""
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if !slices.Contains([]string{"Date", "Content-Type"}, name) {
			lines += strings.Join(h[name], ",") + " "
		}
	}
	return lines
}

// kept lists everything in the store that has a sentinel which somebody does not
// see: points, and records of every kind.
func (e *estate) kept(not []string) (lines []string) {
	e.t.Helper()
	hidden := func(text string) bool {
		return slices.ContainsFunc(sentinels, func(s string) bool { return strings.Contains(text, s) && !slices.Contains(not, s) })
	}
	for s, err := range e.store.Select(e.t.Context(), storage.Selection{}) {
		e.must(err)
		if found, err := s.Any(e.t.Context(), points.Always); hidden(s.Key().String()) {
			e.must(err)
			lines = append(lines, fmt.Sprint(s.Key(), found))
		}
	}
	keeper, _ := storage.As[storage.RecordKeeper](e.store)
	for _, kind := range []string{"key", "user", "organization", "device", "device-alias", "app", "profile", "rollup-owner", "service"} {
		records, err := keeper.Records().List(context.WithoutCancel(e.t.Context()), kind, "", "", 1000)
		e.must(err)
		for _, r := range records {
			if text := r.ID + string(r.Value); hidden(text) {
				lines = append(lines, kind+" "+text)
			}
		}
	}
	slices.Sort(lines)
	return lines
}
