package cassandra

import (
	"context"
	"net"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
)

// silence is how much longer than a request a connection may bring nothing
// before it is given up. The driver library asks for a sign of life every five
// seconds and would otherwise give up idle connections where requests are to be
// answered within less.
const silence = 3 * time.Second

// dialer opens the network connections of a session. They end with a context of
// ours, for which the driver library has no place of its own.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// DialContext opens a connection.
func (d dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return d(ctx, network, address)
}

// link is a connection that ends with its context.
type link struct {
	net.Conn
	forget func() bool // ends the tie to the context
}

// Close closes the connection.
func (l *link) Close() error {
	l.forget()
	return l.Conn.Close()
}

// SetReadDeadline allows for silence.
func (l *link) SetReadDeadline(t time.Time) error {
	if !t.IsZero() {
		t = t.Add(silence)
	}
	return l.Conn.SetReadDeadline(t)
}

// links are a dialer whose connections end with ctx; one that is not made, or
// not secured, within the limit is given up.
func links(ctx context.Context, limit time.Duration) dialer {
	return func(own context.Context, network, address string) (net.Conn, error) {
		own, cancel := context.WithCancel(own)
		defer cancel()
		defer context.AfterFunc(ctx, cancel)()
		made, err := (&net.Dialer{Timeout: limit}).DialContext(own, network, address)
		if err != nil {
			return nil, err
		}
		// The driver library sets deadlines of its own once it speaks CQL.
		if err := made.SetDeadline(time.Now().Add(limit)); err != nil {
			made.Close()
			return nil, err
		}
		return &link{made, context.AfterFunc(ctx, func() { made.Close() })}, nil
	}
}

// begin makes a session and answers what ends it. Its network connections end
// before it: the driver library's Session.Close waits for ever where the control
// connection is being made anew, and that comes to its end while it waits.
func begin(ctx context.Context, settings *gocql.ClusterConfig) (*gocql.Session, func(), error) {
	own := *settings
	ctx, cut := context.WithCancel(ctx)
	own.Dialer = links(ctx, own.ConnectTimeout)
	session, err := own.CreateSession()
	if err != nil {
		cut()
		return nil, nil, err
	}
	return session, func() { cut(); session.Close() }, nil
}

// patient makes a request that may take long, such as a change of the schema,
// wait for its answer.
func patient(s *gocql.ClusterConfig) *gocql.ClusterConfig {
	long := *s
	long.Timeout = max(s.Timeout, 30*time.Second)
	return &long
}
