package chunk

import (
	"encoding/binary"
	"testing"
)

// TestBrief: brief reads what uvarint reads, or says that it is too long.
func TestBrief(t *testing.T) {
	for shift := range 64 {
		for _, want := range []uint64{1<<shift - 1, 1 << shift, 1<<shift + 1} {
			data := binary.AppendUvarint([]byte{0xff}, want)
			end := len(data)
			v, next := brief(append(data, 0xff, 0xff, 0xff), 1)
			switch {
			case end-1 > 3 && v&tooLong == 0:
				t.Errorf("%d: got %d, want that it is too long", want, v)
			case end-1 <= 3 && (v != want || next != end):
				t.Errorf("%d of %d bytes: got %d of %d", want, end-1, v, next-1)
			}
		}
	}
}
