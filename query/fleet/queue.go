package fleet

import (
	"slices"
	"sync"
	"time"
)

// birth is a device that has been written and may not be known.
type birth struct {
	organization string // what the tag says
	id           string
}

// queueRoom is how many devices wait to be created at most where who asks for all of
// them, or for one that is not there, waits for them: they are created in a moment.
const queueRoom = 1 << 12

// lookEvery is how often it is looked which devices are gone.
const lookEvery = time.Second

// queue is the devices that wait to be created, the first that came in front. They
// are counted as they come: a turn is how many came before.
type queue struct {
	more chan struct{} // there may be devices to take out
	look chan struct{} // it is time to look which devices are gone
	off  chan struct{} // devices have been put off

	mu     sync.Mutex
	behind backlog
	later  backlog  // devices that have been put off: nobody waits for them
	came   uint64   // devices that have been offered
	taken  uint64   // of them, those that have been taken out
	begun  []uint64 // the turns of the first of those that were taken out together and are not dealt with, ascending
	rests  []rest   // by turn, ascending
	looked time.Time
}

// rest is what somebody waits for who wants all devices dealt with before a turn.
type rest struct {
	turn uint64
	done chan struct{} // closed then
}

// litter is devices that were taken out of the queue together.
type litter struct {
	list  []birth
	first uint64 // the turn of the first of them
}

// newQueue is an empty queue.
func newQueue() *queue {
	return &queue{more: make(chan struct{}, 1), look: make(chan struct{}, 1), off: make(chan struct{}, 1)}
}

// due tells, once in a while, that it is time to look.
func (q *queue) due(now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if d := now.Sub(q.looked); d >= 0 && d < lookEvery {
		return false
	}
	q.looked = now
	return true
}

// wake sends where nobody has been sent anything yet.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// push puts a device into the queue if there is room. Its texts stay the caller's,
// who has the lock.
func (q *queue) push(b birth) bool {
	if !q.behind.push(b) {
		return false
	}
	q.came++
	wake(q.more)
	return true
}

// putOff puts devices aside that were taken out and could not be created. It answers
// those for which there is no room.
func (q *queue) putOff(list []birth) (left []birth) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range list {
		if !q.later.push(list[i]) {
			left = append(left, list[i])
		}
	}
	wake(q.off)
	return left
}

// takeOff takes up to n devices out of those that were put off.
func (q *queue) takeOff(n int) (list []birth) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(list) < n && !q.later.empty() {
		list = append(list, q.later.pop())
	}
	return list
}

// again puts the devices that were put off back into the queue. It answers those for
// which there is no room.
func (q *queue) again() (left []birth) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for !q.later.empty() {
		if b := q.later.pop(); !q.push(b) {
			left = append(left, b)
		}
	}
	return left
}

// areOff tells whether devices are put off.
func (q *queue) areOff() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return !q.later.empty()
}

// take takes up to n devices out of the queue, none where it is empty. Whoever does
// so deals with them and then says that it is done.
func (q *queue) take(n int) litter {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := litter{first: q.taken}
	for ; len(l.list) < n && !q.behind.empty(); q.taken++ {
		l.list = append(l.list, q.behind.pop())
	}
	if len(l.list) != 0 {
		q.begun = append(q.begun, l.first)
	}
	if !q.behind.empty() {
		wake(q.more) // for another one who deals with devices
	}
	return l
}

// done notes that devices which were taken out are dealt with.
func (q *queue) done(l litter) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if i := slices.Index(q.begun, l.first); i >= 0 {
		q.begun = slices.Delete(q.begun, i, i+1)
	}
	for low := q.low(); len(q.rests) != 0 && q.rests[0].turn <= low; q.rests = q.rests[1:] {
		close(q.rests[0].done)
	}
}

// low is the turn before which all devices are dealt with.
func (q *queue) low() uint64 {
	if len(q.begun) != 0 {
		return q.begun[0]
	}
	return q.taken
}

// rest is closed once the devices are dealt with that wait now.
func (q *queue) rest() <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	if n := len(q.rests); n != 0 && q.rests[n-1].turn == q.came {
		return q.rests[n-1].done
	}
	r := rest{q.came, make(chan struct{})}
	if q.low() == q.came {
		close(r.done)
	} else {
		q.rests = append(q.rests, r)
	}
	return r.done
}

// waiting is how many devices wait to be created, up to some that are dealt with
// already.
func (q *queue) waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return int(q.came - q.low())
}
