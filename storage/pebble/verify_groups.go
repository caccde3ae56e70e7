package pebble

import (
	"fmt"
	"math"
	"math/bits"

	"aion/storage/points"
)

// groups checks the groups of carried runs and of runs.
func (v *verifier) groups() error {
	return firstOf(
		v.walk(keyCarriedGroup, func(key, value []byte) {
			sheet, rank, ok := parseCarriedGroupKey(key)
			if ok && v.ahead(rank) {
				slots, _, _ := groupSlots(value)
				v.blameSheet(sheet, slots, fmt.Errorf("a group of carried runs lies behind the epochs %v: %w", v.r.at, points.ErrCorrupt))
			}
			v.checkGroup(key, value, sheet, rank, ok)
		}, func(before, behind []byte, err error) {
			v.lostGroups(before, behind, 1, fmt.Errorf("its groups of carried runs: %w", err))
		}),
		v.walk(keyRunGroup, func(key, value []byte) {
			sheet, rank, ok := parseRunGroupKey(key)
			if ok && v.outside(rank) {
				slots, _, _ := groupSlots(value)
				v.blameSheet(sheet, slots, fmt.Errorf("a group of runs lies outside the epochs %v: %w", v.r.at, points.ErrCorrupt))
			}
			v.checkGroup(key, value, sheet, rank, ok)
		}, func(before, behind []byte, err error) {
			if len(before) < 5 || len(behind) < 5 || string(before[:5]) != string(behind[:5]) {
				before, behind = nil, nil // not all of it lies in one epoch
			}
			v.lostGroups(before, behind, 5, fmt.Errorf("its groups of runs: %w", err))
		}),
	)
}

// checkGroup checks one group, and the runs in it as those that stand alone.
func (v *verifier) checkGroup(key, value []byte, sheet, rank uint64, ok bool) {
	if !ok {
		v.wrong("the entry %x of a group of runs", key)
		return
	}
	slots, runs, ends, err := v.group.split(value, nil, nil)
	if err != nil {
		v.tally.Runs++
		v.blameSheet(sheet, slots, err)
		return
	}
	from := 0
	for i, left := 0, slots; left != 0; i, left = i+1, left&(left-1) {
		number := sheet + uint64(bits.TrailingZeros64(left))
		run, err := runOfGroup(runs[from:ends[i]])
		if from = ends[i]; err != nil {
			v.blame(number, points.Always, fmt.Errorf("a run in a group: %w", err))
			continue
		}
		v.checkRun(key, run, number, rank, true)
	}
}

// blameSheet reports what is wrong with the series of a sheet that slots tells by
// bits, or with any of the sheet.
func (v *verifier) blameSheet(sheet, slots uint64, err error) {
	if slots == 0 {
		v.lostBetween(place{number: sheet}, place{number: sheet + sheetSize - 1}, err)
		return
	}
	for ; slots != 0; slots &= slots - 1 {
		v.blame(sheet+uint64(bits.TrailingZeros64(slots)), points.Always, err)
	}
}

// lostGroups reports that the groups between two keys cannot be read, for every series
// that may have runs there. The sheets stand in the keys from that byte on.
func (v *verifier) lostGroups(before, behind []byte, at int, err error) {
	from, to := place{}, place{number: math.MaxUint64}
	if len(before) >= at+8 {
		from.number, _ = parseNumbered(before[at-1:])
	}
	if len(behind) >= at+8 {
		to.number, _ = parseNumbered(behind[at-1:])
		to.number += sheetSize - 1
	}
	v.lostBetween(from, to, err)
}
