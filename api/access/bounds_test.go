package access_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"aion/api/access"
)

// TestLimits: what counts is what the key says, then its organization, then the
// configuration for its role; what the operator's keys say nothing of is no
// organization's.
func TestLimits(t *testing.T) {
	h := open(t, func(c *access.Config) {
		c.Queries = 32
		c.Limits = func(r access.Role) access.Limits {
			if r == access.Viewer {
				return access.Limits{Points: 10, Series: 10}
			}
			return access.Limits{Series: 100}
		}
	})
	ctx := operator(t)
	if _, err := h.Organizations.Create(ctx, access.Organization{ID: "acme", Limits: access.Limits{Points: 50, Timeout: access.Length(time.Second)}}); err != nil {
		t.Fatal(err)
	}
	who := func(r access.KeyRecord) access.Limits {
		t.Helper()
		r = h.key(t, r)
		p, err := h.Login(t.Context(), r.ID, r.Secret)
		if err != nil {
			t.Fatal(err)
		}
		return p.Limits
	}
	for _, tt := range []struct {
		name string
		key  access.KeyRecord
		want string
	}{
		{"the operator's", access.KeyRecord{}, "series=100 queries=32"},
		{"the operator's viewer", access.KeyRecord{Role: access.Viewer}, "points=10 series=10 queries=32"},
		{"acme's", access.KeyRecord{Organization: "acme"}, "points=50 series=100 timeout=1s queries=32"},
		{"acme's viewer", access.KeyRecord{Organization: "acme", Role: access.Viewer}, "points=50 series=10 timeout=1s queries=32"},
		{"its own", access.KeyRecord{Organization: "acme", Limits: access.Limits{Points: 70, Memory: 1 << 20, Queries: 2, Body: 9}},
			"points=70 series=100 memory=1048576 timeout=1s queries=2 body=9"},
	} {
		if got := who(tt.key).String(); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
	p, err := h.Bearer(t.Context(), access.Claims{Subject: "ann", Organization: "acme", Role: "member"})
	if err != nil || p.Limits.Points != 50 || p.Limited() {
		t.Errorf("a token: got %+v %v, want its organization's limits", p, err)
	}
	if p, err := h.Tenant(t.Context(), "acme"); err != nil || p.Limits.Points != 50 {
		t.Errorf("the organization itself: got %+v %v, want its limits", p, err)
	}
	if _, err := h.Organizations.Change(ctx, "acme", func(o *access.Organization) error { o.Limits.Points = 60; return nil }); err != nil {
		t.Fatal(err)
	}
	if got := who(access.KeyRecord{Organization: "acme"}).Points; got != 60 {
		t.Errorf("after a change: got %d, want 60", got)
	}
}

// TestLimitsAreGivenWithin: nobody gives a key larger limits than his own, nor
// changes one that has them; where a key says nothing it gets those of his record.
func TestLimitsAreGivenWithin(t *testing.T) {
	h := open(t, func(c *access.Config) { c.Queries = 32 })
	free := h.key(t, access.KeyRecord{})
	admin := h.key(t, access.KeyRecord{Role: access.Admin, Limits: access.Limits{Points: 100, Timeout: access.Length(time.Minute)}})
	by, err := h.Login(t.Context(), admin.ID, admin.Secret)
	if err != nil {
		t.Fatal(err)
	}
	ctx := access.With(t.Context(), by)
	for _, tt := range []struct {
		name   string
		limits access.Limits
		want   string // the limits, or the reason
	}{
		{"none", access.Limits{}, "points=100 timeout=1m0s"},
		{"smaller", access.Limits{Points: 99, Series: 5}, "points=99 series=5 timeout=1m0s"},
		{"larger", access.Limits{Points: 101}, "nobody can give a larger limit of points than his own 100"},
		{"longer", access.Limits{Timeout: access.Length(time.Hour)}, "nobody can give a larger limit of timeout than his own 1m0s"},
		{"more at once", access.Limits{Queries: 33}, "nobody can give a larger limit of queries than his own 32"},
		{"less than none", access.Limits{Series: -1}, "limits: series: got -1, want more than none"},
		{"too many", access.Limits{Queries: 1 << 20}, "limits: queries: got 1048576, want 65536 at most"},
	} {
		r, err := h.Keys.Create(ctx, access.KeyRecord{Limits: tt.limits})
		got := r.Limits.String()
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
	for _, id := range []string{free.ID} {
		if _, err := h.Keys.Change(ctx, id, func(r *access.KeyRecord) error { r.Limits.Points = 5; return nil }); status(err) != 403 {
			t.Errorf("a key without limits is changed by one who has some: got %v, want 403", err)
		}
	}
	if _, err := h.Keys.Change(operator(t), admin.ID, func(r *access.KeyRecord) error { r.Limits = access.Limits{}; return nil }); err != nil {
		t.Fatal(err)
	}
	if by, err = h.Login(t.Context(), admin.ID, admin.Secret); err != nil || by.Limited() {
		t.Errorf("got %+v %v, want no limits any more", by, err)
	}
}

// TestLimitedMakesNoUsers: who has limits of his own gets rid of them by no user
// that he makes, nor by one whose password he sets: users have none.
func TestLimitedMakesNoUsers(t *testing.T) {
	h := open(t)
	if _, err := h.Users.Create(operator(t), access.UserRecord{Name: "ann", Password: "correct horse"}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		key  access.KeyRecord
		want int
	}{
		{"free", access.KeyRecord{Role: access.Admin}, 0},
		{"points", access.KeyRecord{Role: access.Admin, Limits: access.Limits{Points: 5}}, 403},
		{"calls", access.KeyRecord{Role: access.Admin, RateLimit: 1000}, 403},
	} {
		key := h.key(t, tt.key)
		p, err := h.Login(t.Context(), key.ID, key.Secret)
		if err != nil {
			t.Fatal(err)
		}
		ctx := access.With(t.Context(), p)
		if _, err := h.Users.Create(ctx, access.UserRecord{Name: "by-" + tt.name, Password: "correct horse"}); denied(err) != tt.want {
			t.Errorf("%s: a new user: got %v, want %d", tt.name, err, tt.want)
		}
		if _, err := h.Users.Password(ctx, "ann", "another horse"); denied(err) != tt.want {
			t.Errorf("%s: a password: got %v, want %d", tt.name, err, tt.want)
		}
	}
}

// TestShareOfItsOwn: the queries at once are as many as the key says, also after
// that was changed.
func TestShareOfItsOwn(t *testing.T) {
	h := open(t, func(c *access.Config) { c.Queries = 1 })
	key := h.key(t, access.KeyRecord{Limits: access.Limits{Queries: 2}})
	take := func(n int) {
		t.Helper()
		p, err := h.Login(t.Context(), key.ID, key.Secret)
		if err != nil {
			t.Fatal(err)
		}
		for range n {
			if _, err := access.Turn(access.With(t.Context(), p)); err != nil {
				t.Fatal(err)
			}
		}
	}
	take(2)
	if _, err := h.Keys.Change(operator(t), key.ID, func(r *access.KeyRecord) error { r.Limits.Queries = 3; return nil }); err != nil {
		t.Fatal(err)
	}
	take(3)
}

// TestLength: a time is a text in JSON, and what is none is refused.
func TestLength(t *testing.T) {
	for text, want := range map[string]string{
		`{"timeout":"90s"}`: `{"timeout":"1m30s"}`, `{}`: `{}`, `{"timeout":"0s"}`: `{}`, `{"points":3,"body":4}`: `{"points":3,"body":4}`,
		`{"timeout":"-1s"}`: "want a time", `{"timeout":"soon"}`: "want a time", `{"timeout":5}`: "cannot unmarshal",
	} {
		var l access.Limits
		got, err := []byte(nil), json.Unmarshal([]byte(text), &l)
		if err == nil {
			got, err = json.Marshal(l)
		}
		if err != nil {
			got = []byte(err.Error())
		}
		if !strings.Contains(string(got), want) || err == nil && string(got) != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
