package telnet

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"aion/api/stream"
	"aion/storage"
	"aion/storage/memory"
)

// TestMain looks for goroutines that are left.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// running is a server of this process on a port of its own.
type running struct {
	*stream.Server
	store   storage.Store
	address string
	log     *bytes.Buffer // to be read when the server has stopped
	stop    func()        // and wait
}

// start starts a server over a store in memory, or the one that c names.
func start(t testing.TB, c Config) *running {
	t.Helper()
	return startBehind(t, c, func(l net.Listener) net.Listener { return l })
}

// startBehind is start with a listener between the clients and the server.
func startBehind(t testing.TB, c Config, between func(net.Listener) net.Listener) *running {
	t.Helper()
	s := &running{store: storage.Checked(memory.New(memory.Config{})), log: &bytes.Buffer{}}
	if c.Store == nil {
		c.Store = s.store
	}
	c.Log, c.Version = slog.New(slog.NewTextHandler(s.log, nil)), "KairosDB 1.3.0-1"
	s.Server = New(c)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = listener.Addr().String()
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, between(listener)) }()
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("got %v, want an orderly end", err)
		}
	})
	t.Cleanup(func() {
		s.stop()
		if err := s.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// dial connects.
func (s *running) dial(t testing.TB) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c.(*net.TCPConn)
}

// send writes parts, a packet each as far as one can tell.
func send(t testing.TB, c net.Conn, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if _, err := io.WriteString(c, p); err != nil {
			t.Fatal(err)
		}
	}
}

// answers ends what the client has to say and reads until the server is done.
func answers(t testing.TB, c *net.TCPConn) string {
	t.Helper()
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

// eventually waits for something that takes a while.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never: " + what)
		}
	}
}

// TestConversations plays what clients send and what becomes of it.
func TestConversations(t *testing.T) {
	long := strings.Repeat("x", MaxLine)
	for _, c := range []struct {
		name    string
		parts   []string
		answer  string
		points  string
		refused int64
	}{
		{"nothing", nil, "", "", 0},
		{"split packets and CRLF", []string{"put a 1 1  h=1\r\nput b 1 2 h", "=1", "\r", "\n"}, "", "a{h=1} kairos_long 1000 1|b{h=1} kairos_long 1000 2", 0},
		{"an end in the middle", []string{"put a 1 1\nput b 1 12"}, "", "a{add=tag} kairos_long 1000 1", 0},
		{"bad lines between", []string{"put\nput a 1 1\nbogus\nput b x 1\nput b 1 2\n"}, "", "a{add=tag} kairos_long 1000 1|b{add=tag} kairos_long 1000 2", 3},
		{"too long", []string{"put a 1 1\nput " + long, long, " 1 1\nput b 1 2\n"}, "", "a{add=tag} kairos_long 1000 1|b{add=tag} kairos_long 1000 2", 1},
		{"version", []string{"version\r\nversion x\nput a 1 1\n version \n"}, strings.Repeat("KairosDB 1.3.0-1\n", 3), "a{add=tag} kairos_long 1000 1", 0},
		{"the last one wins", []string{"put a 1 1\nput a 1 2\nput a 1 3\n"}, "", "a{add=tag} kairos_long 1000 3", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, Config{})
			conn := s.dial(t)
			send(t, conn, c.parts...)
			if got := answers(t, conn); got != c.answer {
				t.Errorf("got the answer %q, want %q", got, c.answer)
			}
			if got := strings.Join(list(t, s.store), "|"); got != c.points {
				t.Errorf("got %s, want %s", got, c.points)
			}
			if got := s.Figures().Refused; got != c.refused {
				t.Errorf("got %d refusals, want %d", got, c.refused)
			}
		})
	}
}

// TestVersionWaits: what came before a version is stored when it is answered.
func TestVersionWaits(t *testing.T) {
	s := start(t, Config{})
	conn, answer := s.dial(t), make([]byte, 17)
	for i := range 20 {
		send(t, conn, fmt.Sprintf("put a %d 1\nversion\n", i))
		if _, err := io.ReadFull(conn, answer); err != nil {
			t.Fatal(err)
		}
		if got := len(list(t, s.store)); got != i+1 {
			t.Fatalf("got %d points, want %d", got, i+1)
		}
	}
}

// TestOneWay: clients that close at once are heard, and said nothing of.
func TestOneWay(t *testing.T) {
	s := start(t, Config{})
	const clients, each = 20, 500
	for i := range clients {
		conn := s.dial(t)
		var b strings.Builder
		for k := range each {
			fmt.Fprintf(&b, "put a %d %d host=%d\n", k, k, i)
		}
		send(t, conn, b.String())
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all points are stored", func() bool { return s.Figures().Points == clients*each })
	s.stop()
	if got := len(list(t, s.store)); got != clients*each || s.log.Len() != 0 {
		t.Errorf("got %d points and the log %s, want %d and none", got, s.log, clients*each)
	}
}

// TestStop: what was sent in whole lines before the end is stored.
func TestStop(t *testing.T) {
	s := start(t, Config{})
	const clients, each = 10, 4000
	for i := range clients {
		conn := s.dial(t)
		var b strings.Builder
		for k := range each {
			fmt.Fprintf(&b, "put a %d %d host=%d\n", k, k, i)
		}
		go func() {
			// The server ends in the middle of that for some, as it may.
			_, _ = io.WriteString(conn, b.String()+"put a")
		}()
	}
	eventually(t, "some points are stored", func() bool { return s.Figures().Points > 0 })
	send(t, s.dial(t), "put late 1 1\n")
	eventually(t, "that client is known", func() bool { return s.Figures().Connections > clients })
	s.stop()
	f := s.Figures()
	if got := int64(len(list(t, s.store))); got != f.Points || f.Connections != 0 || f.Lost != 0 || f.BytesWaiting != 0 {
		t.Errorf("got %d points and figures %+v", got, f)
	}
	if got := list(t, s.store); got[len(got)-1] != "late{add=tag} kairos_long 1000 1" {
		t.Errorf("got %s last, want the point of the last client", got[len(got)-1])
	}
}

// TestIdleConnections: clients that say nothing cost little.
func TestIdleConnections(t *testing.T) {
	const clients, most = 2000, 16 << 10
	s := start(t, Config{})
	memory := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapInuse + m.StackInuse
	}
	before := memory()
	for i := range clients {
		send(t, s.dial(t), fmt.Sprintf("put a %d %d\nput a", i, i))
	}
	eventually(t, "all points are stored", func() bool { return s.Figures().Points == clients })
	if used := (memory() - before) / clients; used > most {
		t.Errorf("got %d bytes a connection, want less than %d", used, most)
	}
}

// TestTooMany: a client too many is turned away; when one has left there is room
// again.
func TestTooMany(t *testing.T) {
	s := start(t, Config{MaxConnections: 2})
	first, second := s.dial(t), s.dial(t)
	send(t, first, "put a 1 1\n")
	send(t, second, "put a 2 1\n")
	eventually(t, "both are here", func() bool { return s.Figures().Points == 2 })
	third := s.dial(t)
	if n, err := third.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("got %d bytes and %v, want the end", n, err)
	}
	answers(t, first)
	eventually(t, "one has left", func() bool { return s.Figures().Connections == 1 })
	fourth := s.dial(t)
	send(t, fourth, "put a 3 1\n")
	answers(t, fourth)
	if got := s.Figures(); got.Points != 3 || got.TurnedAway != 1 {
		t.Errorf("got %+v, want 3 points and 1 turned away", got)
	}
}

// TestSlowReader: who asks and asks and does not read is left; others are not
// held up.
func TestSlowReader(t *testing.T) {
	s := start(t, Config{Patience: 50 * time.Millisecond})
	slow := s.dial(t)
	go func() {
		for text := strings.Repeat("version\n", 10_000); ; {
			if _, err := io.WriteString(slow, text); err != nil {
				return
			}
		}
	}()
	quick := s.dial(t)
	send(t, quick, "put a 1 1\n")
	answers(t, quick)
	eventually(t, "the slow one is left", func() bool { return s.Figures().Connections == 0 })
}
