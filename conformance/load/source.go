package load

import (
	"strconv"
	"sync"
)

// Shape is how the points of a write are laid out.
type Shape string

// The shapes: what collectors of single points send, and what those send that
// gather the points of a series.
const (
	Objects Shape = "objects" // one object a point, in order of time
	Columns Shape = "columns" // one object a series, with its points as pairs
)

// source makes the bodies of writes, in order, for clients that share it. What
// the points are depends on the seed and the workload alone: neither batches nor
// shapes nor clients change them.
type source struct {
	mu     sync.Mutex
	w      Workload
	shape  Shape
	name   string // of the metric, quoted
	states []state
	step   int // of the next write
	series int // the next write's first
	limit  int // the step at which writing ends
	rows   int // steps of a write, at most
	wide   int // series of a write, at most
	ended  int // behind the last series of the last write
	latest int // its last step
}

// newSource is a source at the first point, with all of the workload before it.
func newSource(w Workload, metric string, seed uint64, shape Shape, batch int) *source {
	s := &source{w: w, shape: shape, name: quoted(metric), limit: w.Points, wide: min(w.Series, batch)}
	s.rows = max(batch/w.Series, 1)
	s.states = make([]state, w.Series)
	for i := range s.states {
		s.states[i] = seeded(seed, i)
	}
	return s
}

// more lets the source go on for that many steps after those it was made for.
func (s *source) more(steps int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit = s.step + steps
}

// left is the number of points that are still to come.
func (s *source) left() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int64(s.limit-s.step)*int64(s.w.Series) - int64(s.series)
}

// complete is how many series have all of their points up to a step, and how
// many steps these are; at least one of both.
func (s *source) complete() (series, steps int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.step == 0 {
		return max(s.series, 1), 1
	}
	return s.w.Series, s.step
}

// last are the last few series of the last write, and its last step.
func (s *source) last() (first, end, step int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(s.ended-8, 0), s.ended, s.latest
}

// next makes q the next write, in q's own buffer, and tells whether there is one.
func (s *source) next(q *request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.step >= s.limit {
		return false
	}
	rows, end := min(s.rows, s.limit-s.step), min(s.series+s.wide, s.w.Series)
	q.path, q.points, q.want = "/api/v1/datapoints", int64(rows*(end-s.series)), anyCount
	q.body = append(q.body[:0], '[')
	if s.shape == Columns {
		q.body = s.columns(q.body, rows, end)
	} else {
		q.body = s.objects(q.body, rows, end)
	}
	q.body[len(q.body)-1] = ']' // instead of a comma
	s.ended, s.latest = end, s.step+rows-1
	if s.series = end; end == s.w.Series {
		s.series, s.step = 0, s.step+rows
	}
	return true
}

// objects appends the write's points one by one, a comma behind each.
func (s *source) objects(dst []byte, rows, end int) []byte {
	for step := s.step; step < s.step+rows; step++ {
		for i := s.series; i < end; i++ {
			at, value := s.states[i].walk(s.w.Step, step)
			dst = append(append(dst, `{"name":`...), s.name...)
			dst = strconv.AppendInt(append(dst, `,"timestamp":`...), at, 10)
			dst = appendHundredths(append(dst, `,"value":`...), value)
			dst = s.w.appendTags(append(dst, `,"tags":`...), i)
			dst = append(dst, '}', ',')
		}
	}
	return dst
}

// columns appends the write's points series by series, a comma behind each.
func (s *source) columns(dst []byte, rows, end int) []byte {
	for i := s.series; i < end; i++ {
		dst = append(append(dst, `{"name":`...), s.name...)
		dst = s.w.appendTags(append(dst, `,"tags":`...), i)
		dst = append(dst, `,"datapoints":[`...)
		for step := s.step; step < s.step+rows; step++ {
			at, value := s.states[i].walk(s.w.Step, step)
			dst = strconv.AppendInt(append(dst, '['), at, 10)
			dst = append(appendHundredths(append(dst, ','), value), ']', ',')
		}
		dst[len(dst)-1] = ']'
		dst = append(dst, '}', ',')
	}
	return dst
}
