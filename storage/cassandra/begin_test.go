package cassandra

import (
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"go.uber.org/goleak"

	"aion/storage/cassandra/cassandratest"
)

// passage is a way to a node that can be blocked. From then on connections that
// are there bring nothing to the node, and new ones do until they ask for events,
// which the driver library's control connection does last.
type passage struct {
	listener net.Listener
	node     string
	running  sync.WaitGroup
	asked    chan struct{} // closed when somebody is held up
	free     chan struct{} // closed when nobody is held up any more

	first   sync.Once // to be held up
	blocked atomic.Bool
	mu      sync.Mutex
	open    []net.Conn
}

// newPassage opens a way to a node. It is closed with the test.
func newPassage(t *testing.T, node string) *passage {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &passage{listener: l, node: node, asked: make(chan struct{}), free: make(chan struct{})}
	p.running.Go(p.serve)
	t.Cleanup(func() {
		l.Close()
		p.closeAll()
		p.running.Wait()
	})
	return p
}

// serve joins each connection with one to the node.
func (p *passage) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		node, err := net.Dial("tcp", p.node)
		if err != nil {
			client.Close()
			continue
		}
		p.mu.Lock()
		p.open = append(p.open, client, node)
		p.mu.Unlock()
		after := p.blocked.Load()
		p.running.Go(func() { p.requests(node, client, after) })
		p.running.Go(func() {
			io.Copy(client, node)
			client.Close()
			node.Close()
		})
	}
}

// requests passes what a client sends on, frame by frame, until it is held up; after
// tells whether it came when the passage was blocked.
func (p *passage) requests(to, from net.Conn, after bool) {
	defer to.Close()
	defer from.Close()
	const register = 0x0b // the operation's code, the fifth of nine bytes before each body
	for head := make([]byte, 9); ; {
		if _, err := io.ReadFull(from, head); err != nil {
			return
		}
		if after && head[4] == register {
			p.first.Do(func() { close(p.asked) })
		}
		if p.blocked.Load() && (!after || head[4] == register) {
			<-p.free
		}
		if _, err := to.Write(head); err != nil {
			return
		}
		if _, err := io.CopyN(to, from, int64(binary.BigEndian.Uint32(head[5:]))); err != nil {
			return
		}
	}
}

// block blocks the way.
func (p *passage) block() { p.blocked.Store(true) }

// release lets all pass.
func (p *passage) release() {
	p.blocked.Store(false)
	close(p.free)
}

// closeAll ends all connections.
func (p *passage) closeAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.open {
		c.Close()
	}
	p.open = nil
}

// TestSessionEnds: a session ends, and leaves nothing running, though it is just
// making its connections anew, and the node answers then.
func TestSessionEnds(t *testing.T) {
	node := cassandratest.Shared(t)
	before := goleak.IgnoreCurrent()
	t.Run("while it connects", func(t *testing.T) {
		p := newPassage(t, node.Host())
		c := &cluster{config: Cluster{Hosts: []string{p.listener.Addr().String()}}, log: slog.New(slog.DiscardHandler)}
		settings, err := c.settings()
		if err != nil {
			t.Fatal(err)
		}
		settings.Timeout = 2 * time.Second // for a sign of life, too, after which the control connection is made anew
		settings.AddressTranslator = gocql.AddressTranslatorFunc(func(net.IP, int) (net.IP, int) {
			address := p.listener.Addr().(*net.TCPAddr)
			return address.IP, address.Port
		})
		_, end, err := begin(t.Context(), settings)
		if err != nil {
			t.Fatal(err)
		}
		p.block()
		<-p.asked
		ended := make(chan struct{})
		go func() { end(); close(ended) }()
		time.AfterFunc(300*time.Millisecond, p.release) // when the end has begun
		select {
		case <-ended:
		case <-time.After(time.Minute):
			t.Fatal("the session does not end")
		}
		<-p.free
	})
	var err error
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		if err = goleak.Find(before); err == nil {
			return
		}
	}
	t.Error(err)
}
