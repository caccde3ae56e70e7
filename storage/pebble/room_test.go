package pebble

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/points"
)

// bounded is a disk of which so many bytes are free, as far as it tells.
type bounded struct {
	vfs.FS
	free *atomic.Uint64
}

// GetDiskUsage tells what is free.
func (b bounded) GetDiskUsage(string) (vfs.DiskUsage, error) {
	return vfs.DiskUsage{AvailBytes: b.free.Load(), TotalBytes: 1 << 40}, nil
}

// tryPut writes ten points from at on.
func tryPut(t *testing.T, s *Store, k points.Key, at int64) error {
	t.Helper()
	var b points.Block
	for i := range int64(10) {
		b.AppendInt(at+i, at+i)
	}
	var batch storage.Batch
	batch.Put(k, b, 0)
	return s.Write(t.Context(), &batch)
}

// TestFullDisk: without room writes are refused as a whole and in words, reads go
// on, deletes pass while some room is left, and when there is room again the store
// takes writes by itself, with all that it had acknowledged.
func TestFullDisk(t *testing.T) {
	var free atomic.Uint64
	free.Store(1 << 30)
	fs := bounded{vfs.NewMem(), &free}
	s := mustOpen(t, Config{Dir: "db", fs: fs, still: true})
	look := func() { s.room.again = time.Time{} } // as if a second had gone by
	var want []int64
	for at := int64(0); at < 200; at += 20 {
		free.Store(1 << 30)
		look()
		if err := tryPut(t, s, cpu("a"), at); err != nil {
			t.Fatalf("with room: %v", err)
		}
		want = append(want, times(at, at+9, 1)...)
		free.Store(reserve - 1)
		look()
		err := tryPut(t, s, cpu("a"), at+10)
		if text := "the disk of the folder db is full: writing needs "; !errors.Is(err, points.ErrUnavailable) || !strings.Contains(err.Error(), text) {
			t.Fatalf("without room: got the error %v, want %v with %q", err, points.ErrUnavailable, text)
		}
		if err := s.Health(t.Context()); !errors.Is(err, storage.ErrFull) || !strings.Contains(err.Error(), "the disk of the folder db is full") {
			t.Errorf("health: got %v, want that the disk is full, and %v", err, storage.ErrFull)
		}
		if got := s.State(); got.Writable || got.Healthy || got.Free != reserve-1 || got.Size == 0 || got.Damaged != 0 {
			t.Errorf("without room: got %+v, want a size, what is free and neither writable nor healthy", got)
		}
		sameTimes(t, s, cpu("a"), want)
	}
	if err := s.Delete(t.Context(), storage.Selection{}, points.Range{From: 0, To: 99}); err != nil {
		t.Errorf("delete with some room: %v", err)
	}
	sameTimes(t, s, cpu("a"), want[50:])
	free.Store(reserve / 4)
	look()
	if err := s.Delete(t.Context(), storage.Selection{}, points.Always); !errors.Is(err, points.ErrUnavailable) {
		t.Errorf("delete without room: got %v, want %v", err, points.ErrUnavailable)
	}
	free.Store(1 << 30)
	look()
	if got := s.State(); !got.Writable || !got.Healthy || got.Free != 1<<30 {
		t.Errorf("with room again: got %+v, want it writable and healthy, and what is free", got)
	}
	if err := firstOf(tryPut(t, s, cpu("b"), 0), s.Health(t.Context()), s.Close()); err != nil {
		t.Fatalf("with room again: %v", err)
	}
	s = mustOpen(t, Config{Dir: "db", fs: fs, still: true})
	defer s.Close()
	sameTimes(t, s, cpu("a"), want[50:])
	sameTimes(t, s, cpu("b"), times(0, 9, 1))
	verified(t, s)
}

// TestRoomIsMeasuredInTime: much that is written makes the store look at the disk
// before its second is over.
func TestRoomIsMeasuredInTime(t *testing.T) {
	var free atomic.Uint64
	free.Store(reserve + 1<<20)
	s := mustOpenClosing(t, Config{Dir: "db", fs: bounded{vfs.NewMem(), &free}, still: true})
	s.room.again = time.Now().Add(time.Hour)
	s.room.left = 1 << 20
	free.Store(0)
	refused := false
	for at := int64(0); at < 1<<20 && !refused; at += 10 {
		refused = tryPut(t, s, cpu("a"), at) != nil
	}
	if !refused {
		t.Error("more was written than there was room for")
	}
}

// TestFreeUnknown: where it cannot be told what is free, nothing is said to be, also
// after it could be told.
func TestFreeUnknown(t *testing.T) {
	s := still(t, nil) // in memory, where that cannot be told
	s.room.free = 1 << 30
	if free := s.State().Free; free != 0 {
		t.Errorf("got %d bytes free, want 0", free)
	}
}
