package access_test

import (
	"context"
	"testing"

	"aion/api/access"
	"aion/storage"
	"aion/storage/memory"
	"aion/storage/points"
)

// curtain is a Veil that hides everything, or nothing.
type curtain struct{ hides bool }

// Any tells whether it hides anything.
func (c *curtain) Any() bool { return c.hides }

// Covers tells whether it hides anything of a metric.
func (c *curtain) Covers(string) bool { return c.hides }

// Access is what may be done with a series.
func (c *curtain) Access(context.Context, *points.Key) (storage.Access, error) {
	return storage.Private, nil
}

// Tags are none.
func (c *curtain) Tags() []string { return nil }

// TestVeilOfStore: a store that was handed out while nothing was hidden hides what is
// hidden since.
func TestVeilOfStore(t *testing.T) {
	store := memory.New(memory.Config{})
	var block points.Block
	block.AppendInt(1, 1)
	var b storage.Batch
	b.Put(points.Key{Metric: "pin", Type: points.TypeLong}, block, 0)
	if err := store.Write(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	veil := &curtain{}
	p := &access.Principal{Kind: access.Key, Role: access.Viewer, Constraint: storage.Constraint{Veil: veil}}
	s := p.Store(store)
	count := func() (n int) {
		for range s.Select(t.Context(), storage.Selection{Metrics: []string{"pin"}}) {
			n++
		}
		return n
	}
	if got := count(); got != 1 {
		t.Errorf("got %d series, want one", got)
	}
	if veil.hides = true; count() != 0 {
		t.Error("got a series that is hidden since")
	}
}
