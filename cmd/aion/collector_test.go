package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

// TestGrowth: the heap grows by what the collector looks through and leastGrowth more,
// and not by what holds no pointers; no more than by what is in use, or leastGrowth.
func TestGrowth(t *testing.T) {
	for _, tt := range []struct {
		name string
		use  heapUse
		want int // percent
	}{
		{"nothing yet", heapUse{}, 1600},
		{"little in use", heapUse{live: 15 << 20, scan: 6 << 20, roots: 1 << 20}, 400},
		{"more in use", heapUse{live: 99 << 20, scan: 15 << 20, roots: 1 << 20}, 80},
		{"a full cache", heapUse{live: 255 << 20, scan: 15 << 20, roots: 1 << 20}, 31},
		{"many small nodes", heapUse{live: 650 << 20, scan: 650 << 20, roots: 1 << 20}, 100},
		{"half of each", heapUse{live: 400 << 20, scan: 200 << 20}, 66},
	} {
		if got := tt.use.percent(); got != tt.want {
			t.Errorf("%s: got %d percent, want %d", tt.name, got, tt.want)
		}
	}
}

// TestPacing: with much in use that holds no pointers, the collector is told after it
// has run to let come together less than that, until it is stopped.
func TestPacing(t *testing.T) {
	const size = 256 << 20
	sink = make([]byte, size)
	defer func() { sink = nil }()
	told := make(chan int, 100)
	stop := pacing(func(string) string { return "" }, func(percent int) int {
		told <- percent
		return debug.SetGCPercent(percent)
	})
	<-told // what it begins with
	for range 3 {
		runtime.GC()
		if got := <-told; got > 60 {
			t.Errorf("got %d percent beside %d bytes without pointers", got, size)
		}
	}
	stop()
	for len(told) > 1 { // further runs, by themselves
		<-told
	}
	if got := <-told; got != 100 {
		t.Errorf("got %d percent in the end, want 100", got)
	}
}

// TestPacingAsked: where the environment says how the collector runs, nobody else does.
func TestPacingAsked(t *testing.T) {
	stop := pacing(func(name string) string { return map[string]string{"GOGC": "50"}[name] }, func(percent int) int {
		t.Errorf("got %d percent, want none", percent)
		return 100
	})
	defer stop()
	runtime.GC()
}
