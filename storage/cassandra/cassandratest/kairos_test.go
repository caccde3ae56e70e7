package cassandratest

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestKairos writes a point by telnet, reads it over HTTP and finds its row, also
// after a restart; an override is heeded.
func TestKairos(t *testing.T) {
	n := Shared(t)
	keyspace := n.Keyspace(t)
	k := StartKairos(t, n, keyspace, "kairosdb.datastore.cassandra.datapoint_ttl = 100000")
	connection, err := net.Dial("tcp", k.Telnet)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(connection, "putm started 1700000000000 5 host=a")
	connection.Close()
	await(t, "the point", func() bool { return strings.Contains(ask(t, k), "[1700000000000,5]") })
	var left int
	if err := n.Session(t, keyspace).Query("SELECT TTL(value) FROM data_points LIMIT 1").Scan(&left); err != nil {
		t.Fatal(err)
	}
	if left == 0 || left > 100000 {
		t.Errorf("got %d seconds to live, want up to the override's 100000", left)
	}
	k.Kill(t)
	k.Restart(t)
	await(t, "the point after a restart", func() bool { return strings.Contains(ask(t, k), "[1700000000000,5]") })
	k.Stop(t)
	if k.answers() {
		t.Error("a stopped KairosDB answers")
	}
}

// ask is what KairosDB knows of the metric started.
func ask(t *testing.T, k *Kairos) string {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	query := `{"start_absolute":1600000000000,"metrics":[{"name":"started"}]}`
	answer, err := client.Post(k.URL+"/api/v1/datapoints/query", "application/json", strings.NewReader(query))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
