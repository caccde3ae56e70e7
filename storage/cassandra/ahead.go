package cassandra

import (
	"context"
	"io"
	"runtime"
	"time"

	"aion/storage/points"
)

// keptFor is how long the points that Any or Ahead have fetched may wait for
// who reads them. Who comes later reads anew.
const keptFor = 10 * time.Second

// kept is a reader that Any or Ahead have begun. It is used once, and ends with
// its series.
type kept struct {
	reader  *reader
	size    int64 // bytes that are held for it, beside what its fetches reserve
	until   time.Time
	cleanup runtime.Cleanup
}

// keep leaves rd to the next Any or Points of its range, unless there is no room
// for what it has read. It takes the place of another one.
func (s *series) keep(rd *reader) {
	size := int64(0)
	if rd.block != nil {
		size = int64(rd.block.Size())
	}
	if size > 0 && !s.store.fetching.hold(size) {
		rd.close()
		return
	}
	k := &kept{reader: rd, size: size, until: time.Now().Add(keptFor)}
	k.cleanup = runtime.AddCleanup(s, func(k *kept) { k.open().close() }, k)
	if old := s.kept.Swap(k); old != nil {
		old.cleanup.Stop()
		old.open().close()
	}
}

// open gives back what is held for k: from now on it is being read.
func (k *kept) open() *reader {
	k.reader.store.fetching.release(k.size)
	k.size = 0
	return k.reader
}

// claim is the reader that has been begun for the range, and for the order if
// one is given, or nil. What was begun for another range is given up.
func (s *series) claim(r points.Range, o *points.Order) *reader {
	k := s.kept.Swap(nil)
	if k == nil {
		return nil
	}
	k.cleanup.Stop()
	runtime.KeepAlive(s)
	rd := k.open()
	if rd.r != r || o != nil && rd.order != *o || time.Now().After(k.until) {
		rd.close()
		return nil
	}
	return rd
}

// Any reads the first page of the range, unless Ahead has, and keeps it for the
// next call of Points: of the same order where Ahead has told it, else
// ascending. Where the store holds enough already, it reads a few points and
// forgets them.
func (s *series) Any(ctx context.Context, r points.Range) (bool, error) {
	if r.Empty() {
		return false, ctx.Err()
	}
	rd := s.claim(r, nil)
	if rd == nil {
		rd = s.reader(r, points.Asc)
		rd.few = s.store.fetching.full()
	}
	err := rd.peek(ctx)
	if err != nil && err != io.EOF {
		rd.close()
		return false, err
	}
	if rd.few {
		rd.close()
	} else {
		s.keep(rd)
	}
	return err == nil, nil
}

// Ahead begins to fetch the first page of the range, where the store has room
// for it. Nothing is fetched ahead of negative times.
func (s *series) Ahead(ctx context.Context, r points.Range, o points.Order) {
	if r.Empty() {
		return
	}
	if rd := s.reader(r, o); rd.source.ahead(ctx) {
		s.keep(rd)
	}
}
