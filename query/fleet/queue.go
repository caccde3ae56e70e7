package fleet

import (
	"strings"
	"sync"
	"time"
)

// birth is a device that has been written and may not be known.
type birth struct {
	organization string // what the tag says
	id           string
}

// queueRoom is how many devices wait to be created at most before others wait
// behind them in the backlog.
const queueRoom = 1 << 12

// lookEvery is how often it is looked which devices are gone.
const lookEvery = time.Second

// queue is the devices that wait to be created.
type queue struct {
	births chan birth    // whoever sends has the lock
	look   chan struct{} // it is time to look which devices are gone

	mu      sync.Mutex
	behind  backlog       // those for whom births has no room
	pending int           // offered and not created yet
	idle    chan struct{} // closed when pending is 0
	looked  time.Time
}

// newQueue is an empty queue.
func newQueue() *queue {
	q := &queue{births: make(chan birth, queueRoom), look: make(chan struct{}, 1), idle: make(chan struct{})}
	close(q.idle)
	return q
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

// wake has somebody look.
func (q *queue) wake() {
	select {
	case q.look <- struct{}{}:
	default:
	}
}

// offer puts a device into the queue if there is room.
func (q *queue) offer(b birth) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.behind.empty() && len(q.births) < cap(q.births) {
		q.births <- birth{strings.Clone(b.organization), strings.Clone(b.id)} // the batch is the writer's again
	} else if !q.behind.push(b) {
		return false
	}
	if q.pending++; q.pending == 1 {
		q.idle = make(chan struct{})
	}
	return true
}

// gather is a device of the queue and those that wait behind it, n at most.
func (q *queue) gather(first birth, n int) []birth {
	list := []birth{first}
	for len(list) < n {
		select {
		case b := <-q.births:
			list = append(list, b)
		default:
			return list
		}
	}
	return list
}

// done notes that n devices of the queue are dealt with, and lets those come
// forward that wait behind. Whoever takes a device out of the queue calls it.
func (q *queue) done(n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for !q.behind.empty() && len(q.births) < cap(q.births) {
		q.births <- q.behind.pop()
	}
	if q.pending -= n; q.pending == 0 {
		close(q.idle)
	}
}

// rest is closed once no device waits any more.
func (q *queue) rest() <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.idle
}

// waiting is how many devices wait to be created.
func (q *queue) waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.pending
}
