package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"aion/storage/cassandra/cassandratest"
)

// TestServeAsAPair has two servers work on one keyspace.
func TestServeAsAPair(t *testing.T) {
	node := cassandratest.Shared(t)
	args := []string{"--storage=cassandra", "--cassandra.hosts=" + node.Host(), "--cassandra.keyspace=" + node.Keyspace(t)}
	seeEachOther(t, start(t, args...), start(t, args...))
}

// seeEachOther writes and deletes on one server and asks the other at once, then
// the other way round. What is written behind the other's delete is seen after a
// moment.
func seeEachOther(t *testing.T, a, b *server) {
	for i := range 20 {
		from, to := a, b
		if i%2 == 1 {
			from, to = b, a
		}
		m := met{fmt.Sprintf("%s-%d", t.Name(), i/4)}
		m.write(t, from, 1+i)
		if got, want := m.values(t, to), fmt.Sprintf("[[%d,%[1]d]]", 1+i); got != want {
			t.Errorf("round %d: got %s, want the other server's point, %s", i, got, want)
		}
		m.remove(t, to)
		if got := m.values(t, from); got != "[]" {
			t.Errorf("round %d: got %s, want none, since the other server has deleted them", i, got)
		}
		if i%4 < 2 {
			continue
		}
		m.write(t, from, 100)
		await(t, func() bool { return m.values(t, to) == "[[100,100]]" && m.values(t, from) == "[[100,100]]" })
		m.remove(t, from)
	}
}

// met is a series of metric met.
type met struct{ series string }

// write writes a point.
func (m met) write(t *testing.T, s *server, at int) {
	t.Helper()
	point := fmt.Sprintf(`{"name": "met", "tags": {"series": %q}, "datapoints": [[%d, %d]]}`, m.series, at, at)
	if status, body := s.ask(t, "POST", "/api/v1/datapoints", point); status != http.StatusNoContent {
		t.Fatalf("got %d %s from the write, want 204", status, body)
	}
}

// query is about all of the series.
func (m met) query() string {
	return fmt.Sprintf(`{"start_absolute": 1, "metrics": [{"name": "met", "tags": {"series": [%q]}}]}`, m.series)
}

// remove deletes all points.
func (m met) remove(t *testing.T, s *server) {
	t.Helper()
	if status, body := s.ask(t, "POST", "/api/v1/datapoints/delete", m.query()); status != http.StatusNoContent {
		t.Fatalf("got %d %s from the delete, want 204", status, body)
	}
}

// values is the points that a server answers.
func (m met) values(t *testing.T, s *server) string {
	t.Helper()
	status, body := s.ask(t, "POST", "/api/v1/datapoints/query", m.query())
	_, values, ok := strings.Cut(body, `"values":`)
	if status != http.StatusOK || !ok {
		t.Fatalf("got %d %s, want values", status, body)
	}
	values, _, _ = strings.Cut(values, "}")
	return values
}
