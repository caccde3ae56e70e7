package pebble

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/points"
)

// groupedHosts is how many hosts a test of groups has: a sheet and a bit.
const groupedHosts = sheetSize + 20

// writeNeighbours writes a point of each of the neighbours.
func writeNeighbours(t *testing.T, s *Store, at, v int64) {
	t.Helper()
	var batch storage.Batch
	for i := range int64(groupedHosts) {
		var b points.Block
		b.AppendInt(at, v*1000+i)
		batch.Put(cpu(fmt.Sprintf("h%03d", i)), b, 0)
	}
	must(t, s.Write(t.Context(), &batch))
}

// groupedAs writes the neighbours' points so that they stand in groups of a kind.
func groupedAs(t *testing.T, s *Store, kind byte) {
	t.Helper()
	writeNeighbours(t, s, 1, 1)
	if kind == keyRunGroup {
		must(t, s.Delete(t.Context(), storage.Selection{}, points.Range{From: 90, To: 91}))
		must(t, settleAll(s)) // the points; what follows is behind the cuts
		must(t, s.Delete(t.Context(), storage.Selection{}, points.Range{From: 90, To: 91}))
		writeNeighbours(t, s, 1, 1)
	}
	if n := len(entries(t, s, kind)); n != 2 {
		t.Fatalf("%d groups of kind %c, want 2", n, kind)
	}
}

// withoutColumns writes the groups of a kind anew as they were before there were
// columns.
func withoutColumns(t *testing.T, s *Store, kind byte) {
	t.Helper()
	for _, entry := range entries(t, s, kind) {
		key, group := []byte(entry[:17]), []byte(entry[18:])
		var set groupSet
		set.add(groupEntry{key: key}, group)
		w := set.rest(0, set.slots, new(groupWriter))
		if group[0] != groupColumns || set.err != nil {
			t.Fatalf("the group %x has no columns, %v", group, set.err)
		}
		must(t, s.db.Set(key, w.plain(), nil))
	}
}

// replace replaces bytes in values that belong to runs, and tells in how many.
func replace(t *testing.T, s *Store, old, new []byte) (n int) {
	t.Helper()
	for _, kind := range []byte{keyRun, keyCarried, keyRunGroup, keyCarriedGroup} {
		it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{kind}, UpperBound: []byte{kind + 1}})
		must(t, err)
		for ok := it.First(); ok; ok = it.Next() {
			if bytes.Contains(it.Value(), old) {
				n++
				must(t, s.db.Set(bytes.Clone(it.Key()), bytes.Replace(it.Value(), old, new, 1), nil))
			}
		}
		must(t, it.Close())
	}
	return n
}

// TestDamagedGroup: what is damaged in a group fails the reads of the series that have
// their runs there, and no others; a check names them; settling leaves it as it is and
// loses nothing beside it, and all can be deleted.
func TestDamagedGroup(t *testing.T) {
	whole(t)
	for _, kind := range []byte{keyRunGroup, keyCarriedGroup} {
		for name, c := range map[string]struct {
			columns bool
			at      int // the byte that is damaged; less than 0: the first of a run
			bit     byte
			series  int // how many series it is damage to
		}{
			"version": {false, 0, 0x80, sheetSize - 1}, "ends": {false, groupHead + 2*(sheetSize-1) - 1, 0x80, sheetSize - 1},
			"a run": {false, -1, 0x80, 1}, "a run of no points": {false, -1, runNoPoints, 1}, "a run with cuts": {false, -1, runHasCuts, 1},
			"version of columns": {true, 0, 0x80, sheetSize - 1}, "head of columns": {true, groupHead, 0x40, sheetSize - 1},
			"length of columns": {true, groupHead + 1, 1, sheetSize - 1}, "width of times": {true, groupHead + 3, 4, sheetSize - 1},
		} {
			t.Run(fmt.Sprintf("%c, %s", kind, name), func(t *testing.T) {
				s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
				defer s.Close()
				groupedAs(t, s, kind)
				if !c.columns {
					withoutColumns(t, s, kind)
				}
				old := []byte(entries(t, s, kind)[0][18:])
				if !c.columns {
					old = old[:groupHead+2*(sheetSize-1)]
				}
				if c.at < 0 { // that of h000
					old = smallRun(1, 1000)
				}
				broken := bytes.Clone(old)
				broken[max(c.at, 0)] ^= c.bit
				if n := replace(t, s, old, broken); n != 1 {
					t.Fatalf("%d entries damaged, want 1", n)
				}
				failing(t, s, c.series)
				if found := damages(t, s); len(found) != c.series || !strings.Contains(found[0], "cpu{host=h000}") {
					t.Errorf("the check found %d times damage, %q, want %d", len(found), found, c.series)
				}
				settleAroundGroup(t, s, c.series)
				replace(t, s, append([]byte{runDamaged}, broken...), broken)
				if n := replace(t, s, broken, old); n != 1 {
					t.Fatalf("%d entries mended, want 1", n)
				}
				failing(t, s, 0)
				replace(t, s, old, broken)
				must(t, s.Delete(t.Context(), storage.Selection{}, points.Always))
				tidy(t, s)
				for _, prefix := range []byte{keySeries, keyRun, keyCarried, keyRunGroup, keyCarriedGroup, keyChunk} {
					if n := len(entries(t, s, prefix)); n != 0 {
						t.Errorf("%d entries %c are left", n, prefix)
					}
				}
				verified(t, s)
			})
		}
	}
}

// settleAroundGroup writes more and settles it, some times.
func settleAroundGroup(t *testing.T, s *Store, damaged int) {
	t.Helper()
	for at := int64(2); at < 5; at++ {
		writeNeighbours(t, s, at, at)
		must(t, settleSome(s))
		failing(t, s, damaged)
	}
	must(t, errors.Join(settleAll(s), settleSome(s)))
	failing(t, s, damaged)
}

// failing makes sure that so many of the neighbours cannot be read, and that the
// others have what was written.
func failing(t *testing.T, s *Store, want int) {
	t.Helper()
	n, longest := 0, 0
	for i := range int64(groupedHosts) {
		got, err := readRange(t, s, cpu(fmt.Sprintf("h%03d", i)), points.Always)
		if errors.Is(err, points.ErrCorrupt) {
			n++
			continue
		}
		must(t, err)
		if longest = max(longest, got.Len()); got.Len() == 0 || got.Len() != longest {
			t.Fatalf("series %d has %d points, another %d", i, got.Len(), longest)
		}
		for j, at := range got.Times {
			if at != int64(j+1) || got.Ints[j] != at*1000+i {
				t.Fatalf("series %d has %d at %d", i, got.Ints[j], at)
			}
		}
	}
	if n != want {
		t.Errorf("%d series cannot be read, want %d", n, want)
	}
}
