package wire

import (
	"context"
	"net/http"
	"time"
)

// Until has what is written to w fail once ctx has ended, with the cause of its
// end: also a write that waits for a client which does not read. What is held back
// then is not sent, so that a failure can be told in its place. Release ends that;
// it is called before the request's handler returns. Where w is no HoldBack, nor
// around one, nothing happens.
func Until(ctx context.Context, w http.ResponseWriter) (release func()) {
	h := holdBackOf(w)
	if h == nil {
		return func() {}
	}
	e := &end{of: ctx, h: h}
	h.mu.Lock()
	defer h.mu.Unlock()
	if e.before, h.until = h.until, e; h.sent {
		e.watch()
	}
	return e.release
}

// end is a context that ends what is written. While nothing has been sent it is asked,
// and from then on watched, which most answers are too short for.
type end struct {
	of     context.Context
	h      *HoldBack
	before *end          // of the same answer, asked for before; nil: none
	stop   func() bool   // ends the watch; nil: there is none
	done   chan struct{} // closed when the watch has ended the answer
}

// watch has the end of the context interrupt the answer, whoever has h.mu.
func (e *end) watch() {
	e.done = make(chan struct{})
	e.stop = context.AfterFunc(e.of, func() {
		defer close(e.done)
		e.h.interrupt(e)
	})
}

// cause is why nothing more is to be written; nil: the context has not ended.
func (e *end) cause() error {
	if e.of.Err() == nil {
		return nil
	}
	return context.Cause(e.of)
}

// release has the context end nothing any more. What it has interrupted stays so.
func (e *end) release() {
	e.h.mu.Lock()
	at := &e.h.until
	for *at != nil && *at != e {
		at = &(*at).before
	}
	if *at == e {
		*at = e.before
	}
	stop := e.stop
	e.h.mu.Unlock()
	if stop != nil && !stop() {
		<-e.done
	}
}

// holdBackOf is the HoldBack that a writer is or has inside; nil: there is none.
func holdBackOf(w http.ResponseWriter) *HoldBack {
	for {
		switch is := w.(type) {
		case *HoldBack:
			return is
		case interface{ Unwrap() http.ResponseWriter }:
			w = is.Unwrap()
		default:
			return nil
		}
	}
}

// begin notes that something is being sent, and has the ends of contexts interrupt it.
// Where it is too late for that it fails.
func (h *HoldBack) begin() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sent = true
	for e := h.until; e != nil; e = e.before {
		if h.over = e.cause(); h.over != nil {
			h.hurry()
			return
		}
	}
	for e := h.until; e != nil; e = e.before {
		e.watch()
	}
}

// interrupt ends the write under way, if any, and has all others fail. Until something
// is sent there is none, and the time to write stays as it is: over HTTP/2 a stream is
// reset as soon as that is over, and could not tell the failure.
func (h *HoldBack) interrupt(e *end) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over == nil {
		h.over = e.cause()
		h.hurry()
	}
}

// hurry has the write under way fail, and those to come until another deadline is
// set. A writer without deadlines, such as a test's, ends its writes by itself.
func (h *HoldBack) hurry() { _ = http.NewResponseController(h.w).SetWriteDeadline(time.Unix(1, 0)) }

// ended is why nothing more is written; nil: all is well.
func (h *HoldBack) ended() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.sent {
		return h.over
	}
	for e := h.until; e != nil; e = e.before {
		if cause := e.cause(); cause != nil {
			return cause
		}
	}
	return nil
}
