package cassandratest

import (
	"os"
	"testing"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
)

// TestCluster starts three nodes, kills one and finds the data on the others.
func TestCluster(t *testing.T) {
	if os.Getenv("AION_TEST_CLUSTER") != "1" {
		t.Skip("three nodes take 2 GB and a minute: make test-cluster runs this; CI starts, kills and brings back such a cluster in cmd/aion")
	}
	nodes := StartCluster(t, 3)
	s := nodes[0].Session(t, "")
	for _, statement := range []string{
		"CREATE KEYSPACE three WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}",
		"CREATE TABLE three.rows (key int PRIMARY KEY)",
	} {
		if err := s.Query(statement).Exec(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Query("INSERT INTO three.rows (key) VALUES (1)").Consistency(gocql.All).Exec(); err != nil {
		t.Fatal(err)
	}
	nodes[0].Kill(t)
	for _, n := range nodes[1:] {
		if got := count(t, n.Session(t, "three")); got != 1 {
			t.Errorf("got %d rows at %s, want 1", got, n.Host())
		}
	}
	nodes[0].Restart(t)
	AwaitCluster(t, nodes)
}

// TestToken divides the ring.
func TestToken(t *testing.T) {
	for _, c := range []struct {
		i, count int
		want     string
	}{
		{0, 1, "-9223372036854775808"},
		{0, 3, "-9223372036854775808"},
		{1, 3, "-3074457345618258603"},
		{2, 3, "3074457345618258602"},
		{1, 2, "0"},
	} {
		if got := token(c.i, c.count); got != c.want {
			t.Errorf("part %d of %d: got %s, want %s", c.i, c.count, got, c.want)
		}
	}
}
