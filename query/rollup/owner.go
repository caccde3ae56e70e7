package rollup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"aion/query"
	"aion/storage"
	"aion/storage/points"
)

// ownerKind is the kind of the records that say whose a task is; their ids are
// the tasks'. What a KairosDB reads and changes says nothing of it.
const ownerKind = "rollup-owner"

// Owner is whose a task is, and so what it may read and write when it runs. The
// zero value is the owner of a task of which nothing is known: a KairosDB made
// it, or a server that asks nobody.
type Owner struct {
	Organization string `json:"organization,omitempty"`
	Kind         string `json:"kind,omitempty"` // of who works on a part of the organization; empty: it is the organization's
	ID           string `json:"id,omitempty"`   // of the same
	All          bool   `json:"all,omitempty"`  // every organization's data

	// Within is the key, with limits of its own, whose bearer has changed the task
	// for its owner last: the task keeps to those limits, too.
	Within string `json:"within,omitempty"`

	// Confined says that who made the task, or has changed it last, was not shown
	// the organization's private properties, and the task is not either.
	Confined bool `json:"confined,omitempty"`

	// Made is when that was noted, in Unix milliseconds.
	Made int64 `json:"made,omitempty"`
}

// Same tells whether two tasks of these owners are one's.
func (o Owner) Same(other Owner) bool {
	o.Made, other.Made = 0, 0
	o.Within, other.Within = "", ""
	o.Confined, other.Confined = false, false
	if o.ID != "" { // which says of which organization it is
		o.Organization, other.Organization = "", ""
	}
	return o == other
}

// Bounds are what the tasks of an owner may do at a time.
type Bounds struct {
	Store  storage.Store // as far as the tasks may see and change it
	Limits query.Limits  // of each of their queries, beside Config.Limits

	// Watch is a context that ends when the owner may no longer do what he may now.
	// Release is called when what he does is done. Nil: he always may.
	Watch func(context.Context) (watched context.Context, release func())
}

// OwnerOf is whose a task is. An id that no record can have is nobody's.
func (s *Scheduler) OwnerOf(ctx context.Context, id string) (Owner, error) {
	r, err := s.Catalog.Record(ctx, ownerKind, id)
	if unfit(err) {
		return Owner{}, nil
	}
	if err != nil {
		return Owner{}, err
	}
	return parseOwner(r)
}

// Owners are the owners of all tasks that have one that is known, by task.
func (s *Scheduler) Owners(ctx context.Context) (map[string]Owner, error) {
	all := map[string]Owner{}
	for r, err := range s.Catalog.All(ctx, ownerKind, "") {
		if err != nil {
			return nil, err
		}
		o, err := parseOwner(r)
		if err != nil {
			return nil, err
		}
		all[r.ID] = o
	}
	return all, nil
}

// Own notes whose a task is, before the task is stored: a task is never there
// without its owner.
func (s *Scheduler) Own(ctx context.Context, id string, o Owner) error {
	known := o != Owner{}
	o.Made = s.Now().UnixMilli()
	err := s.Catalog.Update(ctx, ownerKind, id, func([]byte) ([]byte, error) {
		if !known {
			return nil, nil
		}
		return json.Marshal(o)
	})
	if err != nil && (known || !unfit(err)) {
		return fmt.Errorf("note whose roll-up task %s is: %w", id, err)
	}
	return nil
}

// unfit tells whether an id cannot be that of a record.
func unfit(err error) bool {
	_, ok := errors.AsType[*points.InvalidError](err)
	return ok
}

// parseOwner reads a record; one that is not there is nobody's.
func parseOwner(r storage.Record) (o Owner, err error) {
	if r.Revision == 0 {
		return o, nil
	}
	if err := json.Unmarshal(r.Value, &o); err != nil {
		return o, fmt.Errorf("read whose roll-up task %s is: %w: %w", r.ID, points.ErrCorrupt, err)
	}
	return o, nil
}

// bounds are what a task may do now, since its owner may have lost a right, or
// all, and since the limits of further keys bound it.
func (s *Scheduler) bounds(ctx context.Context, t *Task, within string) (Bounds, error) {
	if s.BoundsOf == nil {
		return Bounds{Store: s.Store}, nil
	}
	o, err := s.OwnerOf(ctx, t.ID)
	if err != nil {
		return Bounds{}, err
	}
	var keys []string
	for _, key := range []string{o.Within, within} {
		if key != "" {
			keys = append(keys, key)
		}
	}
	return s.BoundsOf(ctx, o, keys...)
}

// watch is ctx as long as the owner may do what he may now.
func (b *Bounds) watch(ctx context.Context) (watched context.Context, release func()) {
	if b.Watch == nil {
		return ctx, func() {}
	}
	return b.Watch(ctx)
}

// disownedAfter is for how long the owner of a task that is not there is
// remembered: a task that is about to be stored must not lose its owner.
const disownedAfter = time.Hour

// disown forgets the owners of tasks that are gone.
func (s *Scheduler) disown(ctx context.Context, kept func(id string) bool) error {
	return s.prune(ctx, ownerKind, func(r storage.Record) bool {
		o, err := parseOwner(r)
		return kept(r.ID) || err != nil || s.Now().Sub(time.UnixMilli(o.Made)) < disownedAfter
	})
}
