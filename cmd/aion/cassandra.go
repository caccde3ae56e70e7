package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"aion/storage/cassandra"
	"aion/storage/codec"
)

// cassandraSettings are about a keyspace as KairosDB has it. They count with
// --storage=cassandra alone.
type cassandraSettings struct {
	Hosts            []address   `default:"127.0.0.1:9042" placeholder:"HOST" help:"Nodes to begin with, as HOST or HOST:PORT, the port of all of them; they tell of the others."`
	Keyspace         keyspace    `default:"kairosdb" help:"Keyspace to work on: that of a KairosDB, or one that is created."`
	Replication      replication `default:"{'class': 'SimpleStrategy', 'replication_factor': 1}" help:"Replication of a keyspace that is created, in CQL."`
	LocalDC          string      `name:"local-dc" placeholder:"NAME" help:"Data centre whose nodes are asked; without one all are."`
	Consistency      level       `default:"LOCAL_QUORUM" help:"Level of consistency of reads and writes: ANY (for writes alone), ONE, TWO, THREE, QUORUM, ALL, LOCAL_QUORUM, EACH_QUORUM or LOCAL_ONE."`
	ReadConsistency  level       `placeholder:"LEVEL" help:"Level of reads, if another one."`
	WriteConsistency level       `placeholder:"LEVEL" help:"Level of writes and deletes, if another one."`

	User          string `placeholder:"NAME" help:"User to log in as."`
	PasswordFile  string `placeholder:"FILE" help:"File whose first line is the user's password."`
	TLS           bool   `name:"tls" help:"Speak TLS with Cassandra."`
	TLSCA         string `name:"tls-ca" placeholder:"FILE" help:"Certificates (PEM) that vouch for the nodes, if not the system's."`
	TLSCert       string `name:"tls-cert" placeholder:"FILE" help:"Certificate (PEM) to show to the nodes."`
	TLSKey        string `name:"tls-key" placeholder:"FILE" help:"Key (PEM) of that certificate."`
	TLSServerName string `name:"tls-server-name" placeholder:"NAME" help:"Name that the nodes' certificates must have, if not the host's."`

	TTL               span      `name:"ttl" default:"0s" help:"Life of points that are written without one, as KairosDB's datapoint_ttl; 0s: that of --storage.ttl."`
	ForceTTL          bool      `name:"force-ttl" help:"Give that life to every point, whatever it was written with."`
	AlignTTL          bool      `name:"align-ttl" help:"Count the life of a point from its own time instead of from its arrival."`
	TagIndexedMetrics []indexed `placeholder:"METRIC" help:"Metrics whose series are found by tag: METRIC (all tags), METRIC=TAG+TAG or * (all metrics); a backslash goes before a = or + within a name. As KairosDB's tag_indexed_row_key_lookup_metrics, and the same on every server."`
	RowUnit           string    `default:"MILLISECONDS" enum:"MILLISECONDS,SECONDS,LEGACY" help:"What columns count in a keyspace that is created: MILLISECONDS, SECONDS or LEGACY (KairosDB 1.2's)."`
	RowWidth          count     `default:"0" help:"Width of a row in a keyspace that is created, as KairosDB's row_width; 0: three weeks."`
	IndexRefresh      span      `default:"1m" help:"Time after which a series that is written is entered into the indexes again, for the sake of deletes by other servers."`

	ReadKeyspaces []elsewhere `placeholder:"KEYSPACE" help:"Further keyspaces that are read and deleted from: KEYSPACE, KEYSPACE@HOST+HOST or either with /FROM..TO for the times of its points, such as old@10.0.0.1+10.0.0.2/..2018-01-01T00:00Z."`
	MetaKeyspace  *elsewhere  `placeholder:"KEYSPACE" help:"Keyspace of KairosDB's metadata (service_index), if another one: KEYSPACE or KEYSPACE@HOST+HOST."`

	Compression    string `default:"none" enum:"none,lz4,snappy" help:"Compression of what goes over the wire: none, lz4 or snappy."`
	Connections    count  `default:"2" help:"Connections to each node."`
	ParallelReads  count  `default:"64" help:"Rows that are read at once."`
	ParallelWrites count  `default:"32" help:"Batches that are written at once."`
	Timeout        span   `default:"10s" help:"Time that a request is tried again for while Cassandra does not answer."`
	RequestTimeout span   `default:"5s" help:"Time that Cassandra has for one answer."`
	Spool          string `placeholder:"DIR" help:"Folder for writes that Cassandra cannot take now: they are acknowledged when they are synced to it, and delivered later. Without one such writes fail with 503."`
	SpoolMax       size   `default:"1GiB" help:"Largest size of that folder; writes beyond it fail with 503."`
}

// longestLife is the life that Cassandra can give to a point at most.
const longestLife = 20 * 365 * 24 * time.Hour

// config is what the settings say to the driver, ttl being the life of points
// where they say none. The error names a setting.
func (c *cassandraSettings) config(ttl time.Duration) (cassandra.Config, error) {
	if c.TTL != 0 {
		ttl = time.Duration(c.TTL)
	}
	if ttl%time.Second != 0 || ttl > longestLife {
		return cassandra.Config{}, fmt.Errorf("--cassandra.ttl: got %q, want whole seconds, 7300d at most", span(ttl))
	}
	if c.ForceTTL && ttl == 0 {
		return cassandra.Config{}, fmt.Errorf("--cassandra.force-ttl: got true, but there is no life to give; want --cassandra.ttl, too")
	}
	if err := c.none(); err != nil {
		return cassandra.Config{}, err
	}
	layout, err := c.layout()
	if err != nil {
		return cassandra.Config{}, err
	}
	tags, err := c.tagIndexed()
	if err != nil {
		return cassandra.Config{}, err
	}
	write, err := c.cluster()
	if err != nil {
		return cassandra.Config{}, err
	}
	config := cassandra.Config{
		Write: write, TTL: ttl, ForceTTL: c.ForceTTL, AlignTTL: c.AlignTTL,
		TagIndexed: tags, Layout: layout, IndexRefresh: time.Duration(c.IndexRefresh),
		Reading: int(c.ParallelReads), Writing: int(c.ParallelWrites), Timeout: time.Duration(c.Timeout),
	}
	return config, c.further(&config)
}

// none refuses nothing where there must be something.
func (c *cassandraSettings) none() error {
	for _, n := range []struct {
		name  string
		value count
	}{{"connections", c.Connections}, {"parallel-reads", c.ParallelReads}, {"parallel-writes", c.ParallelWrites}} {
		if n.value == 0 {
			return fmt.Errorf("--cassandra.%s: got 0, want 1 or more", n.name)
		}
	}
	for _, d := range []struct {
		name  string
		value span
	}{{"timeout", c.Timeout}, {"request-timeout", c.RequestTimeout}, {"index-refresh", c.IndexRefresh}} {
		if d.value == 0 {
			return fmt.Errorf("--cassandra.%s: got 0s, want more than none", d.name)
		}
	}
	if len(c.Hosts) == 0 {
		return errors.New(`--cassandra.hosts: got none, want HOST or HOST:PORT such as 10.0.0.1, db1.example:9042 or [::1]:9042`)
	}
	if err := onePort(c.Hosts); err != nil {
		return fmt.Errorf("--cassandra.hosts: %w", err)
	}
	return nil
}

// further adds the clusters that are not written.
func (c *cassandraSettings) further(config *cassandra.Config) error {
	for i := range c.ReadKeyspaces {
		config.Reads = append(config.Reads, c.ReadKeyspaces[i].cluster(&config.Write))
	}
	if c.MetaKeyspace == nil {
		return nil
	}
	if c.MetaKeyspace.Within != nil {
		return fmt.Errorf("--cassandra.meta-keyspace: got times, but metadata have none; want KEYSPACE or KEYSPACE@HOST+HOST")
	}
	meta := c.MetaKeyspace.cluster(&config.Write)
	config.Meta = &meta
	return nil
}

// cluster is the keyspace e, reached like the one that is written.
func (e *elsewhere) cluster(write *cassandra.Cluster) cassandra.Cluster {
	cluster := *write
	cluster.Name, cluster.Keyspace, cluster.Within = string(e.Keyspace), string(e.Keyspace), e.Within
	if len(e.Hosts) != 0 {
		cluster.Hosts = texts(e.Hosts)
	}
	return cluster
}

// cluster is the keyspace that is written.
func (c *cassandraSettings) cluster() (cassandra.Cluster, error) {
	read, write := c.Consistency, c.Consistency
	if c.ReadConsistency != "" {
		read = c.ReadConsistency
	}
	if c.WriteConsistency != "" {
		write = c.WriteConsistency
	}
	if read == "ANY" {
		return cassandra.Cluster{}, fmt.Errorf("--cassandra.read-consistency: got %q, at which Cassandra does not read; want ONE, LOCAL_QUORUM or another one", read)
	}
	password, err := c.password()
	if err != nil {
		return cassandra.Cluster{}, err
	}
	secured, err := c.tls()
	if err != nil {
		return cassandra.Cluster{}, err
	}
	return cassandra.Cluster{
		Hosts: texts(c.Hosts), Keyspace: string(c.Keyspace), Replication: string(c.Replication), LocalDC: c.LocalDC,
		Read: string(read), Write: string(write), User: c.User, Password: password, TLS: secured,
		Compression: c.Compression, Connections: int(c.Connections), Request: time.Duration(c.RequestTimeout),
	}, nil
}

// layout is how a keyspace that is created cuts time.
func (c *cassandraSettings) layout() (codec.Layout, error) {
	width := codec.Default().Width
	if c.RowUnit == "SECONDS" {
		width /= 1000
	}
	if c.RowWidth != 0 {
		width = int64(c.RowWidth)
	}
	layout, err := codec.ParseLayout(c.RowUnit, strconv.FormatInt(width, 10))
	if err != nil {
		return layout, fmt.Errorf("--cassandra.row-width: got %d of %s: %w", width, c.RowUnit, err)
	}
	return layout, nil
}

// tagIndexed is the setting as the driver takes it.
func (c *cassandraSettings) tagIndexed() (map[string][]string, error) {
	all := make(map[string][]string, len(c.TagIndexedMetrics))
	for _, x := range c.TagIndexedMetrics {
		if _, twice := all[x.Metric]; twice {
			return nil, fmt.Errorf("--cassandra.tag-indexed-metrics: got %q twice, want every metric once", x.Metric)
		}
		all[x.Metric] = x.Tags
	}
	return all, nil
}

// texts are the addresses as text.
func texts(addresses []address) []string {
	all := make([]string, len(addresses))
	for i, a := range addresses {
		all[i] = string(a)
	}
	return all
}
