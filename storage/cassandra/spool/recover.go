package spool

import (
	"context"
	"fmt"
	"hash/maphash"
	"os"
)

// recover finds out what waits in the folder.
func (s *Store) recover() error {
	var known bool
	var err error
	if s.mark, known, err = openMark(s.dir); err != nil {
		return err
	}
	if !known {
		s.log.Error("the position of the spool is damaged: what is still there is delivered again")
		s.ledger.count(&s.ledger.state.Damaged, 1)
	}
	segments, err := listSegments(s.dir)
	if err != nil {
		return err
	}
	if err := s.readmitAll(segments); err != nil {
		return err
	}
	if w := s.ledger.waiting(); w.Batches != 0 {
		s.log.Info("the spool has points to deliver", "points_waiting", w.Points, "bytes_waiting", w.Bytes, "oldest", w.Oldest)
	}
	return nil
}

// readmitAll takes over the segments that were there, and deletes those that are
// delivered.
func (s *Store) readmitAll(segments []segment) error {
	l := s.ledger
	l.pos, l.written = s.mark.saved.position, s.mark.saved.written
	for i, seg := range segments {
		if seg.number < l.pos.segment {
			if err := os.Remove(segmentPath(s.dir, seg.number)); err != nil {
				return err
			}
			continue
		}
		if err := s.readmit(seg, i == len(segments)-1); err != nil {
			return fmt.Errorf("read segment %d: %w", seg.number, err)
		}
	}
	if len(l.segments) == 0 && l.pos.offset != 0 {
		s.missing(l.pos.segment)
		l.pos = position{l.pos.segment + 1, 0}
	}
	return nil
}

// readmit adds a segment that was there to the ledger.
func (s *Store) readmit(seg segment, last bool) error {
	l := s.ledger
	path, from := segmentPath(s.dir, seg.number), int64(0)
	expected, n := l.pos.segment, len(l.segments)
	if n != 0 {
		expected = l.segments[n-1].number + 1
	}
	if seg.number != expected && (n != 0 || l.pos != position{}) {
		s.missing(expected)
	}
	if n == 0 {
		if l.pos.segment != seg.number {
			l.pos = position{segment: seg.number}
		}
		from = l.pos.offset
	}
	c, err := scan(path, from, seg.size)
	if err != nil {
		return err
	}
	if last && c.end < seg.size {
		if err := cutTail(path, c.end); err != nil {
			return err
		}
		s.log.Info("an unfinished record was cut off the spool", "segment", path, "bytes", seg.size-c.end)
		seg.size = c.end
	}
	if l.state.Oldest == 0 {
		l.state.Oldest = c.oldest
	}
	l.written = max(l.written, c.newest)
	l.state.Points, l.state.Batches, l.state.Bytes = l.state.Points+c.points, l.state.Batches+c.batches, l.state.Bytes+seg.size
	l.segments = append(l.segments, seg)
	return nil
}

// start begins to append and to deliver. Both belong to no request, and end with
// the store.
func (s *Store) start() {
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	c := &courier{s: s, seed: maphash.MakeSeed(), taken: map[uint64]struct{}{}}
	s.done.Go(func() { s.appender.run(ctx) })
	s.done.Go(func() { c.run(ctx) })
}
