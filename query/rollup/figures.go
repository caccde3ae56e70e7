package rollup

import (
	"sync/atomic"
	"time"
)

// Figures count what a Scheduler has done since it was made, and tell how it
// stands.
type Figures struct {
	Tasks    int64         // that it knows
	Running  int64         // that it runs now
	Late     time.Duration // since when the task has been due that waits longest for its turn
	Runs     int64         // of tasks, failed ones included
	Failures int64         // runs in which a query failed
	Missed   int64         // runs that were due while nobody ran the task
	Points   int64         // that came out, those of back-fills included
}

// counts are the figures that only grow, and how many tasks run.
type counts struct{ running, runs, failures, missed, points atomic.Int64 }

// ran counts a run.
func (c *counts) ran(r *Run) {
	c.runs.Add(1)
	c.missed.Add(int64(r.Missed))
	if r.Error != "" {
		c.failures.Add(1)
	}
}

// Figures are the figures as they stand. A task that a KairosDB runs, or another
// server, is known and never late.
func (s *Scheduler) Figures() Figures {
	tasks, late := s.table.waiting(s.Now().UnixMilli())
	running := s.counts.running.Load()
	return Figures{
		Tasks: tasks + running, Running: running, Late: late,
		Runs: s.counts.runs.Load(), Failures: s.counts.failures.Load(), Missed: s.counts.missed.Load(), Points: s.counts.points.Load(),
	}
}

// waiting tells how many tasks are on the table, and for how long the earliest
// has been due.
func (t *timetable) waiting(now int64) (tasks int64, late time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	first := now
	for _, s := range t.heap {
		if s.task != nil {
			tasks++
			first = min(first, s.at)
		}
	}
	return tasks, time.Duration(now-first) * time.Millisecond
}
