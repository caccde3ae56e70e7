package fleet

import (
	"strings"
	"testing"
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
