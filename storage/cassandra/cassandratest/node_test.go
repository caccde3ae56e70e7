package cassandratest

import (
	"net"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
)

// fill creates a keyspace with one table and three rows.
func fill(t *testing.T, n *Node, keyspace string) {
	t.Helper()
	s := n.Session(t, "")
	for _, statement := range []string{
		"CREATE KEYSPACE " + keyspace + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
		"CREATE TABLE " + keyspace + ".rows (key int PRIMARY KEY)",
		"INSERT INTO " + keyspace + ".rows (key) VALUES (1)",
		"INSERT INTO " + keyspace + ".rows (key) VALUES (2)",
		"INSERT INTO " + keyspace + ".rows (key) VALUES (3)",
	} {
		if err := s.Query(statement).Exec(); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// count is how many rows there are.
func count(t *testing.T, s *gocql.Session) int {
	t.Helper()
	var rows int
	if err := s.Query("SELECT count(*) FROM rows").Scan(&rows); err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestLife takes one node through all that can be done to it: what it
// acknowledged is there after each end.
func TestLife(t *testing.T) {
	n := Start(t, Options{})
	keyspace := n.Keyspace(t)
	fill(t, n, keyspace)
	t.Run("pause", func(t *testing.T) { pause(t, n) })
	for _, end := range []struct {
		name string
		do   func(testing.TB)
	}{
		{"kill", n.Kill},
		{"stop while paused", func(t testing.TB) { n.Pause(t); n.Stop(t) }},
		{"restart alone", func(testing.TB) {}},
	} {
		t.Run(end.name, func(t *testing.T) {
			end.do(t)
			n.Restart(t)
			if got := count(t, n.Session(t, keyspace)); got != 3 {
				t.Errorf("got %d rows, want 3", got)
			}
		})
	}
	n.Kill(t)
	if err := n.answers(); err == nil {
		t.Error("a killed node answers")
	}
}

// pause hangs a node and lets it go on.
func pause(t *testing.T, n *Node) {
	s := n.Session(t, "system")
	n.Pause(t)
	answered := make(chan error, 1)
	go func() { answered <- s.Query("SELECT key FROM local").Exec() }()
	connection, err := net.Dial("tcp", n.Host())
	if err != nil {
		t.Errorf("a hung node should still take connections: %v", err)
	} else {
		connection.Close()
	}
	select {
	case err := <-answered:
		t.Errorf("got an answer (%v) of a hung node, want none", err)
	case <-time.After(100 * time.Millisecond):
	}
	n.Resume(t)
	if err := <-answered; err != nil {
		t.Errorf("after resuming: %v", err)
	}
}

// TestSecured starts a node that asks for everything and looks who gets in.
func TestSecured(t *testing.T) {
	n := Start(t, Options{Auth: true, TLS: true, ClientAuth: true})
	certificate, key := n.ClientCertificate(t)
	tls := &gocql.SslOptions{CaPath: n.CA(t), CertPath: certificate, KeyPath: key, EnableHostVerification: true}
	login := gocql.PasswordAuthenticator{Username: User, Password: Password}
	for _, c := range []struct {
		name  string
		tls   *gocql.SslOptions
		login gocql.Authenticator
		want  bool
	}{
		{"all there", tls, login, true},
		{"no TLS", nil, login, false},
		{"no certificate", &gocql.SslOptions{CaPath: n.CA(t), EnableHostVerification: true}, login, false},
		{"no password", tls, nil, false},
		{"wrong password", tls, gocql.PasswordAuthenticator{Username: User, Password: "x"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := gocql.NewCluster(n.Host())
			config.ProtoVersion, config.DisableInitialHostLookup = 4, true
			config.SslOpts, config.Authenticator = c.tls, c.login
			s, err := config.CreateSession()
			if err == nil {
				s.Close()
			}
			if got := err == nil; got != c.want {
				t.Errorf("got in: %v (%v), want %v", got, err, c.want)
			}
		})
	}
}
