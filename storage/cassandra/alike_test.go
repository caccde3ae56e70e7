package cassandra

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/cassandra/cassandratest"
	"aion/storage/points"
)

// TestWriteAlike: points that share a statement are stored as if each had its
// own, with the lives and the order of calls that they have, and are removed like
// all others, in a compact table as KairosDB makes it and in a plain one.
func TestWriteAlike(t *testing.T) {
	node := cassandratest.Shared(t)
	for name, keyspace := range map[string]string{
		"compact": "", "plain": spaces(t, node, "CREATE TABLE {ks}.data_points (key blob, column1 blob, value blob, PRIMARY KEY ((key), column1))"),
	} {
		t.Run(name, func(t *testing.T) {
			s := opened(t, Config{Write: Cluster{Keyspace: keyspace}})
			k := cpu("a")
			var b storage.Batch
			b.Put(k, longs(someTime, 1, someTime+1, 1, someTime+2, 2, someTime+3, 1, someTime+4, 2), 0)
			b.Put(k, longs(someTime+5, 1, someTime+6, 1), time.Hour)
			writes(t, s, &b)
			wants(t, "stored", stored(t, s, k), "0=1", "1=1", "2=2", "3=1", "4=2", "5=1", "6=1")
			if got := rowsOf(t, s, `SELECT TTL(value) FROM data_points`); len(got) != 7 || got[0] != "0" || got[4] != "0" || got[5] < "3500" || got[6] > "3600" {
				t.Errorf("lives of %q seconds, want five for ever and two for an hour", got)
			}
			writes(t, s, put(k, 0, someTime+1, 7), put(k, 0, someTime, 3, someTime+3, 3, someTime+5, 3))
			var gone storage.Batch
			gone.Remove(k, someTime+2, someTime+3)
			writes(t, s, &gone)
			wants(t, "stored afterwards", stored(t, s, k), "0=3", "1=7", "4=2", "5=3", "6=1")
		})
	}
}

// TestWriteAlikeOver: points that share a statement and end leave no row without a
// value behind where they have replaced points that do not end.
func TestWriteAlikeOver(t *testing.T) {
	node := cassandratest.Shared(t)
	s := opened(t, Config{Write: Cluster{Keyspace: spaces(t, node, "CREATE TABLE {ks}.data_points (key blob, column1 blob, value blob, PRIMARY KEY ((key), column1))")}})
	k := cpu("a")
	writes(t, s, put(k, 0, someTime, 1, someTime+1, 2))
	writes(t, s, put(k, time.Second, someTime, 3, someTime+1, 3))
	eventually(t, "all rows are gone", func() bool {
		return len(rowsOf(t, s, `SELECT column1 FROM data_points WHERE value >= 0x ALLOW FILTERING`)) == 0
	})
	if got := rowsOf(t, s, `SELECT column1 FROM data_points`); len(got) != 0 {
		t.Errorf("rows %q without a value are left", got)
	}
}

// TestWriteAlikeRefused: points that share a statement which only the server
// refuses are named one by one, and everything else of the call is stored.
func TestWriteAlikeRefused(t *testing.T) {
	s := opened(t, Config{})
	var b storage.Batch
	for i := range 30 {
		b.Put(cpu(fmt.Sprint(i)), longs(someTime, 1, someTime+1, 1, someTime+2, 1), 0)
	}
	b.Put(cpu("17"), longs(someTime+3, 1, someTime+4, 1), 600_000_000*time.Second) // which ends after 2038
	err := s.Write(t.Context(), &b)
	var invalid *points.InvalidError
	if !errors.As(err, &invalid) || len(invalid.Problems) != 2 || !strings.Contains(invalid.Problems[0], "cpu{host=17} kairos_long at 170000000000") {
		t.Errorf("got %v, want two points of host 17 refused", err)
	}
	if got := len(rowsOf(t, s, `SELECT key FROM data_points`)); got != 90 {
		t.Errorf("%d points are stored, want 90", got)
	}
}
