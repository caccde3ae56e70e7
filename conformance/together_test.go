package conformance

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"aion/storage/cassandra"
	"aion/storage/cassandra/cassandratest"
)

// two are two servers on one keyspace, which know of each other by its tables
// alone, and the metric that they work on.
type two struct {
	one, other Target
	metric     string
}

// startTwo starts two Aions on a new keyspace.
func startTwo(t *testing.T) two {
	t.Helper()
	node := cassandratest.Shared(t)
	d := keyspaceDriver(node, node.Keyspace(t), &cassandra.Config{})
	one, other := start(t, d, Setup{Release: "1.3"}), start(t, d, Setup{Release: "1.3"})
	return two{one: one.target, other: other.target, metric: "m"}
}

// write has a server store a value.
func (s *two) write(t *testing.T, by Target, host string, at int64, value int) {
	t.Helper()
	body := fmt.Sprintf(`[{"name":%q,"tags":{"host":%q},"datapoints":[[%d,%d]]}]`, s.metric, host, at, value)
	if got := ask(t, by, http.MethodPost, "/api/v1/datapoints", body); got.status != http.StatusNoContent {
		t.Fatalf("%s: got %d %s, want 204", body, got.status, got.body)
	}
}

// await waits until the server finds so many points.
func (s *two) await(t *testing.T, by Target, want int) {
	t.Helper()
	query := fmt.Sprintf(`{"start_absolute":0,"metrics":[{"name":%q}]}`, s.metric)
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		got := ask(t, by, http.MethodPost, "/api/v1/datapoints/query", query)
		if countPoints(got.body) == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("got %d %s, want %d points", got.status, got.body, want)
		}
	}
}

// rowStart is where a row of three weeks begins.
const rowStart = 1698278400000

// TestTwoWrite: series, rows and values that one server writes are what the other
// reads next. Values written over the other's are the last ones, even within a
// millisecond: a server answers when the write time has passed.
func TestTwoWrite(t *testing.T) {
	s := startTwo(t)
	for i := range 20 {
		from, to := s.one, s.other
		if i%2 == 1 {
			from, to = s.other, s.one
		}
		s.write(t, from, fmt.Sprint("host", i%7), rowStart+int64(i)*864000000, i)
		s.await(t, to, i+1)
	}
	query := fmt.Sprintf(`{"start_absolute":%d,"end_absolute":%[1]d,"metrics":[{"name":"m"}]}`, rowStart)
	for i := range 50 {
		s.write(t, s.one, "host0", rowStart, 200-i)
		s.write(t, s.other, "host0", rowStart, 100-i)
		got := string(ask(t, s.one, http.MethodPost, "/api/v1/datapoints/query", query).body)
		if want := fmt.Sprintf(`"values":[[%d,%d]]`, rowStart, 100-i); !strings.Contains(got, want) {
			t.Errorf("got %s, want the last value %s", got, want)
		}
	}
}

// TestTwoDelete lets two Aions write and delete in turns.
func TestTwoDelete(t *testing.T) {
	writeAfterDeletes(t, []string{"metric", "all", "row", "tag"}, startTwo(t))
}

// deleteRequests are deletes by name. METRIC stands for the metric, ROW for the
// range of a row of three weeks.
func deleteRequests() map[string][3]string {
	const where = "/api/v1/datapoints/delete"
	return map[string][3]string{
		"metric": {http.MethodDelete, "/api/v1/metric/METRIC", ""},
		"all":    {http.MethodPost, where, `{"start_absolute":0,"end_absolute":4000000000000,"metrics":[{"name":"METRIC"}]}`},
		"row":    {http.MethodPost, where, `{ROW,"metrics":[{"name":"METRIC"}]}`},
		"tag":    {http.MethodPost, where, `{ROW,"metrics":[{"name":"METRIC","tags":{"host":"a"}}]}`},
	}
}

// writeAfterDeletes: what one server deletes is gone for the other, and what that
// one writes afterwards, at once and only once, is found by both.
func writeAfterDeletes(t *testing.T, deletes []string, servers two) {
	row := fmt.Sprintf(`"start_absolute":%d,"end_absolute":%d`, rowStart, rowStart+1814399999)
	for _, name := range deletes {
		t.Run(name, func(t *testing.T) {
			s := servers
			s.metric += "." + name
			text := strings.NewReplacer("METRIC", s.metric, "ROW", row)
			for i := range 3 {
				s.write(t, s.one, "a", rowStart+int64(i), i)
			}
			s.await(t, s.other, 3)
			for round := range 3 {
				d := deleteRequests()[name]
				if got := ask(t, s.other, d[0], text.Replace(d[1]), text.Replace(d[2])); got.status != http.StatusNoContent {
					t.Fatalf("got %d %s, want 204", got.status, got.body)
				}
				s.await(t, s.one, 0)
				s.write(t, s.one, "a", rowStart+int64(round), 10+round)
				s.await(t, s.other, 1)
				s.await(t, s.one, 1)
			}
		})
	}
}

// TestTwoWriteWhileDeleting: while one server deletes again and again, the other
// writes. Every value that was written after a delete is found.
func TestTwoWriteWhileDeleting(t *testing.T) {
	s := startTwo(t)
	for round := range 5 {
		done := make(chan received)
		go func() { done <- ask(t, s.other, http.MethodDelete, "/api/v1/metric/m", "") }()
		for i := range 20 {
			s.write(t, s.one, fmt.Sprint("host", i), rowStart, i)
		}
		if got := <-done; got.status != http.StatusNoContent {
			t.Fatalf("got %d %s, want 204", got.status, got.body)
		}
		for i := range 20 {
			s.write(t, s.one, fmt.Sprint("host", i), rowStart, 100*round+i)
		}
		s.await(t, s.other, 20)
		s.await(t, s.one, 20)
	}
}
