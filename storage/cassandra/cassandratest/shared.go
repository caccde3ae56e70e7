package cassandratest

import (
	"cmp"
	"fmt"
	"os"
	"sync"
	"testing"
)

// part is this process's part in the shared node. It belongs to the process and
// not to a test, since the tests of a process have no other owner in common.
var part sharing

// sharing is how one process takes part in the node that all test processes of a
// checkout share. The zero value has not begun.
type sharing struct {
	mu    sync.Mutex
	ready bool   // Main runs and will leave the rendezvous
	met   *visit // nil: not needed yet
	node  *Node
	err   error // why there is no node; one test waits for that, the others are told
}

// Shared is the node of this test run: the one that AION_TEST_CASSANDRA names,
// or one that all test processes of this checkout share. The package's TestMain
// must call Main.
func Shared(t testing.TB) *Node {
	t.Helper()
	host := os.Getenv("AION_TEST_CASSANDRA")
	if host == "" {
		require(t, "cassandra-"+release())
	}
	node, err := part.join(host)
	if err != nil {
		t.Fatal(err)
	}
	return node
}

// Main runs the tests and answers their exit code. After them it stops the
// shared node, if this process started it, once no other process uses it.
func Main(m *testing.M) int {
	part.begin()
	code := m.Run()
	if err := part.leave(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = cmp.Or(code, 1)
	}
	return code
}

// begin says that leave will be called.
func (s *sharing) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ready = true
}

// join answers the shared node; a host names the one that is there already.
func (s *sharing) join(host string) (*Node, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.node != nil || s.err != nil:
	case host != "":
		s.node = &Node{host: host, lasting: true}
		s.err = s.node.answers()
	case !s.ready:
		return nil, fmt.Errorf("the shared node needs TestMain to call cassandratest.Main")
	default:
		s.met, s.err = meet(meetingPlace())
		if s.err == nil {
			s.node = s.met.node
		}
	}
	return s.node, s.err
}

// leave gives the shared node back.
func (s *sharing) leave() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ready = false
	if s.met == nil {
		return nil
	}
	return s.met.leave()
}
