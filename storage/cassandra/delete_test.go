package cassandra

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"aion/storage"
	"aion/storage/cassandra/cassandratest"
	"aion/storage/points"
)

// hosts is a batch with one point in each of so many series of a metric, all of
// which share a tag.
func hosts(metric string, from, to int, at int64) *storage.Batch {
	var b storage.Batch
	for i := from; i < to; i++ {
		b.Put(longKey(metric, "dc", "one", "host", strconv.Itoa(i)), longs(at, int64(i)), 0)
	}
	return &b
}

// tablesThere are how many rows the tables of a store have.
func tablesThere(t testing.TB, s *Store) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, row := range rowsThere(t, s) {
		counts[strings.Fields(row)[0]]++
	}
	return counts
}

// TestDeleteManySeries: where more series go than are deleted one by one,
// nothing stays in any table, other metrics stay, and what is written later is
// found, by its tags, too.
func TestDeleteManySeries(t *testing.T) {
	s := opened(t, Config{TagIndexed: map[string][]string{"*": nil}})
	const n = 2*mostTombstones + 100
	writes(t, s, hosts("many", 0, n, someTime), hosts("other", 0, 3, someTime))
	if err := s.Delete(t.Context(), storage.Selection{Metrics: []string{"many"}}, points.Always); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"data_points": 3, "row_keys": 3, "tag_indexed_row_keys": 6, "row_key_time_index": 1, "string_index": 1}
	if got := tablesThere(t, s); !maps.Equal(got, want) {
		t.Errorf("the tables have %v, want %v", got, want)
	}
	writes(t, s, hosts("many", 5, 8, someTime))
	sel := storage.Selection{Metrics: []string{"many"}, Matchers: []storage.Matcher{{Tag: "dc", Values: []string{"one"}}}}
	if got := len(found(t, s, sel, points.Always)); got != 3 {
		t.Errorf("%d series are found, want 3", got)
	}
}

// TestDeleteByTag: a delete that asks for tags takes those series alone, from
// every table, and leaves the row time to the others.
func TestDeleteByTag(t *testing.T) {
	s := opened(t, Config{TagIndexed: map[string][]string{"cpu": {"host"}}})
	writes(t, s, hosts("cpu", 0, 10, someTime))
	sel := storage.Selection{Metrics: []string{"cpu"}, Matchers: []storage.Matcher{{Tag: "host", Values: []string{"3", "4"}}}}
	if err := s.Delete(t.Context(), sel, points.Always); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"data_points": 8, "row_keys": 8, "tag_indexed_row_keys": 8, "row_key_time_index": 1, "string_index": 1}
	if got := tablesThere(t, s); !maps.Equal(got, want) {
		t.Errorf("the tables have %v, want %v", got, want)
	}
}

// TestDeleteForeignTagIndex: rows of the tag index that a server with other
// settings has written, under the hash of all tags, go, too.
func TestDeleteForeignTagIndex(t *testing.T) {
	keyspace := cassandratest.Shared(t).Keyspace(t)
	all := opened(t, Config{Write: Cluster{Keyspace: keyspace}, TagIndexed: map[string][]string{"cpu": nil}})
	writes(t, all, hosts("cpu", 0, 2, someTime))
	some := opened(t, Config{Write: Cluster{Keyspace: keyspace}, TagIndexed: map[string][]string{"cpu": {"host"}}})
	if err := some.Delete(t.Context(), sel("cpu"), points.Always); err != nil {
		t.Fatal(err)
	}
	for _, row := range rowsThere(t, some) {
		if !strings.Contains(row, " dc=one ") {
			t.Errorf("%s is left", row)
		}
	}
}

// TestDeleteEverything: a delete without metrics takes all of them, and their
// names.
func TestDeleteEverything(t *testing.T) {
	s := opened(t, Config{})
	for i := range 30 {
		writes(t, s, hosts("metric."+strconv.Itoa(i), 0, 2, someTime+int64(i)*points.Days.Millis()))
	}
	if err := s.Delete(t.Context(), storage.Selection{Prefix: "metric.1"}, points.Always); err != nil {
		t.Fatal(err)
	}
	if got := len(texts(t, s.Metrics(t.Context(), storage.Selection{}))); got != 19 {
		t.Errorf("%d names are left, want 19", got)
	}
	if err := s.Delete(t.Context(), storage.Selection{}, points.Always); err != nil {
		t.Fatal(err)
	}
	if got := rowsThere(t, s); len(got) != 0 {
		t.Errorf("rows are left: %q", got)
	}
}

// TestDeleteReadClusters: a delete reaches the clusters that are read, those
// alone that may have points of the range.
func TestDeleteReadClusters(t *testing.T) {
	node := cassandratest.Shared(t)
	old, older := opened(t, Config{}), opened(t, Config{})
	both := opened(t, Config{Reads: []Cluster{
		{Name: "old", Hosts: []string{node.Host()}, Keyspace: old.config.Write.Keyspace},
		{Name: "older", Hosts: []string{node.Host()}, Keyspace: older.config.Write.Keyspace, Within: &points.Range{From: 0, To: 1000}},
	}})
	for _, s := range []*Store{old, older, both} {
		writes(t, s, hosts("cpu", 0, 2, someTime))
	}
	if err := both.Delete(t.Context(), sel("cpu"), points.Range{From: someRow, To: someRow + 1814400000}); err != nil {
		t.Fatal(err)
	}
	for i, s := range []*Store{old, older, both} {
		want := []int{0, 2, 0}[i]
		if got := tablesThere(t, s)["data_points"]; got != want {
			t.Errorf("cluster %d has %d points, want %d", i, got, want)
		}
	}
}

// TestDeleteStops: a delete that the cluster does not acknowledge says how far it
// came, one whose caller has left ends with the caller's error, and a later one
// does what they have left.
func TestDeleteStops(t *testing.T) {
	s := opened(t, Config{Timeout: 200 * time.Millisecond})
	writes(t, s, hosts("cpu", 0, 500, someTime))
	c, err := s.writer()
	if err != nil {
		t.Fatal(err)
	}
	level := c.write
	c.write = gocql.Three // of one node
	err = s.Delete(t.Context(), sel("cpu"), points.Always)
	if !errors.Is(err, points.ErrUnavailable) || !strings.Contains(err.Error(), "delete: 0 of the ") {
		t.Errorf("got %v, want ErrUnavailable with no rows deleted", err)
	}
	c.write = level
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Delete(ctx, sel("cpu"), points.Always); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	if err := s.Delete(t.Context(), sel("cpu"), points.Always); err != nil {
		t.Fatal(err)
	}
	if got := rowsThere(t, s); len(got) != 0 {
		t.Errorf("rows are left: %q", got)
	}
}

// TestDeleteWhileWriting: with writers that go on, what was written before a
// delete is gone and what was written after the last one is there.
func TestDeleteWhileWriting(t *testing.T) {
	s := opened(t, Config{})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		var err error
		for i := 0; ctx.Err() == nil && err == nil; i++ {
			err = s.Write(t.Context(), hosts("cpu", i%50, i%50+20, someTime+int64(i%1000)))
		}
		ended <- err
	}()
	for i := range 20 {
		writes(t, s, put(longKey("cpu", "mine", "1"), 0, someTime, int64(i)))
		if err := s.Delete(t.Context(), storage.Selection{Metrics: []string{"cpu"}, Matchers: []storage.Matcher{{Tag: "mine", Values: []string{"1"}}}}, points.Always); err != nil {
			t.Fatal(err)
		}
		if got := stored(t, s, longKey("cpu", "mine", "1")); len(got) != 0 {
			t.Errorf("round %d: %v is left", i, got)
		}
		if err := s.Delete(t.Context(), sel("cpu"), points.Always); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	writes(t, s, hosts("cpu", 0, 70, someTime))
	if got := len(found(t, s, sel("cpu"), points.Always)); got != 70 {
		t.Errorf("%d series are found, want 70", got)
	}
}

// BenchmarkDelete deletes a metric of many series.
func BenchmarkDelete(b *testing.B) {
	for _, n := range []int{1000, 20_000, 100_000} {
		b.Run(fmt.Sprintf("series=%d", n), func(b *testing.B) {
			s := opened(b, Config{})
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				for from := 0; from < n; from += 5000 {
					writes(b, s, hosts("cpu", from, min(from+5000, n), someTime))
				}
				b.StartTimer()
				begun := time.Now()
				if err := s.Delete(b.Context(), sel("cpu"), points.Always); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(n)/time.Since(begun).Seconds(), "series/s")
			}
		})
	}
}

// sel selects a metric.
func sel(metric string) storage.Selection { return storage.Selection{Metrics: []string{metric}} }
