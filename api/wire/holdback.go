// Package wire is what all protocols need between HTTP and their own words:
// bounds on the bytes that come in, and the hold-back of an answer's first 64 KiB
// on the way out.
package wire

import (
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// HoldBackSize is how many bytes of a body are kept until it is known that the
// answer will be whole or too large to keep.
const HoldBackSize = 64 << 10

// patience is how long a client may neither take a piece of HoldBackSize nor send a
// byte: as long as KairosDB's connections may be idle. Whoever stalls for longer loses the
// connection, so that no request is kept alive by a client that has fallen asleep.
const patience = 2 * time.Minute

// HoldBack is an http.ResponseWriter that keeps status, headers and the first
// HoldBackSize bytes of a body back, so that a failure met that early still gets
// its status. When more is written it sends what it kept and passes everything
// on from then. Whoever makes one calls Finish or Abort at the end. It serves
// one goroutine at a time.
type HoldBack struct {
	w       http.ResponseWriter
	texts   *Texts      // lends held; nil: it is h's own
	conn    *gatherer   // of the request; nil: none that gathers
	before  http.Header // the headers as they were found; nil: none
	head    bool
	status  int
	held    []byte
	sent    bool // changed under mu
	whole   bool // all of it was held back, and sent by Finish
	written int64
	lost    error // the first failure of w
	notes   []slog.Attr

	mu    sync.Mutex // over can be set while a write is under way
	until *end       // the context whose end was asked for last, with those before it; nil: none
	over  error      // why nothing more is sent, once something was; nil: writes pass
}

// NewHoldBack holds back what is written to w in answer to a request of that
// method. The body of an answer to HEAD is dropped.
func NewHoldBack(w http.ResponseWriter, method string) *HoldBack {
	h := &HoldBack{w: w, head: method == http.MethodHead}
	if found := w.Header(); len(found) != 0 {
		h.before = found.Clone()
	}
	return h
}

// HoldBack holds back what is written to w in answer to r, in memory that s lends
// until the answer is sent.
func (s *Texts) HoldBack(w http.ResponseWriter, r *http.Request) *HoldBack {
	h := NewHoldBack(w, r.Method)
	h.texts, h.conn = s, gathererOf(r.Context())
	return h
}

// Header is the header that will be sent. Changing it after Sent is without
// effect.
func (h *HoldBack) Header() http.Header { return h.w.Header() }

// WriteHeader sets the status. Informational ones are sent at once; of the others
// the first one counts.
func (h *HoldBack) WriteHeader(status int) {
	switch {
	case status >= 100 && status < 200:
		h.w.WriteHeader(status)
	case h.status == 0:
		h.status = status
	}
}

// Write keeps p or sends it behind what was kept.
func (h *HoldBack) Write(p []byte) (int, error) {
	if err := h.ended(); err != nil {
		return 0, err
	}
	h.WriteHeader(http.StatusOK)
	if h.head {
		return len(p), nil
	}
	h.written += int64(len(p))
	if h.sent {
		return h.pass(p)
	}
	if len(h.held)+len(p) <= HoldBackSize {
		h.keep(p)
		return len(p), nil
	}
	if err := h.send(); err != nil {
		return 0, err
	}
	n, err := h.pass(p)
	yield() // what follows is still to be computed, by all processors
	return n, err
}

// keep holds p back.
func (h *HoldBack) keep(p []byte) {
	if h.held == nil && h.texts != nil {
		h.held = h.texts.Take()
	}
	h.held = append(h.held, p...)
}

// Flush sends on what has been passed on. Bytes that are held back stay so: to
// keep the promise about failures is worth more than their early arrival.
func (h *HoldBack) Flush() {
	if h.sent {
		// A connection that cannot flush, or is gone, says so at the next Write.
		_ = http.NewResponseController(h.w).Flush()
	}
}

// Sent tells whether a part of the answer is on its way and cannot be taken
// back.
func (h *HoldBack) Sent() bool { return h.sent }

// Whole tells whether Finish has sent an answer that was held back whole.
func (h *HoldBack) Whole() bool { return h.whole }

// Status is the status of the answer as it stands, 0 while nobody has set one.
func (h *HoldBack) Status() int { return h.status }

// Written is how many bytes of body were written, held back or not, and not
// dropped.
func (h *HoldBack) Written() int64 { return h.written }

// Lost is what went wrong when a part of the answer was passed on: the client is
// gone, or too slow for the server's patience. Nil while all is well.
func (h *HoldBack) Lost() error { return h.lost }

// Reset takes back status, headers and body, so that another answer can be given
// in their place. It answers false, and does nothing, when it is too late.
func (h *HoldBack) Reset() bool {
	if h.sent {
		return false
	}
	clear(h.w.Header())
	maps.Copy(h.w.Header(), h.before.Clone())
	h.status, h.written, h.held = 0, 0, h.held[:0]
	return true
}

// Finish ends a whole answer: what is still held back goes out with its length.
func (h *HoldBack) Finish() error {
	if h.sent {
		return nil
	}
	h.WriteHeader(http.StatusOK)
	header := h.w.Header()
	if _, given := header["Content-Length"]; !given && !h.head && hasBody(h.status) && len(header["Transfer-Encoding"]) == 0 {
		header["Content-Length"] = []string{strconv.Itoa(len(h.held))}
	}
	h.whole = true
	if h.conn == nil || len(h.held) < gatherFrom {
		return h.send()
	}
	h.conn.gather(h.texts)
	err := h.send()
	h.Flush() // into what is gathered
	if failed := h.conn.release(); failed != nil && err == nil {
		err = h.failed(failed)
	}
	return err
}

// Abort ends an answer that went wrong after a part of it was sent: it panics
// with http.ErrAbortHandler, which makes the server cut the connection, so that
// the part never looks like the whole. What a client has not taken by then it does
// not get.
func (h *HoldBack) Abort() {
	h.hurry()
	panic(http.ErrAbortHandler)
}

// Unwrap is the writer underneath, for http.ResponseController.
func (h *HoldBack) Unwrap() http.ResponseWriter { return h.w }

// send passes on the status and what is held back.
func (h *HoldBack) send() error {
	h.begin()
	h.w.WriteHeader(h.status)
	held := h.held
	h.held = nil
	var err error
	if len(held) == 0 || !hasBody(h.status) {
		h.bePatient(0)
	} else {
		_, err = h.pass(held)
	}
	if h.texts != nil && err == nil { // a connection of HTTP/2 that has failed may still read it
		h.texts.Rest(held)
	}
	return err
}

// pass writes p to the writer underneath.
func (h *HoldBack) pass(p []byte) (int, error) {
	h.bePatient(len(p))
	n, err := h.w.Write(p)
	if err != nil {
		err = h.failed(err)
	}
	return n, err
}

// failed notes why a write has failed, and is that.
func (h *HoldBack) failed(err error) error {
	if over := h.ended(); over != nil { // the failure is ours, not the client's
		return over
	}
	if h.lost == nil {
		h.lost = err
	}
	return err
}

// bePatient lets the next write, of so many bytes, take until patience is over: once
// for every HoldBackSize begun, so that a slow client has the same time for a byte
// however long the pieces are. A writer without deadlines, such as a test's, waits for
// ever.
func (h *HoldBack) bePatient(size int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over != nil {
		return
	}
	_ = http.NewResponseController(h.w).SetWriteDeadline(time.Now().Add(time.Duration(max(1, (size+HoldBackSize-1)/HoldBackSize)) * patience))
}

// hasBody tells whether answers of that status may have a body.
func hasBody(status int) bool {
	return status != http.StatusNoContent && status != http.StatusNotModified
}
