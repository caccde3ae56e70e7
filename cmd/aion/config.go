package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"aion/aggregators"
	"aion/query"
)

// cli is the command line.
type cli struct {
	Serve   serveCommand   `cmd:"" help:"Serve queries and writes over HTTP: the main job."`
	Bench   benchCommand   `cmd:"" help:"Put load on a server that speaks KairosDB's REST API, and measure."`
	Verify  verifyCommand  `cmd:"" help:"Check the data of the embedded engine."`
	Backup  backupCommand  `cmd:"" help:"Copy the data of the embedded engine, while a server works on them."`
	Restore restoreCommand `cmd:"" help:"Make a data folder of a backup."`
	Import  importCommand  `cmd:"" help:"Bring a file of points into a store or a server: KairosDB's export, or CSV."`
	Export  exportCommand  `cmd:"" help:"Write the points of a store or a server to a file that KairosDB can import."`
	Key     keyCommand     `cmd:"" help:"Make and manage API keys."`
	User    userCommand    `cmd:"" help:"Make and manage users."`

	Organization organizationCommand `cmd:"" help:"Make and manage organizations, which are tenants."`

	Provision provisionCommand `cmd:"" help:"Have what a file names be there: organizations, users, keys, profiles, devices and apps."`

	Conform conformCommand `cmd:"" help:"Hold a server to what KairosDB answers, over HTTP, and print what it does otherwise."`
	Version versionCommand `cmd:"" help:"Print what this binary was built from."`
}

// serveCommand holds the settings of the server. Each is a flag, an environment
// variable and a key of the file that --config names.
type serveCommand struct {
	Config string `help:"YAML file with settings. A flag beats the environment, which beats the file." placeholder:"FILE"`
	Demo   bool   `help:"Fill an empty store with two months of a believable fleet of devices first."`

	HTTP   httpSettings   `embed:"" prefix:"http."`
	Telnet telnetSettings `embed:"" prefix:"telnet."`
	Carbon carbonSettings `embed:"" prefix:"carbon."`

	RemoteWrite remoteWriteSettings `embed:"" prefix:"remote-write."`

	Storage   string            `default:"pebble" enum:"pebble,cassandra,memory" help:"Engine that keeps the points: pebble (on disk), cassandra (in KairosDB's tables) or memory (gone at the end)."`
	Expiry    expirySettings    `embed:"" prefix:"storage."`
	Retention []keepRule        `placeholder:"PREFIX=AGE" help:"How long points of the metrics with a prefix are kept, by their own times, such as sensors.=90d; the longest prefix counts, 0s is for ever. What is older is hidden at once with pebble, and deleted when it is looked for with other engines."`
	Data      dataSettings      `embed:"" prefix:"data."`
	Cassandra cassandraSettings `embed:"" prefix:"cassandra."`
	KairosDB  kairosdbSettings  `embed:"" prefix:"kairosdb."`
	Time      timeSettings      `embed:"" prefix:"time."`
	Query     querySettings     `embed:"" prefix:"query."`
	Rollups   rollupSettings    `embed:"" prefix:"rollups."`
	Auth      authSettings      `embed:"" prefix:"auth."`

	Organization organizationSettings `embed:"" prefix:"organization."`
	Device       deviceSettings       `embed:"" prefix:"device."`
	Devices      devicesSettings      `embed:"" prefix:"devices."`

	Log      logSettings      `embed:"" prefix:"log."`
	Metrics  metricsSettings  `embed:"" prefix:"metrics."`
	Shutdown shutdownSettings `embed:"" prefix:"shutdown."`
}

// httpSettings are about the listener for everything HTTP.
type httpSettings struct {
	Listen    string `default:"127.0.0.1:8080" help:"Address of everything HTTP. Port 0 picks a free one."`
	MaxBody   size   `default:"16MiB" help:"Largest body of a request that is not a write."`
	MaxIngest size   `default:"1GiB" help:"Largest body of a write, which is a stream, as sent and as unpacked."`

	MaxBodyPerKey byRole[size, *size] `default:"0" help:"Largest body of a request with a key, of a user or with a token, as sent, where neither it nor its organization has a limit of its own; by role: 1MiB,admin=64MiB. 0 is that of any request."`

	tlsSettings
}

// expirySettings are about the life of points.
type expirySettings struct {
	TTL span `name:"ttl" default:"0s" help:"Life of points that are written without one; 0s is for ever."`
}

// dataSettings are about the disk.
type dataSettings struct {
	Dir string `default:"aion-data" help:"Folder of the embedded engine."`
}

// kairosdbSettings are about what KairosDB has settings for, too.
type kairosdbSettings struct {
	Release        string   `default:"1.3" enum:"1.2,1.3,develop" help:"Release of KairosDB to behave as: 1.2, 1.3 (the last published one) or develop."`
	VersionText    string   `placeholder:"TEXT" help:"Text that /api/v1/version answers, if not the release's own."`
	RegexPrefix    string   `default:"regex:" help:"Prefix that makes a tag value of a query a regular expression. Empty: none does."`
	HiddenPrefixes []string `placeholder:"PREFIX" help:"Metrics that begin with one of these are left out of lists of names."`
	ServerType     string   `default:"ALL" help:"What is served: ALL, or some of INGEST, QUERY and DELETE with commas between."`
	Extensions     bool     `default:"true" negatable:"" help:"Answer what KairosDB does not have, such as names of tags in releases that lack them."`
	Forked         bool     `default:"false" help:"Take what forks of KairosDB take: a time grouper without group_count, sampler with sampling, filter with filter_indeterminate_inclusion."`
	HealthCode     int      `default:"204" enum:"200,204" help:"Status of /api/v1/health/check when all is well, 200 or 204: some load balancers want 200."`
	ReturnQuery    bool     `default:"false" help:"Begin the answer of a query with the query: original_query."`

	basicSettings
}

// timeSettings are about clocks.
type timeSettings struct {
	Zone string `default:"UTC" help:"Time zone of queries that name none."`
}

// querySettings are limits and the arithmetic's freedom. A limit of 0 is none.
type querySettings struct {
	MaxPoints     count  `default:"${max_points}" help:"Stored points that one query may read."`
	MaxSeries     count  `default:"${max_series}" help:"Series that one query may select. Each takes about 400 bytes of query.max-memory."`
	MaxGroups     count  `default:"${max_groups}" help:"Groups that one query may answer."`
	MaxGaps       count  `default:"${max_gaps}" help:"Nulls that gaps may make in one metric of a query."`
	MaxMemory     budget `default:"${max_memory}" help:"Memory that one query may hold, of those that run at once."`
	Timeout       span   `default:"${timeout}" help:"Time that one query may take, to its answer's last byte."`
	MaxConcurrent count  `default:"${max_concurrent}" help:"Queries that run at once, each until its client has the last byte; others wait for their turn."`
	FloatOrder    string `default:"free" enum:"free,ordered" help:"Order in which long sums are added: free is faster, ordered is KairosDB's to the bit."`

	perKeySettings
}

// logSettings are about the log on stderr.
type logSettings struct {
	Format    string `default:"auto" enum:"auto,text,json" help:"Form of the log on stderr: text or json; auto is text on a terminal, else json."`
	Level     string `default:"info" enum:"debug,info,warn,error" help:"Least level that is logged. What belongs to the audit (audit=true) always is."`
	SlowQuery span   `default:"1m" help:"Queries that take as long are logged with their text; 0s: none."`
}

// metricsSettings are about the server's own figures, beside /metrics.
type metricsSettings struct {
	StoreEvery span `default:"0s" help:"How often the server stores its own figures as metrics of their names at /metrics; 0s: never."`
}

// shutdownSettings are about the end.
type shutdownSettings struct {
	Grace span `default:"10s" help:"Time that requests under way are given when the server stops."`
}

// defaults are the values that come from other rooms.
func defaults() kong.Vars {
	l := query.DefaultLimits()
	return carbonDefaults(kong.Vars{
		"max_points": count(l.MaxPoints).String(), "max_series": count(l.MaxSeries).String(),
		"max_groups": count(l.MaxGroups).String(), "max_memory": size(l.MaxMemory).String(),
		"max_gaps": count(l.MaxGaps).String(),
		"timeout":  span(l.Timeout).String(), "max_concurrent": count(l.MaxConcurrent).String(),
	})
}

// Help is what serve --help prints below its first line.
func (s *serveCommand) Help() string {
	return "Every setting --a.b-c is also the environment variable AION_A_B_C and the key a.b-c of the file.\n\n" +
		"Example: aion serve --data.dir /var/lib/aion --http.listen 127.0.0.1:8080"
}

// serverTypes are KairosDB's words for what a server does.
var serverTypes = []string{"ALL", "INGEST", "QUERY", "DELETE"}

// consistent tells what no single value shows.
func (s *serveCommand) consistent() error {
	if _, err := s.rules(); err != nil {
		return err
	}
	_, _, err := net.SplitHostPort(s.HTTP.Listen)
	if err != nil {
		return fmt.Errorf("--http.listen: got %q, want HOST:PORT such as 127.0.0.1:8080", s.HTTP.Listen)
	}
	if _, err := aggregators.LoadZone(s.Time.Zone); err != nil {
		return fmt.Errorf("--time.zone: got %q, want a time zone such as UTC, Europe/Berlin or +02:00", s.Time.Zone)
	}
	for word := range strings.SplitSeq(s.KairosDB.ServerType, ",") {
		if !slices.Contains(serverTypes, strings.TrimSpace(word)) {
			return fmt.Errorf("--kairosdb.server-type: got %q, want ALL, or some of INGEST, QUERY and DELETE with commas between", s.KairosDB.ServerType)
		}
	}
	if err := s.checkListeners(); err != nil {
		return err
	}
	if err := s.checkAccess(); err != nil {
		return err
	}
	if s.Storage == "cassandra" {
		if _, err := s.Cassandra.config(time.Duration(s.Expiry.TTL)); err != nil {
			return err
		}
	}
	return nil
}

// loopback tells whether only this machine reaches the host.
func loopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// limits are the query settings as the engine takes them.
func (q *querySettings) limits() query.Limits {
	l := query.DefaultLimits()
	l.MaxPoints, l.MaxSeries, l.MaxGroups = int64(q.MaxPoints), int64(q.MaxSeries), int64(q.MaxGroups)
	l.MaxGaps = int64(q.MaxGaps)
	l.MaxMemory, l.Timeout, l.MaxConcurrent = int64(q.MaxMemory), time.Duration(q.Timeout), int(q.MaxConcurrent)
	return l
}

// level is the setting as slog has it; its words are checked before.
func (l *logSettings) level() slog.Level {
	return map[string]slog.Level{"debug": slog.LevelDebug, "warn": slog.LevelWarn, "error": slog.LevelError}[l.Level]
}
