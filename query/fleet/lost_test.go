package fleet

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"aion/storage/points"
)

// TestDeletedAtBirth: a device that is deleted as soon as its record is there, before
// whoever creates it is done, is created anew by its next point.
func TestDeletedAtBirth(t *testing.T) {
	for _, ids := range []string{"d1", "d1 d2"} {
		y := newYard(t)
		var f *Fleet
		deleted := false
		f = y.hookedFleet(func(string) error { return nil }, func(kind string) {
			if kind == kindDevice && !deleted {
				deleted = true
				if err := f.Delete(t.Context(), "", "d1", false); err != nil {
					t.Error(err)
				}
			}
		})
		s := f.Observe(y.store)
		for turn, want := range []string{strings.TrimPrefix(strings.TrimPrefix(ids, "d1"), " "), ids} {
			for id := range strings.FieldsSeq(ids) {
				write(t, s, "a{device="+id+"}", int64(turn))
			}
			if got := listed(t, f, ""); got != want {
				t.Errorf("%s, turn %d: got %q, want %q", ids, turn, got, want)
			}
		}
	}
}

// broken is a switch that makes changes of records fail.
type broken struct {
	is  atomic.Bool
	err error
}

// before is hooked's.
func (b *broken) before(string) error {
	if b.is.Load() {
		return b.err
	}
	return nil
}

// TestBirthsAgain: devices that cannot be created because the store is away are created
// once it is back, although nobody writes them again. Meanwhile nobody waits for them.
func TestBirthsAgain(t *testing.T) {
	for _, n := range []int{1, 3} {
		synctest.Test(t, func(t *testing.T) {
			y := newYard(t)
			away := broken{err: fmt.Errorf("the store is away: %w", points.ErrUnavailable)}
			f := y.hookedFleet(away.before, func(string) {})
			s := f.Observe(y.store)
			away.is.Store(true)
			for i := range n {
				write(t, s, fmt.Sprintf("a{device=d%d}", i), 1)
			}
			running(t, f)
			synctest.Wait()
			if got := listed(t, f, ""); got != "" {
				t.Fatalf("got %q while the store is away", got)
			}
			time.Sleep(2 * againAfter)
			away.is.Store(false)
			time.Sleep(2 * againAfter)
			if got, want := listed(t, f, ""), "d0 d1 d2"[:3*n-1]; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// TestBirthsInTheEnd: devices that could not be created are tried once more when the
// fleet ends, and what is left then is not known to anybody.
func TestBirthsInTheEnd(t *testing.T) {
	y := newYard(t)
	away := broken{err: errors.New("the store is away")}
	f := y.hookedFleet(away.before, func(string) {})
	s := f.Observe(y.store)
	away.is.Store(true)
	write(t, s, "a{device=d1}", 1)
	if err := f.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if f.queue.waiting() != 0 || !f.known.has(f.known.hash("", "d1")) {
		t.Error("want the device put off and known")
	}
	away.is.Store(false)
	f.settleLast(t.Context())
	if got := listed(t, f, ""); got != "d1" {
		t.Errorf("got %q, want the device", got)
	}
}
