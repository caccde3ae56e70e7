package main

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"time"

	"aion/api"
	"aion/storage"
)

// report begins to store the server's figures, if the settings ask for it, until
// ctx ends or stop is called. When stop returns nothing is stored any more.
func (m *metricsSettings) report(ctx context.Context, figures *api.Figures, store storage.Writer, log *slog.Logger) (stop func()) {
	if m.StoreEvery == 0 {
		return func() {}
	}
	host, err := os.Hostname()
	if err != nil {
		host = "aion"
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { figures.Report(ctx, store, host, time.Duration(m.StoreEvery), log) })
	return func() {
		cancel()
		running.Wait()
	}
}
