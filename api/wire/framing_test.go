package wire_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"aion/api/wire"
	"aion/storage/points"
)

// TestBodyMisframed: a body in chunks that are none is the client's mistake, and one
// that ends too early, or not at all, is not told as one.
func TestBodyMisframed(t *testing.T) {
	read := make(chan error)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = wire.Body(w, r, "limits.body", 100)
		_, err := io.Copy(io.Discard, wire.Body(w, r, "http.max-body", 1000))
		read <- err
	}))
	defer server.Close()
	const chunked = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
	tests := []struct {
		name, sent string
		want       string // of the mistake; empty: there is none
	}{
		{"whole", chunked + "2\r\n{}\r\n0\r\n\r\n", ""},
		{"no number", chunked + "zz\r\n{}", "body: invalid byte in chunk length"},
		{"a huge number", chunked + "fffffffffffffffff\r\n{}", "body: http chunk length too large"},
		{"no line feed behind a chunk", chunked + "2\r\n{}{}{}", "body: malformed chunked encoding"},
		{"more than may be", chunked + "c8\r\n" + strings.Repeat("x", 200) + "\r\n0\r\n\r\n", ""},
		{"half a chunk", chunked + "5\r\n{}", ""},
		{"half a body", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n{}", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := net.DialTimeout("tcp", server.Listener.Addr().String(), time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if _, err := io.Copy(c, strings.NewReader(tt.sent)); err != nil {
				t.Fatal(err)
			}
			if err := c.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			err = <-read
			invalid, got := new(points.InvalidError), ""
			if errors.As(err, &invalid) {
				got = invalid.Error()
			}
			if errors.Is(err, points.ErrLimit) != (tt.name == "more than may be") || got != tt.want {
				t.Errorf("got %v, want %q told", err, tt.want)
			}
		})
	}
}
