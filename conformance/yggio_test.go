package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aion/aggregators"
	"aion/api"
	"aion/api/access"
	"aion/api/admin"
	"aion/api/kairosdb"
	"aion/api/yggio"
	"aion/query"
	"aion/query/fleet"
	"aion/storage"
	"aion/storage/catalog"
)

// yggioVectors are cases of Yggio's stats; yggio.json says what its members mean.
type yggioVectors struct {
	Fixtures struct {
		Node  yggioNode
		Users map[string]struct {
			Username, Password string
			Rights             []string
		}
	}
	Cases []yggioCase
}

// yggioNode is the iotnode that cases ask about.
type yggioNode struct {
	ID              string `json:"_id"`
	Name, Secret    string
	RetentionPolicy string
}

// yggioCase is one case: a step, or several.
type yggioCase struct {
	yggioStep
	ID, Basis string
	Now       time.Time
	Node      yggioNode // what is otherwise than in the fixture
	Points    map[string][]json.RawMessage
	Steps     []yggioStep
}

// yggioStep is a request and its answer.
type yggioStep struct {
	Request struct {
		Method, Path string
		Query        map[string]string
		Auth         string // empty: no header
		Body         json.RawMessage
	}
	Expect struct {
		Status  int
		Body    json.RawMessage
		BodyHas []string
		Text    string
	}
}

// readYggio reads the vectors.
func readYggio(t *testing.T) (v yggioVectors) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "vectors", "yggio.json"))
	if err == nil {
		err = json.Unmarshal(text, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// yggioServer is a server that asks for credentials, with the users and the iotnode
// of the vectors.
type yggioServer struct {
	yggioVectors
	clock  clock
	fleet  *fleet.Fleet
	target *InProcess
}

// nodes is Yggio's API over what KairosDB's protocol is made of, for the devices and
// the users that the operator provides.
func nodes(c kairosdb.Config, o admin.Config) api.Protocol {
	return yggio.New(yggio.Config{
		Store: c.Store, Engine: c.Engine, Specs: c.Specs, Fleet: o.Fleet, Access: o.Access, Now: c.Now, FreeOrder: c.FreeOrder,
		Token: func(ctx context.Context, p *access.Principal, issued, ends time.Time) (string, error) {
			return api.SessionToken(ctx, o.Access, p, issued, ends)
		},
	})
}

// newYggio furnishes a store and puts a server over it.
func newYggio(t *testing.T, d driver) *yggioServer {
	t.Helper()
	s := &yggioServer{yggioVectors: readYggio(t)}
	s.clock.ms.Store(testNow().UnixMilli())
	store := storage.Checked(d.open(t, t.TempDir(), s.clock.now))
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	records, ok := catalog.New(store)
	if !ok {
		t.Fatal("the store keeps no records")
	}
	guard := access.New(access.Config{Catalog: records, Passwords: access.PasswordCost{Time: 1, KiB: 64, Threads: 1}, Now: s.clock.now})
	s.fleet = fleet.New(fleet.Config{Store: store, Catalog: records, Now: s.clock.now})
	p := nodes(kairosdb.Config{
		Store: store, Engine: query.New(query.Config{Limits: query.DefaultLimits(), Workers: 2}), Specs: aggregators.Builtin(),
		Now: s.clock.now, FreeOrder: true,
	}, admin.Config{Access: guard, Fleet: s.fleet})
	s.target = &InProcess{Handler: api.New(api.Config{Protocols: []api.Protocol{p}, Access: guard, Now: s.clock.now}).Handler()}
	s.furnish(t, guard)
	return s
}

// furnish makes the users and the iotnode.
func (s *yggioServer) furnish(t *testing.T, guard *access.Guard) {
	t.Helper()
	node := fleet.Device{ID: s.Fixtures.Node.ID, Name: s.Fixtures.Node.Name, NewSecret: s.Fixtures.Node.Secret}
	for _, u := range s.Fixtures.Users {
		_, err := guard.Users.Create(access.With(t.Context(), access.Everyone()), access.UserRecord{Name: u.Username, Password: u.Password})
		if err != nil {
			t.Fatal(err)
		}
		for _, right := range u.Rights {
			node.Rights = append(node.Rights, fleet.Right{User: u.Username, Right: right})
		}
	}
	if _, err := s.fleet.Create(t.Context(), "", node); err != nil {
		t.Fatal(err)
	}
}

// TestYggioVectors asks what the vectors ask.
func TestYggioVectors(t *testing.T) {
	for _, d := range drivers(t) {
		t.Run(d.name, func(t *testing.T) {
			s := newYggio(t, d)
			for _, c := range s.Cases {
				t.Run(c.ID, func(t *testing.T) { s.play(t, &c) })
			}
		})
	}
}

// play plays a case on an iotnode without points.
func (s *yggioServer) play(t *testing.T, c *yggioCase) {
	t.Helper()
	s.clock.ms.Store(c.Now.UnixMilli())
	if err := s.fleet.DeleteData(t.Context(), "", s.Fixtures.Node.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.fleet.Change(t.Context(), "", s.Fixtures.Node.ID, func(d *fleet.Device) error {
		d.RetentionPolicy = c.Node.RetentionPolicy
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for measurement, list := range c.Points {
		for _, p := range list {
			s.push(t, measurement, p)
		}
	}
	steps := c.Steps
	if steps == nil {
		steps = []yggioStep{c.yggioStep}
	}
	for i := range steps {
		for _, problem := range s.problems(t, c, &steps[i]) {
			t.Errorf("%s %s %v: %s", steps[i].Request.Method, steps[i].Request.Path, steps[i].Request.Query, problem)
		}
	}
}

// push stores a point of a measurement.
func (s *yggioServer) push(t *testing.T, measurement string, point json.RawMessage) {
	t.Helper()
	var p struct {
		Time  string
		Value json.RawMessage
	}
	if err := json.Unmarshal(point, &p); err != nil {
		t.Fatal(err)
	}
	body := fmt.Sprintf(`{"secret":%q,"timestamp":%q,%q:%s}`, s.Fixtures.Node.Secret, p.Time, measurement, p.Value)
	if got := s.ask(t, http.MethodPost, "/http-push/generic?identifier=secret", "", body); got.status != http.StatusOK {
		t.Fatalf("push %s: got %d %s", body, got.status, got.body)
	}
}

// ask sends a request with an Authorization header, if any.
func (s *yggioServer) ask(t *testing.T, method, where, authorization, body string) received {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, where, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	got, err := exchange(s.target, req)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// bearer is what a user's Authorization header says, who logs in for it.
func (s *yggioServer) bearer(t *testing.T, name string) string {
	t.Helper()
	u := s.Fixtures.Users[name]
	got := s.ask(t, http.MethodPost, "/api/auth/local", "", fmt.Sprintf(`{"username":%q,"password":%q}`, u.Username, u.Password))
	var said struct{ Token string }
	if err := json.Unmarshal(got.body, &said); err != nil || got.status != http.StatusOK {
		t.Fatalf("login of %s: got %d %s", name, got.status, got.body)
	}
	return "Bearer " + said.Token
}

// problems plays a step and tells what is answered otherwise.
func (s *yggioServer) problems(t *testing.T, c *yggioCase, step *yggioStep) []string {
	t.Helper()
	r := &step.Request
	authorization := map[string]func() string{
		"":               func() string { return "" },
		"bad":            func() string { return "Bearer not-a-token" },
		"bearer":         func() string { return s.bearer(t, "alice") },
		"strangerBearer": func() string { return s.bearer(t, "bob") },
	}[r.Auth]()
	query := url.Values{}
	for name, value := range r.Query {
		query.Set(name, value)
	}
	where := strings.ReplaceAll(r.Path, "{node}", s.Fixtures.Node.ID) + "?" + query.Encode()
	got := s.ask(t, r.Method, where, authorization, string(r.Body))
	if got.status != step.Expect.Status {
		return []string{fmt.Sprintf("got %d %s, want %d", got.status, got.body, step.Expect.Status)}
	}
	return append(step.textProblems(c, got), step.bodyProblems(got)...)
}

// textProblems tells what a text has otherwise: one that was observed in any way,
// one that is a sample in what it is about.
func (step *yggioStep) textProblems(c *yggioCase, got received) []string {
	if got.status >= http.StatusBadRequest && got.header.Get("Content-Type") != "text/html; charset=utf-8" {
		return []string{"Content-Type: got " + got.header.Get("Content-Type")}
	}
	want, text := step.Expect.Text, string(got.body)
	about, _, _ := strings.Cut(want, ":")
	if want != "" && (c.Basis == "observed" && text != want || !strings.HasPrefix(text, about)) {
		return []string{fmt.Sprintf("got %q, want %q", text, want)}
	}
	return nil
}

// bodyProblems tells what a JSON body has otherwise.
func (step *yggioStep) bodyProblems(got received) (problems []string) {
	if step.Expect.Body != nil && !alike(anyOf(got.body), anyOf(step.Expect.Body)) {
		problems = append(problems, fmt.Sprintf("got  %s\nwant %s", got.body, step.Expect.Body))
	}
	object, _ := anyOf(got.body).(map[string]any)
	for _, name := range step.Expect.BodyHas {
		if object[name] == nil {
			problems = append(problems, fmt.Sprintf("got %s, want %s in it", got.body, name))
		}
	}
	return problems
}

// anyOf is what a JSON text says, or nil.
func anyOf(text []byte) (v any) {
	if json.NewDecoder(bytes.NewReader(text)).Decode(&v) != nil {
		return nil
	}
	return v
}

// alike tells whether a value is the one that is wanted: numbers within 1e-9 of it,
// times as instants.
func alike(got, want any) bool {
	switch want := want.(type) {
	case float64:
		got, ok := got.(float64)
		return ok && math.Abs(got-want) <= 1e-9*math.Max(math.Abs(want), 1)
	case string:
		text, ok := got.(string)
		at, err := time.Parse(time.RFC3339, want)
		is, failed := time.Parse(time.RFC3339, text)
		return ok && (text == want || err == nil && failed == nil && at.Equal(is))
	case []any:
		got, ok := got.([]any)
		if !ok || len(got) != len(want) {
			return false
		}
		for i := range want {
			if !alike(got[i], want[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		got, ok := got.(map[string]any)
		if !ok || len(got) != len(want) {
			return false
		}
		for name := range want {
			if !alike(got[name], want[name]) {
				return false
			}
		}
		return true
	}
	return got == want
}
