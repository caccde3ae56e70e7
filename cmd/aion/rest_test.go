package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

// TestRests: memory is given back where little is done and it is worth the trouble.
func TestRests(t *testing.T) {
	for _, tt := range []struct {
		name        string
		before, now heapLook
		want        bool
	}{
		{"nothing is done and much is spare", heapLook{taken: 5 << 30}, heapLook{taken: 5<<30 + 1000, spare: 200 << 20}, true},
		{"much is done", heapLook{taken: 5 << 30}, heapLook{taken: 5<<30 + restMost + 1, spare: 200 << 20}, false},
		{"much is spare, and little beside what may come together", heapLook{taken: 5 << 30}, heapLook{taken: 5 << 30, spare: 200 << 20, use: heapUse{live: 369 << 20, scan: 300 << 20}}, false},
		{"much is spare beside what may come together", heapLook{taken: 5 << 30}, heapLook{taken: 5 << 30, spare: 200 << 20, use: heapUse{live: 368 << 20, scan: 300 << 20}}, true},
		{"little is spare", heapLook{taken: 5 << 30}, heapLook{taken: 5 << 30, spare: restWorth - 1}, false},
	} {
		if got := tt.now.rests(tt.before); got != tt.want {
			t.Errorf("%s: got %t, want %t", tt.name, got, tt.want)
		}
	}
}

// sink keeps the compiler from leaving memory out.
var sink []byte

// TestLookAtHeap: what is let go of is spare, collected or not, until it is given back.
func TestLookAtHeap(t *testing.T) {
	const size = 256 << 20
	debug.FreeOSMemory()
	before := lookAtHeap()
	sink = make([]byte, size)
	runtime.GC() // and it is alive
	if full := lookAtHeap(); full.taken-before.taken < size {
		t.Errorf("got %d bytes taken, want %d or more", full.taken-before.taken, size)
	}
	sink = nil
	runtime.GC()
	if got := lookAtHeap().spare; got < size/2 {
		t.Errorf("got %d bytes spare of %d that nobody has", got, size)
	}
	debug.FreeOSMemory()
	if got := lookAtHeap().spare; got > size/2 {
		t.Errorf("got %d bytes spare of %d that were given back", got, size)
	}
}
