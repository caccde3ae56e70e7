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
	w.reset(sheet)
	runs = map[uint64][]byte{}
	for _, slot := range slots {
		runs[slot] = smallRun(int64(slot), int64(slot)<<slot)
		w.add(sheet+slot, runs[slot])
	}
	return bytes.Clone(w.encode()), runs
}

// TestGroupBytes shows the bytes of a group.
func TestGroupBytes(t *testing.T) {
	group, _ := grouping(64, 0, 1, 10)
	want := "01" + "0304000000000000" + "05000a001100" + // version, series, ends
		"0022010000" + "0022010204" + "00220114" + "80a001"
	if got := hex.EncodeToString(group); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestGroup: what is put into a group is found there, one by one and all at once.
func TestGroup(t *testing.T) {
	var all []uint64
	for slot := range uint64(sheetSize) {
		all = append(all, slot)
	}
	for _, slots := range [][]uint64{{0}, {63}, {5, 6, 7, 8}, {0, 31, 32, 63}, all} {
		group, runs := grouping(128, slots...)
		for slot := range uint64(sheetSize) {
			if got, err := findInGroup(group, uint(slot)); err != nil || !bytes.Equal(got, runs[slot]) {
				t.Errorf("%v: %d is %x, %v, want %x", slots, slot, got, err, runs[slot])
			}
		}
		var set groupSet
		set.reset(128)
		set.add(groupEntry{key: []byte("key"), rank: 7}, group)
		if got := set.rest(0, set.slots, new(groupWriter)).encode(); set.err != nil || !bytes.Equal(got, group) {
			t.Errorf("%v: %x comes back as %x, %v", slots, group, got, set.err)
		}
	}
}

// TestDamagedGroupBytes: a group that was cut off, or whose lengths are not those of
// its runs, is refused.
func TestDamagedGroupBytes(t *testing.T) {
	group, _ := grouping(0, 2, 3, 4, 5)
	for n := range len(group) {
		if _, _, _, err := splitGroup(group[:n], nil); !errors.Is(err, points.ErrCorrupt) {
			t.Errorf("the first %d bytes of %d: got %v", n, len(group), err)
		}
		if _, err := findInGroup(group[:n], 3); !errors.Is(err, points.ErrCorrupt) {
			t.Errorf("find in the first %d bytes of %d: got %v", n, len(group), err)
		}
	}
	if _, err := findInGroup(append(group, 0), 3); !errors.Is(err, points.ErrCorrupt) {
		t.Errorf("one byte too many: got %v", err)
	}
}

// FuzzGroup: bytes that are no group are refused, and what is taken apart is found one
// by one as well.
func FuzzGroup(f *testing.F) {
	group, _ := grouping(0, 2, 3, 4, 63)
	f.Add(group)
	f.Add(append([]byte{groupVersion}, bytes.Repeat([]byte{255}, 30)...))
	f.Fuzz(func(t *testing.T, group []byte) {
		var set groupSet
		set.reset(0)
		set.add(groupEntry{rank: 1}, group)
		for slot := range uint64(sheetSize) {
			run, err := findInGroup(group, uint(slot))
			switch runs := set.of(slot); {
			case set.err != nil:
				if set.unread>>slot&1 == 0 && (run != nil || err != nil) {
					t.Errorf("%x: %d is %x, %v, and is not where it may be", group, slot, run, err)
				}
			case len(runs) == 0 && (run != nil || err != nil), len(runs) > 1:
				t.Errorf("%x: %d is %x, %v, and %d runs", group, slot, run, err, len(runs))
			case len(runs) == 1 && err == nil && !bytes.Equal(run, set.data[runs[0].from:runs[0].to]):
				t.Errorf("%x: %d is %x, and %v", group, slot, run, runs)
			}
		}
	})
}
