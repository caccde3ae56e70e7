package storage_test

import (
	"testing"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// cpuOf is a series of longs.
func cpuOf(host string) points.Key {
	return points.Key{Metric: "cpu", Tags: points.Tags{{Name: "host", Value: host}}, Type: points.TypeLong}
}

// begin adds a change with so many points to a batch.
func begin(b *storage.Batch, host string, n int) {
	k := cpuOf(host)
	at := b.Begin(&k, time.Hour)
	for i := range n {
		b.Changes[at].Points.AppendInt(int64(i), 1)
	}
	b.Weigh(n, 0)
}

// TestBatchBegin: a change that a batch has begun is as one that was put into it, and
// weighs as much.
func TestBatchBegin(t *testing.T) {
	var begun, put storage.Batch
	for range 3 {
		begun.Remove(cpuOf("a"), 1, 2)
		begin(&begun, "a", 3)
		begin(&begun, "b", 1)
		put.Remove(cpuOf("a"), 1, 2)
		for _, c := range begun.Changes[1:] {
			put.Put(c.Key, c.Points, c.TTL)
		}
		if begun.Size() != put.Size() || begun.Len() != 4 || put.Len() != 4 {
			t.Fatalf("weighs %d with %d points, want %d with 4", begun.Size(), begun.Len(), put.Size())
		}
		for i, c := range begun.Changes {
			if len(c.Remove) != len(put.Changes[i].Remove) || c.Key.String() != put.Changes[i].Key.String() || c.TTL != put.Changes[i].TTL {
				t.Errorf("change %d is %v, want %v", i, c, put.Changes[i])
			}
		}
		begun.Recycle(1 << 10)
		put.Reset()
	}
}

// TestBatchRecycleBounds: a batch keeps no more memory of blocks than it may, although
// the large one stands elsewhere each time.
func TestBatchRecycleBounds(t *testing.T) {
	const most, large = 1 << 10, 100
	var b storage.Batch
	for turn := range 50 {
		for range 50 - turn - 1 {
			begin(&b, "a", 1)
		}
		begin(&b, "b", large)
		b.Recycle(most)
		kept := 0
		for _, c := range b.Changes[:cap(b.Changes)] {
			kept += c.Points.Size()
		}
		if kept > most {
			t.Fatalf("keeps %d bytes, want %d at most", kept, most)
		}
	}
	if begin(&b, "a", 1); len(b.Changes) != 1 || b.Changes[0].Points.Len() != 1 {
		t.Errorf("has %v, want one point", b.Changes)
	}
}

// TestBatchRecycleLent: the memory of a block that was put into a batch stays its
// owner's.
func TestBatchRecycleLent(t *testing.T) {
	var b storage.Batch
	var mine points.Block
	mine.AppendInt(7, 7)
	b.Put(cpuOf("a"), mine, 0)
	b.Recycle(1 << 20)
	begin(&b, "b", 1)
	if mine.Times[0] != 7 || mine.Ints[0] != 7 {
		t.Errorf("the block that was put is %v", mine)
	}
}
