package stream

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"aion/api/access"
	"aion/storage/points"
)

// Door finds out who sends.
type Door interface {
	// Enter is who shows an id and a secret from an address and may write. The
	// context ends when that is worth nothing any more; release is called when the
	// connection has ended.
	Enter(ctx context.Context, from netip.Addr, id, secret string) (watched context.Context, who *access.Principal, release func(), err error)
}

// How a connection is opened: by a line that begins so, is so long at most, and
// comes in time where its sender is not trusted.
const (
	greeting    = "auth "
	maxGreeting = 1 << 10
	greetWithin = 10 * time.Second
	turnedDown  = "auth failed\n"
)

// Why a connection is not let in, and a point not taken.
var (
	errNoGreeting = errors.New("the address is not trusted and the first line says not who sends")
	errNotLetIn   = errors.New("the credentials are not valid")
	errOutside    = errors.New("the point may not be written with these credentials")
)

// Permits tells whether the peer may write a series. Where the store does not tell
// what it takes to know, it may not.
func (p *Peer) Permits(key *points.Key) bool { return p.permits == nil || p.permits(key) }

// Outside is why a point is refused that the peer may not write.
func Outside() error { return errOutside }

// enter finds out who sends, if the server asks, and takes what came with the
// first line. Whoever is trusted may say it or not. It answers false where the
// connection is over.
func (c *connection) enter(ctx context.Context) bool {
	if c.server.c.Door == nil {
		return true
	}
	line, rest, err := c.greeting()
	switch {
	case err != nil:
		return false
	case line == nil && c.stranger:
		return c.turnDown(errNoGreeting)
	case line != nil && !c.login(ctx, line):
		return c.turnDown(errNotLetIn)
	}
	used := c.lane.take(c, rest)
	return c.begin(rest[used:]) && c.reply()
}

// turnDown says that a connection is not let in. What it sent is not told: it may
// be a secret.
func (c *connection) turnDown(reason error) bool {
	c.peer.Refuse(nil, reason)
	c.peer.Answer(turnedDown)
	c.reply()
	return false
}

// greeting reads the first line. It is nil where that is another one; rest is what
// was read and does not belong to it.
func (c *connection) greeting() (line, rest []byte, err error) {
	var buffer [maxGreeting]byte
	for n := 0; ; {
		read := buffer[:n]
		end := bytes.IndexByte(read, '\n')
		switch {
		case !bytes.HasPrefix(read, []byte(greeting)[:min(n, len(greeting))]), n == len(buffer) && end < 0:
			return nil, read, nil
		case end >= len(greeting):
			return read[:end], read[end+1:], nil
		}
		deadline := time.Time{}
		if c.stranger {
			deadline = c.came.Add(greetWithin)
		}
		c.until(deadline)
		m, err := c.conn.Read(buffer[n:])
		if n += m; m == 0 && err != nil {
			return nil, nil, err
		}
	}
}

// login finds out who shows what the first line says, and tells whether he may
// send. The connection ends when he may no longer.
func (c *connection) login(ctx context.Context, line []byte) bool {
	id, secret, ok := greeted(line)
	if !ok {
		return false
	}
	watched, who, release, err := c.server.c.Door.Enter(context.WithoutCancel(ctx), addressOf(c.conn.RemoteAddr()), id, secret)
	if err != nil {
		return false
	}
	ended := context.AfterFunc(watched, func() {
		// One that is closed already has ended.
		_ = c.conn.Close()
	})
	c.peer.permits = func(key *points.Key) bool {
		ok, err := who.Constraint.Writes(watched, key)
		return ok && err == nil
	}
	c.left = func() {
		ended()
		release()
	}
	return true
}

// greeted are the id and the secret that a first line shows; ok is false where it
// does not show just these.
func greeted(line []byte) (id, secret string, ok bool) {
	one, more, _ := Word(Trim(line[len(greeting):]))
	other, more, ok := Word(more)
	_, _, tooMany := Word(more)
	if !ok || tooMany || len(one) == 0 || len(other) == 0 { // quotation marks with nothing between
		return "", "", false
	}
	return string(one), string(other), true
}

// addressOf is an address without its port; zero where it has none.
func addressOf(a net.Addr) netip.Addr {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	address, _ := netip.AddrFromSlice(tcp.IP)
	return address.Unmap()
}
