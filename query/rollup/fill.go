package rollup

import (
	"context"
	"errors"

	"aion/storage/points"
)

// Fill runs all queries of a task over a range of time, with the whole ranges of
// the sampling in which it begins and ends, and returns when that is stored. The task's schedule is
// not touched. The key whose limits bound it beside the task's own is within, or
// empty.
func (s *Scheduler) Fill(ctx context.Context, t *Task, r points.Range, within string) (done int64, err error) {
	entries, err := s.book.Tasks(ctx)
	if err != nil {
		return 0, err
	}
	tasks, _ := s.read(entries)
	s.setFilled(tasks)
	began := s.Now().UnixMilli()
	for _, j := range t.jobs() {
		cut, err := s.cutter(j)
		if err != nil {
			return done, err
		}
		for at := r.From; at <= r.To; {
			part, err := cut.first(at, r.To)
			if err != nil {
				return done, err
			}
			n, err := s.ask(ctx, t, j, part, within)
			if done += n; err != nil {
				return done, err
			}
			at = part.To + 1
		}
		if err := s.noteOnce(ctx, t, j, points.Range{From: r.From, To: r.To + 1}, began); err != nil {
			return done, err
		}
	}
	return done, nil
}

// noteOnce notes in the state of a task, if it has one, that a back-fill which began
// at a time is done with a query.
func (s *Scheduler) noteOnce(ctx context.Context, t *Task, j job, r points.Range, began int64) error {
	var failed error
	_, err := s.states.change(ctx, t.ID, func(st *State) bool {
		failed = s.noteFilled(t.version(), j, r, began, st)
		return failed == nil && st.Version != ""
	})
	return errors.Join(err, failed)
}

// Order orders a back-fill of a task: it is run in the background by the server
// that runs the task, survives restarts, and takes the place of one that is not
// done. The task is known to a scheduler, or the error is ErrUnknown. The key whose
// limits bound it beside the task's own is within, or empty.
func (s *Scheduler) Order(ctx context.Context, t *Task, r points.Range, within string) (State, error) {
	st, err := s.states.change(ctx, t.ID, func(st *State) bool {
		if st.Version == "" {
			return false
		}
		ordered := s.Now().UnixMilli()
		if st.Fill != nil {
			ordered = max(ordered, st.Fill.Ordered+1)
		}
		st.Fill = &Fill{From: r.From, To: r.To + 1, At: r.From, Ordered: ordered, Within: within, Version: st.Version}
		return true
	})
	if err == nil && st.Version == "" {
		err = ErrUnknown
	}
	if err != nil {
		return st.State, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if slotOf, ok := s.slots[t.ID]; ok {
		s.table.hurry(slotOf, s.Now().UnixMilli())
	}
	return st.State, nil
}

// ErrUnknown says that no scheduler has seen a task yet.
var ErrUnknown = errors.New("no server has seen the task yet")

// State is what is known of a task beside KairosDB's status; ok is false where no
// scheduler has seen it.
func (s *Scheduler) State(ctx context.Context, id string) (st State, ok bool, err error) {
	found, err := s.states.load(ctx, id)
	return found.State, found.Version != "", err
}

// Jobs is how many queries a task has.
func (t *Task) Jobs() int { return len(t.jobs()) }

// fillSome goes on with the back-fill of a task until that is done, has failed,
// or the task is due.
func (s *Scheduler) fillSome(ctx context.Context, t *Task, st *stored) error {
	for st.filling() && st.Next > s.Now().UnixMilli() {
		at := st.Fill.Job
		err := s.fillPart(ctx, t, st.Fill)
		if err == nil && st.Fill.Job > at {
			f := st.Fill
			if f.Version == t.version() {
				err = s.noteFilled(f.Version, t.jobs()[at], points.Range{From: f.From, To: f.To}, f.Ordered, &st.State)
			}
		}
		if err != nil {
			if ctx.Err() == nil {
				s.Log.Warn("the back-fill of a roll-up task has failed", "task", t.ID, "error", err)
			}
			st.Fill.Error, st.Fill.Retry = err.Error(), s.Now().Add(retry).UnixMilli()
			return nil
		}
		if err := s.prolong(ctx, t, st); err != nil {
			return err
		}
	}
	return nil
}

// noteFilled notes that a back-fill of a text, over a range whose To is not
// included, is done with a query.
func (s *Scheduler) noteFilled(version string, j job, r points.Range, ordered int64, st *State) error {
	cut, err := s.cutter(j)
	if err != nil {
		return err
	}
	first, err := cut.first(r.From, r.From)
	if err == nil && s.replaces(j) {
		st.filled(version, j.name, points.Range{From: first.From, To: r.To}, ordered, s.Late.Milliseconds())
	}
	return err
}

// fillPart back-fills one stretch.
func (s *Scheduler) fillPart(ctx context.Context, t *Task, f *Fill) error {
	f.Error, f.Retry = "", 0
	jobs := t.jobs()
	if f.Job >= len(jobs) || f.From >= f.To {
		f.Done = true
		return nil
	}
	cut, err := s.cutter(jobs[f.Job])
	if err != nil {
		return err
	}
	part, err := cut.first(f.At, f.To-1)
	if err != nil {
		return err
	}
	n, err := s.ask(ctx, t, jobs[f.Job], part, f.Within)
	if err != nil {
		return err
	}
	if f.Points, f.At = f.Points+n, part.To+1; f.At >= f.To {
		f.Job, f.At = f.Job+1, f.From
	}
	return nil
}
