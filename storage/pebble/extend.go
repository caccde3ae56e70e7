package pebble

import "aion/storage/points"

// extend makes the chunk of a zone, into which so many points come, longer, and leaves
// its full pages before the first of them as they are: mostly all, since most points come
// behind all others. It is false where that cannot be done.
func (t *settler) extend(number uint64, z zone, fresh int) (bool, error) {
	over, n := &t.sc.over, z.n+fresh
	if len(over.larges)+len(over.cuts)+len(over.expires) != 0 || over.block.Kind != points.Number || pieceSize(n) != n {
		return false, nil
	}
	if err := t.reopen(number, z.first); err != nil {
		return false, err
	}
	from, _ := within(over.block.Times, z.Range)
	pages := t.chunk.FullBelow(over.block.Times[from])
	if pages == 0 || !t.chunk.Extends() {
		return false, nil
	}
	_, last, _ := t.chunk.Page(pages - 1)
	if err := t.begin(number, points.Range{From: last + 1, To: z.To}); err != nil {
		return false, err
	}
	if err := t.fill(n); err != nil {
		return false, err
	}
	var ok bool
	if t.value, ok = t.chunk.Extend(t.value[:0], pages, &t.block); !ok {
		return false, nil
	}
	t.key = appendChunkKey(t.key[:0], number, z.first)
	return true, t.part.Set(t.key, t.value, nil)
}

// reopen opens the chunk of a zone again, from which the iterator has moved on.
func (t *settler) reopen(number uint64, first int64) error {
	t.key = appendChunkKey(t.key[:0], number, first)
	t.chunks.SeekGE(t.key)
	if at, ok := t.chunkAt(number); !ok || at != first {
		return firstOf(t.chunks.Error(), damagedHead())
	}
	v, err := t.chunks.ValueAndErr()
	if err != nil {
		return err
	}
	return t.chunk.Open(v)
}
