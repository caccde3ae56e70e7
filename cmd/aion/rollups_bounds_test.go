package main

import (
	"slices"
	"strings"
	"testing"

	"aion/api/access"
	"aion/query/rollup"
	"aion/storage"
	"aion/storage/memory"
)

// TestRollupsSeeWhatTheirMakersSee: who is not shown private properties has no
// roll-up show them, although its task is the organization's.
func TestRollupsSeeWhatTheirMakersSee(t *testing.T) {
	e := newEstate(t, requiring(t), memory.New(memory.Config{}))
	for name, r := range map[string]access.KeyRecord{
		"scoped": {Role: access.Root, Scopes: []access.Scope{access.ReadData, access.WriteData}},
		"own":    {Organization: "home", Owner: homeD1, Context: access.Context{Type: access.Device, IDs: []string{homeD1}}},
	} {
		made, err := e.guard.Keys.Create(access.With(t.Context(), access.Everyone()), r)
		e.must(err)
		e.secrets[name] = made
	}
	for _, owner := range []rollup.Owner{{Organization: "acme"}, {All: true}, {Organization: "home", Kind: "key", ID: e.secrets["own"].ID}} {
		for confined, want := range map[bool][]string{false: {"hidden", "locked"}, true: {"locked"}} {
			owner.Confined = confined
			may, err := taskBounds(e.guard, e.store)(t.Context(), owner)
			e.must(err)
			var got []string
			for name, err := range may.Store.Metrics(t.Context(), storage.Selection{Metrics: []string{"hidden", "locked"}}) {
				e.must(err)
				got = append(got, name)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%+v: got %v, want %v", owner, got, want)
			}
		}
	}
	confined := func() (n int) {
		keeper, _ := storage.As[storage.RecordKeeper](e.store)
		records, err := keeper.Records().List(t.Context(), "rollup-owner", "", "", 100)
		e.must(err)
		for _, r := range records {
			n += strings.Count(string(r.Value), `"confined":true`)
		}
		return n
	}
	task := func(who string) string {
		_, body := e.as(who, "POST", "/api/v1/rollups", rollupOf(who))
		_, id, _ := strings.Cut(body, `{"id":"`)
		id, _, _ = strings.Cut(id, `"`)
		return "/" + id
	}
	ofRoot, ofDevice := task("root"), task("own")
	for _, c := range []struct {
		who, method, id string
		more            int
	}{
		{"gadmin", "POST", "", 0}, {"guest", "POST", "", 1}, {"admin", "POST", "", 0}, {"member", "POST", "", 1}, {"scoped", "POST", "", 1},
		{"scoped", "PUT", ofRoot, 1}, {"root", "PUT", ofRoot, -1}, {"scoped", "PUT", ofDevice, 1}, {"own", "PUT", ofDevice, -1},
	} {
		before := confined()
		status, body := e.as(c.who, c.method, "/api/v1/rollups"+c.id, rollupOf(c.who))
		if more := confined() - before; status != 200 || more != c.more {
			t.Errorf("%s %s: got %d %s and %d confined tasks more, want %d", c.who, c.method, status, body, more, c.more)
		}
	}
}

// TestWhoSeesAsTasks: results of roll-ups stand for points where whoever asks sees
// what the task sees, and nothing is hidden from either.
func TestWhoSeesAsTasks(t *testing.T) {
	e := newEstate(t, requiring(t), memory.New(memory.Config{}))
	made, err := e.guard.Keys.Create(access.With(t.Context(), access.Everyone()),
		access.KeyRecord{Organization: "home", Context: access.Context{Type: access.Device, IDs: []string{homeD1}}})
	e.must(err)
	sees := seesAsTasks(e.guard)
	principal := func(id string) *access.Principal {
		who, err := e.guard.Present(t.Context(), id)
		e.must(err)
		return who
	}
	for _, tt := range []struct {
		who  string
		asks *access.Principal
		of   rollup.Owner
		want bool
	}{
		{"root", principal(e.secrets["root"].ID), rollup.Owner{All: true}, true},
		{"root", principal(e.secrets["root"].ID), rollup.Owner{Organization: "acme"}, false},
		{"root", principal(e.secrets["root"].ID), rollup.Owner{All: true, Confined: true}, false},
		{"admin", principal(e.secrets["admin"].ID), rollup.Owner{Organization: e.secrets["admin"].Organization}, true},
		{"admin", principal(e.secrets["admin"].ID), rollup.Owner{Organization: e.secrets["admin"].Organization, Kind: "key", ID: made.ID}, false},
		{"admin", principal(e.secrets["admin"].ID), rollup.Owner{All: true}, false},
		{"admin", principal(e.secrets["admin"].ID), rollup.Owner{Organization: "gone"}, false},
		{"a member, from whom something is hidden", principal(e.secrets["member"].ID), rollup.Owner{Organization: e.secrets["member"].Organization}, false},
		{"a device's key", principal(made.ID), rollup.Owner{Organization: "home"}, false},
	} {
		got, err := sees(access.With(t.Context(), tt.asks), tt.of)
		if got != tt.want || err != nil {
			t.Errorf("%s of %+v: got %v and %v, want %v", tt.who, tt.of, got, err, tt.want)
		}
	}
	if got, err := sees(t.Context(), rollup.Owner{All: true}); got || err != nil {
		t.Errorf("nobody of all: got %v and %v, want false", got, err)
	}
}
