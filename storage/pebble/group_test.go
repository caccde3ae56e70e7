package pebble

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"aion/storage/points"
)

// smallRun is a run of one point.
func smallRun(at, v int64) []byte {
	var b points.Block
	b.AppendInt(at, v)
	return appendRun(nil, nil, &b, nil)
}

// grouping is a group of runs of some places of a sheet, and these.
func grouping(sheet uint64, slots ...uint64) (group []byte, runs map[uint64][]byte) {
	var w groupWriter
	runs = collectRuns(&w, sheet, slots...)
	group, _ = w.encode()
	return bytes.Clone(group), runs
}

// plainGrouping is a group without columns of the runs that grouping has.
func plainGrouping(sheet uint64, slots ...uint64) (group []byte, runs map[uint64][]byte) {
	var w groupWriter
	runs = collectRuns(&w, sheet, slots...)
	return bytes.Clone(w.plain()), runs
}

// collectRuns collects runs of some places of a sheet.
func collectRuns(w *groupWriter, sheet uint64, slots ...uint64) (runs map[uint64][]byte) {
	w.reset(sheet)
	runs = map[uint64][]byte{}
	for _, slot := range slots {
		runs[slot] = smallRun(int64(slot), int64(slot)<<slot)
		w.add(sheet+slot, runs[slot])
	}
	return runs
}

// TestGroupBytes shows the bytes of groups.
func TestGroupBytes(t *testing.T) {
	plain, _ := plainGrouping(64, 0, 1, 10)
	want := "01" + "0304000000000000" + "05000a001100" + // version, series, ends
		"0022010000" + "0022010204" + "00220114" + "80a001"
	if got := hex.EncodeToString(plain); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var w groupWriter
	collectRuns(&w, 64, 0, 1, 2, 10)
	var text points.Block
	text.Reset(points.Text)
	text.AppendText(7, "on")
	w.add(64+63, appendRun(nil, nil, &text, nil))
	group, saved := w.encode()
	want = "02" + "0704000000000080" + // version, series
		"10" + "0d00" + "0704000000000000" + "0400" + "0e00" + "10a2" + "008000800000a0" + // columns of four
		"ff" + "0700" + "0023010e026f6e" // the end of the columns, and where the run ends that has none
	if got := hex.EncodeToString(group); got != want || saved != len(w.plain())-len(want)/2 {
		t.Errorf("got %s, %d bytes saved, want %s", got, saved, want)
	}
}

// TestGroup: what is put into a group is found there, one by one and all at once.
func TestGroup(t *testing.T) {
	var all []uint64
	for slot := range uint64(sheetSize) {
		all = append(all, slot)
	}
	for i, slots := range [][]uint64{{0}, {63}, {5, 6, 7, 8}, {0, 31, 32, 63}, all, {0}, {63}, {5, 6, 7, 8}, {0, 31, 32, 63}, all} {
		var r groupReader
		group, runs := grouping(128, slots...)
		if i < 5 {
			group, runs = plainGrouping(128, slots...)
		}
		for slot := range uint64(sheetSize) {
			if got, err := r.find(group, uint(slot)); err != nil || !bytes.Equal(got, runs[slot]) {
				t.Errorf("%v: %d is %x, %v, want %x", slots, slot, got, err, runs[slot])
			}
		}
		var set groupSet
		set.reset(128)
		set.add(groupEntry{key: []byte("key"), rank: 7}, group)
		w := set.rest(0, set.slots, new(groupWriter))
		if got := w.plain(); group[0] == groupPlain && !bytes.Equal(got, group) || set.err != nil {
			t.Errorf("%v: %x comes back as %x, %v", slots, group, got, set.err)
		}
		if got, _ := w.encode(); group[0] == groupColumns && !bytes.Equal(got, group) {
			t.Errorf("%v: %x comes back as %x", slots, group, got)
		}
	}
}

// TestDamagedGroupBytes: a group that was cut off, or whose lengths are not those of
// its runs, is refused.
func TestDamagedGroupBytes(t *testing.T) {
	for _, of := range []func(uint64, ...uint64) ([]byte, map[uint64][]byte){grouping, plainGrouping} {
		group, _ := of(0, 2, 3, 4, 5)
		var r groupReader
		for n := range len(group) {
			if _, _, _, err := r.split(group[:n], nil, nil); !errors.Is(err, points.ErrCorrupt) {
				t.Errorf("the first %d bytes of %d: got %v", n, len(group), err)
			}
			if _, err := r.find(group[:n], 3); !errors.Is(err, points.ErrCorrupt) {
				t.Errorf("find in the first %d bytes of %d: got %v", n, len(group), err)
			}
		}
		if _, err := r.find(append(group, 0), 3); !errors.Is(err, points.ErrCorrupt) {
			t.Errorf("one byte too many: got %v", err)
		}
	}
}

// FuzzGroup: bytes that are no group are refused, and what is taken apart is found one
// by one as well.
func FuzzGroup(f *testing.F) {
	group, _ := grouping(0, 2, 3, 4, 63)
	f.Add(group)
	f.Add(append([]byte{groupPlain}, bytes.Repeat([]byte{255}, 30)...))
	group, _ = plainGrouping(0, 2, 3, 4, 63)
	f.Add(group)
	f.Fuzz(func(t *testing.T, group []byte) {
		var r groupReader
		var set groupSet
		set.reset(0)
		set.add(groupEntry{rank: 1}, group)
		for slot := range uint64(sheetSize) {
			run, err := r.find(group, uint(slot))
			switch runs := set.of(slot); {
			case set.err != nil:
				if set.unread>>slot&1 == 0 && (run != nil || err != nil) {
					t.Errorf("%x: %d is %x, %v, and is not where it may be", group, slot, run, err)
				}
			case len(runs) == 0 && (run != nil || err != nil), len(runs) > 1:
				t.Errorf("%x: %d is %x, %v, and %d runs", group, slot, run, err, len(runs))
			case len(runs) == 1 && err == nil && !bytes.Equal(run, set.read(slot, runs[0])):
				t.Errorf("%x: %d is %x, and %v", group, slot, run, runs)
			}
		}
	})
}
