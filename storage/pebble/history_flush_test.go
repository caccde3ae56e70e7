package pebble

import (
	"fmt"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage/points"
)

// flushed is called between the parts of what is settled, where readers see what has
// been done so far and the power may be cut. The store is compared at some of them, and
// at a few what a power cut would leave is settled to the end.
func (h *lifeline) flushed() {
	if !h.settling || h.rng.IntN(10) != 0 {
		return
	}
	h.parts++
	h.comparePoints()
	if h.rng.IntN(40) == 0 {
		h.cutShort()
	}
}

// comparePoints compares all points of all series.
func (h *lifeline) comparePoints() {
	for i := range lifelines {
		h.compare(fmt.Sprint("h", i), points.Always)
	}
}

// cutShort compares a store whose settling a power cut has ended here.
func (h *lifeline) cutShort() {
	was := h.s
	h.s = h.opened(h.fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: h.rng.IntN(101), RNG: h.rng}), nil)
	for range 2 {
		h.comparePoints()
		h.must(settleAll(h.s))
	}
	verified(h.T, h.s)
	h.shut()
	h.s = was
}

// settles has the store settle.
func (h *lifeline) settles(settle func() error) {
	h.settling = true
	defer func() { h.settling = false }()
	h.must(settle())
}
