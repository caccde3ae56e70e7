package access

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// TestTable: a table knows what a map knows, also of marks that all want the same
// slot, and grows with what it holds.
func TestTable(t *testing.T) {
	for _, different := range []int{1, 2, 500, 5000} {
		random := rand.New(rand.NewPCG(7, uint64(different)))
		var all table
		want := map[mark]finding{}
		for i := range 4 * different {
			var m mark
			binary.LittleEndian.PutUint64(m[:], random.Uint64N(uint64(different))<<32)
			binary.LittleEndian.PutUint64(m[8:], random.Uint64N(2))
			f := finding{generation: uint64(i)}
			all.put(m, f)
			want[m] = f
		}
		if all.count != len(want) || 4*all.count > 3*len(all.slots) || len(all.slots) > max(64, 8*all.count) {
			t.Errorf("%d: got %d findings in %d slots, want %d", different, all.count, len(all.slots), len(want))
		}
		for m, f := range want {
			if got, ok := all.find(m); got != f || !ok {
				t.Errorf("%d: got %v, %t, want %v", different, got, ok, f)
			}
		}
		if got, ok := all.find(mark{0: 1}); ok {
			t.Errorf("%d: got %v of a mark that was never put", different, got)
		}
	}
	if _, ok := new(table).find(mark{}); ok {
		t.Error("got a finding of an empty table")
	}
}
