package main

import (
	"context"
	"net/netip"

	"aion/api/access"
	"aion/api/stream"
	"aion/query/rollup"
	"aion/storage"
)

// door is the guard for senders that say in their first line who they are.
type door struct{ guard *access.Guard }

// doorOf is the door of a server that asks for credentials, or none.
func (s *serveCommand) doorOf(guard *access.Guard) stream.Door {
	if !s.asks() {
		return nil
	}
	return door{guard}
}

// Enter is who shows a key or a user's name with its secret and may write.
func (d door) Enter(ctx context.Context, from netip.Addr, id, secret string) (context.Context, *access.Principal, func(), error) {
	who, err := d.guard.Admit(ctx, access.Credentials{ID: id, Secret: secret, From: from})
	if err != nil {
		return nil, nil, nil, err
	}
	watched, release := d.guard.Watch(ctx, who)
	if err := access.Check(watched, access.WriteData); err != nil {
		release()
		return nil, nil, nil, err
	}
	return watched, who, release, nil
}

// storesOf says what the roll-up tasks of an owner may see and change: what its key
// may at this time, all data if the owner did, or those of its organization.
func storesOf(guard *access.Guard, store storage.Store) func(context.Context, rollup.Owner) (storage.Store, error) {
	return func(ctx context.Context, o rollup.Owner) (storage.Store, error) {
		if o.All && o.ID == "" {
			return store, nil
		}
		who, err := ownerIn(ctx, guard, o)
		if err != nil {
			return nil, err
		}
		ctx = access.With(ctx, who)
		for _, scope := range []access.Scope{access.ReadData, access.WriteData} {
			if err := access.Check(ctx, scope); err != nil {
				return nil, err
			}
		}
		return access.Store(ctx, store), nil
	}
}

// ownerIn is who owns a task.
func ownerIn(ctx context.Context, guard *access.Guard, o rollup.Owner) (*access.Principal, error) {
	if o.ID != "" {
		return guard.Present(ctx, o.ID)
	}
	return guard.Tenant(ctx, o.Organization)
}
