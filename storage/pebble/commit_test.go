package pebble

import (
	"testing"

	"github.com/cockroachdb/pebble/v2"
)

// TestBatchKept: a batch keeps its memory for the next, also where Pebble makes it of one
// that was to keep less.
func TestBatchKept(t *testing.T) {
	s := still(t, nil)
	for range 20 { // a pool may give another
		small := s.db.NewBatch(pebble.WithMaxRetainedSizeBytes(keptRecord))
		if err := small.Close(); err != nil {
			t.Fatal(err)
		}
		batch := s.newBatch()
		if err := batch.Set([]byte("z"), make([]byte, 4*keptRecord), nil); err != nil {
			t.Fatal(err)
		}
		batch.Reset()
		if got := cap(batch.Repr()); got < 4*keptRecord {
			t.Errorf("a batch of %d bytes keeps %d", 4*keptRecord, got)
		}
		if err := batch.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
