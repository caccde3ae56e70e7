package fleet

import (
	"context"
	"encoding/json"
	"sync"
	"sync/atomic"
)

// goneMost is how many devices that went are told one by one; a server that has
// missed more forgets all that it knows.
const goneMost = 128

// gone is a device that is not there any more.
type gone struct {
	Tenant string `json:"organization"`
	ID     string `json:"id"`
}

// changes is the record by which servers hear of devices that went, so that the
// next write creates them anew.
type changes struct {
	Sequence int64  `json:"sequence"` // how many went so far
	Gone     []gone `json:"gone"`     // the last of them, the oldest first
}

// noteGone tells all servers that a device is gone.
func (f *Fleet) noteGone(ctx context.Context, tenant, id string) error {
	f.unknow(ctx, gone{tenant, id})
	return f.c.Catalog.Update(ctx, kindChanges, "1", func(value []byte) ([]byte, error) {
		var c changes
		if json.Unmarshal(value, &c) != nil {
			c = changes{Sequence: c.Sequence}
		}
		c.Sequence++
		c.Gone = append(c.Gone, gone{tenant, id})
		c.Gone = c.Gone[max(0, len(c.Gone)-goneMost):]
		return json.Marshal(c)
	})
}

// unknow forgets a device that is gone.
func (f *Fleet) unknow(ctx context.Context, g gone) {
	f.known.remove(f.known.hash(g.Tenant, g.ID))
	if t, err := f.c.Tenancy(ctx); err == nil && g.Tenant == "" {
		f.known.remove(f.known.hash(t.Home, g.ID))
	}
}

// teller calls Config.Changed for many who have changed something at once.
type teller struct {
	changes atomic.Int64 // that were made so far
	mu      sync.Mutex
	told    int64 // of the changes
}

// changed tells that what Reach answers has changed. Of those who do so at the
// same time one tells for all.
func (f *Fleet) changed(ctx context.Context) error {
	mine := f.teller.changes.Add(1)
	f.teller.mu.Lock()
	defer f.teller.mu.Unlock()
	if f.teller.told >= mine {
		return nil
	}
	all := f.teller.changes.Load()
	err := f.c.Changed(context.WithoutCancel(ctx))
	if err == nil {
		f.teller.told = all
	}
	return err
}

// heard is what a server knows of changes.
type heard struct {
	sequence int64
	tenancy  Tenancy
	begun    bool // tenancy is known
}

// share notes how organizations share the store. Where that is otherwise than
// before, devices that are known may be others' now.
func (f *Fleet) share(t Tenancy) {
	f.hearing.Lock()
	defer f.hearing.Unlock()
	if f.heard.begun && f.heard.tenancy != t {
		f.known.clear()
	}
	f.heard.tenancy, f.heard.begun = t, true
}

// look finds out which devices went, and how organizations share the store.
func (f *Fleet) look(ctx context.Context) {
	r, err := f.c.Catalog.Record(ctx, kindChanges, "1")
	if err != nil {
		return // the next look does it
	}
	t, err := f.c.Tenancy(ctx)
	if err != nil {
		return
	}
	f.share(t)
	var c changes
	if r.Revision != 0 && json.Unmarshal(r.Value, &c) != nil {
		return
	}
	f.hearing.Lock()
	defer f.hearing.Unlock()
	missed := c.Sequence - f.heard.sequence
	if missed < 0 {
		return // another look has seen more
	}
	f.heard.sequence = c.Sequence
	if missed > int64(len(c.Gone)) {
		f.known.clear()
		return
	}
	for _, g := range c.Gone[int64(len(c.Gone))-missed:] {
		f.unknow(ctx, g)
	}
}
