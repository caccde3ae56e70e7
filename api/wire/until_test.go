package wire_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"aion/api/wire"
)

// errOver is the cause of the end of contexts in these tests.
var errOver = errors.New("it is over")

// TestUntilEndsBlockedWrite: a write that waits for a client which does not read
// ends with its context, and tells why.
func TestUntilEndsBlockedWrite(t *testing.T) {
	ctx, end := context.WithCancelCause(t.Context())
	failed := make(chan error, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := wire.NewHoldBack(w, r.Method)
		release := wire.Until(ctx, h)
		line := []byte(strings.Repeat("x", 64<<10))
		var err error
		for err == nil {
			_, err = h.Write(line)
		}
		release()
		if h.Lost() != nil || h.Reset() {
			t.Errorf("got %v lost, want the failure to be ours, in the middle of the answer", h.Lost())
		}
		failed <- err
		h.Abort()
	}))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil { // the answer was begun
		t.Fatal(err)
	}
	end(errOver)
	if err := <-failed; !errors.Is(err, errOver) {
		t.Errorf("got %v, want why it is over", err)
	}
}

// TestUntilLeavesFailuresTheirAnswer: what is held back when the context ends is
// not sent, and the failure is answered in its place.
func TestUntilLeavesFailuresTheirAnswer(t *testing.T) {
	res, body, err := answer(t, "GET", func(h *wire.HoldBack) {
		ctx, end := context.WithCancelCause(t.Context())
		outer := wire.Until(ctx, h)
		inner := wire.Until(ctx, h)
		write(h, "the beginning")
		end(errOver)
		for {
			if _, err := h.Write(nil); err != nil {
				if !errors.Is(err, errOver) {
					t.Errorf("got %v, want why it is over", err)
				}
				break
			}
		}
		inner()
		outer()
		if !h.Reset() {
			t.Error("got an answer that was begun")
		}
		h.WriteHeader(http.StatusUnauthorized)
		write(h, "no more")
	})
	if err != nil || res.StatusCode != http.StatusUnauthorized || body != "no more" {
		t.Errorf("got %v %q %v, want a 401", res, body, err)
	}
}

// TestUntilLeavesFailuresTheirStream: the same over HTTP/2, where a stream whose
// time to write was over once is reset.
func TestUntilLeavesFailuresTheirStream(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := wire.NewHoldBack(w, r.Method)
		ctx, end := context.WithCancelCause(r.Context())
		release := wire.Until(ctx, h)
		write(h, "the beginning")
		end(errOver)
		release()
		h.Reset()
		h.WriteHeader(http.StatusGatewayTimeout)
		write(h, "too late")
		if err := h.Finish(); err != nil {
			t.Error(err)
		}
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	res, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.ProtoMajor != 2 || res.StatusCode != http.StatusGatewayTimeout || string(body) != "too late" {
		t.Errorf("got %s %d %q %v, want a 504 over HTTP/2", res.Proto, res.StatusCode, body, err)
	}
}

// TestUntilEndsFirstWrite: what was held back when the context ended has no time to be
// sent, also where nobody has tried to write since.
func TestUntilEndsFirstWrite(t *testing.T) {
	w := &hurried{ResponseRecorder: httptest.NewRecorder()}
	h := wire.NewHoldBack(w, http.MethodGet)
	ctx, end := context.WithCancelCause(t.Context())
	defer wire.Until(t.Context(), h)()
	defer wire.Until(ctx, h)()
	write(h, "the beginning")
	end(errOver)
	if err := h.Finish(); err != nil || !w.deadline.Before(time.Now()) || w.deadline.IsZero() {
		t.Errorf("got %v and until %v, want a deadline that is over", err, w.deadline)
	}
	if _, err := h.Write(nil); !errors.Is(err, errOver) {
		t.Errorf("got %v, want why it is over", err)
	}
}

// hurried notes until when it may write.
type hurried struct {
	*httptest.ResponseRecorder
	deadline time.Time
}

// SetWriteDeadline notes the deadline.
func (h *hurried) SetWriteDeadline(at time.Time) error {
	h.deadline = at
	return nil
}

// TestUntilIsCheap: an answer that is sent at its end, when nothing is to end it any
// more, has no context watched.
func TestUntilIsCheap(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	defer end()
	h := wire.NewHoldBack(httptest.NewRecorder(), http.MethodGet)
	if n := testing.AllocsPerRun(100, func() { wire.Until(ctx, h)() }); n > 2 {
		t.Errorf("got %v allocations, want 2 at most", n)
	}
}

// TestUntilReleased: a context that ends when the answer is over does it no harm,
// nor does one where there is no HoldBack.
func TestUntilReleased(t *testing.T) {
	res, body, err := answer(t, "GET", func(h *wire.HoldBack) {
		ctx, end := context.WithCancel(t.Context())
		release := wire.Until(ctx, h)
		write(h, "whole")
		release()
		end()
	})
	if err != nil || res.StatusCode != 200 || body != "whole" {
		t.Errorf("got %v %q %v, want it whole", res, body, err)
	}
	ctx, end := context.WithCancel(t.Context())
	release := wire.Until(ctx, httptest.NewRecorder())
	end()
	release()
}
