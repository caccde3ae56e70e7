package conformance

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// planned script with a plan, for a server that answers by rote.
const provisioned = `# x
protocol operator
provision {"devices":[{"id":"d1","name":"Cellar","aliases":["507f1f77bcf86cd799439011"]}],
  "profiles":[{"name":"Boiler"}],
  "users":[{"name":"ann"}],
  "keys":[{"id":"reader","context":{"type":"device","ids":["d1"]}}]}
makes apps a1
metric cpu

write cpu device=d1  0m 1
as reader
request GET /v3/d1/boiler$temp?of=Boiler$Temp
hide made
keep TOKEN list.0.token
X-Device: 507f1f77bcf86cd799439011
{"device":"d1","other":"d1.x"}
----

as ann
request PUT /v3/TOKEN
----

as nobody
request GET /v3/none
----

as reader TOKEN
request GET /v3/none
----

request GET /v3/none
----
`

// estateServer answers a plan, gives secrets, and notes who asks.
type estateServer struct {
	fake
	t    *testing.T
	plan string
	by   []string
}

// ServeHTTP takes the plan or answers by rote.
func (s *estateServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == operatorAPI+"/provision" {
		var plan struct {
			Keys  []struct{ ID string }
			Users []struct{ Name string }
		}
		var text json.RawMessage
		if err := json.NewDecoder(r.Body).Decode(&text); err != nil || json.Unmarshal(text, &plan) != nil {
			s.t.Errorf("got %v from %s, want a plan", err, text)
			return
		}
		s.plan = string(text)
		_, _ = w.Write([]byte(`{"changes":[{"thing":"user","id":"` + plan.Users[0].Name + `","secret":"anns"},` +
			`{"thing":"key","id":"` + plan.Keys[0].ID + `","secret":"readers"}]}`))
		return
	}
	who, secret, _ := r.BasicAuth()
	s.by = append(s.by, strings.TrimSpace(who+" "+secret+" "+strings.Join(r.Header["X-Device"], " ")))
	s.fake.ServeHTTP(w, r)
}

// TestProvision has a plan be there, sends requests as those it names, and takes
// everything away, each name in a form of the run.
func TestProvision(t *testing.T) {
	s, err := Parse("sample", provisioned)
	if err != nil {
		t.Fatal(err)
	}
	server := &estateServer{t: t, fake: fake{answers: map[string]string{}}}
	r := Setup{Release: "1.3", Prefix: "p.", Protocols: []string{operator}, Asks: true}
	if why := s.Unfit(&InProcess{}, r); why != "" {
		t.Fatalf("got %s, want a server that fits", why)
	}
	// What is taken away may be gone already.
	target := &InProcess{Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		switch {
		case strings.HasPrefix(req.URL.Path, "/v3/"):
			server.answers[req.URL.Path] = `200 {"list":[{"token":"t-1","made":7}]}`
		case req.Method == http.MethodDelete && strings.HasPrefix(req.URL.Path, operatorAPI):
			server.answers[req.URL.Path] = "404"
		}
		server.ServeHTTP(w, req)
	})}
	outcomes, err := s.Run(t.Context(), target, r)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := outcomes[0].Got, "200\n"+`{"list":[{"token":"TOKEN","made":"…"}]}`+"\n"; !strings.HasSuffix(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
	var plan struct {
		Devices []struct {
			ID, Name string
			Aliases  []string
		}
		Profiles []struct{ Name string }
		Keys     []struct {
			ID      string
			Context struct{ IDs []string }
		}
	}
	if err := json.Unmarshal([]byte(server.plan), &plan); err != nil {
		t.Fatal(err)
	}
	id, alias, reader := plan.Devices[0].ID, plan.Devices[0].Aliases[0], plan.Keys[0].ID
	begin := strings.TrimSuffix(id, "d1")
	if !strings.HasPrefix(id, "p.") || len(begin) != len("p.abcdef.") || plan.Devices[0].Name != begin+"Cellar" || plan.Keys[0].Context.IDs[0] != id {
		t.Errorf("got %s, want names that begin with p. and something of the run's own", server.plan)
	}
	if len(alias) != 24 || alias == "507f1f77bcf86cd799439011" || strings.Trim(alias, "0123456789abcdef") != "" {
		t.Errorf("got the alias %s, want another one of that form", alias)
	}
	want := []string{
		"DELETE /api/v1/metric/p.cpu",
		`POST /api/v1/datapoints [{"name":"p.cpu","tags":{"device":"` + id + `"},"datapoints":[[0,1]]}]`,
		"GET /v3/" + id + "/" + begin + "boiler$temp?of=" + begin + `Boiler$Temp {"device":"` + id + `","other":"d1.x"}`,
		"PUT /v3/t-1", "GET /v3/none", "GET /v3/none", "GET /v3/none",
		"DELETE /api/admin/v1/keys/" + reader, "DELETE /api/admin/v1/users/" + begin + "ann", "DELETE /api/admin/v1/apps/" + begin + "a1",
		"DELETE /api/admin/v1/devices/" + id + "?data=true", "DELETE /api/admin/v1/profiles/" + begin + "Boiler",
		"DELETE /api/v1/metric/p.cpu",
	}
	if !slices.Equal(server.sent, want) {
		t.Errorf("requests: got\n%s\nwant\n%s", strings.Join(server.sent, "\n"), strings.Join(want, "\n"))
	}
	by := []string{"", "", reader + " readers " + alias, begin + "ann anns", "", reader + " t-1", ""}
	if got := server.by[:len(by)]; !slices.Equal(got, by) {
		t.Errorf("credentials: got %q, want %q", got, by)
	}
}

// TestLogin has users log in where the protocol of a script has a login, once.
func TestLogin(t *testing.T) {
	s := &Script{Name: "x", Protocol: "tokens", Plan: Plan{Users: map[string]string{"ann": "a secret"}}}
	f := &fake{answers: map[string]string{"/login": `200 {"token":"t"}`}}
	r := &run{script: s, target: &InProcess{Handler: f}, tokens: map[string]string{}, made: map[string]string{}}
	for range 2 {
		if err := r.login(t.Context(), "/login", "ann", "a secret"); err != nil {
			t.Fatal(err)
		}
		if got := r.who.header().Get("Authorization"); got != "Bearer t" {
			t.Errorf("got %q, want the token", got)
		}
	}
	if want := []string{`POST /login {"username":"ann","password":"a secret"}`}; !slices.Equal(f.sent, want) {
		t.Errorf("got %q, want %q", f.sent, want)
	}
	f.answers["/login"] = "401 no"
	if err := r.login(t.Context(), "/login", "bob", "b"); err == nil || err.Error() != "login of bob: 401 no" {
		t.Errorf("got %v, want what the server says", err)
	}
}

// TestUnprovided says why a script is left out where it finds no operator's API,
// and that a plan which is refused ends the script.
func TestUnprovided(t *testing.T) {
	s, err := Parse("sample", provisioned)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		setup Setup
		want  string
	}{
		{Setup{Release: "1.3"}, "needs a server with the operator's API, and an administrator's credentials"},
		{Setup{Release: "1.3", Protocols: []string{operator}}, "needs a server that asks for credentials"},
	} {
		if got := s.Unfit(&InProcess{}, c.setup); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	f := &fake{answers: map[string]string{operatorAPI + "/provision": `400 {"errors":["devices[0]: no"]}`}}
	if _, err := s.Run(t.Context(), &InProcess{Handler: f}, Setup{Release: "1.3"}); err == nil || err.Error() != "sample: provision: 400 devices[0]: no" {
		t.Errorf("got %v, want what the server says", err)
	}
	if got, want := f.sent[len(f.sent)-1], "DELETE /api/v1/metric/cpu"; got != want {
		t.Errorf("got %s at the end, want %s", got, want)
	}
}

// TestNames sends words in forms of their own, and finds them in answers.
func TestNames(t *testing.T) {
	n := &names{}
	for own, sent := range map[string]string{"d1": "p.d1", "d10": "p.d10", "abcdef": "012345"} {
		n.add(own, sent)
	}
	for _, c := range []struct{ text, want string }{
		{`["d1","d10","d100"]`, `["p.d1","p.d10","d100"]`},
		{"/devices/d1/d1.x/x.d1/d1-/x_d1", "/devices/p.d1/d1.x/x.d1/d1-/x_d1"},
		{"d1$temp?a=d1,abcdef", "p.d1$temp?a=p.d1,012345"},
		{"", ""},
	} {
		if got := n.out(c.text); got != c.want {
			t.Errorf("%s: got %s, want %s", c.text, got, c.want)
		}
	}
	if got, want := string(n.in([]byte(`{"id":"p.d10","of":"p.d1","x":"x012345"}`))), `{"id":"d10","of":"d1","x":"xabcdef"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestUnique keeps the forms of identifiers.
func TestUnique(t *testing.T) {
	m, other := newMaker("conform."), newMaker("conform.")
	for _, c := range []struct{ word, letters string }{
		{"_dev_867347085435988080", "_dev0123456789"},
		{"490154203237518", "0123456789"},
		{"507f1f77bcf86cd799439011", "0123456789abcdef"},
		{"0018B20000000001", "0123456789ABCDEF"},
	} {
		got := m.unique(c.word)
		if len(got) != len(c.word) || strings.Trim(got, c.letters) != "" || got == c.word || got != m.unique(c.word) || got == other.unique(c.word) {
			t.Errorf("%s: got %s and %s, want another one of that form", c.word, got, other.unique(c.word))
		}
	}
	if got := m.unique("Boiler"); !strings.HasPrefix(got, "conform.") || !strings.HasSuffix(got, ".Boiler") || got == other.unique("Boiler") {
		t.Errorf("got %s, want a name of the run's own", got)
	}
	if got := m.secret("A-SECRET"); len(got) < 32 || strings.Trim(got, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" || got == other.secret("A-SECRET") {
		t.Errorf("got %s, want a secret of the run's own", got)
	}
	if got := newMaker("").unique("d1") + newMaker("").secret("s"); got != "d1s" {
		t.Errorf("got %s, want a server of our own to have names as they are", got)
	}
}
