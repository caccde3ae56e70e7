package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"time"

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
