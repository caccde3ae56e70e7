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
	e, done := new(end), make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		e.cause = context.Cause(ctx)
		h.interrupt(e)
	})
	return func() {
		if !stop() {
			<-done
			h.resume(e)
		}
	}
}

// end is why nothing more is to be written.
type end struct{ cause error }

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

// interrupt ends the write under way, if any, and has all others fail. While
// nothing has been sent there is none, and the time to write stays as it is: over
// HTTP/2 a stream is reset as soon as that is over, and could not tell the failure.
func (h *HoldBack) interrupt(e *end) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over != nil {
		return
	}
	if h.over = e; h.sent {
		h.hurry()
	}
}

// hurry has the write under way fail, and those to come until another deadline is
// set. A writer without deadlines, such as a test's, ends its writes by itself.
func (h *HoldBack) hurry() { _ = http.NewResponseController(h.w).SetWriteDeadline(time.Unix(1, 0)) }

// resume has an answer be written that e has kept from it: the failure. Of one that
// was begun nothing more is to come.
func (h *HoldBack) resume(e *end) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over == e && !h.sent {
		h.over = nil
	}
}

// ended is why nothing more is written; nil: all is well.
func (h *HoldBack) ended() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over == nil {
		return nil
	}
	return h.over.cause
}
