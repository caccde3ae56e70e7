package pebble

import (
	"math"

	"aion/storage/chunk"
	"aion/storage/points"
)

// A chunk takes new points in while it is small, or not full and not much
// larger than what comes: so a chunk is rewritten a few times and not for ever.
const (
	smallChunk = 1024
	growth     = 4
)

// zone is the time from the beginning of a chunk to that of the next; the first
// one begins with time itself. What comes into a zone is settled together with
// its chunk or beside it.
type zone struct {
	points.Range
	has         bool // there is a chunk
	first, last int64
	n           int
}

// zones settles the runs of a series zone by zone.
func (t *settler) zones(number uint64) error {
	over := &t.sc.over
	if len(over.expires) != 0 {
		// First, so that a chunk that is made at the same place stays.
		if err := t.dropExpired(number); err != nil {
			return err
		}
	}
	for at, ok := over.touched(math.MinInt64); ok; {
		z, err := t.zone(number, at)
		if err != nil {
			return err
		}
		if err := t.rewriteWhole(number, z); err != nil {
			return err
		}
		if t.batch.Len() > 4*t.s.piece {
			if err := t.flushPart(); err != nil {
				return err
			}
		}
		if z.To == math.MaxInt64 {
			break
		}
		at, ok = over.touched(z.To + 1)
	}
	return nil
}

// rewriteWhole rewrites a zone or, where it is damaged, does nothing.
func (t *settler) rewriteWhole(number uint64, z zone) error {
	t.part.Reset()
	if err := t.rewrite(number, z); err != nil {
		return err
	}
	if t.part.Empty() {
		return nil
	}
	return t.batch.Apply(t.part, nil)
}

// zone finds the zone of a time.
func (t *settler) zone(number uint64, at int64) (zone, error) {
	z := zone{Range: points.Always}
	t.key = append(appendChunkKey(t.key[:0], number, at), 0)
	t.chunks.SeekLT(t.key)
	if first, ok := t.chunkAt(number); ok {
		z.From, z.first, z.has = first, first, true
	} else {
		t.key = appendNumbered(t.key[:0], keyChunk, number)
		t.chunks.SeekGE(t.key)
		z.first, z.has = t.chunkAt(number)
	}
	if !z.has {
		return z, t.chunks.Error()
	}
	v, err := t.chunks.ValueAndErr()
	if err != nil {
		return z, err
	}
	if err := t.chunk.Open(v); err != nil {
		return z, err
	}
	z.last, z.n = t.chunk.Last(), t.chunk.Len()
	t.chunks.Next()
	if next, ok := t.chunkAt(number); ok {
		z.To = next - 1
	}
	return z, t.chunks.Error()
}

// chunkAt tells where the chunk begins that the iterator is at, if it is one of
// that series.
func (t *settler) chunkAt(number uint64) (int64, bool) {
	if !t.chunks.Valid() {
		return 0, false
	}
	return parseChunkKey(t.chunks.Key(), number)
}

// rewrite settles what the runs say of a zone.
func (t *settler) rewrite(number uint64, z zone) error {
	over := &t.sc.over
	fresh := over.count(z.Range)
	if !z.has {
		return t.emit(number, z.Range, fresh)
	}
	span := points.Range{From: z.first, To: z.last}
	cut := over.cutsInto(span)
	if cut {
		t.s.dropped.Add(1)
	}
	if over.count(span) == 0 && !cut {
		if fresh == 0 {
			return nil
		}
		if z.n >= smallChunk && (z.n >= chunkSize || z.n > growth*fresh) {
			return t.beside(number, z, fresh)
		}
	}
	if done, err := t.extend(number, z, fresh); done || err != nil {
		return err
	}
	t.key = appendChunkKey(t.key[:0], number, z.first)
	if err := t.part.Delete(t.key, nil); err != nil {
		return err
	}
	if fresh == 0 && over.cutsOff(span) {
		return nil
	}
	return t.emit(number, z.Range, fresh+z.n)
}

// beside makes chunks of what lies in a zone before and behind its chunk.
func (t *settler) beside(number uint64, z zone, fresh int) error {
	if z.From < z.first {
		if err := t.emit(number, points.Range{From: z.From, To: z.first - 1}, fresh); err != nil {
			return err
		}
	}
	if z.last < z.To {
		return t.emit(number, points.Range{From: z.last + 1, To: z.To}, fresh)
	}
	return nil
}

// emit makes chunks of all points in a range, about n of them.
func (t *settler) emit(number uint64, r points.Range, n int) error {
	if err := t.begin(number, r); err != nil {
		return err
	}
	for size := pieceSize(n); ; {
		if err := t.fill(size); err != nil || t.block.Len() == 0 {
			return err
		}
		if err := t.put(number); err != nil {
			return err
		}
	}
}

// begin begins to read a range of the series, with what has been gathered.
func (t *settler) begin(number uint64, r points.Range) error {
	t.sc.merge.always = true
	return t.sc.begin(number, r, points.Asc, t.now)
}

// fill reads the next points, as many as a chunk takes.
func (t *settler) fill(size int) error {
	t.block.Reset(points.Number)
	t.expires = t.expires[:0]
	for room := min(size, chunk.PageSize); ; room = min(size, room+chunk.PageSize) {
		before := t.block.Len()
		if t.block.Kind == points.Number && before != 0 {
			room = size
		}
		if err := t.sc.merge.fill(&t.block, &t.expires, room); err != nil {
			return err
		}
		n := t.block.Len()
		if n == before || n >= size || fitting(&t.block, 0, n) < n {
			return nil
		}
	}
}

// put stores the block as a chunk.
func (t *settler) put(number uint64) error {
	var expires []int64
	if len(t.expires) != 0 {
		expires = lengthen(t.expires, t.block.Len())
	}
	t.key = appendChunkKey(t.key[:0], number, t.block.Times[0])
	t.value = chunk.Append(t.value[:0], &t.block, expires)
	return t.part.Set(t.key, t.value, nil)
}

// dropExpired deletes the oldest chunks of a series as far as all their points
// have expired.
func (t *settler) dropExpired(number uint64) error {
	t.key = appendNumbered(t.key[:0], keyChunk, number)
	for t.chunks.SeekGE(t.key); ; t.chunks.Next() {
		if _, ok := t.chunkAt(number); !ok {
			return t.chunks.Error()
		}
		v, err := t.chunks.ValueAndErr()
		if err != nil {
			return err
		}
		if err := t.chunk.Open(v); err != nil {
			return err
		}
		if gone, err := t.expired(); err != nil || !gone {
			return err
		}
		t.s.dropped.Add(1)
		if err := t.batch.Delete(t.chunks.Key(), nil); err != nil {
			return err
		}
	}
}

// expired tells whether all points of the open chunk have expired.
func (t *settler) expired() (bool, error) {
	if !t.chunk.Expiring() || t.chunk.EarliestExpiry() > t.now {
		return false, nil
	}
	var err error
	if t.expires, err = t.chunk.AppendExpiries(t.expires[:0]); err != nil {
		return false, err
	}
	for _, at := range t.expires {
		if at == 0 || at > t.now {
			return false, nil
		}
	}
	return true, nil
}
