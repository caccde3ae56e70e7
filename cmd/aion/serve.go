package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"aion/aggregators"
	"aion/api"
	"aion/api/admin"
	"aion/api/kairosdb"
	"aion/query"
	"aion/storage"
	"aion/storage/ingest"
	"aion/storage/memory"
	"aion/storage/pebble"
)

// Run serves until ctx ends and everything has stopped.
func (s *serveCommand) Run(ctx context.Context, to *streams) (err error) {
	log, closed := s.Log.gathered(to.err)
	defer closed()
	figures := api.NewFigures()
	secure, err := s.HTTP.secure(log)
	if err != nil {
		return err
	}
	engine, err := s.open(ctx, figures, log)
	if err != nil {
		return err
	}
	store := storage.Measured(checked(engine.Store), figures.Meter())
	defer func() { err = errors.Join(err, store.Close()) }()
	defer s.Metrics.report(ctx, figures, store, log)()
	var swept atomic.Int64
	shift, err := s.shift(store, &swept, log)
	if err != nil {
		return err
	}
	guard := shift.Access
	showAccess(figures, guard)
	showFleet(figures, &swept)
	store = shift.Fleet.Observe(store)
	config, err := s.config(store, log)
	if err != nil {
		return err
	}
	operating := s.operating(store, shift)
	server, err := s.serverOf(ctx, config, operating, engine.waiting, figures, log)
	if err != nil {
		return err
	}
	control, err := openControl(ctx, store, operated(operating), s.Data.Dir, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, control.close()) }()
	if err := s.beginAccess(ctx, guard, to.out, log); err != nil {
		return err
	}
	if s.Demo {
		if err := s.fill(ctx, store, to.out); err != nil {
			return err
		}
	}
	beside, err := s.listen(ctx, store, s.doorOf(guard), figures, log)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.HTTP.Listen)
	if err != nil {
		return errors.Join(fmt.Errorf("--http.listen: %w", err), beside.close())
	}
	address := listener.Addr().String()
	log.Info("serving", slices.Concat([]any{"address", address}, beside.addresses(),
		[]any{"storage", s.Storage, "release", s.KairosDB.Release, "version", version()})...)
	if s.Demo {
		if err := tryDemo(to.out, address); err != nil {
			return errors.Join(err, listener.Close(), beside.close())
		}
	}
	defer givingBack(ctx)()
	err = besideFleet(ctx, shift.Fleet, func(ctx context.Context) error {
		return s.Rollups.beside(ctx, config.Rollups, func(ctx context.Context) error {
			return beside.serve(ctx, func(ctx context.Context) error { return server.Serve(ctx, secure(listener)) })
		})
	})
	log.Info("stopped")
	return err
}

// opened is a store and how many points wait before it; nil: none ever do.
type opened struct {
	storage.Store
	waiting func() int64
}

// open opens the engine that the settings name.
func (s *serveCommand) open(ctx context.Context, figures *api.Figures, log *slog.Logger) (opened, error) {
	ttl := time.Duration(s.Expiry.TTL)
	switch s.Storage {
	case "memory":
		return opened{Store: memory.New(memory.Config{TTL: ttl})}, nil
	case "cassandra":
		return s.openCassandra(ctx, figures, log)
	}
	rules, err := s.rules()
	if err != nil {
		return opened{}, err
	}
	store, err := pebble.Open(pebble.Config{Dir: s.Data.Dir, TTL: ttl, Retention: rules, Log: log})
	if err != nil {
		return opened{}, fmt.Errorf("--data.dir: %w", err)
	}
	showDisk(figures, store)
	return opened{Store: store}, nil
}

// config is what KairosDB's protocol is made of.
func (s *serveCommand) config(store storage.Store, log *slog.Logger) (kairosdb.Config, error) {
	zone, err := aggregators.LoadZone(s.Time.Zone)
	if err != nil {
		return kairosdb.Config{}, err
	}
	release, _ := aggregators.ParseRelease(s.KairosDB.Release)
	engine := query.New(query.Config{
		Limits:  s.Query.limits(),
		Own:     ownLimits,
		Workers: runtime.GOMAXPROCS(0),
		Sink:    func(w storage.Writer) query.Sink { return ingest.NewSink(w, ingest.Config{}) },
	})
	config := kairosdb.Config{
		Store: store, Engine: engine, Specs: aggregators.Builtin(), Release: release, Zone: zone, Log: log,
		VersionText: s.KairosDB.VersionText, RegexPrefix: s.KairosDB.RegexPrefix, HiddenPrefixes: s.KairosDB.HiddenPrefixes,
		Extensions: s.KairosDB.Extensions, ServerType: s.KairosDB.ServerType,
		Forked: s.KairosDB.Forked, ReturnQuery: s.KairosDB.ReturnQuery, HealthCode: s.KairosDB.HealthCode, Slow: time.Duration(s.Log.SlowQuery),
		MaxBody: int64(s.HTTP.MaxBody), MaxIngest: int64(s.HTTP.MaxIngest), FreeOrder: s.Query.FloatOrder == "free",
	}
	config.Rollups = s.rollups(store, config, log)
	return config, nil
}

// serverOf is the server over the protocols. What it asks issuers of tokens for
// ends with ctx.
func (s *serveCommand) serverOf(ctx context.Context, c kairosdb.Config, operating admin.Config, waiting func() int64, figures *api.Figures, log *slog.Logger) (*api.Server, error) {
	protocol, err := kairosdb.New(c)
	if err != nil {
		return nil, err
	}
	tokens, err := s.Auth.open(ctx, log)
	if err != nil {
		return nil, err
	}
	proxies, err := s.HTTP.proxies()
	if err != nil {
		return nil, err
	}
	if c.Rollups != nil {
		c.Rollups.BoundsOf = taskBounds(operating.Access, c.Store)
	}
	showRollups(figures, c.Rollups)
	return api.New(api.Config{
		Access: s.asked(operating.Access), Tokens: tokens, TrustedProxies: proxies, Log: log, Figures: figures, Grace: time.Duration(s.Shutdown.Grace),
		Protocols: append(append([]api.Protocol{admin.New(operating), s.grafana(c, protocol, operating.Access), s.yggio(c, operating), s.connio(c, operating)}, s.remoteWrite(c.Store, figures)...), protocol),
		Waiting:   waiting, Welcome: welcome,
	}), nil
}

// fill puts the demonstration's points into the store and says what it did.
func (s *serveCommand) fill(ctx context.Context, store storage.Store, to io.Writer) error {
	points, err := fillDemo(ctx, store, time.Now())
	if err != nil {
		return err
	}
	text := fmt.Sprintf("Filled with %d points of %d devices.\n", points, demoDevices)
	if points == 0 {
		text = "There are data already: serving them as they are, without the demonstration's.\n"
	}
	_, err = io.WriteString(to, text)
	return err
}
