package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"aion/api"
	"aion/storage"
	"aion/storage/cassandra"
	"aion/storage/cassandra/spool"
)

// openCassandra opens the keyspace that the settings name, and the spool before
// it if there is to be one.
func (s *serveCommand) openCassandra(ctx context.Context, figures *api.Figures, log *slog.Logger) (opened, error) {
	config, err := s.Cassandra.config(time.Duration(s.Expiry.TTL))
	if err != nil {
		return opened{}, err
	}
	config.Log = log
	store, err := cassandra.Open(ctx, config)
	if err != nil {
		return opened{}, fmt.Errorf("--cassandra.keyspace: %w", err)
	}
	figures.Gauge("aion_cassandra_connected", "Whether every Cassandra that is needed answers: 1 or 0.", func() float64 {
		return connected(ctx, store)
	})
	if s.Cassandra.Spool == "" {
		return opened{Store: store}, nil
	}
	waits, err := spool.Open(spool.Config{
		Dir: s.Cassandra.Spool, Max: int64(s.Cassandra.SpoolMax), Log: log, Target: store,
	})
	if err != nil {
		return opened{}, errors.Join(fmt.Errorf("--cassandra.spool: %w", err), store.Close())
	}
	showSpool(figures, waits)
	return opened{waits, func() int64 { return waits.Waiting().Points }}, nil
}

// connected is 1 if the store is well. Who asks has little time.
func connected(ctx context.Context, store storage.Store) float64 {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if store.Health(ctx) != nil {
		return 0
	}
	return 1
}

// showSpool shows what waits in the spool and what became of the rest.
func showSpool(figures *api.Figures, s *spool.Store) {
	for _, g := range []struct {
		name, help string
		value      func(spool.State) float64
	}{
		{"aion_spool_points", "Points that wait for Cassandra.", func(w spool.State) float64 { return float64(w.Points) }},
		{"aion_spool_bytes", "Bytes on disk of what waits for Cassandra.", func(w spool.State) float64 { return float64(w.Bytes) }},
		{"aion_spool_oldest_seconds", "Age of what waits longest for Cassandra.", func(w spool.State) float64 { return age(w.Oldest).Seconds() }},
	} {
		figures.Gauge(g.name, g.help, func() float64 { return g.value(s.Waiting()) })
	}
	for _, c := range []struct {
		name, help string
		value      func(spool.State) int64
	}{
		{"aion_spool_spooled_points_total", "Points that went into the spool.", func(w spool.State) int64 { return w.Spooled }},
		{"aion_spool_delivered_points_total", "Points that went from the spool to Cassandra.", func(w spool.State) int64 { return w.Delivered }},
		{"aion_spool_expired_points_total", "Points whose life ended in the spool.", func(w spool.State) int64 { return w.Expired }},
		{"aion_spool_refused_batches_total", "Batches that the spool did not take, because it or its disk was full.", func(w spool.State) int64 { return w.Refused }},
		{"aion_spool_poisoned_points_total", "Points that Cassandra refused for good; they are in refused.jsonl.", func(w spool.State) int64 { return w.Poisoned }},
		{"aion_spool_damaged_total", "Stretches of the spool that could not be read and were moved aside.", func(w spool.State) int64 { return w.Damaged }},
	} {
		figures.Counter(c.name, c.help, func() float64 { return float64(c.value(s.Waiting())) })
	}
}

// age is how long ago a moment in Unix milliseconds was; 0: there is none.
func age(at int64) time.Duration {
	if at == 0 {
		return 0
	}
	return max(0, time.Since(time.UnixMilli(at)))
}
