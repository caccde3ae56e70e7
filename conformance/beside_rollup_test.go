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

// besideRollups is a KairosDB that runs roll-ups and an Aion on one keyspace.
type besideRollups struct {
	kairos *cassandratest.Kairos
	remote *Remote
	aion   *server
	now    time.Time
}

// TestBesideRollups: what one of the two does with tasks the other sees. KairosDB
// runs them as long as it is there, and Aion when it is gone; then KairosDB reads
// the status that Aion has written.
func TestBesideRollups(t *testing.T) {
	b := startBesideRollups(t)
	ours, theirs := besideMade(t, b.aion.target, "ours"), besideMade(t, b.remote, "theirs")
	for _, id := range []string{ours, theirs} {
		b.same(t, "/api/v1/rollups/"+id)
		besideWait(t, "KairosDB takes a task", func() bool {
			return ask(t, b.remote, http.MethodGet, "/api/v1/rollups/status/"+id, "").status == http.StatusOK
		})
		b.same(t, "/api/v1/rollups/status/"+id)
	}
	b.same(t, "/api/v1/rollups")
	b.step(t, 0)
	b.step(t, time.Minute)
	status := ask(t, b.aion.target, http.MethodGet, "/api/v1/rollups/status/"+ours, "")
	if strings.Contains(string(status.body), `"aion-test"`) {
		t.Errorf("Aion has changed the status of a task of KairosDB's: %s", status.body)
	}
	changed := strings.ReplaceAll(besideTask, "NAME", "changed")
	besideAsk(t, b.remote, http.MethodPut, "/api/v1/rollups/"+ours, changed, http.StatusOK)
	b.same(t, "/api/v1/rollups/"+ours)
	besideAsk(t, b.aion.target, http.MethodDelete, "/api/v1/rollups/"+ours, "", http.StatusNoContent)
	b.same(t, "/api/v1/rollups")
	changed = strings.ReplaceAll(besideTask, "NAME", "beside")
	besideAsk(t, b.aion.target, http.MethodPut, "/api/v1/rollups/"+theirs, changed, http.StatusOK)
	b.same(t, "/api/v1/rollups/"+theirs)
	b.handOver(t, theirs)
}

// startBesideRollups starts both.
func startBesideRollups(t *testing.T) *besideRollups {
	t.Helper()
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
	aion := start(t, keyspaceDriver(node, keyspace, &cassandra.Config{}), Setup{Release: "1.3"})
	return &besideRollups{kairos, &Remote{Base: base, Client: client}, aion, time.Now()}
}

// step lets Aion do what is due that long after the beginning.
func (b *besideRollups) step(t *testing.T, later time.Duration) {
	t.Helper()
	b.aion.target.SetNow(b.now.Add(later))
	b.aion.rollups.Step(t.Context())
}

// same waits until both answer the same.
func (b *besideRollups) same(t *testing.T, path string) {
	t.Helper()
	besideWait(t, "both answer the same to "+path, func() bool {
		one, other := ask(t, b.aion.target, http.MethodGet, path, ""), ask(t, b.remote, http.MethodGet, path, "")
		return one.status == other.status && sameBody(one.body, other.body)
	})
}

// handOver ends KairosDB, lets Aion run its task, and lets a new KairosDB read how
// that went.
func (b *besideRollups) handOver(t *testing.T, id string) {
	t.Helper()
	b.kairos.Stop(t)
	at := jsonTime(b.now.Add(30 * time.Minute))
	besideAsk(t, b.aion.target, http.MethodPost, "/api/v1/datapoints",
		`[{"name":"beside.in","tags":{"host":"a"},"datapoints":[[`+at+`,5]]}]`, http.StatusNoContent)
	b.step(t, 10*time.Minute) // KairosDB counts as gone
	b.step(t, 2*time.Hour)
	query := ask(t, b.aion.target, http.MethodPost, "/api/v1/datapoints/query", `{"start_absolute":1,"metrics":[{"name":"beside.sums"}]}`)
	if !strings.Contains(string(query.body), `[[`+at+`,5`) {
		t.Errorf("got %s, want the task run by Aion", query.body)
	}
	status := ask(t, b.aion.target, http.MethodGet, "/api/v1/rollups/status/"+id, "")
	if !strings.Contains(string(status.body), `"executing_host":"aion-test"`) || strings.Contains(string(status.body), "Never") {
		t.Errorf("got %s, want Aion's status", status.body)
	}
	b.kairos.Restart(t)
	if got := ask(t, b.remote, http.MethodGet, "/api/v1/rollups/status/"+id, ""); !sameBody(got.body, status.body) {
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

// besideWait waits until something is so.
func besideWait(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it does not come about that %s", what)
		}
	}
}
