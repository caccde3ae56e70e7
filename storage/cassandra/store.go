package cassandra

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"aion/storage"
	"aion/storage/codec"
	"aion/storage/points"
)

// Store keeps points in KairosDB's tables.
type Store struct {
	config   Config
	log      *slog.Logger
	now      storage.Now
	write    *cluster
	reads    []*cluster // the write cluster first, then those that are read only
	meta     *cluster   // the write cluster, if no other was named
	all      []*cluster // each once
	services *ServiceIndex
	records  *records
	watch    *watch
	writePath
	fetching *fetching
	listings listings
	stop     context.CancelFunc
	stopping context.Context // ends when Close begins; what runs in the background heeds it
	running  sync.WaitGroup
}

// Open begins to connect and waits a moment for that: a cluster that is away is
// no error, it is tried again until Close. A keyspace that is not KairosDB's is
// a ForeignError.
func Open(ctx context.Context, c Config) (*Store, error) {
	s := &Store{config: c.withDefaults(), now: c.Now.Or()}
	s.log = s.config.Log
	s.fetching = newFetching(s.config.Reading)
	s.services = &ServiceIndex{store: s}
	s.records = &records{store: s}
	s.watch = newWatch(s)
	s.ready(&s.config, s.now)
	s.stopping, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.write = s.cluster(s.config.Write, writing)
	s.reads = []*cluster{s.write}
	for _, r := range s.config.Reads {
		s.reads = append(s.reads, s.cluster(r, reading))
	}
	s.all, s.meta = slices.Clone(s.reads), s.write
	if s.config.Meta != nil {
		s.meta = s.cluster(*s.config.Meta, meta)
		s.all = append(s.all, s.meta)
	}
	if err := s.connect(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.running.Go(func() { s.watch.run(s.stopping) })
	s.running.Go(func() { s.audit(s.stopping) })
	return s, nil
}

// withDefaults fills in what was not said.
func (c Config) withDefaults() Config {
	if c.Layout == (codec.Layout{}) {
		c.Layout = codec.Default()
	}
	c.IndexRefresh = cmp.Or(c.IndexRefresh, time.Minute)
	c.Reading, c.Writing = cmp.Or(c.Reading, 64), cmp.Or(c.Writing, 32)
	c.Timeout = cmp.Or(c.Timeout, 10*time.Second)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// cluster is a cluster that is not connected yet.
func (s *Store) cluster(c Cluster, r role) *cluster {
	c.Keyspace = cmp.Or(c.Keyspace, "kairosdb")
	if len(c.Hosts) == 0 {
		c.Hosts = []string{"127.0.0.1:9042"}
	}
	return &cluster{config: c, role: r, layout: s.config.Layout, patience: s.config.Timeout, now: s.now, log: s.log}
}

// moment is how long Open waits for a cluster that gives no sign of life.
const moment = 2 * time.Second

// connect begins to connect to all clusters side by side and waits for the first
// tries. What is away, or is silent for a moment, is left to the background.
func (s *Store) connect(ctx context.Context) error {
	tried := make([]chan error, len(s.all))
	for i, c := range s.all {
		if err := c.check(); err != nil {
			return err
		}
		tried[i] = make(chan error, 1)
	}
	for i, c := range s.all {
		s.running.Go(func() { c.keep(s.stopping, func(err error) { tried[i] <- err }) })
	}
	limit, cancel := context.WithTimeout(ctx, moment)
	defer cancel()
	for i, c := range s.all {
		if err := c.await(ctx, tried[i], limit.Done()); err != nil {
			return err
		}
	}
	return nil
}

// writer is where points are written.
func (s *Store) writer() (*conn, error) { return s.write.conn() }

// metadata is where service_index lies.
func (s *Store) metadata() (*conn, error) { return s.meta.conn() }

// readers are the clusters that may have points of the range, the write cluster
// first. One of them being away makes the answer an error: without it, the rest
// would look whole.
func (s *Store) readers(r points.Range) ([]*conn, error) {
	var all []*conn
	for _, c := range s.reads {
		if w := c.config.Within; w != nil && (w.From > r.To || r.From > w.To) {
			continue
		}
		open, err := c.conn()
		if err != nil {
			return nil, err
		}
		all = append(all, open)
	}
	return all, nil
}

// Health says in a sentence which cluster does not answer, and why.
func (s *Store) Health(ctx context.Context) error {
	failed := make([]error, len(s.all))
	var asked sync.WaitGroup
	for i, c := range s.all {
		asked.Go(func() { failed[i] = c.health(ctx) })
	}
	asked.Wait()
	return errors.Join(failed...)
}

// snapshot is the store itself: Cassandra has no common moment to read from.
type snapshot struct{ *Store }

// Close does nothing.
func (snapshot) Close() error { return nil }

// Close ends what runs in the background and the connections.
func (s *Store) Close() error {
	s.stop()
	s.running.Wait()
	for _, c := range s.all {
		c.close()
	}
	return nil
}
