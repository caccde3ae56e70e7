package wire_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"aion/api/wire"
)

// counted is a listener that counts the writes to its connections.
type counted struct {
	net.Listener
	writes *atomic.Int64
}

// Accept waits for a connection.
func (c *counted) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &countedConn{conn.(*net.TCPConn), c.writes}, nil
}

// countedConn counts the writes to it.
type countedConn struct {
	*net.TCPConn
	writes *atomic.Int64
}

// Write counts.
func (c *countedConn) Write(p []byte) (int, error) {
	c.writes.Add(1)
	return c.TCPConn.Write(p)
}

// TestGathering: on one connection answers that are held back go out in one write
// each, however long they are, and longer ones come whole behind them.
func TestGathering(t *testing.T) {
	var texts wire.Texts
	var writes atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := texts.HoldBack(w, r)
		n := 0
		if _, err := fmt.Sscan(r.URL.Query().Get("n"), &n); err != nil {
			t.Error(err)
		}
		write(h, strings.Repeat("x", n))
		if err := h.Finish(); err != nil {
			t.Error(err)
		}
	}))
	server.Listener = wire.Gathering(&counted{server.Listener, &writes})
	server.Config.ConnContext = wire.Connected
	server.Start()
	defer server.Close()
	for _, n := range []int{10, 2047, 2048, 4000, 11_000, wire.HoldBackSize, 300_000, 5000, 0, 70_000, 3} {
		for _, method := range []string{"GET", "HEAD"} {
			before := writes.Load()
			req, err := http.NewRequestWithContext(t.Context(), method, fmt.Sprint(server.URL, "/?n=", n), nil)
			if err != nil {
				t.Fatal(err)
			}
			res, err := server.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(res.Body)
			res.Body.Close()
			want := n
			if method == "HEAD" {
				want = 0
			}
			if err != nil || len(got) != want || strings.Trim(string(got), "x") != "" {
				t.Errorf("%s of %d bytes: got %d bytes, %v", method, n, len(got), err)
			}
			if w := writes.Load() - before; want <= wire.HoldBackSize && w != 1 {
				t.Errorf("%s of %d bytes: got %d writes, want one", method, n, w)
			}
		}
	}
}
