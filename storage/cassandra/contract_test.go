package cassandra_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/cassandra"
	"aion/storage/cassandra/cassandratest"
	"aion/storage/points"
	"aion/storage/storagetest"
)

// opens is how the suites open a store.
func opens(node *cassandratest.Node) func(testing.TB, string, storage.Now) storage.Store {
	return func(t testing.TB, dir string, _ storage.Now) storage.Store {
		s, err := cassandra.Open(t.Context(), cassandra.Config{
			Write: cassandra.Cluster{Hosts: []string{node.Host()}, Keyspace: keyspaceOf(t, node, dir)},
		})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

// TestRecords holds the driver's records to the suite.
func TestRecords(t *testing.T) {
	storagetest.Records(t, storagetest.Driver{Open: opens(cassandratest.Shared(t))})
}

// TestContract holds the driver to what every driver owes.
func TestContract(t *testing.T) {
	storagetest.Run(t, storagetest.Driver{
		Open: opens(cassandratest.Shared(t)),
		Lacks: map[string]string{
			"expire":           "Cassandra expires by its own clock, which a test cannot move; TestExpires waits for it",
			"random/lives":     "Cassandra expires by its own clock, which a test cannot move",
			"snapshot":         "Cassandra has no common moment to read from",
			"random/snapshots": "Cassandra has no common moment to read from",
			"summaries":        "KairosDB's layout has no summaries",

			"concurrent/a batch shows whole": "a batch is whole in each partition alone",
			"names/vanish with a deletion":   "KairosDB's index rows outlive a deletion of less than a whole row, and its metric names everything but the deletion of the metric",
			"names/vanish with a removal":    "removing single points leaves the index as it is, as in KairosDB",

			"points/texts that are no UTF-8": "KairosDB's texts are UTF-16 in three bytes a unit; anything else would fail its queries",
			"points/long texts":              "KairosDB keeps the length of a text in two bytes; a longer one is refused, see TestWriteRefuses",
			"select/names that are no UTF-8": "columns of type text hold UTF-8 alone; other names are refused",
		},
	})
}

// keyspaceOf is the keyspace that belongs to a folder, so that a store can be
// opened again.
func keyspaceOf(t testing.TB, node *cassandratest.Node, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "keyspace")
	if name, err := os.ReadFile(path); err == nil {
		return string(name)
	}
	name := node.Keyspace(t)
	if err := os.WriteFile(path, []byte(name), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestExpires waits until a point with a short life is gone, while the others of
// its series stay.
func TestExpires(t *testing.T) {
	node := cassandratest.Shared(t)
	s, err := cassandra.Open(t.Context(), cassandra.Config{Write: cassandra.Cluster{Hosts: []string{node.Host()}, Keyspace: node.Keyspace(t)}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	key := points.Key{Metric: "m", Tags: points.Tags{{Name: "h", Value: "a"}}, Type: points.TypeLong}
	var b storage.Batch
	for i, life := range []time.Duration{0, time.Second, time.Hour, time.Second} {
		b.Put(key, points.Block{Times: []int64{int64(i)}, Floats: []float64{1}, Ints: []int64{1}}, life)
	}
	if err := s.Write(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		var times []int64
		for series, err := range s.Select(t.Context(), storage.Selection{}) {
			if err != nil {
				t.Fatal(err)
			}
			var block points.Block
			in := series.Points(points.Always, points.Asc)
			for in.Next(t.Context(), &block) == nil {
				times = append(times, block.Times...)
			}
			in.Close()
		}
		if slices.Equal(times, []int64{0, 2}) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("a minute later: got points at %v, want 0 and 2", times)
		}
	}
}
