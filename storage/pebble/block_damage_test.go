package pebble

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/sstable/block"
	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/pebble/folder"
	"aion/storage/points"
)

// TestOneBlockDamaged: whichever block of a table is damaged, the folder is opened, the
// old series can be read or are refused as damaged, and new ones begin under numbers of
// their own. Only where it cannot be told which runs wait to be settled, or whether
// some do, the folder is refused. Whoever only looks at it finds the damage.
func TestOneBlockDamaged(t *testing.T) {
	whole(t)
	origin := vfs.NewMem()
	s := mustOpen(t, Config{Dir: "db", fs: origin, still: true})
	for host := range 30 {
		putHostsOf(t, s, fmt.Sprintf("%02d-", host), 300)
	}
	last := s.dict.last
	if err := errors.Join(s.Compact(t.Context()), s.Close()); err != nil {
		t.Fatal(err)
	}
	table := soleTable(t, origin)
	refused, blocks := 0, dataBlocks(t, origin, table)
	for _, b := range blocks {
		if oneBlockDamaged(t, origin, table, b, last) {
			refused++
		}
	}
	if refused > 2 {
		t.Errorf("%d of %d blocks make the folder refused, want two at most", refused, len(blocks))
	}
}

// soleTable is the one table of a folder.
func soleTable(t *testing.T, fs vfs.FS) string {
	t.Helper()
	names, err := fs.List("db")
	if err != nil {
		t.Fatal(err)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !folder.IsTable(name) })
	if len(names) != 1 {
		t.Fatalf("the tables are %v, want one", names)
	}
	return fs.PathJoin("db", names[0])
}

// copyOf is a copy of a folder.
func copyOf(t *testing.T, origin vfs.FS) vfs.FS {
	t.Helper()
	fs := vfs.NewMem()
	if ok, err := vfs.Clone(origin, fs, "db", "db"); err != nil || !ok {
		t.Fatal(ok, err)
	}
	return fs
}

// putHostsOf writes a point to each of n hosts.
func putHostsOf(t *testing.T, s *Store, prefix string, n int) {
	t.Helper()
	var batch storage.Batch
	for host := range n {
		var b points.Block
		b.AppendInt(1, int64(host))
		batch.Put(cpu(fmt.Sprintf("%s%d", prefix, host)), b, 0)
	}
	if err := s.Write(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
}

// dataBlocks lists where the blocks of a table lie that hold entries.
func dataBlocks(t *testing.T, fs vfs.FS, path string) (blocks []block.Handle) {
	t.Helper()
	file, err := fs.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	readable, err := sstable.NewSimpleReadable(file)
	if err != nil {
		t.Fatal(err)
	}
	o := new(Store).options(fs, 0)
	o.EnsureDefaults()
	reader, err := sstable.NewReader(t.Context(), readable, o.MakeReaderOptions())
	if err != nil {
		t.Fatal(err)
	}
	layout, err := reader.Layout()
	if err := errors.Join(err, reader.Close()); err != nil {
		t.Fatal(err)
	}
	for _, b := range layout.Data {
		blocks = append(blocks, b.Handle)
	}
	return blocks
}

// oneBlockDamaged looks at a folder in which a block is damaged, and works with it. It
// tells whether it was refused.
func oneBlockDamaged(t *testing.T, origin vfs.FS, table string, b block.Handle, last uint64) bool {
	t.Helper()
	fs := copyOf(t, origin)
	flipAt(t, fs, table, int64(b.Offset+b.Length/2))
	checkUpTo(t, fs, b.Offset)
	s, err := Open(Config{Dir: "db", fs: fs, still: true})
	if err != nil {
		if !errors.Is(err, points.ErrCorrupt) || !strings.Contains(err.Error(), "find out which runs are to be settled") {
			t.Errorf("the block at %d: the folder is refused: %v", b.Offset, err)
		}
		return true
	}
	defer s.Close()
	if s.dict.last < last {
		t.Errorf("the block at %d: numbers go on from %d, and %d were given", b.Offset, s.dict.last, last)
	}
	beginsBeside(t, s, b.Offset)
	return false
}

// checkUpTo checks a folder up to what is wrong with its entries: the check reads the
// tables, and finds more than that one of them is damaged.
func checkUpTo(t *testing.T, fs vfs.FS, at uint64) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var found []string
	tally, err := CheckFolder(ctx, Config{Dir: "db", fs: fs}, Checks{Damaged: func(d Damage) {
		if found = append(found, d.Error()); len(found) == 2 {
			cancel()
		}
	}})
	if tally.Bytes == 0 || len(found) < 2 || !errors.Is(err, context.Canceled) {
		t.Errorf("the block at %d: the check has read %d bytes and found %q, %v", at, tally.Bytes, found, err)
	}
}

// flipAt flips a bit of a file.
func flipAt(t *testing.T, fs vfs.FS, path string, at int64) {
	t.Helper()
	file, err := fs.OpenReadWrite(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	var one [1]byte
	_, err = file.ReadAt(one[:], at)
	one[0] ^= 4
	_, failed := file.WriteAt(one[:], at)
	if err := errors.Join(err, failed, file.Close()); err != nil {
		t.Fatal(err)
	}
}

// beginsBeside writes to old series and new ones: what is not refused can be read.
func beginsBeside(t *testing.T, s *Store, at uint64) {
	t.Helper()
	for _, host := range []string{"00-0", "15-7", "29-299", "new-0", "new-1"} {
		var batch storage.Batch
		var b points.Block
		b.AppendInt(2, 2)
		batch.Put(cpu(host), b, 0)
		if err := s.Write(t.Context(), &batch); err != nil {
			if !errors.Is(err, points.ErrCorrupt) {
				t.Errorf("the block at %d: write to %s: %v", at, host, err)
			}
			continue
		}
		got, err := readRange(t, s, cpu(host), points.Always)
		want := 2
		if strings.HasPrefix(host, "new") {
			want = 1
		}
		if err == nil && got.Len() != want || err != nil && !errors.Is(err, points.ErrCorrupt) {
			t.Errorf("the block at %d: %s has %d points, %v, want %d", at, host, got.Len(), err, want)
		}
	}
}

// TestEpochBehindDamage: where the counter of epochs cannot be read, the next one lies
// behind all that has a rank, and behind the one in which that was put aside.
func TestEpochBehindDamage(t *testing.T) {
	for name, of := range map[string]struct {
		key  []byte
		want uint32
	}{
		"run":           {appendRunKey(nil, 70, 1, 1), 71},
		"group":         {appendRunGroupKey(nil, 70, 0, 1), 71},
		"carried":       {appendCarriedKey(nil, 1, rankOf(70, 1)), 72},
		"carried group": {appendCarriedGroupKey(nil, 0, rankOf(70, 1)), 72},
	} {
		fs := vfs.NewMem()
		s := mustOpen(t, Config{Dir: "db", fs: fs, still: true})
		if err := errors.Join(s.db.Set(of.key, []byte{1}, nil), s.db.Set(metaEpoch, []byte{1}, nil), s.Close()); err != nil {
			t.Fatal(err)
		}
		s = mustOpen(t, Config{Dir: "db", fs: fs, still: true})
		if got := s.newest.Load(); got != of.want {
			t.Errorf("%s: the epoch is %d, want %d", name, got, of.want)
		}
		if n := s.State().Damaged; n == 0 {
			t.Errorf("%s: the damaged counter is not counted", name)
		}
		v, closer, err := s.db.Get(metaEpoch)
		if err != nil || binary.BigEndian.Uint32(v) != of.want {
			t.Errorf("%s: the counter is %x, %v, want %d", name, v, err, of.want)
		}
		if err := errors.Join(closer.Close(), s.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAsideBehindDamage: where the counter of epochs cannot be read, what is put aside from
// then on takes the place of nothing that was put aside on the same sheet before.
func TestAsideBehindDamage(t *testing.T) {
	fs := vfs.NewMem()
	for life := range 3 {
		s := mustOpen(t, Config{Dir: "db", fs: fs, still: true})
		putHostsOf(t, s, fmt.Sprintf("%d-", life), 20)
		for host := range 20 * (life + 1) {
			key := cpu(fmt.Sprintf("%d-%d", host/20, host%20))
			if got := read(t, s, key, points.Always).Len(); got != 1 {
				t.Errorf("in life %d %s has %d points, want 1", life, &key, got)
			}
		}
		if err := errors.Join(s.db.Set(metaEpoch, []byte{1}, nil), s.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestHighestNumber: the numbers of the series tell which is the highest or, where one of
// them is damaged, the posting of all; where it is, too, nobody says.
func TestHighestNumber(t *testing.T) {
	s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
	defer s.Close()
	putHosts(t, s, 3*sheetSize, 1)
	for _, damage := range [][]byte{nil, appendNumberKey(nil, fingerprint{7}), appendPosting(nil, postAll)} {
		if damage != nil {
			if err := s.db.Set(damage, []byte{9}, nil); err != nil {
				t.Fatal(err)
			}
		}
		got, err := highestNumber(s.db)
		if told := len(damage) == 0 || damage[0] == keyNumber; told && (got != 3*sheetSize || err != nil) || !told && !errors.Is(err, points.ErrCorrupt) {
			t.Errorf("behind damage to %q: got %d, %v", damage, got, err)
		}
	}
}
