// Package memory is the reference driver: a map of series with sorted points,
// small enough to be seen to be right. It keeps nothing on disk, promises all
// that package storage asks for, and applies batches of any size whole.
package memory

import (
	"context"
	"fmt"
	"maps"
	"math"
	"sync"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// Config is what a Store needs to know. The zero value keeps points for ever.
type Config struct {
	TTL time.Duration // life of points that are written without one; 0: for ever
	Now storage.Now
}

// Store keeps points in memory.
type Store struct {
	ttl time.Duration
	now storage.Now

	records *records

	mu     sync.RWMutex
	series map[string]*series // by Key.Append; a series is replaced, never changed
	shared bool               // a snapshot holds the map: the next change copies it
}

// New makes an empty store.
func New(c Config) *Store {
	now := c.Now.Or()
	return &Store{
		ttl: c.TTL, now: now, series: map[string]*series{},
		records: &records{now: now, all: map[[2]string]storage.Record{}},
	}
}

// Write applies the batch, whole or not at all.
func (s *Store) Write(ctx context.Context, b *storage.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for i := range b.Changes {
		if err := fits(&b.Changes[i]); err != nil {
			return fmt.Errorf("write change %d: %w", i, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.own()
	now := s.now()
	for i := range b.Changes {
		s.apply(&b.Changes[i], now)
	}
	return nil
}

// fits tells whether a change can be stored: its points are of the kind that its key
// says, and that is not too long.
func fits(c *storage.Change) error {
	if c.Points.Len() != 0 && c.Points.Kind != c.Key.Kind() {
		return points.Invalid("the points are not of the kind of %s", c.Key)
	}
	return c.Key.CheckSize()
}

// apply makes one change. The lock is held.
func (s *Store) apply(c *storage.Change, now time.Time) {
	id := string(c.Key.Append(nil))
	old := s.series[id]
	if old == nil {
		if c.Points.Len() == 0 {
			return
		}
		old = newSeries(cloneKey(c.Key))
	}
	s.keep(id, old.without(c.Remove).with(&c.Points, s.expiry(now, c.TTL)))
}

// expiry is the millisecond at which points that arrive now are gone.
func (s *Store) expiry(now time.Time, ttl time.Duration) int64 {
	if ttl == 0 {
		ttl = s.ttl
	}
	if ttl == 0 {
		return math.MaxInt64
	}
	return now.Add(ttl).UnixMilli()
}

// keep puts a series into the map, or takes it out when nothing is left of it.
func (s *Store) keep(id string, sr *series) {
	if sr.points.Len() == 0 {
		delete(s.series, id)
		return
	}
	s.series[id] = sr
}

// own makes the map one that no snapshot sees. The lock is held.
func (s *Store) own() {
	if s.shared {
		s.series, s.shared = maps.Clone(s.series), false
	}
}

// Delete removes the points in the range of all series that match.
func (s *Store) Delete(ctx context.Context, sel storage.Selection, r points.Range) error {
	return s.cut(ctx, func(sr *series) *series {
		if !sel.Matches(&sr.key) {
			return sr
		}
		return sr.outside(r)
	})
}

// Sweep gives back the memory of expired points. Nothing else depends on it.
func (s *Store) Sweep(ctx context.Context) error {
	now := s.now().UnixMilli()
	return s.cut(ctx, func(sr *series) *series { return sr.unexpired(now) })
}

// cut replaces every series by what is left of it.
func (s *Store) cut(ctx context.Context, left func(*series) *series) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.own()
	for id, sr := range s.series {
		s.keep(id, left(sr))
	}
	return nil
}

// Snapshot holds the present state, the clock included: what expires later is
// still seen in it.
func (s *Store) Snapshot(ctx context.Context) (storage.Snapshot, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shared = true
	return &snapshot{reader{&frozen{s.series, s.now().UnixMilli()}}}, nil
}

// Health is always good.
func (s *Store) Health(context.Context) error { return nil }

// Close forgets all points.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.series, s.shared = map[string]*series{}, false
	return nil
}
