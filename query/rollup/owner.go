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

	// Made is when that was noted, in Unix milliseconds.
	Made int64 `json:"made,omitempty"`
}

// Same tells whether two tasks of these owners are one's.
func (o Owner) Same(other Owner) bool {
	o.Made, other.Made = 0, 0
	return o == other
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

// bounds are the store as far as a task may see and change it now, since its owner
// may have lost a right, or all, and the owner's limits.
func (s *Scheduler) bounds(ctx context.Context, t *Task) (storage.Store, func(context.Context) query.Limits, error) {
	if s.StoreOf == nil {
		return s.Store, nil, nil
	}
	o, err := s.OwnerOf(ctx, t.ID)
	if err != nil {
		return nil, nil, err
	}
	store, err := s.StoreOf(ctx, o)
	if err != nil || s.LimitsOf == nil {
		return store, nil, err
	}
	own, err := s.LimitsOf(ctx, o)
	return store, func(context.Context) query.Limits { return own }, err
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
