package rollup

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"aion/storage"
)

// TestTasksRunAsTheirOwners: a task sees and writes what its owner may when it
// runs, stops when the owner may nothing any more, and says so.
func TestTasksRunAsTheirOwners(t *testing.T) {
	b := newBench(t)
	b.write("m", "a", 1, 1)
	b.write("m", "b", 2, 10)
	var revoked error
	s := b.server("one", func(c *Config) {
		c.BoundsOf = func(_ context.Context, o Owner, _ ...string) (Bounds, error) {
			if o.ID != "key" {
				return Bounds{Store: c.Store}, nil
			}
			return Bounds{Store: storage.Narrowed(c.Store, storage.Constraint{}.Devices("host", "a"))}, revoked
		}
	})
	b.do(s.Own(t.Context(), "mine", Owner{Kind: "key", ID: "key"}))
	b.add(s, "mine", "1", every(1, "m"))
	s.Step(t.Context())
	b.pass(2 * time.Minute)
	s.Step(t.Context())
	if got := b.stored("m.sum"); strings.Contains(got, "host=b") || !strings.Contains(got, "host=a") {
		t.Errorf("got %q, want the series of a alone", got)
	}
	revoked = errors.New("the key is revoked")
	b.write("m", "a", 130, 5)
	before := b.stored("m.sum")
	b.pass(2 * time.Minute)
	s.Step(t.Context())
	b.wants("m.sum", before)
	if got := b.status(s, "mine"); len(got.Queries) != 1 || !strings.Contains(got.Queries[0].Error, "the key is revoked") {
		t.Errorf("got %+v, want a status that says why", got)
	}
}

// TestOwnersOutliveTasksForAWhile: a task that is about to be stored keeps its
// owner, one that has gone does not.
func TestOwnersOutliveTasksForAWhile(t *testing.T) {
	b := newBench(t)
	s := b.server("one")
	mine := Owner{Organization: "acme", Kind: "key", ID: "key"}
	b.do(s.Own(t.Context(), "mine", mine))
	look := func() bool {
		b.do(s.Book().Put(t.Context(), "other", "x"))
		b.do(s.look(t.Context()))
		o, err := s.OwnerOf(t.Context(), "mine")
		b.do(err)
		return o.Same(mine)
	}
	if !look() {
		t.Error("a task that is about to be stored has lost its owner")
	}
	b.pass(2 * disownedAfter)
	if look() {
		t.Error("a task that never came still has an owner")
	}
	b.do(s.Own(t.Context(), "mine", mine))
	b.do(s.Own(t.Context(), "mine", Owner{}))
	if all, err := s.Owners(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("got %v %v, want no owners", all, err)
	}
}
