package main

import (
	"context"
	"sync/atomic"
	"testing"

	"aion/api/access"
	"aion/storage"
	"aion/storage/memory"
)

// twofold is a store that counts how often its records are read as they are, and how
// often as they were a moment ago.
type twofold struct {
	storage.Store
	exact, recent atomic.Int64
}

// Unwrap is the store behind.
func (s *twofold) Unwrap() storage.Store { return s.Store }

// Records are the store's records, counted.
func (s *twofold) Records() storage.Records {
	keeper, _ := storage.As[storage.RecordKeeper](s.Store)
	return twofoldRecords{keeper.Records(), s}
}

// twofoldRecords are the records of a twofold store.
type twofoldRecords struct {
	storage.Records
	s *twofold
}

// Record counts, but not what tells whether keys have changed: that is looked for by
// the clock.
func (r twofoldRecords) Record(ctx context.Context, kind, id string) (storage.Record, error) {
	if kind != access.ChangeKind {
		r.s.exact.Add(1)
	}
	return r.Records.Record(ctx, kind, id)
}

// Recent counts.
func (r twofoldRecords) Recent(ctx context.Context, kind, id string) (storage.Record, error) {
	r.s.recent.Add(1)
	return r.Records.Record(ctx, kind, id)
}

// TestDataIsAskedForLately: whoever asks for data waits for no record that was read a
// moment ago; what stores or changes something reads its records as they are, and who
// works with KairosDB's protocol or Grafana's reads none.
func TestDataIsAskedForLately(t *testing.T) {
	store := &twofold{Store: memory.New(memory.Config{})}
	e := newEstate(t, requiring(t), store)
	const node, data = "/api/iotnodes/" + homeD1, "/v3/data/devices/"
	metrics := `{"start_absolute":1,"metrics":[{"name":"shared","tags":{"device":["` + homeD1 + `"]}}]}`
	for _, c := range []struct {
		who, method, target, body string
		recent                    int64
		exact                     bool
	}{
		{"member", "POST", data + homeD1 + "/properties/shared/query", "{}", 1, false},
		{"member", "GET", data + homeD1 + "/properties/shared", "", 1, false},
		{"member", "POST", data + homeD1 + "%20name/properties/shared/query", "{}", 3, false},
		{"member", "GET", data + homeD1, "", 1, false},
		{"device", "POST", "/v3/data/properties/shared/query", "{}", 1, false},
		{"device", "POST", data + homeD2 + "/properties/shared/query", "{}", 1, false},
		{"app", "POST", "/v3/data/apps/" + homeApp + "/properties/shared/query", "{}", 1, false},
		{"guest", "POST", data + acmeG1 + "/properties/shared/query", "{}", 1, false},
		{"member", "GET", node + "/stats?measurement=shared", "", 1, false},
		{"device", "GET", node + "/stats/fields", "", 1, false},
		{"member", "POST", "/api/v1/datapoints/query", metrics, 0, false},
		{"member", "POST", "/grafana/query", `{"range":{"from":"2023-01-01T00:00:00Z","to":"2023-01-02T00:00:00Z"},"targets":[{"target":"shared","refId":"A"}]}`, 0, false},
		{"member", "POST", "/api/v1/datapoints", `[{"name":"shared","timestamp":1,"value":5,"tags":{"device":"` + homeD1 + `"}}]`, 0, false},
		{"member", "POST", data + homeD1, `[{"name":"shared","dps":[{"t":1,"v":5}]}]`, 0, true},
		{"member", "POST", "/http-push/generic?identifier=id", `{"id":"` + homeD1 + `","shared":1}`, 0, true},
		{"member", "GET", "/v3/devices/" + homeD1, "", 0, true},
		{"admin", "PUT", node, `{"name":"x"}`, 0, true},
	} {
		e.as(c.who, c.method, c.target, c.body) // who asks is found out once
		store.exact.Store(0)
		store.recent.Store(0)
		status, answer := e.as(c.who, c.method, c.target, c.body)
		recent, exact := store.recent.Load(), store.exact.Load()
		if recent != c.recent || (exact != 0) != c.exact {
			t.Errorf("%s %s as %s: got %d records as they were and %d as they are, want %d and some %t; answered %d %.300s",
				c.method, c.target, c.who, recent, exact, c.recent, c.exact, status, answer)
		}
	}
}
