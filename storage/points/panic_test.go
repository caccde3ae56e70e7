package points

import (
	"errors"
	"io"
	"strings"
	"testing"
)

// explode is where a test panics.
func explode() error { panic("boom") }

// TestGuarded: work answers what it has failed with, a panic as an error that tells where
// it was.
func TestGuarded(t *testing.T) {
	for _, want := range []error{nil, io.EOF} {
		if err := Guarded(func() error { return want }); err != want {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	bug, ok := errors.AsType[*PanicError](Guarded(explode))
	if !ok || bug.Error() != "panic: boom" || !strings.Contains(string(bug.Stack), "points.explode") {
		t.Errorf("got %+v, want the panic and where it was", bug)
	}
}
