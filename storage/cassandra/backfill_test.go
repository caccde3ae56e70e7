package cassandra

import (
	"testing"
	"time"

	"aion/storage"
	"aion/storage/cassandra/cassandratest"
	"aion/storage/points"
)

// TestIndex: series that were written without a tag index are entered into it,
// those of the range alone and for as long as their points live.
func TestIndex(t *testing.T) {
	keyspace := cassandratest.Shared(t).Keyspace(t)
	plain := opened(t, Config{Write: Cluster{Keyspace: keyspace}})
	const first, later = 1700000000000, 1701814400000 // in two row times
	var b storage.Batch
	key := func(host string) points.Key {
		return points.Key{Metric: "bf", Tags: points.Tags{{Name: "dc", Value: "1"}, {Name: "host", Value: host}}, Type: points.TypeLong}
	}
	at := func(t int64) points.Block {
		return points.Block{Times: []int64{t}, Floats: []float64{1}, Ints: []int64{1}}
	}
	b.Put(key("A"), at(first), 0)
	b.Put(key("B"), at(first), 24*time.Hour)
	b.Put(key("A"), at(later), 0)
	if err := plain.Write(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if err := plain.Index(t.Context(), "bf", points.Always); err != nil {
		t.Fatal(err)
	}
	s := opened(t, Config{Write: Cluster{Keyspace: keyspace}, TagIndexed: map[string][]string{"bf": {"host"}}})
	count := func(pair string) (n int) {
		t.Helper()
		for _, row := range []int64{1698278400000, 1700092800000} {
			var has int
			q := cassandratest.Shared(t).Session(t, keyspace)
			err := q.Query(`SELECT COUNT(*) FROM tag_indexed_row_keys WHERE metric = 'bf' AND table_name = 'data_points' AND row_time = ? AND single_tag_pair = ?`, row, pair).Scan(&has)
			if err != nil {
				t.Fatal(err)
			}
			n += has
		}
		return n
	}
	if n := count("host=A"); n != 0 {
		t.Errorf("without a tag index: got %d rows, want none", n)
	}
	for range 2 {
		if err := s.Index(t.Context(), "bf", points.Range{From: 1698278400000, To: 1700092799999}); err != nil {
			t.Fatal(err)
		}
		for pair, want := range map[string]int{"host=A": 1, "host=B": 1, "dc=1": 0} {
			if n := count(pair); n != want {
				t.Errorf("%s: got %d rows, want %d", pair, n, want)
			}
		}
	}
	if err := s.Index(t.Context(), "bf", points.Always); err != nil {
		t.Fatal(err)
	}
	if n := count("host=A"); n != 2 {
		t.Errorf("got %d rows, want both", n)
	}
	if err := s.Index(t.Context(), "none", points.Always); err != nil {
		t.Errorf("a metric that is not there: %v", err)
	}
}
