package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"aion/storage/points"
)

// passing is the record by which all servers hear that series are guarded otherwise,
// before that is stored. What a thing guards that is named in it is read anew by
// whoever wants to know, so that a change counts everywhere though the server that
// made it ends before it has told so.
type passing struct {
	Begun []begun `json:"begun,omitempty"`
}

// thing is what has properties: a device or an app, both of which are a kindDevice
// here, or a kindProfile.
type thing struct{ kind, tenant, id string }

// record is the id of the thing's record.
func (t thing) record() string { return key(t.tenant, t.id) }

// begun is a change of what is guarded at a thing that is not known to be over.
type begun struct {
	Kind   string    `json:"kind"`
	ID     string    `json:"id"` // the record's
	Since  time.Time `json:"since"`
	Number int64     `json:"number"` // which no other one of the thing has
}

// passingTime is after how long a change that was begun is over, whatever became
// of it. mostPassing is how many there are at most.
const (
	passingTime = time.Minute
	mostPassing = 1000
)

// over tells whether a change is over at now.
func (b begun) over(now time.Time) bool { return now.Sub(b.Since) > passingTime }

// parsePassing reads the record. What earlier releases have written there says that
// nothing has begun.
func parsePassing(value []byte) (p passing) {
	if json.Unmarshal(value, &p) != nil {
		return passing{}
	}
	return p
}

// edit is something to be done about the record of changes under way: add one, take
// one away, or only have all servers look again.
type edit struct {
	add, remove *begun
	made        bool
	err         error
}

// edits are made together by whoever of those that want some comes first.
type edits struct {
	mu      sync.Mutex
	waiting []*edit
	making  sync.Mutex
}

// edited is the record after some edits. What is over is in it no more.
func (p passing) edited(all []*edit, now time.Time) ([]byte, error) {
	gone := func(b begun) bool {
		return b.over(now) || slices.ContainsFunc(all, func(e *edit) bool { return e.remove != nil && e.remove.Number == b.Number })
	}
	p.Begun = slices.DeleteFunc(p.Begun, gone)
	for _, e := range all {
		if e.add == nil {
			continue
		}
		if len(p.Begun) >= mostPassing {
			return nil, fmt.Errorf("more than %d changes of guarded properties were cut off within a minute: %w", mostPassing, points.ErrUnavailable)
		}
		p.Begun = append(p.Begun, *e.add)
	}
	return json.Marshal(p)
}

// announce makes an edit and tells all servers of it.
func (f *Fleet) announce(ctx context.Context, e *edit) error {
	ctx = context.WithoutCancel(ctx)
	if err := f.edit(ctx, e); err != nil {
		return fmt.Errorf("tell of guarded properties: %w", err)
	}
	return f.changed(ctx)
}

// edit makes an edit, and those of others who want some at the same time, and looks
// at what is guarded then.
func (f *Fleet) edit(ctx context.Context, e *edit) error {
	q := &f.edits
	q.mu.Lock()
	q.waiting = append(q.waiting, e)
	q.mu.Unlock()
	q.making.Lock()
	defer q.making.Unlock()
	if e.made {
		return e.err
	}
	q.mu.Lock()
	all := q.waiting
	q.waiting = nil
	q.mu.Unlock()
	err := f.mark(ctx, all...)
	if err == nil {
		_, err = f.guarding(ctx)
	}
	for _, e := range all {
		e.made, e.err = true, err
	}
	return err
}

// mark has the record of changes under way be another one, with some edits.
func (f *Fleet) mark(ctx context.Context, all ...*edit) error {
	return f.c.Catalog.Update(ctx, kindGuarding, "1", func(value []byte) ([]byte, error) {
		return parsePassing(value).edited(all, f.now())
	})
}

// settle ends what this server knows to have begun and to be over. Nobody sees
// anything else for that: what was asked of the things is kept again.
func (f *Fleet) settle(ctx context.Context) error {
	g := f.guards.Load()
	if g == nil || !slices.ContainsFunc(g.begun, func(b begun) bool { return b.over(f.now()) }) {
		return nil
	}
	return f.announce(ctx, &edit{})
}
