package conformance

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"aion/query/rollup"
	"aion/storage"
	"aion/storage/cassandra"
	"aion/storage/cassandra/cassandratest"
	"aion/storage/points"
)

// onCassandra is a keyspace on the node that all tests share, which is emptied
// for each new folder and dropped with the test. Its clock is the real one:
// Cassandra lets points expire by its own. One store is in use at a time: the one
// before is closed first, since it would enter again what it has deleted once and
// sees written by another.
func onCassandra(t *testing.T) driver {
	test, keyspace := t, ""
	var last *cassandra.Store
	return driver{name: "cassandra", lasts: true, costly: true, open: func(t *testing.T, dir string, _ storage.Now) storage.Store {
		t.Helper()
		node := cassandratest.Shared(t)
		if keyspace == "" {
			keyspace = node.Keyspace(test)
		}
		if last != nil {
			if err := last.Close(); err != nil {
				t.Error(err)
			}
		}
		s := openCassandra(t, node, keyspace, cassandra.Config{})
		if last = s; firstIn(t, dir) {
			empty(t, s)
		}
		return s
	}}
}

// openCassandra opens a keyspace of the node and waits until it is connected. It
// is created if it is missing.
func openCassandra(t *testing.T, n *cassandratest.Node, keyspace string, c cassandra.Config) *cassandra.Store {
	t.Helper()
	c.Write = cassandra.Cluster{Hosts: []string{n.Host()}, Keyspace: keyspace}
	s, err := cassandra.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		switch err := s.Health(t.Context()); {
		case err == nil:
			return s
		case time.Now().After(deadline):
			t.Fatal(err)
		}
	}
}

// firstIn tells whether the folder is new, and marks it as used.
func firstIn(t *testing.T, dir string) bool {
	t.Helper()
	mark := filepath.Join(dir, "opened")
	if _, err := os.Stat(mark); err == nil {
		return false
	}
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return true
}

// empty deletes all points and roll-up tasks that are in the store. Truncating
// the tables takes Cassandra many times as long.
func empty(t *testing.T, s *cassandra.Store) {
	t.Helper()
	if err := s.Delete(t.Context(), storage.Selection{}, points.Always); err != nil {
		t.Fatal(err)
	}
	for name, err := range s.Metrics(t.Context(), storage.Selection{}) {
		t.Fatalf("got %s, %v in an empty store", name, err)
	}
	tasks := rollup.NewBook(s.Services())
	list, err := tasks.Tasks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range list {
		if err := tasks.Remove(t.Context(), task.ID); err != nil {
			t.Fatal(err)
		}
	}
}
