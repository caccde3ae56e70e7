package conformance

import (
	"math"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"aion/aggregators"
	"aion/api"
	"aion/api/admin"
	"aion/api/kairosdb"
	"aion/query"
	"aion/query/rollup"
	"aion/storage"
	"aion/storage/catalog"
	"aion/storage/ingest"
	"aion/storage/memory"
	"aion/storage/pebble"
	"aion/storage/points"
)

// driver opens stores for tests.
type driver struct {
	name string

	// open opens the store of a folder, which a store that outlives its closing
	// finds again.
	open   func(t *testing.T, dir string, now storage.Now) storage.Store
	lasts  bool // what is stored outlives closing
	costly bool // opening takes a while
}

// drivers are the drivers that everything in a test runs on.
func drivers(t *testing.T) []driver {
	t.Helper()
	return []driver{inMemory(), onPebble(), onCassandra(t)}
}

// inMemory is the reference driver.
func inMemory() driver {
	return driver{name: "memory", open: func(_ *testing.T, _ string, now storage.Now) storage.Store {
		return memory.New(memory.Config{Now: now})
	}}
}

// onPebble is the embedded engine.
func onPebble() driver {
	return driver{name: "pebble", lasts: true, costly: true, open: func(t *testing.T, dir string, now storage.Now) storage.Store {
		t.Helper()
		s, err := pebble.Open(pebble.Config{Dir: dir, Now: now, Cache: 8 << 20})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}}
}

// server is a whole server of this process on a store of its own.
type server struct {
	driver driver
	dir    string
	store  storage.Store
	clock  *clock
	target *Clocked
	setup  Setup

	rollups *rollup.Scheduler // does nothing unless a test lets it
	telnet  func()            // ends telnet
}

// clock is a clock that tests set.
type clock struct{ ms atomic.Int64 }

// now is the time that the clock shows.
func (c *clock) now() time.Time { return time.UnixMilli(c.ms.Load()) }

// testNow is what the clock of a server shows at first.
func testNow() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

// start makes a server over an empty store, which is closed with the test.
func start(t *testing.T, d driver, u Setup) *server {
	t.Helper()
	s := &server{driver: d, dir: t.TempDir(), clock: &clock{}, setup: u}
	s.clock.ms.Store(testNow().UnixMilli())
	s.open(t)
	t.Cleanup(func() { s.close(t) })
	return s
}

// restart closes the store and opens it again.
func (s *server) restart(t *testing.T) {
	t.Helper()
	s.close(t)
	s.open(t)
}

// close closes the store.
func (s *server) close(t *testing.T) {
	t.Helper()
	s.telnet()
	if err := s.store.Close(); err != nil {
		t.Error(err)
	}
}

// open opens the store and puts the server over it.
func (s *server) open(t *testing.T) {
	t.Helper()
	s.store = storage.Checked(s.driver.open(t, s.dir, s.clock.now))
	u := s.setup
	release, ok := aggregators.ParseRelease(u.Release)
	if !ok {
		t.Fatalf("release %q", u.Release)
	}
	zone, err := aggregators.LoadZone(cmpZone(u.Zone))
	if err != nil {
		t.Fatal(err)
	}
	engine := query.New(query.Config{
		Workers: 2, // as on the smallest machines that compute side by side
		Limits:  query.DefaultLimits(),
		Sink:    func(w storage.Writer) query.Sink { return ingest.NewSink(w, ingest.Config{}) },
	})
	config := kairosdb.Config{
		Store: s.store, Engine: engine, Specs: aggregators.Builtin(), Release: release,
		Now: s.clock.now, Zone: zone, Extensions: u.Extensions, FreeOrder: true, RegexPrefix: "regex:",
		Forked: slices.Contains(u.With, "forked"), ReturnQuery: slices.Contains(u.With, "return-query"),
		VersionText: "null null", // as KairosDB answers from unpacked classes, where the recordings were made
	}
	s.rollups = scheduler(t, s.store, config)
	config.Rollups = s.rollups
	protocol, err := kairosdb.New(config)
	if err != nil {
		t.Fatal(err)
	}
	operating := s.operating(t)
	serves := api.Config{Protocols: []api.Protocol{admin.New(operating), datasource(config, protocol), ofConnio(config, operating), nodes(config, operating), protocol}, Now: s.clock.now}
	as := func(h http.Handler) http.Handler { return h }
	if s.asks() {
		serves.Access, as = operating.Access, keyed(t, operating.Access)
	}
	handler := as(api.New(serves).Handler())
	set := func(now time.Time) { s.clock.ms.Store(now.UnixMilli()) }
	s.target = &Clocked{Target: &InProcess{Handler: handler}, SetNow: set}
	s.target.Telnet, s.telnet = serveTelnet(t, s.store)
}

// scheduler is what runs a server's roll-ups.
func scheduler(t *testing.T, store storage.Store, c kairosdb.Config) *rollup.Scheduler {
	t.Helper()
	records, kept := catalog.New(store)
	texts, ok := catalog.Services(store, c.Now)
	if !kept || !ok {
		t.Fatal("the store keeps no records")
	}
	return rollup.New(rollup.Config{
		Store: store, Texts: texts, Catalog: records, Parse: kairosdb.RollupParser(c), Now: c.Now,
		Options: query.Options{Specs: c.Specs, Zone: c.Zone, Release: c.Release, FreeOrder: c.FreeOrder},
		Limits:  query.DefaultLimits(), Owner: "test", Host: "aion-test", Late: time.Hour,
	})
}

// seed stores a series of complex values under the bytes that KairosDB's sample
// plug-in gives them: real and imaginary part, big endian.
func (s *server) seed(t *testing.T) func(metric string, v *VectorSeries) error {
	return func(metric string, v *VectorSeries) error {
		block := points.Block{Kind: points.Opaque, Type: points.TypeComplex}
		for _, p := range v.Points {
			at, value, err := complexPoint(p)
			if err != nil {
				return err
			}
			block.AppendBytes(at, value)
		}
		var b storage.Batch
		b.Put(points.Key{Metric: metric, Tags: points.TagsOf(v.Tags), Type: points.TypeComplex}, block, 0)
		return s.store.Write(t.Context(), &b)
	}
}

// appendDouble adds the bits of a double, big endian.
func appendDouble(b []byte, v float64) []byte {
	bits := math.Float64bits(v)
	for shift := 56; shift >= 0; shift -= 8 {
		b = append(b, byte(bits>>shift))
	}
	return b
}
