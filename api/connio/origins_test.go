package connio

import (
	"strconv"
	"testing"
)

// TestOrigins: each origin is one of them once, however many there are.
func TestOrigins(t *testing.T) {
	var s origins
	for range 2 {
		for i := range 3 * fewOrigins {
			s.add(origin{protocolRest, strconv.Itoa(i)})
		}
	}
	if len(s.list) != 3*fewOrigins {
		t.Errorf("got %d origins, want %d", len(s.list), 3*fewOrigins)
	}
	for _, o := range s.list {
		if !s.has(o) {
			t.Errorf("%v was added and is none of them", o)
		}
	}
	if s.has(origin{protocolInternal, "0"}) {
		t.Error("an origin that was not added is one of them")
	}
}
