package wire_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"aion/api/wire"
)

// wrapped is a writer that wraps another, as echo's does.
type wrapped struct{ http.ResponseWriter }

// Unwrap is the other.
func (w wrapped) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// TestNote: facts reach the hold-back through what wraps it, and are dropped
// where there is none.
func TestNote(t *testing.T) {
	h := wire.NewHoldBack(httptest.NewRecorder(), http.MethodGet)
	wire.Note(h, slog.Int("series", 3))
	wire.Note(wrapped{wrapped{h}}, slog.Int("points", 5), slog.Int("groups", 1))
	wire.Note(wrapped{httptest.NewRecorder()}, slog.Int("lost", 1))
	got := slog.GroupValue(h.Notes()...).String()
	if want := "[series=3 points=5 groups=1]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if err := h.Finish(); err != nil {
		t.Fatal(err)
	}
}
