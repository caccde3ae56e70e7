// Package carbon takes points as Graphite's Carbon does, in lines and in
// pickles, with the names that the plugin kairos-carbon gives them: a part of a
// path becomes the tag host, or the path carries tags of its own. What cannot be
// stored is counted and logged in the plugin's words.
package carbon

import (
	"log/slog"
	"net/netip"
	"time"

	"aion/api/stream"
	"aion/storage"
	"aion/storage/ingest"
)

// How long lines and pickles may be unless the Config says otherwise; the latter
// is Carbon's own limit.
const (
	MaxLine   = 16 << 10
	MaxPickle = 1 << 20
)

// Config is what the servers are made of. Store and Naming are needed.
type Config struct {
	Store          storage.Writer
	Naming         Naming
	Log            *slog.Logger   // nil: nothing is logged
	MaxLine        int            // bytes; 0: MaxLine
	MaxPickle      int            // bytes; 0: MaxPickle
	MaxConnections int            // at a time, of each server; 0: 20,000
	Trusted        []netip.Prefix // whose connections are taken; empty: everybody's
	Grace          time.Duration  // for what was received, when a server stops; 0: 10 s
}

// stream is what both servers have in common.
func (c *Config) stream(name string) stream.Config {
	return stream.Config{
		Name: name, Store: c.Store, Log: c.Log, MaxConnections: c.MaxConnections, Trusted: c.Trusted, Grace: c.Grace,
	}
}

// Lines makes a server that takes a path, a value and a time in seconds a line.
func Lines(c Config) *stream.Server {
	if c.MaxLine <= 0 {
		c.MaxLine = MaxLine
	}
	s := c.stream("carbon")
	s.Cutter = func() stream.Cutter { return stream.Lines(c.MaxLine) }
	s.Parser = func(w *ingest.Writer) stream.Parser { return &lines{newNames(w, c.Naming)} }
	return stream.New(s)
}

// Pickles makes a server that takes lists of paths with times in seconds and
// values, pickled by Python, each behind its length.
func Pickles(c Config) *stream.Server {
	if c.MaxPickle <= 0 {
		c.MaxPickle = MaxPickle
	}
	s := c.stream("carbon_pickle")
	s.Cutter = func() stream.Cutter { return stream.Frames(c.MaxPickle) }
	s.Parser = func(w *ingest.Writer) stream.Parser { return &pickles{newNames(w, c.Naming)} }
	return stream.New(s)
}
