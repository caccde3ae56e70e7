package cassandratest

import (
	"cmp"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// Options says what a node is like. The zero value is a node of its own on a free
// port of 127.0.0.1, open to everybody.
type Options struct {
	Version string // 5.0.6, or 4.1.10; empty: that of the test run
	Heap    string // 512M
	Address string // 127.0.0.1
	Seed    string // the address of the node whose cluster this one joins; the port must be the same
	Port    int    // the storage port is 10000 above it; 0: a free one
	Auth    bool   // clients log in: User, Password
	TLS     bool   // clients speak TLS and check the node by CA
	// ClientAuth lets nobody in without the client's certificate, beside TLS.
	ClientAuth bool
	// Measured is a node for measuring: with both of Java's compilers, so that it
	// is slower to start and faster once warm, and with the commit log as Cassandra
	// ships it, so that Kill loses what was acknowledged in the last 100 ms.
	Measured bool

	token    string // the place in the ring; empty: by chance
	throwing bool   // nothing need survive an end of the node: schema changes are neither logged nor synced
}

// Who may log in to a node with Auth.
const (
	User     = "cassandra"
	Password = "cassandra"
)

// Node is a running Cassandra. Its methods may be called from several goroutines.
type Node struct {
	options Options
	host    string
	keys    *keys    // nil: no TLS
	process *process // nil: not ours to stop
	lasting bool     // the node outlives the test, so that keyspaces must be dropped
}

// Host is where the node listens for CQL, such as 127.0.0.1:9042.
func (n *Node) Host() string { return n.host }

// Start starts a node for this test alone and waits until it answers. What it
// acknowledged survives Kill. It is ended with the test.
func Start(t testing.TB, o Options) *Node {
	t.Helper()
	o.Version = cmp.Or(o.Version, release())
	require(t, "cassandra-"+o.Version)
	n, err := newNode(t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.process.kill(); err != nil {
			t.Error(err)
		}
	})
	if err := n.start(); err != nil {
		t.Fatal(err)
	}
	return n
}

// newNode is a node with its data in dir; it is not started yet.
func newNode(dir string, o Options) (*Node, error) {
	if err := unpack(dir); err != nil {
		return nil, err
	}
	o.Version, o.Address = cmp.Or(o.Version, release()), cmp.Or(o.Address, "127.0.0.1")
	if o.Port == 0 {
		port, err := freePorts(storageOffset, o.Address)
		if err != nil {
			return nil, err
		}
		o.Port = port
	}
	n := &Node{options: o, host: net.JoinHostPort(o.Address, strconv.Itoa(o.Port))}
	if o.TLS || o.ClientAuth {
		made, err := makeKeys(filepath.Join(dir, "keys"), o.Address)
		if err != nil {
			return nil, err
		}
		n.keys = made
	}
	env, err := o.environment(n.keys)
	if err != nil {
		return nil, err
	}
	n.process = &process{
		dir:  dir,
		args: []string{filepath.Join(dir, "cassandra.sh"), dir, strconv.Itoa(o.Port), o.Version},
		env:  env,
	}
	return n, nil
}

// environment is what the start script is told.
func (o Options) environment(k *keys) ([]string, error) {
	jars, err := jarsFolder()
	if err != nil {
		return nil, err
	}
	env := []string{
		"AION_JARS=" + jars, "HEAP=" + cmp.Or(o.Heap, "512M"), "ADDR=" + o.Address, "SEED=" + cmp.Or(o.Seed, o.Address),
		"TOKEN=" + o.token, "JVM=" + o.jvm(), "COMMITLOG=batch", "AUTHENTICATOR=", "KEYS=", "CLIENT_AUTH=" + strconv.FormatBool(o.ClientAuth),
		"THROWING=" + strconv.FormatBool(o.throwing),
	}
	if o.throwing || o.Measured {
		env = append(env, "COMMITLOG=periodic")
	}
	if o.Auth {
		env = append(env, "AUTHENTICATOR=PasswordAuthenticator")
	}
	if k != nil {
		env = append(env, "KEYS="+k.dir)
	}
	return env, nil
}

// jvm is Java's options: the default ones let a node start in three seconds
// instead of five and take half of the memory.
func (o Options) jvm() string {
	if o.Measured {
		return ""
	}
	// Two of the five seconds go into estimating the overhead of a row in memory,
	// one into verifying the bytecode of published jars.
	flags := "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote -Dcassandra.shutdown_announce_in_ms=0" +
		" -Dcassandra.memtable.row_overhead_size=181 -Dcassandra.memtable_row_overhead_computation_step=100"
	if o.throwing {
		flags += " -Dcassandra.test.flush_local_schema_changes=false -Dcassandra.unsafesystem=true -Dcassandra.skip_sync=true"
	}
	return flags
}

// start starts the node and waits until it answers.
func (n *Node) start() error {
	if err := n.process.start(); err != nil {
		return err
	}
	return n.process.await(func() bool {
		return n.process.logged("Starting listening for CQL clients") && n.answers() == nil
	})
}

// Kill ends the node at once, as kill -9 does, and waits until it is gone.
func (n *Node) Kill(t testing.TB) {
	t.Helper()
	n.control(t, (*process).kill)
}

// Stop ends the node in order and waits until it is gone.
func (n *Node) Stop(t testing.TB) {
	t.Helper()
	n.control(t, (*process).stop)
}

// Pause makes the node hang: it keeps its connections and answers nothing.
func (n *Node) Pause(t testing.TB) {
	t.Helper()
	n.control(t, func(p *process) error { return p.signal(syscall.SIGSTOP) })
}

// Resume lets a paused node go on.
func (n *Node) Resume(t testing.TB) {
	t.Helper()
	n.control(t, func(p *process) error { return p.signal(syscall.SIGCONT) })
}

// Restart starts the node again, at the same address with the same data, and
// waits until it answers. A node that runs is stopped first.
func (n *Node) Restart(t testing.TB) {
	t.Helper()
	n.control(t, func(p *process) error {
		if err := p.stop(); err != nil {
			return err
		}
		return n.start()
	})
}

// control does something to the process of a node that is this test's own.
func (n *Node) control(t testing.TB, do func(*process) error) {
	t.Helper()
	if n.process == nil || n.lasting {
		t.Fatal(fmt.Errorf("the node at %s is not this test's own: use Start", n.host))
	}
	if err := do(n.process); err != nil {
		t.Fatal(err)
	}
}
