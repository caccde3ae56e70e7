package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

// TestGrowth: the heap grows by what is in use and 32 MiB, and by no more than what the
// collector looks through and 128 MiB, whatever else holds no pointers.
func TestGrowth(t *testing.T) {
	for _, tt := range []struct {
		name string
		use  heapUse
		want int // percent
	}{
		{"nothing yet", heapUse{}, 800},
		{"little in use", heapUse{live: 15 << 20, scan: 6 << 20, roots: 1 << 20}, 300},
		{"more in use", heapUse{live: 99 << 20, scan: 30 << 20, roots: 1 << 20}, 132},
		{"a full cache", heapUse{live: 255 << 20, scan: 15 << 20, roots: 1 << 20}, 56},
		{"many small nodes", heapUse{live: 639 << 20, scan: 639 << 20, roots: 1 << 20}, 105},
		{"very much without pointers", heapUse{live: 40 << 30, scan: 40 << 20, roots: 1 << 20}, 1},
		{"half of each", heapUse{live: 400 << 20, scan: 200 << 20}, 82},
	} {
		if got := tt.use.percent(); got != tt.want {
			t.Errorf("%s: got %d percent, want %d", tt.name, got, tt.want)
		}
	}
}

// TestPacing: with much in use that holds no pointers, the collector is told after it
// has run to let come together less than that, until it is stopped.
func TestPacing(t *testing.T) {
	const size = 512 << 20
	defer debug.SetGCPercent(debug.SetGCPercent(100)) // whatever the environment says
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
		if got := <-told; got > 40 {
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
