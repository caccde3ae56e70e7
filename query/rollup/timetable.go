package rollup

import (
	"container/heap"
	"sync"
	"time"
)

// timetable hands out what is due, the earliest first: one heap for all tasks,
// whatever their number. It is safe for concurrent use.
type timetable struct {
	mu      sync.Mutex
	heap    slots
	changed chan struct{} // has an element when the heap is not as it was
	latest  int64         // what the clock has shown when something was last taken
}

// slot is one thing with the time at which it is due. It is on the table, or in
// the hands of the one who runs it.
type slot struct {
	at    int64 // Unix milliseconds
	task  *Task // nil: the look at what tasks there are
	index int   // in the heap; -1: out of it
	gone  bool  // it does not come back to the table
	taken int64 // what the clock showed when it was taken
}

// newTimetable is an empty table.
func newTimetable() *timetable { return &timetable{changed: make(chan struct{}, 1)} }

// put puts a slot on the table, or moves it. A slot that is gone is not put.
func (t *timetable) put(s *slot, at int64) {
	t.mu.Lock()
	if s.gone {
		t.mu.Unlock()
		return
	}
	s.at = at
	if s.taken > t.latest+skew.Milliseconds() { // the clock has been set back meanwhile
		s.at = min(at, t.latest)
	}
	if s.index >= 0 {
		heap.Fix(&t.heap, s.index)
	} else {
		heap.Push(&t.heap, s)
	}
	t.mu.Unlock()
	t.nudge()
}

// hurry makes a slot on the table due by then.
func (t *timetable) hurry(s *slot, at int64) {
	t.mu.Lock()
	if s.index >= 0 && s.at > at {
		s.at = at
		heap.Fix(&t.heap, s.index)
	}
	t.mu.Unlock()
	t.nudge()
}

// remove takes a slot off the table for good.
func (t *timetable) remove(s *slot) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s.gone = true
	if s.index >= 0 {
		heap.Remove(&t.heap, s.index)
	}
}

// take hands out the earliest slot that is due. Where none is, it tells when the
// earliest will be; ok is false where the table is empty. When the clock has been set
// back, all slots are due: they may lie where it was.
func (t *timetable) take(now int64) (s *slot, at int64, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now < t.latest-skew.Milliseconds() {
		for _, s := range t.heap {
			s.at = min(s.at, now)
		}
		t.latest = now
	}
	t.latest = max(t.latest, now)
	if len(t.heap) == 0 {
		return nil, 0, false
	}
	if at = t.heap[0].at; at > now {
		return nil, at, true
	}
	s = heap.Pop(&t.heap).(*slot)
	s.taken = now
	if len(t.heap) > 0 {
		t.nudge() // whoever waits must now wait for another slot
	}
	return s, at, true
}

// change replaces what a slot is about.
func (t *timetable) change(s *slot, task *Task) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s.task = task
}

// about is what a slot is about.
func (t *timetable) about(s *slot) *Task {
	t.mu.Lock()
	defer t.mu.Unlock()
	return s.task
}

// nudge wakes one who waits.
func (t *timetable) nudge() {
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

// slots is a heap by time.
type slots []*slot

// Len is the number of slots.
func (s slots) Len() int { return len(s) }

// Less orders by time.
func (s slots) Less(i, j int) bool { return s[i].at < s[j].at }

// Swap exchanges two slots.
func (s slots) Swap(i, j int) {
	s[i], s[j] = s[j], s[i]
	s[i].index, s[j].index = i, j
}

// Push adds a slot.
func (s *slots) Push(x any) {
	added := x.(*slot)
	added.index = len(*s)
	*s = append(*s, added)
}

// Pop removes the last slot.
func (s *slots) Pop() any {
	last := len(*s) - 1
	x := (*s)[last]
	(*s)[last] = nil
	*s, x.index = (*s)[:last], -1
	return x
}

// wait is how long to wait for a time; at least nothing, at most an hour.
func wait(now time.Time, at int64) time.Duration {
	return max(0, min(time.UnixMilli(at).Sub(now), time.Hour))
}
