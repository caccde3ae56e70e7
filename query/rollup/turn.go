package rollup

import (
	"context"
	"errors"
	"sync"
	"time"

	"aion/storage/points"
)

// errTaken says that another server has taken a task over.
var errTaken = errors.New("another server runs the task")

// retry is when a task is tried again that could not even be looked at.
const retry = 10 * time.Second

// turn runs a task, if it is this server's turn, and tells when to look at it
// again.
func (s *Scheduler) turn(ctx context.Context, t *Task) int64 {
	now := s.Now()
	host, err := "", error(nil)
	if !s.Alone { // no KairosDB can be there, either
		host, err = s.book.leftTo(ctx, t, now)
	}
	if err == nil && host != "" {
		s.Log.Debug("a roll-up task is left to a KairosDB", "task", t.ID, "host", host)
		return now.Add(hostAlive / 2).UnixMilli()
	}
	var st stored
	var later int64
	if err == nil {
		st, later, err = s.claim(ctx, t, now.UnixMilli())
	}
	switch {
	case err != nil:
		if ctx.Err() == nil {
			s.Log.Warn("a roll-up task cannot be begun", "task", t.ID, "error", err)
		}
		return now.Add(retry).UnixMilli()
	case later != 0:
		return later
	}
	return s.perform(ctx, t, &st)
}

// claim takes the right to run a task. later is when to try again where there is
// nothing to do, or another server has that right.
func (s *Scheduler) claim(ctx context.Context, t *Task, now int64) (st stored, later int64, err error) {
	st, err = s.states.load(ctx, t.ID)
	soon := now + s.Check.Milliseconds()
	switch {
	case err != nil:
		return st, 0, err
	case st.Version != t.version():
		return st, soon, nil // what the task is now is about to be found out
	}
	st.right(t, now, s.Late.Milliseconds())
	switch {
	case st.Owner != "" && st.Owner != s.Owner && st.Until > now:
		return st, min(soon, st.Until), nil
	case st.due() > now:
		return st, st.Next, nil
	}
	st.Owner, st.Until, st.saved = s.Owner, now+lease.Milliseconds(), time.UnixMilli(now)
	if s.Alone {
		return st, 0, nil
	}
	err = s.states.save(ctx, t.ID, &st)
	if errors.Is(err, points.ErrConflict) {
		return st, now + time.Second.Milliseconds(), nil
	}
	return st, 0, err
}

// perform runs a task that this server has the right to run, and tells when it is
// due again. A stop in between loses nothing: what was not done is done later.
func (s *Scheduler) perform(ctx context.Context, t *Task, st *stored) int64 {
	var queries []QueryStatus
	var err error
	if began := s.Now().UnixMilli(); st.Next <= began {
		var run Run
		run, queries, err = s.run(ctx, t, st, began)
		if ctx.Err() == nil {
			s.close(t, st, run)
		}
	} else {
		err = s.fillSome(ctx, t, st)
	}
	if errors.Is(err, errTaken) {
		s.Log.Warn("a roll-up task was taken over", "task", t.ID)
		return s.Now().Add(retry).UnixMilli()
	}
	st.Owner, st.Until = "", 0
	st.right(t, s.Now().UnixMilli(), s.Late.Milliseconds()) // the clock may have been set back meanwhile
	if ctx.Err() != nil {
		queries = nil
	}
	return s.conclude(context.WithoutCancel(ctx), t, st, queries)
}

// conclude stores the state of a task, and its status if it has been run, and
// tells when the task is due again. Where nobody can have taken the task over,
// both are stored at once, so that a store syncs them together.
func (s *Scheduler) conclude(ctx context.Context, t *Task, st *stored, queries []QueryStatus) int64 {
	ctx, cancel := context.WithTimeout(ctx, retry)
	defer cancel()
	tell := func(status Status) {
		if queries == nil {
			return
		}
		if err := s.book.putStatus(ctx, t.ID, status); err != nil {
			s.Log.Warn("the status of a roll-up task cannot be stored", "task", t.ID, "error", err)
		}
	}
	var telling sync.WaitGroup
	if s.Alone {
		status := s.status(&st.State, queries)
		telling.Go(func() { tell(status) })
	}
	err := s.keep(ctx, t, st)
	telling.Wait()
	if err != nil {
		s.Log.Warn("the state of a roll-up task cannot be stored", "task", t.ID, "error", err)
		return s.Now().Add(retry).UnixMilli()
	}
	if !s.Alone {
		tell(s.status(&st.State, queries))
	}
	return st.due()
}

// close remembers a run and settles when the next one is due: after the interval,
// or sooner where the run has failed, but later with every failure in turn.
func (s *Scheduler) close(t *Task, st *stored, run Run) {
	now := s.Now().UnixMilli()
	run.Length = max(0, now-run.At)
	next, missed := due(st.Next, run.At, t.Interval)
	run.Missed = missed
	if next <= now {
		next, _ = due(next, now, t.Interval)
	}
	st.remember(run)
	s.counts.ran(&run)
	if st.Next = next; run.Error == "" {
		st.Failures = 0
		return
	}
	st.Failures++
	st.Next = min(next, now+backoff(st.Failures).Milliseconds())
	s.Log.Warn("a roll-up task has failed", "task", t.ID, "name", t.Name, "failures", st.Failures,
		"next", time.UnixMilli(st.Next).UTC(), "error", run.Error)
}

// backoff is how long to wait after so many failures in turn.
func backoff(failures int) time.Duration {
	const most = 30 * time.Minute
	return min(retry<<min(failures-1, 10), most)
}

// keep stores the state of a task that this server runs. What others have changed
// meanwhile, the task itself or an order to back-fill, is taken over.
func (s *Scheduler) keep(ctx context.Context, t *Task, st *stored) error {
	for {
		err := s.states.save(ctx, t.ID, st)
		if !errors.Is(err, points.ErrConflict) {
			return err
		}
		other, err := s.states.load(ctx, t.ID)
		switch {
		case err != nil:
			return err
		case other.revision == 0 || other.Owner != s.Owner && !s.Alone:
			return errTaken
		case other.Version != st.Version:
			st.renew(other.Version)
			st.Next, st.Since, st.Failures = other.Next, other.Since, 0
		}
		if other.Fill != nil && (st.Fill == nil || other.Fill.Ordered > st.Fill.Ordered) {
			st.Fill = other.Fill
		}
		st.adopt(&other.State)
		st.revision = other.revision
	}
}

// tellEvery is how often the state of a task is stored while it runs.
const tellEvery = 5 * time.Second

// prolong prolongs the right to run a task, and stores how far the task has come,
// if that was not done just before.
func (s *Scheduler) prolong(ctx context.Context, t *Task, st *stored) error {
	now := s.Now()
	if d := now.Sub(st.saved); d >= 0 && d < tellEvery {
		return nil
	}
	st.Until, st.saved = now.Add(lease).UnixMilli(), now
	return s.keep(ctx, t, st)
}
