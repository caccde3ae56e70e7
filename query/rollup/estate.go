package rollup

import (
	"context"
	"encoding/json"
	"fmt"

	"aion/storage"
	"aion/storage/catalog"
)

// Estate is the roll-up tasks of a store by whose they are. It is for whoever
// ends an organization, whether any scheduler runs or not.
type Estate struct {
	Texts   storage.Services // KairosDB's key store, with the tasks
	Catalog *catalog.Catalog // with the owners and the states
}

// Count is how many tasks an organization has, those of its keys included.
func (e Estate) Count(ctx context.Context, organization string) (int, error) {
	return e.each(ctx, organization, func(string, Owner) error { return nil })
}

// Abandon takes the tasks of an organization away, those of its keys included,
// with all that is known of them, and answers how many there were. What they have
// stored stays. What is cut off in between another call takes away.
func (e Estate) Abandon(ctx context.Context, organization string) (int, error) {
	return e.each(ctx, organization, func(id string, _ Owner) error { return e.erase(ctx, id) })
}

// Disown has the tasks of an organization that was the home be nobody's by name,
// as its data are, and keep to what bound them. Those of its keys, which nobody can
// run any more, go.
func (e Estate) Disown(ctx context.Context, organization string) error {
	_, err := e.each(ctx, organization, func(id string, o Owner) error {
		switch o.Organization = ""; {
		case o.ID != "":
			return e.erase(ctx, id)
		case o.Confined, o.Within != "":
			return e.Catalog.Update(ctx, ownerKind, id, func([]byte) ([]byte, error) { return json.Marshal(o) })
		}
		return e.forget(ctx, ownerKind, id)
	})
	return err
}

// each tells of the tasks of an organization, those included that are gone and
// still have an owner, and counts the others.
func (e Estate) each(ctx context.Context, organization string, tell func(id string, o Owner) error) (n int, err error) {
	for r, err := range e.Catalog.All(ctx, ownerKind, "") {
		if err != nil {
			return n, err
		}
		o, err := parseOwner(r)
		if err != nil {
			return n, err
		}
		if o.Organization != organization {
			continue
		}
		_, ok, err := NewBook(e.Texts).Task(ctx, r.ID)
		if err == nil {
			err = tell(r.ID, o)
		}
		if err != nil {
			return n, fmt.Errorf("roll-up task %s: %w", r.ID, err)
		}
		if ok {
			n++
		}
	}
	return n, nil
}

// erase takes a task away, and whose it is last, by which it is found.
func (e Estate) erase(ctx context.Context, id string) error {
	for _, key := range []string{tasksKey, statusKey} {
		if err := e.Texts.Remove(ctx, tasksService, key, id); err != nil {
			return err
		}
	}
	if err := e.forget(ctx, recordKind, id); err != nil {
		return err
	}
	return e.forget(ctx, ownerKind, id)
}

// forget takes a record about a task away.
func (e Estate) forget(ctx context.Context, kind, id string) error {
	return e.Catalog.Update(ctx, kind, id, func([]byte) ([]byte, error) { return nil, nil })
}
