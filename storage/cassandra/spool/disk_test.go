package spool

import (
	"errors"
	"strings"
	"sync"
	"syscall"
	"testing"

	"aion/storage/points"
)

// disk makes files that fail as long as it is told to.
type disk struct {
	mu     sync.Mutex
	create error // of making a segment
	write  error // of writing to one, after half of it was written
	sync   error // of syncing one
}

// set says how the disk fails.
func (d *disk) set(create, write, sync error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.create, d.write, d.sync = create, write, sync
}

// make makes a segment.
func (d *disk) make(path string) (file, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.create != nil {
		return nil, d.create
	}
	f, err := createFile(path)
	return &failing{f, d}, err
}

// failing is a file of a disk.
type failing struct {
	file
	disk *disk
}

// Write writes half of p where the disk fails.
func (f *failing) Write(p []byte) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if f.disk.write != nil {
		n, err := f.file.Write(p[:len(p)/2])
		return n, errors.Join(err, f.disk.write)
	}
	return f.file.Write(p)
}

// Sync fails where the disk does.
func (f *failing) Sync() error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if f.disk.sync != nil {
		return f.disk.sync
	}
	return f.file.Sync()
}

// TestDisk: a write that does not reach the disk is an error that names the
// folder, leaves nothing behind, and the next one may go well.
func TestDisk(t *testing.T) {
	tests := []struct {
		name                string
		create, write, sync error
		why                 error
	}{
		{"create", syscall.ENOSPC, nil, nil, syscall.ENOSPC},
		{"write", nil, syscall.ENOSPC, nil, syscall.ENOSPC},
		{"sync", nil, nil, syscall.EIO, syscall.EIO},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, g, dir := &disk{}, newTarget(nil), t.TempDir()
			g.set(errAway)
			s := reopened(t, Config{Dir: dir, Target: g, Segment: 150, create: d.make})
			for i := range int64(6) {
				write(t, s, put("m", i, i))
				d.set(tt.create, tt.write, tt.sync)
				for range 3 { // some of them begin a segment
					err := s.Write(t.Context(), put("m", 100, 100, 101, 101))
					if tt.create == nil && !errors.Is(err, points.ErrUnavailable) {
						t.Errorf("Write gives %v, want an ErrUnavailable", err)
					}
					if err != nil && (!strings.Contains(err.Error(), dir) || !errors.Is(err, tt.why)) {
						t.Errorf("Write says %v, want the folder %s and %v", err, dir, tt.why)
					}
				}
				d.set(nil, nil, nil)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			got, after := delivers(t, dir)
			for _, batch := range numbered(6) {
				if !strings.Contains(strings.Join(got, " "), batch) {
					t.Errorf("the spool delivers %v, want %s too", got, batch)
				}
			}
			if after.Damaged != 0 || tt.create == nil && len(got) != 6 {
				t.Errorf("the spool delivers %v with %d damaged, want 6 with 0", got, after.Damaged)
			}
		})
	}
}
