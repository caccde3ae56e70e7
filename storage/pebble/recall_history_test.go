package pebble

import (
	"errors"

	"aion/storage"
)

// put writes a batch of longs, some of them as numbers of series that are recalled: by
// what the store says now or by what it has said once, since when the series may have
// ended, and begun anew.
func (h *lifeline) put(b *storage.Batch) {
	var mixed storage.Batch
	for i := range b.Changes {
		c := &b.Changes[i]
		mark := storage.MarkOf([]byte(c.Key.String()))
		if ref := h.ref(c.Key.String(), mark); ref != 0 && len(c.Remove) == 0 && c.Points.Len() < 20 && h.rng.IntN(4) != 0 {
			for i, at := range c.Points.Times {
				mixed.Recall(storage.Recalled{Ref: ref, At: at, Bits: uint64(c.Points.Ints[i]), TTL: c.TTL, Long: true})
			}
			h.recalled++
			continue
		}
		mixed.Remove(c.Key, c.Remove...)
		mixed.Put(c.Key, c.Points, c.TTL)
		mixed.Changes[len(mixed.Changes)-1].Mark = mark
	}
	err := h.s.Write(h.Context(), &mixed)
	if errors.Is(err, storage.ErrForgotten) {
		h.note("forgotten")
		h.forgotten++
		err = h.s.Write(h.Context(), b)
	}
	h.must(err)
}

// ref is what the store calls a series now or, mostly the same, has called it once.
func (h *lifeline) ref(name string, mark storage.Mark) storage.Ref {
	refs := make([]storage.Ref, 1)
	h.s.Recall([]storage.Mark{mark}, refs)
	if was := h.refs[name]; was != 0 && h.rng.IntN(2) == 0 {
		return was
	}
	h.refs[name] = refs[0]
	return refs[0]
}
