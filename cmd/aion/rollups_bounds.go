package main

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"aion/api/access"
	"aion/query/rollup"
	"aion/storage"
)

// taskBounds says what the roll-up tasks of an owner may do: what its key may at
// this time, as long as it may, or whatever those of its organization may, or all
// if the owner did; within the limits of further keys, which have to be good, too.
func taskBounds(guard *access.Guard, store storage.Store) func(context.Context, rollup.Owner, ...string) (rollup.Bounds, error) {
	return func(ctx context.Context, o rollup.Owner, within ...string) (rollup.Bounds, error) {
		may := rollup.Bounds{Store: store}
		if !o.All || o.ID != "" {
			who, err := ownerIn(ctx, guard, o)
			if err != nil {
				return may, err
			}
			if err := rolls(access.With(ctx, who)); err != nil {
				return may, err
			}
			may.Store, may.Limits = who.Store(store), queryLimits(who.Limits)
			may.Watch = func(ctx context.Context) (context.Context, func()) { return guard.Watch(ctx, who) }
		}
		if o.Confined && (o.All || o.ID != "") {
			who, err := guard.Confine(ctx, access.Everyone())
			if err != nil {
				return may, err
			}
			may.Store = who.Store(may.Store)
		}
		for _, key := range within {
			who, err := guard.Present(ctx, key)
			if err != nil {
				return may, err
			}
			may.Limits = may.Limits.Within(queryLimits(who.Limits))
		}
		return may, nil
	}
}

// rolls tells, as an error, that whoever asks may not read and write points.
func rolls(ctx context.Context) error {
	for _, scope := range []access.Scope{access.ReadData, access.WriteData} {
		if err := access.Check(ctx, scope); err != nil {
			return err
		}
	}
	return nil
}

// ownerIn is who owns a task.
func ownerIn(ctx context.Context, guard *access.Guard, o rollup.Owner) (*access.Principal, error) {
	if o.ID != "" {
		return guard.Present(ctx, o.ID)
	}
	who, err := guard.Tenant(ctx, o.Organization)
	if err != nil || !o.Confined {
		return who, err
	}
	return guard.Confine(ctx, who)
}

// seesAsTasks tells whether whoever asks sees the very points that the tasks of an
// owner see: a whole organization's, or all, and nothing is hidden from either.
func seesAsTasks(guard *access.Guard) func(context.Context, rollup.Owner) (bool, error) {
	return func(ctx context.Context, o rollup.Owner) (bool, error) {
		who := access.From(ctx)
		if who == nil { // nobody sees anything
			return false, nil
		}
		if veil := who.Constraint.Veil; who.Narrow() || veil != nil && veil.Any() || o.Confined || o.ID != "" {
			return false, nil
		}
		seen := storage.Constraint{}
		if !o.All {
			tenant, err := guard.Tenant(ctx, o.Organization)
			if _, denied := errors.AsType[*access.DeniedError](err); denied {
				return false, nil
			}
			if err != nil {
				return false, err
			}
			seen = tenant.Constraint
		}
		equal := func(a, b storage.Matcher) bool { return reflect.DeepEqual(a, b) }
		return slices.EqualFunc(seen.Matchers, who.Constraint.Matchers, equal), nil
	}
}
