package rollup

import (
	"context"
	"sync"
	"time"
)

// knownTasks are the tasks of a store as whoever asks queries knows them.
type knownTasks struct {
	mu       sync.Mutex
	tasks    []*Task
	modified time.Time
	settled  bool // and nothing can have been missed
}

// known are all tasks that make sense, as they are now. They are read again where
// one has been modified.
func (s *Scheduler) known(ctx context.Context) ([]*Task, error) {
	modified, err := s.book.Modified(ctx)
	if err != nil {
		return nil, err
	}
	k := &s.asked
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.settled && modified.Equal(k.modified) {
		return k.tasks, nil
	}
	entries, err := s.book.Tasks(ctx)
	if err != nil {
		return nil, err
	}
	k.tasks = nil
	for _, e := range entries {
		if t, err := s.Parse(e.ID, e.Text); err == nil { // what makes none is logged where it would be run
			k.tasks = append(k.tasks, t)
		}
	}
	k.modified, k.settled = modified, s.Now().Sub(modified) > settled
	return k.tasks, nil
}
