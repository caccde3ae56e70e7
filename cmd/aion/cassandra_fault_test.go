package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aion/api"
	"aion/storage/cassandra/cassandratest"
)

// hasty are settings that do not wait long for Cassandra.
func hasty(hosts string) []string {
	return []string{"--storage=cassandra", "--cassandra.hosts=" + hosts, "--cassandra.request-timeout=1s", "--cassandra.timeout=2s"}
}

// TestServeThroughFaults has Cassandra die and hang, and a client leave, in the
// middle of writes and of a long answer.
func TestServeThroughFaults(t *testing.T) {
	node := cassandratest.Start(t, cassandratest.Options{})
	s := start(t, hasty(node.Host())...)
	fillLong(t, s)
	t.Run("kill", func(t *testing.T) { goesThrough(t, s, node, (*cassandratest.Node).Kill, (*cassandratest.Node).Restart) })
	t.Run("hang", func(t *testing.T) { goesThrough(t, s, node, (*cassandratest.Node).Pause, (*cassandratest.Node).Resume) })
	t.Run("client leaves", func(t *testing.T) { stopsReading(t, s, node) })
	t.Run("full spool", func(t *testing.T) { fillsItsSpool(t, node) })
}

// act does something to a node.
type act func(*cassandratest.Node, testing.TB)

// goesThrough takes the node away from a server that works, and brings it back.
func goesThrough(t *testing.T, s *server, node *cassandratest.Node, away, back act) {
	writing := startWriting(t, s.address)
	writing.awaitMore(t, 50)
	answer := askLong(t, s)
	away(node, t)
	answer.isCut(t)
	writing.awaitRefusal(t, node.Host())
	isAway(t, s, node.Host())
	back(node, t)
	writing.awaitMore(t, 50)
	await(t, func() bool { return isHealthy(t, s) })
	writing.verify(t, s.address)
	askLong(t, s).isWhole(t)
	atRest(t)
}

// isAway asks a server whose Cassandra is away: every answer is a 503 that names
// the host, and so does its health.
func isAway(t *testing.T, s *server, host string) {
	t.Helper()
	begun := time.Now()
	status, header, body := s.headers(t, "POST", "/api/v1/datapoints/query", longQuery)
	if status != 503 || header.Get("Retry-After") == "" || !strings.HasPrefix(body, `{"errors":["`) || !strings.Contains(body, host) {
		t.Errorf("got %d %v %.300s from a query, want 503, Retry-After and the host", status, header, body)
	}
	if status, body := s.ask(t, "GET", "/api/v1/health/check", ""); status != 500 {
		t.Errorf("got health %d %s, want 500", status, body)
	}
	if _, body := s.ask(t, "GET", "/api/v1/health/status", ""); !strings.Contains(body, host) {
		t.Errorf("got health %s, want the host", body)
	}
	if _, body := s.ask(t, "GET", "/metrics", ""); !strings.Contains(body, "aion_cassandra_connected 0\n") {
		t.Errorf("got no aion_cassandra_connected 0:\n%s", body)
	}
	if took := time.Since(begun); took > bound {
		t.Errorf("got those answers after %v, want them within %v", took, bound)
	}
}

// isHealthy tells whether the server says that it is.
func isHealthy(t *testing.T, s *server) bool {
	t.Helper()
	status, _ := s.ask(t, "GET", "/api/v1/health/check", "")
	return status == http.StatusNoContent
}

// stopsReading leaves a long query whose answer has begun: Cassandra is not asked
// for the rest of it.
func stopsReading(t *testing.T, s *server, node *cassandratest.Node) {
	session := node.Session(t, "")
	executed := func() (n float64) { // prepared statements that the node has run
		const read = `SELECT value FROM system_views.cql_metrics WHERE name = 'prepared_statements_executed'`
		if err := session.Query(read).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := executed()
	askLong(t, s).isWhole(t)
	whole := executed() - before
	before = executed()
	askLong(t, s).leave()
	atRest(t)
	if part := executed() - before; part > whole/2 {
		t.Errorf("got %v statements for a query that was left, want far less than the %v of one that was not", part, whole)
	}
}

// fillsItsSpool writes more than the spool takes while the node is away.
func fillsItsSpool(t *testing.T, node *cassandratest.Node) {
	folder := filepath.Join(t.TempDir(), "spool")
	s := start(t, append(hasty(node.Host()), "--cassandra.spool="+folder, "--cassandra.spool-max=16KiB")...)
	writing := startWriting(t, s.address)
	writing.awaitMore(t, 50)
	node.Kill(t)
	writing.awaitRefusal(t, "the spool "+folder+" is full")
	if _, body := s.ask(t, "GET", "/metrics", ""); strings.Contains(body, "aion_spool_refused_batches_total 0\n") {
		t.Errorf("got no aion_spool_refused_batches_total:\n%s", body)
	}
	node.Restart(t)
	writing.awaitMore(t, 50)
	writing.stop()
	await(t, func() bool {
		_, header, _ := s.headers(t, "GET", "/api/v1/version", "")
		return header.Get(api.WaitingHeader) == ""
	})
	writing.verify(t, s.address)
	atRest(t)
}
