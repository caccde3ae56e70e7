package pebble

import (
	"errors"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage/points"
)

// narrow is a disk with so many bytes free.
type narrow struct {
	vfs.FS
	free uint64
}

// GetDiskUsage tells what is free.
func (n narrow) GetDiskUsage(string) (vfs.DiskUsage, error) {
	return vfs.DiskUsage{AvailBytes: n.free, TotalBytes: 1 << 40}, nil
}

// TestOpenOnFullDisk: a folder whose logs cannot be written to tables is refused
// in words, and nothing of it is lost.
func TestOpenOnFullDisk(t *testing.T) {
	mem := vfs.NewMem()
	_, err := Open(Config{Dir: "db", fs: narrow{mem, spareSpace - 1}})
	if want := "the disk of the folder db is full: opening it needs 4 MiB, and 3 MiB are free"; err == nil || !strings.Contains(err.Error(), want) {
		t.Fatalf("a new folder: got the error %v, want %q", err, want)
	}
	s := mustOpen(t, Config{Dir: "db", fs: mem, still: true})
	put(t, s, cpu("a"), 1, 100_000, 7)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Config{Dir: "db", fs: narrow{mem, spareSpace}}); !errors.Is(err, points.ErrUnavailable) {
		t.Fatalf("got the error %v, want %v", err, points.ErrUnavailable)
	}
	s = mustOpen(t, Config{Dir: "db", fs: mem})
	defer s.Close()
	sameTimes(t, s, cpu("a"), times(1, 100_000, 7))
}
