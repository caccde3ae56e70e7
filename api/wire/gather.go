package wire

import (
	"context"
	"crypto/tls"
	"net"
)

// gatherFrom is from how many bytes of body on an answer that is sent at once is
// gathered: package http writes what is smaller in one piece by itself.
const gatherFrom = 2 << 10

// Gathering is l with connections that a HoldBack made by Texts sends a whole answer
// through in one piece, where Connected tells it of them. Package http passes on the
// first 4 KiB, and then the rest: two calls of the system, and a client that is woken
// twice. Connections over TLS stay as they are.
func Gathering(l net.Listener) net.Listener { return &gathering{l} }

// gathering is the listener of Gathering.
type gathering struct{ net.Listener }

// Accept waits for a connection.
func (g *gathering) Accept() (net.Conn, error) {
	c, err := g.Listener.Accept()
	if _, secure := c.(*tls.Conn); secure || err != nil {
		return c, err
	}
	if c, ok := c.(plainConn); ok {
		return &gatherer{plainConn: c}, nil
	}
	return c, nil
}

// plainConn is a connection of which package http closes one direction alone.
type plainConn interface {
	net.Conn
	CloseWrite() error
}

// gatherer is a connection that can keep what is written until it is all there. It
// is written to by one goroutine at a time.
type gatherer struct {
	plainConn
	texts *Texts // lends kept; nil: what is written passes
	kept  []byte
}

// Write keeps p or passes it on.
func (g *gatherer) Write(p []byte) (int, error) {
	if g.texts == nil {
		return g.plainConn.Write(p)
	}
	g.kept = append(g.kept, p...)
	return len(p), nil
}

// gather keeps what is written from now on, in memory that texts lends.
func (g *gatherer) gather(texts *Texts) { g.texts, g.kept = texts, texts.Take() }

// release writes what is kept in one piece. From now on writes pass.
func (g *gatherer) release() error {
	texts, kept := g.texts, g.kept
	g.texts, g.kept = nil, nil
	_, err := g.plainConn.Write(kept)
	texts.Rest(kept)
	return err
}

// connected is the key of a request's connection in its context.
type connected struct{}

// Connected tells the requests of a connection of it. It is an http.Server's
// ConnContext.
func Connected(ctx context.Context, c net.Conn) context.Context {
	if g, ok := c.(*gatherer); ok {
		return context.WithValue(ctx, connected{}, g)
	}
	return ctx
}

// gathererOf is the connection that ctx's request came by; nil: it gathers nothing.
func gathererOf(ctx context.Context) *gatherer {
	g, _ := ctx.Value(connected{}).(*gatherer)
	return g
}
