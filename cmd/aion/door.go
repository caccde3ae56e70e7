package main

import (
	"context"
	"net/netip"

	"aion/api/access"
	"aion/api/stream"
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
