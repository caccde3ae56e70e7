package cassandra

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/cassandra/cassandratest"
	"aion/storage/points"
)

// kairosPut writes a point through a KairosDB.
func kairosPut(t testing.TB, k *cassandratest.Kairos, metric, host string, at, v int64) {
	t.Helper()
	body := fmt.Sprintf(`[{"name":%q,"tags":{"host":%q},"datapoints":[[%d,%d]]}]`, metric, host, at, v)
	answer, err := http.Post(k.URL+"/api/v1/datapoints", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent {
		text, _ := io.ReadAll(answer.Body)
		t.Fatalf("KairosDB answers %s: %s", answer.Status, text)
	}
}

// kairosCount is how many points of a metric a KairosDB finds.
func kairosCount(t testing.TB, k *cassandratest.Kairos, metric string) int {
	t.Helper()
	body := fmt.Sprintf(`{"start_absolute":0,"metrics":[{"name":%q}]}`, metric)
	answer, err := http.Post(k.URL+"/api/v1/datapoints/query", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var found struct {
		Queries []struct {
			Count int `json:"sample_size"`
		}
	}
	if err := json.NewDecoder(answer.Body).Decode(&found); err != nil || len(found.Queries) != 1 {
		t.Fatalf("KairosDB answers %s: %v", answer.Status, err)
	}
	return found.Queries[0].Count
}

// TestWatchBesideKairos: a KairosDB writes, we delete, and both find what it
// writes afterwards: to the series that it had, and to one that is new.
func TestWatchBesideKairos(t *testing.T) {
	node := cassandratest.Shared(t)
	keyspace := node.Keyspace(t)
	s := opened(t, Config{Write: Cluster{Keyspace: keyspace}})
	k := cassandratest.StartKairos(t, node, keyspace)
	now := time.Now().UnixMilli()
	for round, host := range []string{"a", "b"} {
		metric := "beside." + host
		sel := storage.Selection{Metrics: []string{metric}}
		kairosPut(t, k, metric, "a", now, 1)
		eventually(t, "KairosDB has stored its point", func() bool { return len(found(t, s, sel, points.Always)) == 1 })
		eventually(t, "KairosDB finds its point", func() bool { return kairosCount(t, k, metric) == 1 })
		if err := s.Delete(t.Context(), sel, points.Always); err != nil {
			t.Fatal(err)
		}
		if n := kairosCount(t, k, metric); n != 0 {
			t.Errorf("round %d: KairosDB finds %d points after the delete", round, n)
		}
		begun := time.Now()
		kairosPut(t, k, metric, host, now+1, 2)
		eventually(t, "we find what KairosDB writes after the delete", func() bool { return len(found(t, s, sel, points.Always)) == 1 })
		eventually(t, "KairosDB finds what it writes after the delete", func() bool { return kairosCount(t, k, metric) == 1 })
		t.Logf("round %d: found after %v", round, time.Since(begun))
	}
}
