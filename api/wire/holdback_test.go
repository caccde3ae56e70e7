package wire_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"aion/api/wire"
)

// TestHoldBack answers below, at and above what is held back.
func TestHoldBack(t *testing.T) {
	small, large := strings.Repeat("s", 1000), strings.Repeat("l", wire.HoldBackSize+1)
	full := strings.Repeat("f", wire.HoldBackSize)
	tests := []struct {
		name       string
		method     string
		handle     func(h *wire.HoldBack)
		wantStatus int
		wantBody   string
		wantLength string // of the header Content-Length
		wantChunks bool
	}{
		{"nothing written", "GET", func(*wire.HoldBack) {}, 200, "", "0", false},
		{"status alone", "GET", func(h *wire.HoldBack) { h.WriteHeader(204) }, 204, "", "", false},
		{"small", "GET", func(h *wire.HoldBack) { write(h, small, small) }, 200, small + small, "2000", false},
		{"status and body", "GET", func(h *wire.HoldBack) { h.WriteHeader(413); write(h, small) }, 413, small, "1000", false},
		{"the first status counts", "GET", func(h *wire.HoldBack) { h.WriteHeader(400); h.WriteHeader(500) }, 400, "", "0", false},
		{"just what is held", "GET", func(h *wire.HoldBack) { write(h, full) }, 200, full, "65536", false},
		{"one byte more", "GET", func(h *wire.HoldBack) { write(h, full, "x") }, 200, full + "x", "", true},
		{"large at once", "GET", func(h *wire.HoldBack) { write(h, large, small) }, 200, large + small, "", true},
		{"flushed while held", "GET", func(h *wire.HoldBack) { write(h, small); h.Flush(); h.Reset(); h.WriteHeader(400) }, 400, "", "0", false},
		{"taken back", "GET", func(h *wire.HoldBack) {
			h.Header().Set("Content-Encoding", "gzip")
			write(h, small)
			h.Reset()
			h.WriteHeader(503)
			write(h, "no")
		}, 503, "no", "2", false},
		{"too late to take back", "GET", func(h *wire.HoldBack) { write(h, large); h.Reset(); write(h, "x") }, 200, large + "x", "", true},
		{"HEAD has no body", "HEAD", func(h *wire.HoldBack) { h.Header().Set("Content-Length", "0"); write(h, large) }, 200, "", "0", false},
		{"no body where none is allowed", "GET", func(h *wire.HoldBack) { h.WriteHeader(304); write(h, small) }, 304, "", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, body, err := answer(t, tt.method, tt.handle)
			if err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != tt.wantStatus || body != tt.wantBody {
				t.Errorf("got %d and %d bytes, want %d and %d bytes", res.StatusCode, len(body), tt.wantStatus, len(tt.wantBody))
			}
			if got := res.Header.Get("Content-Length"); got != tt.wantLength {
				t.Errorf("got Content-Length %q, want %q", got, tt.wantLength)
			}
			if got := len(res.TransferEncoding) == 1; got != tt.wantChunks {
				t.Errorf("got chunked %v, want %v", got, tt.wantChunks)
			}
			if got := res.Header.Get("Content-Encoding"); got != "" {
				t.Errorf("got Content-Encoding %q, want none", got)
			}
		})
	}
}

// TestHoldBackAbortIsNotWhole sees a cut answer from the client's end.
func TestHoldBackAbortIsNotWhole(t *testing.T) {
	_, body, err := answer(t, "GET", func(h *wire.HoldBack) {
		write(h, strings.Repeat("l", 2*wire.HoldBackSize))
		if !h.Sent() {
			t.Error("got Sent false after 128 KiB, want true")
		}
		h.Abort()
	})
	if err == nil {
		t.Errorf("got a whole answer of %d bytes, want an error from the reader", len(body))
	}
}

// TestHoldBackFlushesStreams reads the beginning of an answer that goes on.
func TestHoldBackFlushesStreams(t *testing.T) {
	more := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := wire.NewHoldBack(w, r.Method)
		write(h, strings.Repeat("l", wire.HoldBackSize), "now")
		h.Flush()
		<-more
	}))
	defer server.Close()
	res, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got := make([]byte, wire.HoldBackSize+3)
	if _, err := io.ReadFull(res.Body, got); err != nil || !bytes.HasSuffix(got, []byte("now")) {
		t.Errorf("got …%s, %v while the handler goes on, want …now", got[wire.HoldBackSize:], err)
	}
	close(more)
}

// TestHoldBackLendsMemory: answers that follow each other in the same memory have
// nothing of each other, whether they were sent, taken back or left.
func TestHoldBackLendsMemory(t *testing.T) {
	var texts wire.Texts
	for i, parts := range [][]string{{"first", " answer"}, {}, {"2nd"}, {strings.Repeat("l", wire.HoldBackSize), "more"}, {"last"}} {
		for _, method := range []string{"GET", "HEAD", "GET"} {
			rec := httptest.NewRecorder()
			h := texts.HoldBack(rec, httptest.NewRequest(method, "/", nil))
			write(h, "taken back")
			h.Reset()
			write(h, parts...)
			if err := h.Finish(); err != nil {
				t.Fatal(err)
			}
			want := strings.Join(parts, "")
			if method == "HEAD" {
				want = ""
			}
			if got := rec.Body.String(); got != want {
				t.Errorf("answer %d to %s: got %d bytes %.20q, want %d bytes %.20q", i, method, len(got), got, len(want), want)
			}
			if got, want := h.Whole(), len(want) <= wire.HoldBackSize; got != want {
				t.Errorf("answer %d to %s: got whole %v, want %v", i, method, got, want)
			}
		}
	}
}

// broken is a writer that fails, and goes on to read what it has failed with.
type broken struct {
	http.ResponseWriter
	read []byte
}

// Write fails.
func (b *broken) Write(p []byte) (int, error) {
	b.read = p
	return 0, io.ErrClosedPipe
}

// TestHoldBackLeavesWhatIsRead: the memory of an answer that could not be sent is not
// lent to another one.
func TestHoldBackLeavesWhatIsRead(t *testing.T) {
	var texts wire.Texts
	for range 20 { // a pool may drop what it is given
		to := &broken{ResponseWriter: httptest.NewRecorder()}
		h := texts.HoldBack(to, httptest.NewRequest("GET", "/", nil))
		write(h, "answer")
		if err := h.Finish(); err == nil {
			t.Fatal("got no failure")
		}
		if next := append(texts.Take(), "another"...); string(to.read) != "answer" {
			t.Fatalf("got %q of another answer %q", to.read, next)
		}
	}
}

// BenchmarkHoldBack writes a megabyte through it.
func BenchmarkHoldBack(b *testing.B) {
	piece := bytes.Repeat([]byte("x"), wire.HoldBackSize)
	b.ReportAllocs()
	b.SetBytes(16 * wire.HoldBackSize)
	for b.Loop() {
		h := wire.NewHoldBack(discard{}, "GET")
		for range 16 {
			if _, err := h.Write(piece); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// answer is what a client sees of a handler that writes through a HoldBack.
func answer(t *testing.T, method string, handle func(*wire.HoldBack)) (*http.Response, string, error) {
	t.Helper()
	var texts wire.Texts
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := texts.HoldBack(w, r)
		handle(h)
		if err := h.Finish(); err != nil {
			t.Error(err)
		}
	}))
	server.Listener, server.Config.ConnContext = wire.Gathering(server.Listener), wire.Connected
	server.Start()
	defer server.Close()
	req, err := http.NewRequestWithContext(t.Context(), method, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res, string(body), err
}

// write writes the parts, whether or not they arrive.
func write(w io.Writer, parts ...string) {
	for _, p := range parts {
		// The test sees at the client's end what was written.
		_, _ = io.WriteString(w, p)
	}
}

// discard drops an answer.
type discard struct{}

// Header is empty and nobody's.
func (discard) Header() http.Header { return http.Header{} }

// WriteHeader does nothing.
func (discard) WriteHeader(int) {}

// Write takes everything.
func (discard) Write(p []byte) (int, error) { return len(p), nil }
