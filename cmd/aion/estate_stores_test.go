package main

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"aion/storage"
	"aion/storage/cassandra"
	"aion/storage/cassandra/cassandratest"
	"aion/storage/pebble"
)

// TestReadersOnEngines asks what reads of KairosDB's routes as those who see a
// part, and tries injections, on the engines that keep an index.
func TestReadersOnEngines(t *testing.T) {
	for _, engine := range []struct {
		name string
		open func(t *testing.T) (storage.Store, error)
	}{
		{"pebble", func(t *testing.T) (storage.Store, error) {
			return pebble.Open(pebble.Config{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
		}},
		{"cassandra", func(t *testing.T) (storage.Store, error) {
			hosts := []string{cassandratest.Shared(t).Host()}
			return cassandra.Open(t.Context(), cassandra.Config{Write: cassandra.Cluster{Hosts: hosts, Keyspace: "aion_estate"}})
		}},
	} {
		t.Run(engine.name, func(t *testing.T) {
			opened, err := engine.open(t)
			if err != nil {
				t.Fatal(err)
			}
			store := storage.Checked(opened)
			t.Cleanup(func() {
				if err := store.Close(); err != nil {
					t.Error(err)
				}
			})
			e := newEstate(t, requiring(t), store)
			e.readers()
			e.injected()
		})
	}
}

// readers asks what changes nothing, and looks at the statuses and at what is told.
func (e *estate) readers() {
	for _, v := range kairosdbVisits() {
		method, path, _ := strings.Cut(v.route, " ")
		if v.path != "" {
			path = v.path
		}
		if method != "GET" && !strings.Contains(path, "query") || strings.Contains(v.body, "save_as") || strings.Contains(path, "backfill") {
			continue
		}
		for i, c := range callers() {
			if !slices.Contains([]string{"device", "app", "gdevice", "guest", "viewer", "root"}, c.name) {
				continue
			}
			status, answer := e.as(c.name, method, e.filled(c.filled(path)), c.filled(v.body))
			if want := strings.Fields(v.want)[i]; fmt.Sprint(status) != want {
				e.t.Errorf("%s %s as %s: got %d %.200s, want %s", method, path, c.name, status, answer, want)
			}
			if shows := c.filled(v.shows); status < 300 && !strings.Contains(answer, shows) {
				e.t.Errorf("%s %s as %s: got %.300s, want %s in it", method, path, c.name, answer, shows)
			}
			for _, s := range sentinels {
				if strings.Contains(answer, s) && !slices.Contains(c.sees, s) && !strings.Contains(c.filled(path+v.body), s) {
					e.t.Errorf("%s %s as %s: the answer tells of %s: %.300s", method, path, c.name, s, answer)
				}
			}
		}
	}
}
