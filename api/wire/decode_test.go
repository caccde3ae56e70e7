package wire_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"aion/api/wire"
	"aion/storage/points"
)

// TestBounded reads up to a bound and tells what lies beyond it.
func TestBounded(t *testing.T) {
	tests := []struct {
		name     string
		body     string
		max      int64
		want     string
		wantFail bool
	}{
		{"empty", "", 3, "", false},
		{"below", "ab", 3, "ab", false},
		{"just the limit", "abc", 3, "abc", false},
		{"above", "abcd", 3, "abc", true},
		{"far above", strings.Repeat("x", 10_000), 3, "xxx", true},
		{"nothing is allowed", "a", 0, "", true},
	}
	for _, tt := range tests {
		for _, r := range []io.Reader{strings.NewReader(tt.body), iotest.OneByteReader(strings.NewReader(tt.body))} {
			t.Run(tt.name, func(t *testing.T) {
				r := wire.Bounded(r, "http.max-body", tt.max)
				got, err := io.ReadAll(r)
				if string(got) != tt.want || errors.Is(err, points.ErrLimit) != tt.wantFail {
					t.Errorf("got %q, %v, want %q, a limit: %v", got, err, tt.want, tt.wantFail)
				}
				_, again := r.Read(make([]byte, 1))
				if errors.Is(again, points.ErrLimit) != tt.wantFail {
					t.Errorf("got %v from the next read, want the same as before: %v", again, err)
				}
			})
		}
	}
}

// TestBodyClosesTheConnection does not read what is too large to its end.
func TestBodyClosesTheConnection(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := wire.NewHoldBack(w, r.Method)
		_, err := io.Copy(io.Discard, wire.Body(h, r, "http.max-body", 10))
		var tooLarge *wire.TooLargeError
		if errors.As(err, &tooLarge) {
			h.WriteHeader(http.StatusRequestEntityTooLarge)
			write(h, tooLarge.Error())
		}
		if err := h.Finish(); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	tests := []struct {
		body       string
		wantStatus int
		wantBody   string
		wantClose  bool
	}{
		{strings.Repeat("x", 10), 200, "", false},
		{strings.Repeat("x", 11), 413, "the request body exceeds the limit http.max-body of 10 bytes", true},
	}
	for _, tt := range tests {
		res, err := http.Post(server.URL, "text/plain", strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != tt.wantStatus || string(got) != tt.wantBody || res.Close != tt.wantClose {
			t.Errorf("%d bytes: got %d %q close=%v (%v), want %d %q close=%v",
				len(tt.body), res.StatusCode, got, res.Close, err, tt.wantStatus, tt.wantBody, tt.wantClose)
		}
	}
}

// deadlines is a ResponseWriter that notes whether deadlines are set.
type deadlines struct {
	httptest.ResponseRecorder
	read, write []bool // not zero
}

// SetReadDeadline notes whether a deadline is set or lifted.
func (d *deadlines) SetReadDeadline(at time.Time) error {
	d.read = append(d.read, !at.IsZero())
	return nil
}

// SetWriteDeadline notes whether a deadline is set or lifted.
func (d *deadlines) SetWriteDeadline(at time.Time) error {
	d.write = append(d.write, !at.IsZero())
	return nil
}

// TestDeadlines gives each read and each write its time, and no more.
func TestDeadlines(t *testing.T) {
	d := &deadlines{ResponseRecorder: *httptest.NewRecorder()}
	h := wire.NewHoldBack(d, "POST")
	body := wire.Body(h, httptest.NewRequest("POST", "/", strings.NewReader("abc")), "http.max-body", 10)
	if _, err := body.Read(make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	if want := []bool{true, false}; !slices.Equal(d.read, want) {
		t.Errorf("got read deadlines %v, want one during the read alone: %v", d.read, want)
	}
	write(h, "x")
	if len(d.write) != 0 {
		t.Errorf("got write deadlines %v while the answer is held back, want none", d.write)
	}
	if err := h.Finish(); err != nil {
		t.Fatal(err)
	}
	if len(d.write) == 0 || slices.Contains(d.write, false) {
		t.Errorf("got write deadlines %v, want one for each write", d.write)
	}
}

// lateness is a ResponseWriter that notes how far off the last deadline of a write is.
type lateness struct {
	httptest.ResponseRecorder
	of time.Duration
}

// SetWriteDeadline notes how far off the deadline is.
func (l *lateness) SetWriteDeadline(at time.Time) error {
	l.of = time.Until(at)
	return nil
}

// TestLongPiecesHaveLonger: a write of several times what is held back has as many
// times as long, so that a slow client gets long pieces, too.
func TestLongPiecesHaveLonger(t *testing.T) {
	for size, times := range map[int]time.Duration{1: 1, wire.HoldBackSize: 1, wire.HoldBackSize + 1: 2, 3 * wire.HoldBackSize: 3} {
		l := &lateness{ResponseRecorder: *httptest.NewRecorder()}
		h := wire.NewHoldBack(l, "GET")
		write(h, strings.Repeat("x", wire.HoldBackSize))
		write(h, strings.Repeat("x", size))
		if want := times * 2 * time.Minute; l.of.Round(time.Minute) != want {
			t.Errorf("a write of %d bytes: got %s, want %s", size, l.of, want)
		}
	}
}
