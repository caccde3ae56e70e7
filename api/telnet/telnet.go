// Package telnet takes points in KairosDB's text protocol: put, putm, puts and
// version, a command a line. As KairosDB it answers version alone; what a put
// gets wrong is counted and logged in KairosDB's words. Unlike KairosDB it reads
// UTF-8 where a word is that, takes 1e-05 for a double and refuses what is not
// finite; and a version is answered when all that came before it is stored. Where
// the server asks who sends, a first line auth ID SECRET says so; it is answered
// when it is wrong alone.
package telnet

import (
	"log/slog"
	"net/netip"
	"time"

	"aion/api/stream"
	"aion/storage"
	"aion/storage/ingest"
)

// MaxLine is how long a line may be unless the Config says otherwise. KairosDB's
// 1,024 is too little for a metric with many tags.
const MaxLine = 16 << 10

// Config is what a Server is made of. Store is needed.
type Config struct {
	Store          storage.Writer
	Log            *slog.Logger   // nil: nothing is logged
	Version        string         // what version answers
	MaxLine        int            // bytes; 0: MaxLine
	MaxConnections int            // at a time; 0: 20,000
	Trusted        []netip.Prefix // whose connections are taken; empty: everybody's
	Door           stream.Door    // with which a first line auth ID SECRET says who sends; nil: there is no such line
	Grace          time.Duration  // for what was received, when the server stops; 0: 10 s
	Patience       time.Duration  // with clients that do not take their answers; 0: 10 s
}

// New makes a server that speaks telnet.
func New(c Config) *stream.Server {
	if c.MaxLine <= 0 {
		c.MaxLine = MaxLine
	}
	return stream.New(stream.Config{
		Name: "telnet", Store: c.Store, Log: c.Log, MaxConnections: c.MaxConnections, Trusted: c.Trusted, Door: c.Door,
		Grace: c.Grace, Patience: c.Patience,
		Cutter: func() stream.Cutter { return stream.Lines(c.MaxLine) },
		Parser: func(w *ingest.Writer) stream.Parser { return newParser(w, c.Version) },
	})
}
