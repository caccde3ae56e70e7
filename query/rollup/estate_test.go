package rollup

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestEstate: the tasks of an organization and of its keys go with all that is known
// of them, and nobody else's do; those of the first organization are nobody's by name
// after it, but for those of its keys.
func TestEstate(t *testing.T) {
	b := newBench(t)
	s := b.server("one")
	e := Estate{Texts: s.Texts, Catalog: s.Catalog}
	owners := map[string]Owner{
		"of acme": {Organization: "acme"}, "of acme's key": {Organization: "acme", Kind: "key", ID: "k1"}, "of home": {Organization: "home"},
		"of home's key": {Organization: "home", Kind: "key", ID: "k2"}, "of root": {All: true}, "of root's key": {Kind: "key", ID: "k3", All: true},
		"of home's member": {Organization: "home", Confined: true, Within: "k4"},
	}
	for id, o := range owners {
		b.do(s.Own(t.Context(), id, o))
		b.add(s, id, id, every(1, "m"))
	}
	s.Step(t.Context())
	b.pass(2 * time.Minute)
	s.Step(t.Context())
	b.do(s.Own(t.Context(), "not stored", Owner{Organization: "acme"}))
	if n, err := e.Count(t.Context(), "acme"); n != 2 || err != nil {
		t.Errorf("got %d %v, want the two that are stored", n, err)
	}
	for _, want := range []int{2, 0} {
		if n, err := e.Abandon(t.Context(), "acme"); n != want || err != nil {
			t.Errorf("got %d %v, want %d gone", n, err, want)
		}
	}
	b.do(e.Disown(t.Context(), "home"))
	var left []string
	tasks, err := s.Book().Tasks(t.Context())
	b.do(err)
	for _, entry := range tasks {
		left = append(left, entry.ID)
	}
	if want := []string{"of home", "of home's member", "of root", "of root's key"}; !slices.Equal(left, want) {
		t.Errorf("got the tasks %q, want %q", left, want)
	}
	if o, err := s.OwnerOf(t.Context(), "of home"); err != nil || o != (Owner{}) {
		t.Errorf("got %+v %v, want nobody's", o, err)
	}
	if o, err := s.OwnerOf(t.Context(), "of home's member"); err != nil || !o.Same(Owner{}) || !o.Confined || o.Within != "k4" {
		t.Errorf("got %+v %v, want nobody's that sees as little as before", o, err)
	}
	for id := range owners {
		_, status, err := s.Book().Status(t.Context(), id)
		b.do(err)
		_, state, err := s.State(t.Context(), id)
		b.do(err)
		if there := slices.Contains(left, id); status != there || state != there {
			t.Errorf("%s: got a status %t and a state %t, want %t", id, status, state, there)
		}
	}
}

// TestRunsEndWithTheirOwners: a query that is under way ends when its owner may no
// longer do what he may, and the status says why.
func TestRunsEndWithTheirOwners(t *testing.T) {
	b := newBench(t)
	b.write("m", "a", 1, 1)
	s := b.server("one", func(c *Config) {
		c.BoundsOf = func(context.Context, Owner, ...string) (Bounds, error) {
			return Bounds{Store: c.Store, Watch: func(ctx context.Context) (context.Context, func()) {
				ctx, cancel := context.WithCancelCause(ctx)
				cancel(errors.New("the organization is gone"))
				return ctx, func() {}
			}}, nil
		}
	})
	b.add(s, "mine", "1", every(1, "m"))
	s.Step(t.Context())
	b.pass(2 * time.Minute)
	s.Step(t.Context())
	b.wants("m.sum", "")
	if got := b.status(s, "mine"); len(got.Queries) != 1 || !strings.Contains(got.Queries[0].Error, "the organization is gone") {
		t.Errorf("got %+v, want a status that says why", got)
	}
}
