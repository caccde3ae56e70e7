package pebble

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/chunk"
	"aion/storage/pebble/folder"
	"aion/storage/points"
)

// TestVetted: the checksum of a chunk is computed once for each copy of it, and
// anew once a table has come.
func TestVetted(t *testing.T) {
	var b points.Block
	for i := range int64(2000) {
		b.AppendFloat(i*i%977+i*1000, float64(i*i%1009)/100)
	}
	data := chunk.Append(nil, &b, nil)
	if len(data) < vettedFrom {
		t.Fatalf("the chunk has %d bytes, want %d at least", len(data), vettedFrom)
	}
	var c chunk.Chunk
	v := newVetted()
	open := func(what string, data []byte, want error) {
		t.Helper()
		if err := v.open(&c, data); !errors.Is(err, want) || c.Len() == 0 && want == nil {
			t.Errorf("%s: got the error %v, want %v", what, err, want)
		}
	}
	damaged := slices.Clone(data)
	damaged[len(data)/2] ^= 1
	open("a damaged copy", damaged, points.ErrCorrupt)
	open("the same once more", damaged, points.ErrCorrupt)
	open("a sound copy", data, nil)
	open("a damaged copy of a known one", damaged, points.ErrCorrupt)
	data[len(data)/2] ^= 1
	open("a known copy", data, nil)
	v.changed()
	open("the same after a table has come", data, points.ErrCorrupt)
	v = nil
	open("damage where nothing is remembered", data, points.ErrCorrupt)
}

// TestDamageBehindCache: a chunk that has been read, and then damaged on the disk,
// is refused once the cache has dropped its block.
func TestDamageBehindCache(t *testing.T) {
	if testing.Short() {
		t.Skip("fills the cache of blocks")
	}
	disk := &decaying{FS: vfs.NewMem()}
	s := mustOpenClosing(t, Config{Dir: "db", fs: disk, still: true, Cache: 1})
	put(t, s, cpu("a"), 0, 20_000, 1)
	filler := points.Key{Metric: "cpu", Tags: cpu("filler").Tags, Type: points.TypeText}
	heavy := noise(1 << 20)
	const most = 2*memTableSize>>20 + 16 // more than the cache has room for
	for i := range int64(most) {
		var batch storage.Batch
		b := points.Block{Kind: points.Text}
		b.AppendText(i, strconv.FormatInt(i, 10)+heavy)
		batch.Put(filler, b, 0)
		if err := s.Write(t.Context(), &batch); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, decays := range []bool{false, true, false} {
		disk.decays.Store(decays)
		b, err := readRange(t, s, cpu("a"), points.Always)
		switch {
		case !decays && (err != nil || b.Len() != 20_001):
			t.Fatalf("got %d points and the error %v, want 20001", b.Len(), err)
		case decays && (!errors.Is(err, points.ErrCorrupt) || !strings.Contains(err.Error(), "cpu{host=a}")):
			t.Fatalf("got the error %v, want one that names the series", err)
		}
		disk.decays.Store(false)
		if n := read(t, s, filler, points.Always).Len(); n != most {
			t.Fatalf("%d points of the other series, want %d", n, most)
		}
	}
}

// decaying is a disk that may be damaged: then each block of its tables has lost a
// bit.
type decaying struct {
	vfs.FS
	decays atomic.Bool
}

// Open opens a file for reading.
func (d *decaying) Open(name string, opts ...vfs.OpenOption) (vfs.File, error) {
	f, err := d.FS.Open(name, opts...)
	if err != nil || !folder.IsTable(name) {
		return f, err
	}
	return decayingTable{f, d}, nil
}

// decayingTable is a table on such a disk.
type decayingTable struct {
	vfs.File
	disk *decaying
}

// ReadAt reads a block.
func (t decayingTable) ReadAt(p []byte, at int64) (int, error) {
	n, err := t.File.ReadAt(p, at)
	if t.disk.decays.Load() && n >= 4<<10 {
		p[n/2] ^= 1
	}
	return n, err
}
