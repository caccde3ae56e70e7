package rollup

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"aion/query"
	"aion/storage"
	"aion/storage/catalog"
)

// Config is what a Scheduler is made of.
type Config struct {
	Store   storage.Store
	Texts   storage.Services // KairosDB's key store, with the tasks
	Catalog *catalog.Catalog // for the states of tasks
	Parse   Parser
	Options query.Options
	Limits  query.Limits // of every query
	Owner   string       // this server, as no other one of the store is called
	Alone   bool         // no other server can use the store meanwhile: nobody need be told who runs a task
	Host    string       // this server, as people call it
	Now     func() time.Time
	Zone    *time.Location // of the times in status; nil: UTC
	Late    time.Duration  // how far back points that arrive late are rolled up again
	Check   time.Duration  // how often tasks are looked at; 0: 10 s
	Workers int            // tasks that run at once; 0: 2
	Log     *slog.Logger   // nil: nothing is logged

	// BoundsOf are what the tasks of an owner may do now, within the limits of
	// further keys. An error is why they may not run. Nil: all tasks may do
	// everything.
	BoundsOf func(ctx context.Context, o Owner, within ...string) (Bounds, error)
}

// lease is for how long a server has the right to run a task. It is prolonged
// while the task runs; what a server that died held is free after it.
const lease = 5 * time.Minute

// settled is after which time a modification is seen by all readers.
const settled = 2 * time.Second

// Scheduler runs the tasks of a store, together with the schedulers of all other
// servers of the same store. It is safe for concurrent use.
type Scheduler struct {
	Config
	book   *Book
	states states
	table  *timetable
	counts counts

	mu      sync.Mutex // held while tasks are looked at
	slots   map[string]*slot
	seen    time.Time // when tasks were modified, as far as they are known
	checked bool      // and nothing can have been missed

	asked knownTasks // by queries

	filledMu sync.Mutex
	filled   map[string]int // by how many queries each metric is filled
}

// New makes a scheduler. It does nothing before Run.
func New(c Config) *Scheduler {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	if c.Check == 0 {
		c.Check = 10 * time.Second
	}
	if c.Workers == 0 {
		c.Workers = 2
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Scheduler{
		Config: c, book: NewBook(c.Texts), states: states{c.Catalog}, table: newTimetable(), slots: map[string]*slot{},
	}
	s.table.put(&slot{index: -1}, 0)
	return s
}

// Book is where the scheduler's tasks are kept.
func (s *Scheduler) Book() *Book { return s.book }

// Run runs tasks when they are due until ctx ends and all that was under way has
// stopped.
func (s *Scheduler) Run(ctx context.Context) {
	var workers sync.WaitGroup
	for range s.Workers {
		workers.Go(func() { s.work(ctx) })
	}
	workers.Wait()
}

// work runs what is due and waits for what is not, until ctx ends.
func (s *Scheduler) work(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		due, at, ok := s.table.take(s.Now().UnixMilli())
		if due != nil {
			s.serve(ctx, due)
			continue
		}
		timer.Reset(time.Hour)
		if ok {
			timer.Reset(wait(s.Now(), at))
		}
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-s.table.changed:
		}
	}
}

// Step runs all that is due now, one after the other. It is for callers with a
// clock of their own.
func (s *Scheduler) Step(ctx context.Context) {
	for ctx.Err() == nil {
		due, _, _ := s.table.take(s.Now().UnixMilli())
		if due == nil {
			return
		}
		s.serve(ctx, due)
	}
}

// serve does what a slot is about and puts it back on the table.
func (s *Scheduler) serve(ctx context.Context, due *slot) {
	task := s.table.about(due)
	if task != nil {
		s.counts.running.Add(1)
		next := s.turn(ctx, task)
		s.counts.running.Add(-1)
		s.table.put(due, next)
		return
	}
	if err := s.look(ctx); err != nil && ctx.Err() == nil {
		s.Log.Warn("the roll-up tasks cannot be read", "error", err)
	}
	s.table.put(due, s.Now().Add(s.Check).UnixMilli())
}

// look finds out which tasks there are, where anything has been modified.
func (s *Scheduler) look(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	modified, err := s.book.Modified(ctx)
	if err != nil || s.checked && modified.Equal(s.seen) {
		return err
	}
	entries, err := s.book.Tasks(ctx)
	if err != nil {
		return err
	}
	tasks, stored := s.read(entries)
	var failed error
	for _, t := range tasks {
		failed = errors.Join(failed, s.plan(ctx, t))
	}
	for id, gone := range s.slots {
		if !stored[id] {
			s.table.remove(gone)
			delete(s.slots, id)
		}
	}
	s.setFilled(tasks)
	kept := func(id string) bool { return stored[id] }
	ofTask := func(r storage.Record) bool { return stored[r.ID] }
	if err := errors.Join(failed, s.book.removeStatuses(ctx, kept), s.prune(ctx, recordKind, ofTask), s.disown(ctx, kept)); err != nil {
		return err
	}
	// What is modified in the very moment of the look may have been missed.
	s.seen, s.checked = modified, s.Now().Sub(modified) > settled
	return nil
}

// read reads tasks, and tells which ids there are. A task that makes no sense is
// logged and not run.
func (s *Scheduler) read(entries []Entry) (tasks []*Task, stored map[string]bool) {
	stored = make(map[string]bool, len(entries))
	for _, e := range entries {
		stored[e.ID] = true
		t, err := s.Parse(e.ID, e.Text)
		if err != nil {
			s.Log.Warn("a roll-up task cannot be run", "task", e.ID, "error", err)
			continue
		}
		tasks = append(tasks, t)
	}
	return tasks, stored
}

// setFilled notes which metrics the tasks fill.
func (s *Scheduler) setFilled(tasks []*Task) {
	s.filledMu.Lock()
	defer s.filledMu.Unlock()
	s.filled = filled(tasks)
}

// alone tells whether one query of all tasks fills a metric.
func (s *Scheduler) alone(metric string) bool {
	s.filledMu.Lock()
	defer s.filledMu.Unlock()
	return s.filled[metric] == 1
}
