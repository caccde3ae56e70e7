package main

import (
	"testing"
	"time"

	"aion/api/access"
	"aion/storage/cassandra/cassandratest"
)

// TestKeysOnCassandra: commands work on the keyspace itself, and what they change
// is so on two servers that are running there.
func TestKeysOnCassandra(t *testing.T) {
	node := cassandratest.Shared(t)
	store := []string{"--storage=cassandra", "--cassandra.hosts=" + node.Host(), "--cassandra.keyspace=" + node.Keyspace(t)}
	args := append(store, "--auth.mode=required")
	servers := []*server{start(t, args...), start(t, args...)}
	if first, second := servers[0].stdout(), servers[1].stdout(); !firstKey.MatchString(first) || firstKey.MatchString(second) {
		t.Errorf("got %q and %q, want one key, from the first server", first, second)
	}
	out, _ := keyed(t, append([]string{"key", "create", "--scope=device:read-data", "--json"}, store...)...)
	key := decodedAs[access.KeyRecord](t, out)
	for i, s := range servers {
		if status, body := s.as(t, key.ID, key.Secret, "GET", "/api/v1/metricnames", ""); status != 200 {
			t.Errorf("server %d: got %d %s, want 200", i, status, body)
		}
	}
	keyed(t, append([]string{"key", "revoke", key.ID}, store...)...)
	for i, s := range servers {
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
			status, body := s.as(t, key.ID, key.Secret, "GET", "/api/v1/metricnames", "")
			if status == 401 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("server %d: got %d %s, want 401", i, status, body)
			}
		}
	}
}
