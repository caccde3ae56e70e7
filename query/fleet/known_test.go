package fleet

import (
	"fmt"
	"sync"
	"testing"
)

// TestKnownGrows tells the set of so many devices and looks how much room that
// takes.
func TestKnownGrows(t *testing.T) {
	for _, tt := range []struct{ devices, most int }{{0, knownAtFirst}, {100, knownAtFirst}, {1000, knownAtFirst}, {20_000, 1 << 12}, {300_000, 1 << 16}} {
		t.Run(fmt.Sprintf("devices=%d", tt.devices), func(t *testing.T) {
			k := newKnown()
			k.open()
			for i := range tt.devices {
				k.add(k.hash("", fmt.Sprint(i)))
			}
			if got := len(k.now.Load().slots) / knownSlots; got > tt.most {
				t.Errorf("got %d buckets, want at most %d", got, tt.most)
			}
			if tt.devices-k.held > tt.devices/1000 {
				t.Errorf("got %d devices, want nearly all of them", k.held)
			}
		})
	}
}

// TestKnownForgets takes devices away while others come and the set grows: what
// was taken away last stays away, and the rest is there.
func TestKnownForgets(t *testing.T) {
	k := newKnown()
	if k.add(1); k.has(1) {
		t.Error("got a device in a set that was not opened")
	}
	k.open()
	const each = 5000
	var running sync.WaitGroup
	for worker := range uint64(4) {
		running.Go(func() {
			for i := range uint64(each) {
				h := (worker*each+i)*0x9e3779b97f4a7c15 | 1
				k.add(h)
				if i%2 == 0 {
					k.remove(h)
				}
			}
		})
	}
	running.Wait()
	missing := 0
	for i := range uint64(4 * each) {
		switch has := k.has(i*0x9e3779b97f4a7c15 | 1); {
		case has && i%2 == 0:
			t.Fatalf("got device %d, which was taken away", i)
		case !has && i%2 != 0:
			missing++
		}
	}
	if missing > each/100 {
		t.Errorf("got %d devices forgotten, want hardly any", missing)
	}
	if k.clear(); k.held != 0 || k.has(1|0x9e3779b97f4a7c15) {
		t.Errorf("got %d devices in a set that was cleared, want none", k.held)
	}
	if k.add(3); !k.has(3) {
		t.Error("got no device in a set that was cleared and used again")
	}
}

// TestShelterGrows: a shelter of twice the size has all devices of the one before, and
// each where it is looked for, also where buckets are full.
func TestShelterGrows(t *testing.T) {
	s := newShelter(knownAtFirst)
	h := uint64(1)
	for range knownAtFirst * knownSlots * 2 { // some give way to others
		h *= 0x9e3779b97f4a7c15
		s.add(h | 1<<63)
	}
	same := uint64(7) // one whose buckets are one
	s.add(same<<32 | same | 1<<63)
	larger := s.twice()
	held, moved := 0, 0
	for i := range s.slots {
		if hash := s.slots[i].Load(); hash != 0 {
			held++
			if larger.slot(hash, hash) == nil {
				t.Fatalf("device %x is lost", hash)
			}
		}
	}
	for i := range larger.slots {
		if larger.slots[i].Load() != 0 {
			moved++
		}
	}
	if held != moved || held < knownAtFirst*knownSlots*9/10 {
		t.Errorf("of %d devices %d are in the larger shelter, want all of a full one", held, moved)
	}
}
