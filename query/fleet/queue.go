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
	hash         uint64
}

// queueRoom is how many devices wait to be created at most.
const queueRoom = 1 << 14

// lookEvery is how often it is looked which devices are gone.
const lookEvery = time.Second

// queue is the devices that wait to be created.
type queue struct {
	births chan birth
	look   chan struct{} // it is time to look which devices are gone

	mu      sync.Mutex
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
	b.id, b.organization = strings.Clone(b.id), strings.Clone(b.organization) // the batch is the writer's again
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case q.births <- b:
	default:
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

// done notes that n devices of the queue are dealt with.
func (q *queue) done(n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
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

// waits tells whether devices wait to be created.
func (q *queue) waits() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.pending != 0
}
