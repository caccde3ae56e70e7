package conformance

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"aion/storage/cassandra"
	"aion/storage/cassandra/cassandratest"
)

// besideTask is a task that sums a metric by the minute, every hour.
const besideTask = `{"name":"NAME","execution_interval":{"value":1,"unit":"hours"},"rollups":[{"save_as":"NAME.sums",` +
	`"query":{"start_relative":{"value":1,"unit":"hours"},"metrics":[{"name":"beside.in",` +
	`"aggregators":[{"name":"sum","sampling":{"value":1,"unit":"minutes"}}]}]}}]}`

// TestBesideRollups: what one of the two does with tasks the other sees. KairosDB
// runs them as long as it is there, and Aion when it is gone; then KairosDB reads
// the status that Aion has written.
func TestBesideRollups(t *testing.T) {
	node := cassandratest.Shared(t)
	keyspace := node.Keyspace(t)
	kairos := cassandratest.StartKairos(t, node, keyspace,
		`kairosdb.service.rollups = "org.kairosdb.rollup.RollUpModule"`,
		`kairosdb.rollups.server_assignment.check_update_delay_millseconds = 1000`,
		`kairosdb.host_service_manager.check_delay_time_millseconds = 2000`,
		`kairosdb.queue_processor.class = "org.kairosdb.core.queue.MemoryQueueProcessor"`)
	base, err := url.Parse(kairos.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	remote := &Remote{Base: base, Client: client}
	aion := start(t, keyspaceDriver(node, keyspace, &cassandra.Config{}), Setup{Release: "1.3"})
	now := time.Now()
	aion.target.SetNow(now)

	ours := besideMade(t, aion.target, "ours")
	theirs := besideMade(t, remote, "theirs")
	for _, id := range []string{ours, theirs} {
		besideSame(t, aion.target, remote, "/api/v1/rollups/"+id)
		besideWait(t, "KairosDB takes a task", func() bool {
			return ask(t, remote, http.MethodGet, "/api/v1/rollups/status/"+id, "").status == http.StatusOK
		})
		besideSame(t, aion.target, remote, "/api/v1/rollups/status/"+id)
	}
	besideSame(t, aion.target, remote, "/api/v1/rollups")
	aion.rollups.Step(t.Context())
	aion.target.SetNow(now.Add(time.Minute))
	aion.rollups.Step(t.Context())
	if got := ask(t, aion.target, http.MethodGet, "/api/v1/rollups/status/"+ours, ""); strings.Contains(string(got.body), `"aion-test"`) {
		t.Errorf("Aion has changed the status of a task of KairosDB's: %s", got.body)
	}

	besideAsk(t, remote, http.MethodPut, "/api/v1/rollups/"+ours, strings.ReplaceAll(besideTask, "NAME", "changed"), http.StatusOK)
	besideSame(t, aion.target, remote, "/api/v1/rollups/"+ours)
	besideAsk(t, aion.target, http.MethodDelete, "/api/v1/rollups/"+ours, "", http.StatusNoContent)
	besideSame(t, aion.target, remote, "/api/v1/rollups")
	changed := strings.ReplaceAll(besideTask, "NAME", "beside")
	besideAsk(t, aion.target, http.MethodPut, "/api/v1/rollups/"+theirs, changed, http.StatusOK)
	besideSame(t, aion.target, remote, "/api/v1/rollups/"+theirs)

	kairos.Stop(t)
	at := now.Add(30 * time.Minute)
	besideAsk(t, aion.target, http.MethodPost, "/api/v1/datapoints",
		`[{"name":"beside.in","tags":{"host":"a"},"datapoints":[[`+jsonTime(at)+`,5]]}]`, http.StatusNoContent)
	aion.target.SetNow(now.Add(10 * time.Minute)) // KairosDB counts as gone
	aion.rollups.Step(t.Context())
	aion.target.SetNow(now.Add(2 * time.Hour))
	aion.rollups.Step(t.Context())
	query := ask(t, aion.target, http.MethodPost, "/api/v1/datapoints/query", `{"start_absolute":1,"metrics":[{"name":"beside.sums"}]}`)
	if !strings.Contains(string(query.body), `[[`+jsonTime(at)+`,5`) {
		t.Errorf("got %s, want the task run by Aion", query.body)
	}
	status := ask(t, aion.target, http.MethodGet, "/api/v1/rollups/status/"+theirs, "")
	if !strings.Contains(string(status.body), `"executing_host":"aion-test"`) || strings.Contains(string(status.body), "Never") {
		t.Errorf("got %s, want Aion's status", status.body)
	}
	kairos.Restart(t)
	if got := ask(t, remote, http.MethodGet, "/api/v1/rollups/status/"+theirs, ""); !sameBody(got.body, status.body) {
		t.Errorf("KairosDB reads %s, want %s", got.body, status.body)
	}
}

// jsonTime is a time in milliseconds.
func jsonTime(at time.Time) string {
	text, _ := json.Marshal(at.UnixMilli())
	return string(text)
}

// besideMade makes a task and answers its id.
func besideMade(t *testing.T, to Target, name string) string {
	t.Helper()
	var made struct{ ID string }
	body := besideAsk(t, to, http.MethodPost, "/api/v1/rollups", strings.ReplaceAll(besideTask, "NAME", name), http.StatusOK)
	if err := json.Unmarshal(body, &made); err != nil || made.ID == "" {
		t.Fatalf("got %s and %v, want an id", body, err)
	}
	return made.ID
}

// besideAsk sends a request that is answered with a status.
func besideAsk(t *testing.T, to Target, method, path, body string, status int) []byte {
	t.Helper()
	got := ask(t, to, method, path, body)
	if got.status != status {
		t.Fatalf("%s %s: got %d %s, want %d", method, path, got.status, got.body, status)
	}
	return got.body
}

// besideSame waits until both answer the same.
func besideSame(t *testing.T, one, other Target, path string) {
	t.Helper()
	var a, b received
	besideWait(t, "both answer the same to "+path, func() bool {
		a, b = ask(t, one, http.MethodGet, path, ""), ask(t, other, http.MethodGet, path, "")
		return a.status == b.status && sameBody(a.body, b.body)
	})
}

// besideWait waits until something is so.
func besideWait(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it does not come about that %s", what)
		}
	}
}
