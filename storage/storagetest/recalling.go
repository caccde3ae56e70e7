package storagetest

import (
	"context"
	"math/rand/v2"
	"sync"

	"aion/storage"
	"aion/storage/points"
)

// Recalling is a store that is a storage.Recaller whatever store it is made of, for
// tests of those who write: it gives what is recalled its key again. Now and then it
// forgets a series, so that a batch comes back.
type Recalling struct {
	storage.Store
	mu      sync.Mutex
	rng     *rand.Rand
	refs    map[storage.Mark]storage.Ref
	keys    map[storage.Ref]points.Key
	last    storage.Ref
	written int
}

// NewRecalling is a store that recalls nothing yet.
func NewRecalling(s storage.Store, seed uint64) *Recalling {
	return &Recalling{
		Store: s, rng: rand.New(rand.NewPCG(seed, 8)),
		refs: map[storage.Mark]storage.Ref{}, keys: map[storage.Ref]points.Key{},
	}
}

// Recalled is how many numbers were written without their keys.
func (r *Recalling) Recalled() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.written
}

// Recall tells what was written under marks. Where a write is to follow, it may find
// that a series has been forgotten.
func (r *Recalling) Recall(marks []storage.Mark, refs []storage.Ref) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, m := range marks {
		refs[i] = r.refs[m]
		if refs[i] != 0 && r.rng.IntN(100) == 0 {
			delete(r.keys, refs[i])
			delete(r.refs, m)
		}
	}
}

// Write writes the batch with all its keys.
func (r *Recalling) Write(ctx context.Context, b *storage.Batch) error {
	keyed, ok := r.keyed(b)
	if !ok {
		return storage.ErrForgotten
	}
	if err := r.Store.Write(ctx, keyed); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.written += len(b.Recalled)
	for i := range b.Changes {
		c := &b.Changes[i]
		if c.Mark == (storage.Mark{}) || c.Points.Len() == 0 || r.refs[c.Mark] != 0 {
			continue
		}
		r.last++
		key := c.Key
		key.Tags = append(points.Tags(nil), key.Tags...)
		r.refs[c.Mark], r.keys[r.last] = r.last, key
	}
	return nil
}

// keyed is a batch with keys for all that it holds. Not ok: a series was forgotten.
func (r *Recalling) keyed(b *storage.Batch) (_ *storage.Batch, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out storage.Batch
	next := 0
	for i := 0; i <= len(b.Changes); i++ {
		for ; next < len(b.Recalled) && int(b.Recalled[next].Turn) == i; next++ {
			x := &b.Recalled[next]
			key, ok := r.keys[x.Ref]
			if !ok || key.Type != x.Type() {
				return nil, false
			}
			var block points.Block
			x.AddTo(&block)
			out.Put(key, block, x.TTL)
		}
		if i < len(b.Changes) {
			c := &b.Changes[i]
			out.Remove(c.Key, c.Remove...)
			out.Put(c.Key, c.Points, c.TTL)
		}
	}
	return &out, true
}
