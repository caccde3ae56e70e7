package main

import (
	"os"
	"strings"
	"testing"

	"aion/storage/cassandra/cassandratest"
)

// TestServeOnACluster has two servers work on three nodes of which one dies, then
// two.
func TestServeOnACluster(t *testing.T) {
	if os.Getenv("AION_TEST_CLUSTER") != "1" && os.Getenv("CI") != "true" {
		t.Skip("three nodes take 2 GB and two minutes: make test-cluster runs this, and CI does")
	}
	nodes := cassandratest.StartCluster(t, 3)
	var hosts []string
	for _, n := range nodes {
		hosts = append(hosts, n.Host())
	}
	args := []string{"--storage=cassandra", "--cassandra.hosts=" + strings.Join(hosts, ","),
		`--cassandra.replication={'class': 'NetworkTopologyStrategy', 'datacenter1': 3}`}
	a := start(t, args...)
	b := start(t, args...)
	t.Run("meet", func(t *testing.T) { seeEachOther(t, a, b) })
	t.Run("one node dies", func(t *testing.T) { losesOne(t, nodes, a, b) })
	t.Run("two nodes die", func(t *testing.T) { losesTwo(t, nodes, a, b) })
	t.Run("meet again", func(t *testing.T) { seeEachOther(t, a, b) })
}

// losesOne has one node die, then another hang, and brings each back, which no
// client notices.
func losesOne(t *testing.T, nodes []*cassandratest.Node, a, b *server) {
	writing := startWriting(t, a.address, b.address)
	writing.awaitMore(t, 100)
	asking := startAsking(t, writing, t.Name()+"-0", b.address, a.address)
	for _, loss := range []struct {
		node       *cassandratest.Node
		away, back act
	}{
		{nodes[0], (*cassandratest.Node).Kill, (*cassandratest.Node).Restart},
		{nodes[1], (*cassandratest.Node).Pause, (*cassandratest.Node).Resume},
	} {
		loss.away(loss.node, t)
		writing.awaitMore(t, 200)
		asking.awaitMore(t, 10)
		loss.back(loss.node, t)
		cassandratest.AwaitCluster(t, nodes)
		writing.awaitMore(t, 100)
	}
	asking.undisturbed(t)
	writing.undisturbed(t)
	writing.verify(t, a.address)
	writing.verify(t, b.address)
}

// losesTwo kills two of the nodes, so that there is no quorum, and brings them
// back.
func losesTwo(t *testing.T, nodes []*cassandratest.Node, a, b *server) {
	writing := startWriting(t, a.address, b.address)
	writing.awaitMore(t, 100)
	down := nodes[:2]
	for _, n := range down {
		n.Kill(t)
	}
	writing.awaitRefusal(t, "LOCAL_QUORUM")
	for _, s := range []*server{a, b} {
		for _, n := range down {
			isAway(t, s, n.Host())
		}
		await(t, func() bool {
			_, body := s.ask(t, "GET", "/api/v1/health/status", "")
			return strings.Contains(body, "down: "+down[0].Host()+", "+down[1].Host()) && strings.Contains(body, "LOCAL_QUORUM")
		})
	}
	for _, n := range down {
		n.Restart(t)
	}
	cassandratest.AwaitCluster(t, nodes)
	writing.awaitMore(t, 100)
	for _, s := range []*server{a, b} {
		await(t, func() bool { return isHealthy(t, s) })
		writing.verify(t, s.address)
	}
}
