package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// A server that has come to rest gives memory back that it has needed while it had
// much to do. The collector does so by and by, but keeps as much as the heap may grow
// to before it runs again, and where nothing is done it does not run for minutes.
const (
	restLook  = 5 * time.Second // how often it is looked
	restMost  = 1 << 20         // bytes that are taken meanwhile at most where nothing much is done
	restWorth = 32 << 20        // bytes that it is worth the trouble to give back
)

// heapLook is what is seen of the heap at one look, in bytes.
type heapLook struct {
	taken uint64 // since the process began
	spare uint64 // that the machine could have back
	use   heapUse
}

// rests tells whether little has been taken since the look before and there is much to
// give back, also beside what the collector lets come together by itself: what is done
// between two rests has taken all that is spare, so that the collector does not run
// more than twice for as much as it would have run once.
func (h heapLook) rests(before heapLook) bool {
	return h.taken-before.taken <= restMost && h.spare >= max(restWorth, h.use.growth()/2)
}

// lookAtHeap looks at the heap.
func lookAtHeap() heapLook {
	seen := []metrics.Sample{
		{Name: "/gc/heap/allocs:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"},
	}
	metrics.Read(seen)
	taken, free, objects, use := seen[0].Value.Uint64(), seen[1].Value.Uint64(), seen[2].Value.Uint64(), lookAtUse()
	return heapLook{taken: taken, spare: free + objects - min(objects, use.live), use: use}
}

// givingBack gives memory back, that which only the start has needed at once, and then
// whenever the server has come to rest, until stop is called or ctx ends.
func givingBack(ctx context.Context) (stop func()) {
	debug.FreeOSMemory()
	running, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		giveBackAtRest(running)
	}()
	return func() {
		cancel()
		<-ended
	}
}

// giveBackAtRest gives memory back whenever the server has come to rest.
func giveBackAtRest(ctx context.Context) {
	ticker := time.NewTicker(restLook)
	defer ticker.Stop()
	for before := lookAtHeap(); ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := lookAtHeap()
		if now.rests(before) {
			debug.FreeOSMemory()
		}
		before = now
	}
}
