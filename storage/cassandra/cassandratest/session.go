package cassandratest

import (
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
)

// Session is a plain session for looking at rows, with this node alone as its
// coordinator; an empty keyspace is none. It is closed with the test. Its writes
// carry microseconds unless the statement says otherwise.
func (n *Node) Session(t testing.TB, keyspace string) *gocql.Session {
	t.Helper()
	session, err := n.session(keyspace)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return session
}

// Keyspace is the name of a keyspace that does not exist yet. Whatever was
// created by that name is dropped when the test ends.
func (n *Node) Keyspace(t testing.TB) string {
	t.Helper()
	random := make([]byte, 6)
	rand.Read(random)
	name := fmt.Sprintf("aion_%x", random)
	if n.lasting {
		t.Cleanup(func() {
			if err := n.drop(name); err != nil {
				t.Logf("keyspace %s stays behind: %v", name, err)
			}
		})
	}
	return name
}

// drop drops a keyspace if it exists.
func (n *Node) drop(keyspace string) error {
	session, err := n.session("")
	if err != nil {
		return err
	}
	defer session.Close()
	return session.Query("DROP KEYSPACE IF EXISTS " + keyspace).Exec()
}

// answers is an error while the node does not answer CQL.
func (n *Node) answers() error {
	session, err := n.session("")
	if err != nil {
		return err
	}
	session.Close()
	return nil
}

// session opens a session; the caller closes it.
func (n *Node) session(keyspace string) (*gocql.Session, error) {
	c := gocql.NewCluster(n.host)
	c.Keyspace = keyspace
	c.ProtoVersion = 4
	c.NumConns = 1
	c.Consistency = gocql.One
	c.Timeout, c.WriteTimeout, c.ConnectTimeout = time.Minute, time.Minute, 10*time.Second
	// Only this node is asked, and nobody runs in the background.
	c.DisableInitialHostLookup = true
	c.ReconnectInterval = 0
	c.Events.DisableNodeStatusEvents, c.Events.DisableTopologyEvents, c.Events.DisableSchemaEvents = true, true, true
	c.Metadata.CacheMode = gocql.Disabled
	if n.options.Auth {
		c.Authenticator = gocql.PasswordAuthenticator{Username: User, Password: Password}
	}
	if n.keys != nil {
		c.SslOpts = &gocql.SslOptions{
			CaPath: n.keys.ca(), CertPath: n.keys.clientCertificate(), KeyPath: n.keys.clientKey(), EnableHostVerification: true,
		}
	}
	session, err := c.CreateSession()
	if err != nil {
		return nil, fmt.Errorf("connect to Cassandra at %s: %w", n.host, err)
	}
	return session, nil
}
