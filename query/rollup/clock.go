package rollup

import "time"

// skew is by how much the clocks of the servers of a store may differ, and a clock may
// be set back, before what the other has noted counts as wrong.
const skew = time.Minute

// leap is by how much a task is overdue at least where the clock may have been behind,
// rather than the servers away.
const leap = 24 * time.Hour

// right sets right, as of now, what has been noted about a task by a clock that was
// ahead: the task is due, nobody holds it, and its queries go on where they were before.
// Results that stand ahead stay, and are replaced when their time has come.
func (s *State) right(t *Task, now, late int64) {
	s.rightThrough(t, now, late)
	if s.Next > later(now, t.Interval)+skew.Milliseconds() {
		s.Next = now
	}
	if s.Until > now+(lease+skew).Milliseconds() {
		s.Owner, s.Until = "", 0
	}
	if s.Fill != nil {
		s.Fill.right(now, late)
	}
}

// right has a back-fill that was ordered ahead of now begin anew: points may have come
// since, behind where it is.
func (f *Fill) right(now, late int64) {
	if f.Ordered > now+late {
		f.Ordered = now
		if !f.Done {
			f.Job, f.At, f.Points = 0, f.From, 0
		}
	}
	if f.Retry > now+(retry+skew).Milliseconds() {
		f.Retry = 0
	}
}

// rightThrough sets right how far queries have come. What is ahead by so much that
// points may lie behind it which are in no result gives way to what was so before. It
// is remembered: where it is the clock that is behind now, queries go on there when
// that is right again, in place of rolling up anew all that lies between.
func (s *State) rightThrough(t *Task, now, late int64) {
	for name, r := range s.Filled {
		if r.To > now {
			delete(s.Filled, name)
		}
	}
	since := s.Since
	for _, j := range t.jobs() {
		was, ok := s.Reached[j.name]
		switch reached := max(s.Through[j.name], s.Since); {
		case reached > now+late:
			s.setBack(j.name, reached, now)
			since = min(since, now)
		case ok && was <= reached:
			delete(s.Reached, j.name)
		case ok && was <= now && now-s.Next > leap.Milliseconds():
			s.jump(j.name, was)
			since = max(since, was)
		}
	}
	s.Since = since
}

// setBack has a query that has come to a time ahead of now go on after the last run
// before now. Where none is remembered, nothing counts as rolled up that is.
func (s *State) setBack(name string, reached, now int64) {
	mark, known := s.ran(now)
	if !known {
		mark = now
		s.forget(name)
	}
	if at, ok := s.Through[name]; ok {
		s.Through[name] = min(at, mark)
	}
	if s.Reached == nil {
		s.Reached = map[string]int64{}
	}
	s.Reached[name] = max(s.Reached[name], reached)
}

// jump has a query that fell behind with the clock go on where it had come before.
func (s *State) jump(name string, reached int64) {
	s.forget(name)
	delete(s.Reached, name)
	if s.Through == nil {
		s.Through = map[string]int64{}
	}
	s.Through[name] = reached
}

// ran is when the last run that did not fail began, of those before now.
func (s *State) ran(now int64) (at int64, ok bool) {
	for _, r := range s.Runs {
		if r.At <= now && r.Error == "" {
			return r.At, true
		}
	}
	return 0, false
}
