package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"time"

	"aion/api"
	"aion/api/kairosdb"
	"aion/query"
	"aion/query/rollup"
	"aion/storage"
	"aion/storage/catalog"
)

// rollupSettings are about roll-ups.
type rollupSettings struct {
	Run     bool  `default:"true" negatable:"" help:"Run roll-up tasks. Of several servers on a store one runs a task."`
	Late    span  `default:"1h" help:"Time for which points that arrive late are rolled up again."`
	Check   span  `default:"10s" help:"Time between looks at which roll-up tasks there are."`
	Workers count `default:"2" help:"Roll-up tasks that run at once."`
}

// rollups is what runs the roll-ups of a store; nil where the store cannot keep
// any.
func (s *serveCommand) rollups(store storage.Store, c kairosdb.Config, log *slog.Logger) *rollup.Scheduler {
	records, kept := catalog.New(store)
	texts, ok := catalog.Services(store, nil)
	if !kept || !ok {
		return nil
	}
	host, err := os.Hostname()
	if err != nil {
		host = "aion"
	}
	return rollup.New(rollup.Config{
		Store: store, Texts: texts, Catalog: records, Parse: kairosdb.RollupParser(c), Zone: c.Zone.Location(), Log: log,
		Options: query.Options{Specs: c.Specs, Zone: c.Zone, Release: c.Release, FreeOrder: c.FreeOrder},
		Limits:  s.Query.limits(), Owner: s.owner(host), Alone: s.Storage != "cassandra", Host: host,
		Late: time.Duration(s.Rollups.Late), Check: time.Duration(s.Rollups.Check), Workers: int(s.Rollups.Workers),
	})
}

// showRollups shows at /metrics what roll-ups do.
func showRollups(figures *api.Figures, tasks *rollup.Scheduler) {
	if tasks == nil {
		return
	}
	figures.Gauge("aion_rollup_tasks", "Roll-up tasks that are known.", func() float64 { return float64(tasks.Figures().Tasks) })
	figures.Gauge("aion_rollup_running", "Roll-up tasks that run now.", func() float64 { return float64(tasks.Figures().Running) })
	figures.Gauge("aion_rollup_late_seconds", "For how long the roll-up task has been due that waits longest for its turn.",
		func() float64 { return tasks.Figures().Late.Seconds() })
	for _, c := range []struct {
		name, help string
		value      func(rollup.Figures) int64
	}{
		{"runs_total", "Runs of roll-up tasks.", func(f rollup.Figures) int64 { return f.Runs }},
		{"failures_total", "Runs of roll-up tasks that failed; their status and the log have reasons.", func(f rollup.Figures) int64 { return f.Failures }},
		{"missed_total", "Runs of roll-up tasks that were due while nobody ran them.", func(f rollup.Figures) int64 { return f.Missed }},
		{"points_total", "Points that came out of roll-ups, those of back-fills included.", func(f rollup.Figures) int64 { return f.Points }},
	} {
		figures.Counter("aion_rollup_"+c.name, c.help, func() float64 { return float64(c.value(tasks.Figures())) })
	}
}

// owner names this server among those of its store. Where a store has one server
// at a time, that is the one that was there before.
func (s *serveCommand) owner(host string) string {
	if s.Storage != "cassandra" {
		return "alone"
	}
	return fmt.Sprintf("%s %d %s", host, os.Getpid(), rand.Text())
}

// beside runs tasks as long as serve takes, and returns when both have ended.
func (r *rollupSettings) beside(ctx context.Context, tasks *rollup.Scheduler, serve func(context.Context) error) error {
	if !r.Run || tasks == nil {
		return serve(ctx)
	}
	running, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tasks.Run(running)
	}()
	err := serve(ctx)
	cancel()
	<-ended
	return err
}
