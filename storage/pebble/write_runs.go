package pebble

import (
	"github.com/cockroachdb/pebble/v2"

	"aion/storage/points"
)

// runs adds points, strictly ascending, behind the cuts: many of them as
// chunks, few as a small run.
func (w *writer) runs(s *Store, b *pebble.Batch, number uint64, cuts []points.Range, block *points.Block, expires []int64) error {
	if w.begins(number, cuts, block) {
		w.value = appendRun(w.value[:0], nil, block, expires)
		return w.setCarried(s, b, number)
	}
	size := pieceSize(block.Len())
	for from := 0; from < block.Len() || len(cuts) != 0; {
		to := from + fitting(block, from, min(size, block.Len()-from))
		v := block.Slice(from, to)
		var e []int64
		if len(expires) != 0 {
			e = expires[from:to]
		}
		if to-from < chunkFrom {
			w.value = appendRun(w.value[:0], cuts, &v, e)
		} else {
			w.value = appendChunkRun(w.value[:0], cuts, &v, e)
		}
		if err := w.set(s, b, number); err != nil {
			return err
		}
		from, cuts = to, nil
	}
	return nil
}

// pieceSize is how many points a chunk gets when n of them are made into
// chunks of equal size. A few more than chunkSize stay together.
func pieceSize(n int) int {
	if n <= chunkSize+chunkSize/4 {
		return n
	}
	pieces := (n + chunkSize - 1) / chunkSize
	return (n + pieces - 1) / pieces
}

// set adds the encoded run to the batch, with the next sequence number.
func (w *writer) set(s *Store, b *pebble.Batch, number uint64) error {
	w.step(s)
	w.key = appendRunKey(w.key[:0], s.newest.Load(), number, w.seq)
	return b.Set(w.key, w.value, nil)
}

// setCarried adds the encoded run to the batch as a carried one. It ranks below
// what the epoch's runs will be when they are carried: whoever writes one of these
// comes later.
func (w *writer) setCarried(s *Store, b *pebble.Batch, number uint64) error {
	w.step(s)
	w.key = appendCarriedKey(w.key[:0], number, rankOf(s.newest.Load()-1, w.seq))
	return b.Set(w.key, w.value, nil)
}

// step moves on to the next sequence number.
func (w *writer) step(s *Store) {
	if w.seq++; w.seq > w.last {
		w.seq = s.seq.Add(1)
		w.last = w.seq
	}
}
