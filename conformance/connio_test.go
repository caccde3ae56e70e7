package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"aion/aggregators"
	"aion/api"
	"aion/api/access"
	"aion/api/admin"
	"aion/api/connio"
	"aion/api/kairosdb"
	"aion/query"
	"aion/query/fleet"
	"aion/storage"
	"aion/storage/catalog"
	"aion/storage/points"
)

// ofConnio is Connio's API over what KairosDB's protocol is made of.
func ofConnio(c kairosdb.Config, o admin.Config) api.Protocol {
	return connio.New(connio.Config{
		Store: c.Store, Engine: c.Engine, Specs: c.Specs, Fleet: o.Fleet, Access: o.Access, Limits: query.DefaultLimits(),
		Now: c.Now, FreeOrder: c.FreeOrder,
	})
}

// connioVectors are the vectors of Connio's protocol. The file says what its
// members mean.
type connioVectors struct {
	Fixtures connioFixtures
	Cases    []connioCase
}

// connioFixtures is what there is before a case.
type connioFixtures struct {
	Devices    []struct{ ID, Name, Profile, Status string }
	Properties []struct {
		fleet.Property
		Profile string
	}
	Keys map[string]struct {
		access.KeyRecord
		Note string // tells of credentials that are not stored
	}
}

// connioCase is one case.
type connioCase struct {
	ID, Title string
	Now       time.Time
	Tolerance float64
	Points    map[string][]connioPoint
	Steps     []connioStep
}

// connioPoint is a stored point.
type connioPoint struct {
	T                time.Time
	V                json.RawMessage
	Protocol, Source string
}

// connioStep is a request, or a move of the clock.
type connioStep struct {
	AdvanceMs, Repeat int64
	Request           struct {
		Method, Path, Auth string
		Body               json.RawMessage
	}
	Expect struct {
		Status    int
		Body      json.RawMessage
		ErrorBody bool
		ErrorCode string
	}
}

// TestConnio plays the vectors of Connio's protocol on every driver, each case on
// a server of its own, over a store without points.
func TestConnio(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "vectors", "connio.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all connioVectors
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for _, d := range drivers(t) {
		t.Run(d.name, func(t *testing.T) {
			s := newConnio(t, d, &all.Fixtures)
			for _, k := range all.Cases {
				t.Run(k.ID, func(t *testing.T) {
					s.begin(t, k.Now)
					k.play(t, s)
				})
			}
		})
	}
}

// connioServer is a server of Connio's protocol with the fixtures.
type connioServer struct {
	clock    *clock
	store    storage.Store
	records  *catalog.Catalog
	target   Target
	fixtures *connioFixtures
}

// newConnio makes a store with the fixtures.
func newConnio(t *testing.T, d driver, f *connioFixtures) *connioServer {
	t.Helper()
	s := &connioServer{clock: &clock{}, fixtures: f}
	s.clock.ms.Store(testNow().UnixMilli())
	s.store = storage.Checked(d.open(t, t.TempDir(), s.clock.now))
	t.Cleanup(func() {
		if err := s.store.Close(); err != nil {
			t.Error(err)
		}
	})
	var ok bool
	if s.records, ok = catalog.New(s.store); !ok {
		t.Fatal("the store keeps no records")
	}
	shift := estate(s.store, s.records, s.clock.now)
	s.provide(t, shift.Access, shift.Fleet)
	return s
}

// begin takes away what there is of points and puts a new server over the store,
// which has counted no calls.
func (s *connioServer) begin(t *testing.T, now time.Time) {
	t.Helper()
	if err := s.store.Delete(t.Context(), storage.Selection{}, points.Always); err != nil {
		t.Fatal(err)
	}
	s.clock.ms.Store(now.UnixMilli())
	shift := estate(s.store, s.records, s.clock.now)
	protocol := connio.New(connio.Config{
		Store: s.store, Engine: query.New(query.Config{Limits: query.DefaultLimits()}), Specs: aggregators.Builtin(),
		Fleet: shift.Fleet, Access: shift.Access, Limits: query.DefaultLimits(), Now: s.clock.now, FreeOrder: true,
	})
	s.target = &InProcess{Handler: api.New(api.Config{Access: shift.Access, Protocols: []api.Protocol{protocol}, Now: s.clock.now}).Handler()}
}

// provide makes what the fixtures name.
func (s *connioServer) provide(t *testing.T, guard *access.Guard, devices *fleet.Fleet) {
	t.Helper()
	ctx := access.With(t.Context(), access.Everyone())
	profiles := map[string][]fleet.Property{}
	for _, p := range s.fixtures.Properties {
		profiles[p.Profile] = append(profiles[p.Profile], p.Property)
	}
	for name, properties := range profiles {
		_, err := devices.CreateProfile(ctx, "", fleet.Profile{Name: name, Properties: properties})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range s.fixtures.Devices {
		_, err := devices.Create(ctx, "", fleet.Device{ID: d.ID, Name: d.Name, Profile: d.Profile, Status: fleet.Status(d.Status)})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, k := range s.fixtures.Keys {
		if k.Note != "" {
			continue
		}
		_, err := guard.Keys.Create(ctx, k.KeyRecord)
		if err != nil {
			t.Fatal(err)
		}
	}
}

// put stores the points of a property, in the device whose profile has it.
func (s *connioServer) put(t *testing.T, property string, list []connioPoint) {
	t.Helper()
	device, profile := "", ""
	for _, p := range s.fixtures.Properties {
		if p.Name == property {
			profile = p.Profile
		}
	}
	for _, d := range slices.Backward(s.fixtures.Devices) {
		if d.Profile == profile {
			device = d.ID
		}
	}
	var b storage.Batch
	for _, p := range list {
		tags := map[string]string{"device": device, "profile": profile, "protocol": "rest", "source": "object"}
		if p.Protocol != "" {
			tags["protocol"] = p.Protocol
		}
		if p.Source != "" {
			tags["source"] = p.Source
		}
		key := points.Key{Metric: property, Tags: points.TagsOf(tags)}
		var block points.Block
		key.Type, block = connioValue(t, p)
		b.Put(key, block, 0)
	}
	if err := s.store.Write(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
}

// connioValue is the stored type of a point's value, and the point.
func connioValue(t *testing.T, p connioPoint) (string, points.Block) {
	t.Helper()
	var block points.Block
	var text string
	var number float64
	at := p.T.UnixMilli()
	switch {
	case json.Unmarshal(p.V, &text) == nil:
		block.Reset(points.Text)
		block.AppendText(at, text)
		return points.TypeText, block
	case json.Unmarshal(p.V, &number) != nil:
		t.Fatalf("value %s", p.V)
	case !strings.ContainsAny(string(p.V), ".eE"):
		block.AppendInt(at, int64(number))
		return points.TypeLong, block
	}
	block.AppendFloat(at, number)
	return points.TypeDouble, block
}

// play plays a case.
func (k *connioCase) play(t *testing.T, s *connioServer) {
	for property, list := range k.Points {
		s.put(t, property, list)
	}
	for i, step := range k.Steps {
		s.clock.ms.Add(step.AdvanceMs)
		if step.Request.Method == "" {
			continue
		}
		for range max(step.Repeat, 1) {
			if problem := step.problem(s.send(t, &step), cmpTolerance(k.Tolerance)); problem != "" {
				t.Fatalf("%s, step %d, %s: %s", k.Title, i, step.Request.Path, problem)
			}
		}
	}
}

// cmpTolerance is the relative tolerance of a case.
func cmpTolerance(own float64) float64 {
	if own == 0 {
		return 1e-9
	}
	return own
}

// send sends the request of a step.
func (s *connioServer) send(t *testing.T, step *connioStep) received {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), step.Request.Method, step.Request.Path, bytes.NewReader(step.Request.Body))
	if err != nil {
		t.Fatal(err)
	}
	if key, ok := s.fixtures.Keys[step.Request.Auth]; ok {
		req.SetBasicAuth(key.ID, key.Secret)
	}
	if step.Request.Body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	got, err := exchange(s.target, req)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// problem tells what an answer has otherwise than the step expects.
func (step *connioStep) problem(got received, tolerance float64) string {
	if got.status != step.Expect.Status {
		return fmt.Sprintf("got %d %s, want %d", got.status, got.body, step.Expect.Status)
	}
	if step.Expect.ErrorBody {
		var list []struct{ Code, Cause, Message, MoreInfoURL string }
		if err := json.Unmarshal(got.body, &list); err != nil || len(list) == 0 ||
			slices.Contains([]string{list[0].Code, list[0].Cause, list[0].Message, list[0].MoreInfoURL}, "") {
			return fmt.Sprintf("got %s, want errors", got.body)
		}
		if want := step.Expect.ErrorCode; want != "" && list[0].Code != want {
			return fmt.Sprintf("got code %s, want %s", list[0].Code, want)
		}
	}
	if step.Expect.Body == nil {
		return ""
	}
	var have, want any
	if err := json.Unmarshal(got.body, &have); err != nil {
		return fmt.Sprintf("got %s: %v", got.body, err)
	}
	if err := json.Unmarshal(step.Expect.Body, &want); err != nil {
		return err.Error()
	}
	if !connioSame("", have, want, tolerance) {
		return fmt.Sprintf("got %s\nwant %s", got.body, step.Expect.Body)
	}
	return ""
}

// connioSame tells whether two values of answers are the same: numbers nearly,
// times as instants, attributes in any order. name is the member's.
func connioSame(name string, a, b any, tolerance float64) bool {
	switch a := a.(type) {
	case float64:
		b, ok := b.(float64)
		return ok && (a == b || math.Abs(a-b) <= tolerance*math.Max(math.Abs(a), math.Abs(b)))
	case string:
		b, ok := b.(string)
		if at, err := time.Parse(time.RFC3339Nano, a); name == "t" && ok && err == nil {
			want, err := time.Parse(time.RFC3339Nano, b)
			return err == nil && at.Equal(want)
		}
		return a == b
	case []any:
		b, ok := b.([]any)
		if name == "protocol" || name == "source" {
			text := func(x, y any) int { return strings.Compare(fmt.Sprint(x), fmt.Sprint(y)) }
			slices.SortFunc(a, text)
			slices.SortFunc(b, text)
		}
		return ok && slices.EqualFunc(a, b, func(x, y any) bool { return connioSame("", x, y, tolerance) })
	case map[string]any:
		b, ok := b.(map[string]any)
		if name == "GroupByType" && ok {
			delete(a, "group")
			delete(b, "group")
		}
		if !ok || !slices.Equal(slices.Sorted(maps.Keys(a)), slices.Sorted(maps.Keys(b))) {
			return false
		}
		for member := range a {
			if !connioSame(member, a[member], b[member], tolerance) {
				return false
			}
		}
		return true
	}
	return a == b
}
