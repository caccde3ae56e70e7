package cassandratest

import (
	"fmt"
	"math/big"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
)

// StartCluster starts a cluster of real nodes at 127.0.0.1, 127.0.0.2 and so on,
// all on one port, each with an equal share of the ring, and waits until each
// sees the others. They are ended with the test.
func StartCluster(t testing.TB, count int) []*Node {
	t.Helper()
	require(t, "cassandra-"+release())
	addresses := make([]string, count)
	for i := range addresses {
		addresses[i] = fmt.Sprintf("127.0.0.%d", i+1)
	}
	port, err := freePorts(storageOffset, addresses...)
	if err != nil {
		t.Fatal(err)
	}
	nodes := make([]*Node, count)
	for i, address := range addresses {
		nodes[i] = Start(t, Options{Address: address, Seed: addresses[0], Port: port, token: token(i, count)})
	}
	AwaitCluster(t, nodes)
	return nodes
}

// token is where part i of count parts of the ring begins.
func token(i, count int) string {
	ring := new(big.Int).Lsh(big.NewInt(1), 64)
	at := ring.Mul(ring, big.NewInt(int64(i))).Div(ring, big.NewInt(int64(count)))
	return at.Sub(at, new(big.Int).Lsh(big.NewInt(1), 63)).String()
}

// AwaitCluster waits until all the nodes take all the others for alive, which
// they do some time after one has been started, restarted or resumed. They are
// the whole of their cluster. It leaves a keyspace aion_together behind.
func AwaitCluster(t testing.TB, nodes []*Node) {
	t.Helper()
	create := fmt.Sprintf("CREATE KEYSPACE IF NOT EXISTS aion_together "+
		"WITH replication = {'class': 'SimpleStrategy', 'replication_factor': %d}", len(nodes))
	first := nodes[0]
	first.eventually(t, create, gocql.One)
	first.eventually(t, "CREATE TABLE IF NOT EXISTS aion_together.rows (key int PRIMARY KEY)", gocql.One)
	for _, n := range nodes {
		n.eventually(t, "SELECT key FROM aion_together.rows WHERE key = 1", gocql.All)
	}
}

// eventually repeats a statement until the node has carried it out.
func (n *Node) eventually(t testing.TB, statement string, level gocql.Consistency) {
	t.Helper()
	session, err := n.session("")
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	for deadline := time.Now().Add(readyWithin); ; time.Sleep(lookEvery) {
		err := session.Query(statement).Consistency(level).Exec()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s at %s: %v\n%s", statement, n.host, err, n.process.logs())
		}
	}
}
