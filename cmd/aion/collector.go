package main

import (
	"runtime"
	"runtime/metrics"
	"sync"
)

// By how many bytes the heap may grow before the collector runs again: beside what is
// in use, since a server with little to hold would else collect after every few dozen
// queries, for a quarter of their time; and beside what the collector has to look
// through, since what is kept for the next request, such as encoders, is let go of
// after two runs, and to make it anew costs more than the run.
const (
	besideUse  = 32 << 20
	besideScan = 128 << 20
)

// goMinimum is the heap with which the collector runs for the first time at 100
// percent, and a share of that at others: so that few percent are told, as if so much
// was in use where it is less.
const goMinimum = 4 << 20

// heapUse is what the collector has found when it ran last, in bytes.
type heapUse struct {
	live  uint64 // of the heap, in use
	scan  uint64 // of these, what may hold pointers, so that it had to be looked through
	roots uint64 // beside the heap: stacks and variables, all of which are looked through
}

// lookAtUse is what the collector has found when it ran last.
func lookAtUse() heapUse {
	seen := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/heap:bytes"},
		{Name: "/gc/scan/stack:bytes"}, {Name: "/gc/scan/globals:bytes"},
	}
	metrics.Read(seen)
	return heapUse{live: seen[0].Value.Uint64(), scan: seen[1].Value.Uint64(), roots: seen[2].Value.Uint64() + seen[3].Value.Uint64()}
}

// growth is by how many bytes the heap may grow until the collector runs again: by
// besideUse more than what is in use, as long as that is little, and by no more than
// besideScan and what it has to look through. What is in use beyond that is Pebble's
// cache of blocks and what is written to no table yet, which hold no pointers and cost
// the collector next to nothing; as they fill there would be as much garbage again.
func (h heapUse) growth() uint64 {
	return min(besideUse+h.live, besideScan+h.scan) + h.roots
}

// percent is the growth as the collector wants to be told it: 1 at least, since told 0
// it would hardly stop running.
func (h heapUse) percent() int { return int(max(h.growth()*100/max(h.live+h.roots, goMinimum), 1)) }

// pacing has the collector let the heap grow as heapUse says until stop is called, but
// where the environment says how it is to run. set is debug.SetGCPercent.
func pacing(getenv func(string) string, set func(percent int) int) (stop func()) {
	if getenv("GOGC") != "" {
		return func() {}
	}
	var (
		mu      sync.Mutex
		stopped bool
	)
	before := set(heapUse{}.percent())
	afterEach(func() bool {
		mu.Lock()
		defer mu.Unlock()
		if !stopped {
			set(lookAtUse().percent())
		}
		return !stopped
	})
	return func() {
		mu.Lock()
		defer mu.Unlock()
		stopped = true
		set(before)
	}
}

// afterEach calls then after each run of the collector, until it answers false.
func afterEach(then func() bool) {
	// What nobody holds is found by each run, and is found by the next one as well if
	// it is held again meanwhile. A pointer keeps it from sharing its place with others.
	type unheld struct{ then func() bool }
	var found func(*unheld)
	found = func(u *unheld) {
		if u.then() {
			runtime.SetFinalizer(u, found)
		}
	}
	runtime.SetFinalizer(&unheld{then}, found)
}
