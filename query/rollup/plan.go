package rollup

import (
	"context"
	"time"

	"aion/aggregators"
	"aion/storage"
	"aion/storage/points"
)

// plan puts a task on the table, or changes what is there. A task that is new to
// all servers, or not what it was, is due after its interval. It is called with
// mu held.
func (s *Scheduler) plan(ctx context.Context, t *Task) error {
	slotOf, ok := s.slots[t.ID]
	if ok && s.table.about(slotOf).Text == t.Text {
		return nil
	}
	if t.Interval.Value <= 0 {
		if ok {
			s.table.remove(slotOf)
			delete(s.slots, t.ID)
		}
		s.Log.Warn("a roll-up task is never due: its interval is not above zero", "task", t.ID)
		return nil
	}
	st, err := s.announce(ctx, t)
	if err != nil {
		return err
	}
	if !ok {
		slotOf = &slot{index: -1, task: t}
		s.slots[t.ID] = slotOf
	}
	s.table.change(slotOf, t)
	st.right(t, s.Now().UnixMilli(), s.Late.Milliseconds()) // whoever runs the task stores it
	s.table.put(slotOf, st.due())
	return nil
}

// announce makes the state of a task that has none, or one of another text, and
// its status.
func (s *Scheduler) announce(ctx context.Context, t *Task) (stored, error) {
	status, known, err := s.book.Status(ctx, t.ID)
	if err != nil {
		s.Log.Warn("the status of a roll-up task cannot be read", "task", t.ID, "error", err)
	}
	version, now := t.version(), s.Now()
	st, err := s.states.change(ctx, t.ID, func(st *State) bool {
		if st.Version == version {
			return false
		}
		if st.Version == "" {
			st.Through = throughOf(t, &status)
		}
		st.renew(version)
		st.Renewed = st.Renewed || s.occupied(ctx, t)
		st.Failures, st.Since = 0, now.UnixMilli()
		st.Next, _ = due(st.Since, st.Since, t.Interval)
		return true
	})
	if err != nil || known {
		return st, err
	}
	if host, err := s.book.leftTo(ctx, t, now); err != nil || host != "" {
		return st, err
	}
	return st, s.book.putStatus(ctx, t.ID, s.status(&st.State, unrun(t)))
}

// occupied tells whether results stand already where a task is to store its own, such
// as those of a task that is gone, or that cannot be told.
func (s *Scheduler) occupied(ctx context.Context, t *Task) bool {
	may, err := s.bounds(ctx, t, "")
	if err != nil {
		return true
	}
	for _, j := range t.jobs() {
		for range may.Store.Select(ctx, storage.Selection{
			Metrics:  []string{j.rollup.SaveAs},
			Matchers: []storage.Matcher{{Tag: savedFrom, Values: []string{j.metric.Name}}},
		}) {
			return true // a result or a failure
		}
	}
	return false
}

// throughOf is how far a KairosDB has come with a task by its status.
func throughOf(t *Task, status *Status) map[string]int64 {
	through := map[string]int64{}
	for _, j := range t.jobs() {
		for _, q := range status.Queries {
			if q.Metric == j.metric.Name && q.At > 0 {
				through[j.name] = max(through[j.name], q.At)
			}
		}
	}
	return through
}

// unrun is what is told of the queries of a task that has not been run.
func unrun(t *Task) []QueryStatus {
	list := []QueryStatus{}
	for _, j := range t.jobs() {
		list = append(list, QueryStatus{Metric: j.metric.Name, Executed: never})
	}
	return list
}

// status is a status as of now.
func (s *Scheduler) status(st *State, queries []QueryStatus) Status {
	return Status{Queries: queries, Host: s.Host, Next: StatusTime(time.UnixMilli(st.Next).In(s.Zone))}
}

// span is the time range that a run rolls up: what has passed since the last one
// and, as points may arrive late, what was before; at first an interval and a
// range, or what has passed since the task was seen, and all that a back-fill that
// was ordered before may have missed. KairosDB 1.2 stores whole ranges alone.
func (s *Scheduler) span(t *Task, j job, st *State, now int64, cut cutter) (points.Range, error) {
	r := points.Range{From: min(st.Since, t.Interval.Before(cut.size.Before(now))), To: now}
	if mark, ok := st.Through[j.name]; ok {
		r.From = min(mark, now) - s.Late.Milliseconds()
	} else if st.Fill != nil {
		r.From = min(r.From, st.Fill.Ordered-s.Late.Milliseconds())
	} else if f, ok := st.Filled[j.name]; ok && f.To < r.From && r.From-f.To <= s.Late.Milliseconds() {
		r.From = f.To
	}
	if s.Options.Release == aggregators.V12 {
		last, err := cut.first(now, now)
		if err != nil {
			return r, err
		}
		r.To = last.From - 1
	}
	return r, nil
}
