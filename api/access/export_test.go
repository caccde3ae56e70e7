package access

import (
	"context"
	"time"
)

// CountHashes has count told when the hashing of a password begins and ends.
func (g *Guard) CountHashes(count func(int)) { g.Users.passwords.working = count }

// Hash is a new hash of a password at the guard's cost.
func (g *Guard) Hash(ctx context.Context, password string) (string, error) {
	return g.Users.passwords.hash(ctx, password)
}

// CheckHash tells whether a hash is a password's, and whether it is aged.
func (g *Guard) CheckHash(ctx context.Context, hash, password string) (right, aged bool, err error) {
	return g.Users.passwords.check(ctx, hash, password)
}

// AddUser makes a user whatever else is called so.
func (g *Guard) AddUser(ctx context.Context, name, password string) error {
	hash, err := g.Users.passwords.hash(ctx, password)
	if err != nil {
		return err
	}
	if err := g.add(ctx, kindUser, name, keptUser{UserRecord{Name: name, Role: Member}, hash}); err != nil {
		return err
	}
	return g.tell(ctx)
}

// Look looks for changes, at once.
func (g *Guard) Look(ctx context.Context) { _, _ = g.look(ctx, 0) }

// Review reviews the requests under way, as Run does.
func (g *Guard) Review(ctx context.Context) { g.review(ctx, g.state.Load(), g.watched.visits()) }

// WriteUses notes in the keys when they were used, at once.
func (g *Guard) WriteUses(ctx context.Context) { g.writeUses(ctx) }

// Trim trims the audit, at once.
func (a *Audit) Trim(ctx context.Context, most int, since time.Time) error {
	return a.trim(ctx, most, since)
}

// Findings is how many findings a cache with halves of most keeps after n
// different ones.
func Findings(n, most int) int {
	c := newCache(most)
	for i := range n {
		var m mark
		m[0], m[1] = byte(i), byte(i>>8)
		c.keep(m, finding{})
	}
	return c.recent.count + c.before.count
}

// Buckets is how many buckets limits with halves of most have after n names.
func Buckets(n, most int, name func(int) string, at time.Time) int {
	l := newLimits(most)
	for i := range n {
		l.take(name(i), 60, at)
	}
	return len(l.recent) + len(l.before)
}
