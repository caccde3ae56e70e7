package telnet

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"aion/api/access"
	"aion/storage"
)

// door lets in who shows the id of a device and the secret pa55word, for that
// device, until it is closed.
type door struct {
	asked    atomic.Int64
	released atomic.Int64
	closed   context.Context
}

// errWrong is the door's answer to all others.
var errWrong = errors.New("wrong")

// Enter looks at the secret.
func (d *door) Enter(ctx context.Context, from netip.Addr, id, secret string) (context.Context, *access.Principal, func(), error) {
	d.asked.Add(1)
	if secret != "pa55word" || !from.IsValid() {
		return nil, nil, nil, errWrong
	}
	who := &access.Principal{Kind: access.Key, ID: id, Role: access.Member, Constraint: storage.Constraint{}.Devices("device", id)}
	watched, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(d.closed, cancel)
	return watched, who, func() { stop(); cancel(); d.released.Add(1) }, nil
}

// abroad makes all clients come from an address that nobody trusts.
type abroad struct{ net.Listener }

// Accept takes a client.
func (a abroad) Accept() (net.Conn, error) {
	c, err := a.Listener.Accept()
	return foreign{c}, err
}

// foreign is a connection from abroad.
type foreign struct{ net.Conn }

// RemoteAddr is an address of documentation.
func (foreign) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1} }

// TestDoor: a first line says who sends, and with it what may be stored. Who is
// not trusted must say it.
func TestDoor(t *testing.T) {
	const mine = "mine{device=d1} kairos_long 1000 1"
	local, far := func(l net.Listener) net.Listener { return l }, func(l net.Listener) net.Listener { return abroad{l} }
	for _, c := range []struct {
		name    string
		from    func(net.Listener) net.Listener
		parts   []string
		answer  string
		points  string
		refused int64
	}{
		{"trusted, without", local, []string{"put mine 1 1 device=d1\nput other 1 1 device=d2\n"}, "", mine + "|other{device=d2} kairos_long 1000 1", 0},
		{"trusted, with", local, []string{"auth d1 pa55word\nput other 1 1 device=d2\nput mine 1 1 device=d1\n"}, "", mine, 1},
		{"trusted, like it", local, []string{"authput mine 1 1\nput mine 1 1 device=d1\n"}, "", mine, 1},
		{"abroad, without", far, []string{"put mine 1 1 device=d1\n"}, turnedDown, "", 1},
		{"abroad, with", far, []string{"auth d1 pa55word\r\nput mine 1 1 device=d1\nversion\n"}, "KairosDB 1.3.0-1\n", mine, 0},
		{"abroad, in parts", far, []string{"au", "th d1 pa55", "word\nput mine 1 1 dev", "ice=d1\nputm other 1 1 device=d2\nputs third 1 x\n"}, "", mine, 2},
		{"a wrong secret", far, []string{"auth d1 Pa55word\nput mine 1 1 device=d1\n"}, turnedDown, "", 1},
		{"trusted, a wrong secret", local, []string{"auth d1 Pa55word\nput mine 1 1 device=d1\n"}, turnedDown, "", 1},
		{"a word too many", far, []string{"auth d1 pa55word x\n"}, turnedDown, "", 1},
		{"a word too few", far, []string{"auth pa55word\n"}, turnedDown, "", 1},
		{"no end", far, []string{"auth d1 " + strings.Repeat("x", 2<<10)}, turnedDown, "", 1},
		{"twice", far, []string{"auth d1 pa55word\nauth d2 pa55word\nput other 1 1 device=d2\nput mine 1 1 device=d1\n"}, "", mine, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &door{closed: t.Context()}
			s := startBehind(t, Config{Door: d}, c.from)
			conn := s.dial(t)
			// A server that has turned a client down does not read on.
			for _, p := range c.parts {
				_, _ = io.WriteString(conn, p)
			}
			_ = conn.CloseWrite()
			got, _ := io.ReadAll(conn)
			if answer := string(got); answer != c.answer {
				t.Errorf("got the answer %q, want %q", answer, c.answer)
			}
			s.stop()
			if got := strings.Join(list(t, s.store), "|"); got != c.points {
				t.Errorf("got %s, want %s", got, c.points)
			}
			if got := s.Figures().Refused; got != c.refused {
				t.Errorf("got %d refusals, want %d", got, c.refused)
			}
			if log := s.log.String(); strings.Contains(log, "a55word") {
				t.Errorf("a secret is in the log: %s", log)
			}
		})
	}
}

// turnedDown is what a client is told who is not let in.
const turnedDown = "auth failed\n"

// TestDoorCloses: a connection whose key is worth nothing any more ends, and so
// do those that never say who they are, with the server.
func TestDoorCloses(t *testing.T) {
	closed, revoke := context.WithCancel(t.Context())
	d := &door{closed: closed}
	s := startBehind(t, Config{Door: d}, func(l net.Listener) net.Listener { return abroad{l} })
	conn, silent := s.dial(t), s.dial(t)
	send(t, conn, "auth d1 pa55word\nput mine 1 1 device=d1\n")
	eventually(t, "a point is stored", func() bool { return s.Figures().Points == 1 })
	revoke()
	if n, err := conn.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("got %d bytes and %v, want the end", n, err)
	}
	eventually(t, "the key is let go", func() bool { return d.released.Load() == 1 })
	send(t, silent, "au")
	s.stop()
	if n, err := silent.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("got %d bytes and %v, want the end", n, err)
	}
	if d.asked.Load() != 1 {
		t.Errorf("got %d questions, want one", d.asked.Load())
	}
}

// TestNoDoor: where nobody is asked, auth is no command, and its secret is not
// told.
func TestNoDoor(t *testing.T) {
	s := start(t, Config{})
	conn := s.dial(t)
	send(t, conn, "auth d1 pa55word\nput mine 1 1 device=d1\n")
	answers(t, conn)
	s.stop()
	if got := strings.Join(list(t, s.store), "|"); got != "mine{device=d1} kairos_long 1000 1" || s.Figures().Refused != 1 {
		t.Errorf("got %s and %d refusals, want the point and one", got, s.Figures().Refused)
	}
	if log := s.log.String(); strings.Contains(log, "pa55word") || !strings.Contains(log, "Unknown command: 'auth'") {
		t.Errorf("got the log %s, want the reason without the secret", log)
	}
}
