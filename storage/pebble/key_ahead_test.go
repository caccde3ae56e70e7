package pebble

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/points"
)

// manyAhead is more series than are selected before keys are read ahead, and than
// are ahead at once.
const manyAhead = aheadFrom + 10*aheadKeys + 7

// selected selects all series and asks stop after each whether to go on. It tells how
// many came, in the order of their hosts, and what the selection failed with.
func selected(ctx context.Context, t *testing.T, s *Store, stop func(n int) bool) (n int, failed error) {
	t.Helper()
	for one, err := range s.Select(ctx, storage.Selection{}) {
		if err != nil {
			failed = err
			continue
		}
		if got, want := one.Key().Tags[0].Value, fmt.Sprintf("h%03d", n); got != want {
			t.Fatalf("series %d is of %s, want %s", n, got, want)
		}
		if n++; stop(n) {
			break
		}
	}
	return n, failed
}

// TestSelectAhead: very many series come in their order, whole or until the caller
// stops, however far their keys have been read by then.
func TestSelectAhead(t *testing.T) {
	s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
	defer s.Close()
	putHosts(t, s, manyAhead, 1)
	for _, most := range []int{1, aheadFrom - 1, aheadFrom, aheadFrom + 1, aheadFrom + aheadKeys, aheadFrom + 5*aheadKeys + 3, manyAhead - 1, manyAhead} {
		if n, err := selected(t.Context(), t, s, func(n int) bool { return n == most }); n != most || err != nil {
			t.Errorf("%d series came, and %v, want %d", n, err, most)
		}
	}
	if n, err := selected(t.Context(), t, s, func(int) bool { return false }); n != manyAhead || err != nil {
		t.Errorf("%d series came, and %v, want %d", n, err, manyAhead)
	}
}

// TestSelectAheadLeft: who leaves gets no more series than had been read.
func TestSelectAheadLeft(t *testing.T) {
	s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
	defer s.Close()
	putHosts(t, s, manyAhead, 1)
	for _, most := range []int{1, aheadFrom, aheadFrom + 3*aheadKeys} {
		ctx, leave := context.WithCancel(t.Context())
		n, err := selected(ctx, t, s, func(n int) bool {
			if n == most {
				leave()
			}
			return false
		})
		if ahead := (aheadDepth + 3) * aheadKeys; n < most || n > most+ahead || !errors.Is(err, context.Canceled) {
			t.Errorf("left after %d series: %d came, and %v, want few more, and that the caller has left", most, n, err)
		}
		leave()
	}
}

// TestSelectAheadDamaged: series before one whose key cannot be read come, and then
// the error.
func TestSelectAheadDamaged(t *testing.T) {
	s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
	defer s.Close()
	putHosts(t, s, manyAhead, 1)
	const damaged = (aheadFrom + 6*aheadKeys) / sheetSize * sheetSize
	damageSheet(t, s, damaged)
	n, err := selected(t.Context(), t, s, func(int) bool { return false })
	if n < damaged-1 || n >= damaged+sheetSize-1 || !errors.Is(err, points.ErrCorrupt) {
		t.Errorf("%d series came, and %v, want those before the damaged sheet from %d on, and the damage", n, err, damaged)
	}
}
