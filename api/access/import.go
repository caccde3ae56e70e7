package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"aion/storage/points"
)

// Imported says what an import has done.
type Imported struct {
	Created   int `json:"created"`
	Unchanged int `json:"unchanged"` // were there already, just so
}

// The bounds of an import.
const (
	maxProblems   = 100   // that are told
	importAtOnce  = 64    // records that are stored at once
	auditedAtOnce = 1_000 // keys that one entry of the audit names
)

// Import makes keys of which most bring their ids and secrets along: all of them,
// or none where any is wrong; then the error is a points.InvalidError that names
// each by its place, keys[0] being the first. A key that is there already just so
// stays as it is, so that an import that was cut off can be run again.
func (k *Keys) Import(ctx context.Context, all []KeyRecord) (Imported, error) {
	fresh, err := k.examine(ctx, all)
	if err != nil {
		return Imported{}, err
	}
	done := Imported{Created: len(fresh), Unchanged: len(all) - len(fresh)}
	if len(fresh) == 0 {
		return done, nil
	}
	for _, id := range organizationsOf(fresh) {
		if err := k.organizations.ensure(ctx, id); err != nil {
			return Imported{}, err
		}
	}
	if err := k.storeAll(ctx, fresh); err != nil {
		return Imported{}, fmt.Errorf("import keys: %w", err)
	}
	if err := k.tell(ctx); err != nil {
		return Imported{}, fmt.Errorf("tell of keys: %w", err)
	}
	return done, k.noteImport(ctx, fresh)
}

// examine checks keys and answers those that are not there yet.
func (k *Keys) examine(ctx context.Context, all []KeyRecord) ([]*KeyRecord, error) {
	var problems []string
	var fresh []*KeyRecord
	seen := map[string]int{}
	for i := range all {
		r := &all[i]
		given := r.ID != ""
		err := k.admit(ctx, r)
		before, twice := seen[r.ID]
		switch {
		case err != nil:
		case twice:
			err = points.Invalid("id: %q is that of keys[%d], too", r.ID, before)
		case given:
			var there bool
			if there, err = k.there(ctx, r); there && err == nil {
				seen[r.ID] = i
				continue
			}
		}
		if err != nil && !refused(err) {
			return nil, err
		}
		if err != nil && len(problems) < maxProblems {
			problems = append(problems, fmt.Sprintf("keys[%d]: %v", i, err))
		}
		seen[r.ID] = i
		fresh = append(fresh, r)
	}
	return fresh, invalid(problems)
}

// refused tells whether an error is the fault of what was given, not the store's.
func refused(err error) bool {
	var own interface{ StatusCode() int }
	var bad *points.InvalidError
	return errors.As(err, &own) || errors.As(err, &bad)
}

// there tells whether a key is there just so. One that is there otherwise is an
// ExistsError.
func (k *Keys) there(ctx context.Context, r *KeyRecord) (bool, error) {
	found, err := load[keptKey](ctx, k.book, kindKey, r.ID)
	if err != nil || found == nil {
		return false, err
	}
	seed, err := k.seed(ctx)
	if err != nil {
		return false, err
	}
	sameTimes := (found.Expires == nil) == (r.Expires == nil) && (r.Expires == nil || found.Expires.Equal(*r.Expires))
	same := found.Hash == hashed(seed, r.ID, r.Secret) && found.Revoked == nil && sameTimes &&
		found.Name == r.Name && found.Organization == r.Organization && found.Owner == r.Owner && found.Role == r.Role &&
		found.RateLimit == r.RateLimit && found.Limits == r.Limits && found.Context.Type == r.Context.Type &&
		(found.Scopes == nil) == (r.Scopes == nil) && slices.Equal(found.Scopes, r.Scopes) && slices.Equal(found.Context.IDs, r.Context.IDs)
	if !same {
		return true, &ExistsError{kindKey, r.ID}
	}
	return true, nil
}

// organizationsOf are the organizations of keys, each once.
func organizationsOf(all []*KeyRecord) []string {
	var ids []string
	for _, r := range all {
		ids = append(ids, r.Organization)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// storeAll stores keys, several at once. If any of them fails all are taken away
// again, as far as the store lets it.
func (k *Keys) storeAll(ctx context.Context, all []*KeyRecord) error {
	var group sync.WaitGroup
	var mu sync.Mutex
	var failed error
	var stored []string
	next := make(chan *KeyRecord)
	for range min(importAtOnce, len(all)) {
		group.Go(func() {
			for r := range next {
				err := k.store(ctx, r)
				mu.Lock()
				if err == nil {
					stored = append(stored, r.ID)
				} else if failed == nil {
					failed = fmt.Errorf("store key %s: %w", r.ID, err)
				}
				mu.Unlock()
			}
		})
	}
	for _, r := range all {
		mu.Lock()
		over := failed != nil
		mu.Unlock()
		if over {
			break
		}
		next <- r
	}
	close(next)
	group.Wait()
	if failed == nil {
		return nil
	}
	return errors.Join(failed, k.undo(context.WithoutCancel(ctx), stored))
}

// undo takes keys away that an import has stored.
func (k *Keys) undo(ctx context.Context, ids []string) error {
	var failed error
	for _, id := range ids {
		failed = errors.Join(failed, k.drop(ctx, id))
	}
	return failed
}

// noteImport notes an import in the audit, so many keys an entry.
func (k *Keys) noteImport(ctx context.Context, all []*KeyRecord) error {
	byOrganization := map[string][]string{}
	for _, r := range all {
		byOrganization[r.Organization] = append(byOrganization[r.Organization], r.ID)
	}
	for organization, ids := range byOrganization {
		for chunk := range slices.Chunk(ids, auditedAtOnce) {
			if err := k.audit.note(ctx, "key.import", organization, chunk...); err != nil {
				return err
			}
		}
	}
	return nil
}
