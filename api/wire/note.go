package wire

import (
	"log/slog"
	"net/http"
)

// Note adds facts to the one record that is written about a request: w is the
// request's writer, or wraps it. Where no record is written they are dropped.
func Note(w http.ResponseWriter, facts ...slog.Attr) {
	for {
		switch v := w.(type) {
		case *HoldBack:
			v.notes = append(v.notes, facts...)
			return
		case interface{ Unwrap() http.ResponseWriter }:
			w = v.Unwrap()
		default:
			return
		}
	}
}

// Notes are the facts that have been noted.
func (h *HoldBack) Notes() []slog.Attr { return h.notes }
