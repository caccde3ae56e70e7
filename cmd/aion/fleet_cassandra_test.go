package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"aion/storage/cassandra/cassandratest"
)

// TestFleetOnCassandra: two servers on one keyspace keep one fleet: of devices
// that want the same alias at once one is created, a device that one server
// deletes is created by a point at the other one, and one of them sweeps.
func TestFleetOnCassandra(t *testing.T) {
	node := cassandratest.Shared(t)
	store := []string{"--storage=cassandra", "--cassandra.hosts=" + node.Host(), "--cassandra.keyspace=" + node.Keyspace(t)}
	args := append(store, "--retention=short.=1h", "--devices.sweep-every=1s")
	servers := []*server{start(t, args...), start(t, args...)}
	const devices = "/api/admin/v1/devices"
	var all sync.WaitGroup
	var created atomic.Int64
	for i := range 6 {
		all.Go(func() {
			status, text := servers[i%2].ask(t, "POST", devices, fmt.Sprintf(`{"id": "c%d", "aliases": ["CN", "CN-%d"]}`, i, i))
			switch status {
			case http.StatusCreated:
				created.Add(1)
			case http.StatusConflict:
			default:
				t.Errorf("got %d %s", status, text)
			}
		})
	}
	all.Wait()
	if n := created.Load(); n > 1 {
		t.Errorf("%d devices are called CN", n)
	}
	point := `[{"name":"temp","tags":{"device":"x1"},"datapoints":[[1,1]]}]`
	for _, s := range servers {
		if status, text := s.ask(t, "POST", "/api/v1/datapoints", point); status != 204 {
			t.Fatalf("got %d %s", status, text)
		}
		s.eventually(t, "GET", devices+"/x1", "", `"id":"x1"`)
	}
	if status, text := servers[0].ask(t, "DELETE", devices+"/x1?data=true", ""); status != 200 {
		t.Fatalf("got %d %s", status, text)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		if status, text := servers[1].ask(t, "POST", "/api/v1/datapoints", point); status != 204 {
			t.Fatalf("got %d %s", status, text)
		}
		if status, _ := servers[0].ask(t, "GET", devices+"/x1", ""); status == 200 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the device does not come again")
		}
	}
	file := planIn(t, aFleet)
	for _, want := range []string{"9 created, 0 changed, 0 unchanged\n", "0 created, 0 changed, 9 unchanged\n"} {
		if code, out, errs := command(t, append([]string{"provision", file}, store...)...); code != 0 || !strings.HasSuffix(out, want) {
			t.Errorf("got %d %s %s, want %s", code, out, errs, want)
		}
	}
	now := time.Now().UnixMilli()
	old := now - 2*time.Hour.Milliseconds()
	body := fmt.Sprintf(`[{"name":"short.a","tags":{"h":"a"},"datapoints":[[%d,1],[%d,2]]}]`, old, now)
	if status, text := servers[0].ask(t, "POST", "/api/v1/datapoints", body); status != 204 {
		t.Fatalf("got %d %s", status, text)
	}
	servers[1].eventually(t, "POST", "/api/v1/datapoints/query", `{"start_absolute":0,"metrics":[{"name":"short.a"}]}`, fmt.Sprintf(`"values":[[%d,2]]`, now))
}
