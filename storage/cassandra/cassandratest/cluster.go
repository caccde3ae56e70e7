package cassandratest

import (
	"cmp"
	"fmt"
	"math/big"
	"testing"
	"time"
)

// StartCluster starts a cluster of real nodes at 127.0.0.1, 127.0.0.2 and so on,
// all on one port, each with an equal share of the ring, and waits until each
// sees the others. They are ended with the test.
func StartCluster(t testing.TB, count int) []*Node {
	t.Helper()
	require(t, "cassandra-"+cassandraVersion)
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
	for _, n := range nodes {
		n.awaitPeers(t, count-1)
	}
	return nodes
}

// token is where part i of count parts of the ring begins.
func token(i, count int) string {
	ring := new(big.Int).Lsh(big.NewInt(1), 64)
	at := ring.Mul(ring, big.NewInt(int64(i))).Div(ring, big.NewInt(int64(count)))
	return at.Sub(at, new(big.Int).Lsh(big.NewInt(1), 63)).String()
}

// awaitPeers waits until the node knows so many others that agree with it about
// the schema.
func (n *Node) awaitPeers(t testing.TB, want int) {
	t.Helper()
	session, err := n.session("")
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	for deadline := time.Now().Add(readyWithin); ; time.Sleep(lookEvery) {
		var own, peer string
		got := 0
		err := session.Query("SELECT schema_version FROM system.local").Scan(&own)
		peers := session.Query("SELECT schema_version FROM system.peers").Iter()
		for peers.Scan(&peer) {
			if peer == own {
				got++
			}
		}
		err = cmp.Or(err, peers.Close())
		if err == nil && got == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("got %d peers of %s that agree (%v), want %d\n%s", got, n.host, err, want, n.process.logs())
		}
	}
}
