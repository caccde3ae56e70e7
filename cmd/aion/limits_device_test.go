package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"aion/storage/cassandra/cassandratest"
)

// TestLimitsOfKeysByDevice: a key's own limits bound also what the protocols of
// devices read, and what they draw and hold before the engine does.
func TestLimitsOfKeysByDevice(t *testing.T) {
	g := guarding(t, "--storage=memory")
	g.limitsByDevice(t)
}

// limitsByDevice asks for the points of a device with keys of each limit.
func (g *guarded) limitsByDevice(t *testing.T) {
	t.Helper()
	g.admin(t, "POST", "/devices", `{"id":"d1"}`)
	var points []string
	for i := range 300 {
		points = append(points, fmt.Sprintf("[%d,%d]", 1000+i, i))
	}
	body := `[{"name":"m","tags":{"device":"d1"},"datapoints":[` + strings.Join(points, ",") + `]}]`
	if status, body := g.as(t, g.id, g.secret, "POST", "/api/v1/datapoints", body); status != http.StatusNoContent {
		t.Fatalf("got %d %s", status, body)
	}
	const (
		connio = "POST /v3/data/devices/d1/properties/m/query"
		yggio  = "GET /api/iotnodes/d1/stats?measurement=m&start=0&end=5000"
		whole  = `{"startAbsolute":0,"endAbsolute":5000}`
		drawn  = `{"startAbsolute":0,"endAbsolute":5000,"limit":1,"groupBy":[{"name":"time","rangeSize":{"value":1,"unit":"minutes"},"groupCount":2}]}`
		parted = `{"startAbsolute":0,"endAbsolute":5000,"groupBy":[{"name":"time","rangeSize":{"value":1,"unit":"milliseconds"},"groupCount":1002}]}`
	)
	for _, tt := range []struct {
		limits, call, body string
		status             int
		want               string
	}{
		{`{"points":300}`, connio, whole, 200, ""},
		{`{"points":299}`, connio, whole, 413, "limits.points of 299 points"},
		{`{"points":300}`, connio, drawn, 200, ""},
		{`{"points":299}`, connio, drawn, 413, "limits.points of 299 points"},
		{`{"memory":5000}`, connio, parted, 413, "limits.memory of 5000 bytes"},
		{`{"timeout":"1ns"}`, connio, whole, 504, ""},
		{`{"points":300}`, yggio, "", 200, ""},
		{`{"points":299}`, yggio, "", 413, "limits.points of 299 points"},
	} {
		key := g.key(t, `{"limits":`+tt.limits+`}`)
		method, path, _ := strings.Cut(tt.call, " ")
		status, body := g.as(t, key.ID, key.Secret, method, path, tt.body)
		if status != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%s %s %s: got %d %.300s, want %d %s", tt.limits, tt.call, tt.body, status, body, tt.status, tt.want)
		}
	}
}

// TestLimitsOnCassandra: keys keep to their limits on Cassandra as on any other
// engine, none of which reads more than it is asked for.
func TestLimitsOnCassandra(t *testing.T) {
	node := cassandratest.Shared(t)
	g := guarding(t, "--storage=cassandra", "--cassandra.hosts="+node.Host(), "--cassandra.keyspace="+node.Keyspace(t))
	g.filled(t)
	g.limitsOfKeys(t)
	if status, body := g.as(t, g.id, g.secret, "DELETE", "/api/v1/metric/m", ""); status != http.StatusNoContent {
		t.Fatalf("got %d %s", status, body)
	}
	g.limitsByDevice(t)
	g.limitsAtOnce(t)
}
