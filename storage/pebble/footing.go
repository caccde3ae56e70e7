package pebble

import (
	"sync"

	"github.com/cockroachdb/pebble/v2"
)

// footing is a snapshot that is older than those of the readers, and is closed a
// moment later. Whenever the oldest snapshot is closed Pebble looks, under its lock,
// for tables whose garbage nobody needs any more, which takes longer than many a
// reader reads: it may do so once a moment instead of after every reader. The moment
// ends, too, when an epoch has been settled, whose runs are garbage then. The zero
// value has no footing, nor gives any.
type footing struct {
	mu    sync.Mutex
	gives bool
	snap  *pebble.Snapshot // nil: there is none at present
}

// give gives the snapshots that are made from now on a footing.
func (f *footing) give(db *pebble.DB) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.gives && f.snap == nil {
		f.snap = db.NewSnapshot()
	}
}

// begin has footing be given: somebody will leave it again and again.
func (f *footing) begin() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.gives = true
}

// leave leaves the footing of the moment.
func (f *footing) leave() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.snap == nil {
		return nil
	}
	err := f.snap.Close()
	f.snap = nil
	return translate(err)
}
