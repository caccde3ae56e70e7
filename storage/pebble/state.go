package pebble

// State is how a store and its disk are at a moment, for those who watch over them.
type State struct {
	Size     uint64 // bytes of the tables and logs on the disk
	Free     uint64 // bytes that the folder's file system has free; 0 where that cannot be told
	Writable bool   // writes are taken: the disk has room, and nothing has ended the store's writing
	Healthy  bool   // nothing is wrong at present: Health says nothing
	Damaged  int64  // how often damage was met since the store was opened, the same one more than once
}

// State tells how the store is. It looks at the disk, at most once a second, so
// that a full one is known before a write comes.
func (s *Store) State() State {
	writable := firstOf(s.admits(false), s.fault.ended()) == nil
	free, known := s.room.freed()
	if !known {
		free = 0 // it is what an earlier look has found
	}
	return State{
		Size: s.db.Metrics().DiskSpaceUsage(), Free: free,
		Writable: writable, Healthy: s.fault.err(s.lacks) == nil, Damaged: s.damaged.Load(),
	}
}
