package cassandra

import (
	"crypto/tls"
	"log/slog"
	"time"

	"aion/storage"
	"aion/storage/codec"
	"aion/storage/points"
)

// Config is what Open needs. The zero value of a member is its default.
type Config struct {
	Write Cluster   // where points are written; it is read, too
	Reads []Cluster // further clusters that are read and deleted from
	Meta  *Cluster  // where service_index lies; nil: in Write

	// TTL is the life of points that are written without one, 0 for ever.
	// ForceTTL gives it to every point. AlignTTL counts the life of a point from
	// its own time instead of from its arrival.
	TTL                time.Duration
	ForceTTL, AlignTTL bool

	// TagIndexed names the metrics whose series are found by tag, and the tags
	// that are indexed: none, or "*" among them, for all tags; the metric "*"
	// for all metrics. Every server on the keyspace must have the same.
	TagIndexed map[string][]string

	Layout       codec.Layout  // of a keyspace that has none yet; zero: codec.Default
	IndexRefresh time.Duration // after this time a series that is written is entered into the indexes again; 0: a minute
	Reading      int           // partitions that are read at once; 0: 64
	Writing      int           // batches that are written at once; 0: 32
	Timeout      time.Duration // how long a call tries again while a cluster does not answer; 0: 10 s
	Now          storage.Now   // the clock of write times
	Log          *slog.Logger  // nil: none
}

// Cluster is one keyspace and how to reach it.
type Cluster struct {
	Name           string        // in logs and errors; empty: the role
	Hosts          []string      // host or host:port
	Keyspace       string        // empty: kairosdb
	Replication    string        // of a keyspace that is created; empty: SimpleStrategy, factor 1
	LocalDC        string        // empty: any data centre
	Read           string        // consistency of reads; empty: LOCAL_QUORUM
	Write          string        // consistency of writes and deletes; empty: LOCAL_QUORUM
	User, Password string        // empty: no authentication
	TLS            *tls.Config   // nil: none
	Compression    string        // lz4, snappy or none; empty: none
	Connections    int           // per host; 0: 2
	Request        time.Duration // how long one request waits for its answer; 0: 5 s
	Within         *points.Range // the times of its points, if it is one of Reads; nil: any
}
