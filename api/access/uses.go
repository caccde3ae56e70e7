package access

import (
	"context"
	"errors"
	"sync"
	"time"
)

// How often it is noted that keys were used, and how exact that is for each.
const (
	noteEvery = 10 * time.Second
	exactness = time.Minute
)

// uses are keys that were used and when, until that is noted.
type uses struct {
	mu    sync.Mutex
	fresh map[string]time.Time
}

// newUses are none.
func newUses() *uses { return &uses{fresh: map[string]time.Time{}} }

// note notes that a key was used whose bucket that is, unless one use was noted
// within the last minute or too many wait.
func (u *uses) note(b *bucket, p *Principal, at time.Time) {
	now, last := at.UnixNano(), b.noted.Load()
	if now-last < int64(exactness) || !b.noted.CompareAndSwap(last, now) {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.fresh) < kept {
		u.fresh[p.ID] = at
	}
}

// take are the uses that wait.
func (u *uses) take() map[string]time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	taken := u.fresh
	u.fresh = map[string]time.Time{}
	return taken
}

// noteUses notes in the keys when they were used, now and then, until ctx ends;
// then once more, as far as that goes in a second.
func (g *Guard) noteUses(ctx context.Context) {
	tick := time.NewTicker(noteEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-tick.C:
			g.writeUses(ctx)
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	g.writeUses(last)
}

// writeUses notes in the keys when they were used. It is no change of a key, and
// nobody is told.
func (g *Guard) writeUses(ctx context.Context) {
	for id, at := range g.uses.take() {
		if ctx.Err() != nil {
			return
		}
		err := update(ctx, g.book, kindKey, id, func(r *keptKey) (bool, error) {
			used := moment(at)
			if r.Used == nil || r.Used.Before(used) {
				r.Used = &used
			}
			return true, nil
		})
		if gone := new(MissingError); err != nil && !errors.As(err, &gone) && ctx.Err() == nil {
			g.log.Warn("the use of a key is not noted", "key", id, "error", err)
		}
	}
}

// How long entries of the audit are kept, and how many at most.
const (
	auditAge  = 90 * 24 * time.Hour
	auditMost = 100_000
	trimEvery = 6 * time.Hour
)

// trim takes away what is too old or too much of the audit, now and then, until
// ctx ends.
func (g *Guard) trim(ctx context.Context) {
	tick := time.NewTicker(trimEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := g.Audit.trim(ctx, auditMost, g.now().Add(-auditAge)); err != nil && ctx.Err() == nil {
			g.log.Warn("the audit is not trimmed", "error", err)
		}
	}
}

// trim takes away all entries but the newest most of those since a moment.
func (a *Audit) trim(ctx context.Context, most int, since time.Time) error {
	n, oldest := 0, auditID(since)
	for r, err := range a.catalog.All(ctx, kindAudit, "") {
		if err != nil {
			return err
		}
		if n++; n <= most && r.ID < oldest {
			continue
		}
		if err := a.catalog.Remove(ctx, kindAudit, r.ID, r.Revision); err != nil {
			return err
		}
	}
	return nil
}
