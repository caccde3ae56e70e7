package rollup

import "aion/storage/points"

// notes has that a run has rolled up a query from a time on. Only the text that
// the state is about counts.
func (s *State) notes(t *Task, name string, from int64) {
	if s.Version != t.version() {
		return
	}
	if s.From == nil {
		s.From = map[string]int64{}
	}
	if was, ok := s.From[name]; !ok || from < was {
		s.From[name] = from
	}
}

// forget has that nothing is known any more to be rolled up by a query without a gap:
// where something else fills its metric, too, what stands there is not the query's
// alone until it has taken the place of all.
func (s *State) forget(name string) {
	delete(s.From, name)
	delete(s.Filled, name)
}

// filled has that a back-fill of a text, which was ordered at a time, has rolled up a
// query over a range, To not included. Points that come late and are not in it are
// rolled up by the runs to come, but for those that come later than that.
func (s *State) filled(version, name string, r points.Range, ordered, late int64) {
	if s.Version != version {
		return
	}
	r.To = min(r.To, ordered-late)
	if was, ok := s.Filled[name]; ok && was.From <= r.To && r.From <= was.To {
		r = points.Range{From: min(r.From, was.From), To: max(r.To, was.To)}
	}
	if r.Empty() {
		return
	}
	if s.Filled == nil {
		s.Filled = map[string]points.Range{}
	}
	s.Filled[name] = r
}

// adopt takes over what others have back-filled meanwhile, where the query has its
// metric to itself.
func (s *State) adopt(other *State) {
	if other.Version != s.Version {
		return
	}
	for name, r := range other.Filled {
		_, ran := s.Through[name]
		_, alone := s.From[name]
		if was, ok := s.Filled[name]; (alone || !ran) && (!ok || r.From < was.From) {
			if s.Filled == nil {
				s.Filled = map[string]points.Range{}
			}
			s.Filled[name] = r
		}
	}
}

// covered is the time over which a query of the state's text has been rolled up
// without a gap as of now, To not included, and where points that come so much late at
// most change nothing any more. What another text or task has stored before does not
// lie in it. Nothing does where the state is by a clock that was ahead.
func (s *State) covered(name string, now, late int64) (r points.Range, ok bool) {
	from, ok := s.From[name]
	if through := s.Through[name]; !ok || through > now+late {
		return r, false
	}
	if f, ok := s.Filled[name]; ok && f.To >= from && f.To <= now {
		from = min(from, f.From)
	}
	if s.Renewed {
		from = max(from, s.Since)
	}
	r = points.Range{From: from, To: min(s.Through[name], now) - late}
	return r, r.From < r.To
}

// renewed has the state be about another text of the task, by which nothing has
// been rolled up yet.
func (s *State) renew(version string) {
	s.Renewed = s.Version != "" || len(s.Through) > 0
	s.Version, s.From, s.Filled = version, nil, nil
}
