package main

import (
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"aion/storage/cassandra"
	"aion/storage/codec"
	"aion/storage/points"
)

// TestCassandraDefaults is what the driver gets when nothing is said.
func TestCassandraDefaults(t *testing.T) {
	want := cassandra.Config{
		Write: cassandra.Cluster{
			Hosts: []string{"127.0.0.1:9042"}, Keyspace: "kairosdb",
			Replication: "{'class': 'SimpleStrategy', 'replication_factor': 1}",
			Read:        "LOCAL_QUORUM", Write: "LOCAL_QUORUM", Compression: "none", Connections: 2, Request: 5 * time.Second,
		},
		TagIndexed: map[string][]string{}, Layout: codec.Default(), IndexRefresh: time.Minute,
		Reading: 64, Writing: 32, Timeout: 10 * time.Second,
	}
	if got := driverConfig(t, ""); !cmp.Equal(got, want) {
		t.Errorf("got other settings (-want +got):\n%s", cmp.Diff(want, got))
	}
}

// TestCassandraSettings says everything there is to say, in a file.
func TestCassandraSettings(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(secret, []byte("s e cret\r\n\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := driverConfig(t, `
storage.ttl: 30d
cassandra:
  hosts: [10.0.0.1, db1.example:9043, '[::1]', '[::2]:9043']
  keyspace: Metrics
  replication: "{'class': 'NetworkTopologyStrategy', 'dc1': 3}"
  local-dc: dc1
  consistency: quorum
  read-consistency: LOCAL_ONE
  user: aion
  password-file: `+secret+`
  ttl: 90d
  force-ttl: true
  align-ttl: true
  tag-indexed-metrics: [cpu.load, 'a,b=host+data\+center', 'x\=y']
  row-unit: SECONDS
  row-width: 3600
  index-refresh: 30s
  read-keyspaces: ['old@10.1.0.1+10.1.0.2:9043/2015-01-01T00:00Z..2018-01-01T00:00+0100', older/..2015-01-01T00:00:00Z]
  meta-keyspace: meta@10.2.0.1
  compression: snappy
  connections: 4
  parallel-reads: 8
  parallel-writes: 9
  timeout: 20s
  request-timeout: 2s
`)
	write := cassandra.Cluster{
		Hosts: []string{"10.0.0.1", "db1.example:9043", "::1", "[::2]:9043"}, Keyspace: "metrics",
		Replication: "{'class': 'NetworkTopologyStrategy', 'dc1': 3}", LocalDC: "dc1", Read: "LOCAL_ONE", Write: "QUORUM",
		User: "aion", Password: "s e cret", Compression: "snappy", Connections: 4, Request: 2 * time.Second,
	}
	old, older, meta := write, write, write
	old.Name, old.Keyspace, old.Hosts = "old", "old", []string{"10.1.0.1", "10.1.0.2:9043"}
	old.Within = &points.Range{From: 1_420_070_400_000, To: 1_514_761_200_000}
	older.Name, older.Keyspace, older.Within = "older", "older", &points.Range{From: points.Always.From, To: 1_420_070_400_000}
	meta.Name, meta.Keyspace, meta.Hosts = "meta", "meta", []string{"10.2.0.1"}
	want := cassandra.Config{
		Write: write, Reads: []cassandra.Cluster{old, older}, Meta: &meta,
		TTL: 90 * 24 * time.Hour, ForceTTL: true, AlignTTL: true, Layout: codec.Layout{Unit: codec.Seconds, Width: 3600},
		TagIndexed:   map[string][]string{"cpu.load": {}, "a,b": {"host", "data+center"}, "x=y": {}},
		IndexRefresh: 30 * time.Second, Reading: 8, Writing: 9, Timeout: 20 * time.Second,
	}
	if !cmp.Equal(got, want) {
		t.Errorf("got other settings (-want +got):\n%s", cmp.Diff(want, got))
	}
}

// TestCassandraTakesStorageTTL leaves the life of points to --storage.ttl.
func TestCassandraTakesStorageTTL(t *testing.T) {
	if got, want := driverConfig(t, "storage.ttl: 2d\n").TTL, 48*time.Hour; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestCassandraTLS reads certificates.
func TestCassandraTLS(t *testing.T) {
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, text, 0o600); err != nil {
		t.Fatal(err)
	}
	got := driverConfig(t, "cassandra: {tls: true, tls-ca: "+ca+", tls-server-name: db}\n").Write.TLS
	if got == nil || got.RootCAs == nil || got.ServerName != "db" {
		t.Errorf("got %+v, want the authority and the name", got)
	}
	if got := driverConfig(t, "cassandra.tls: true\n").Write.TLS; got == nil || got.RootCAs != nil {
		t.Errorf("got %+v, want the system's authorities", got)
	}
}

// TestCassandraMistakes makes mistakes in the settings of Cassandra.
func TestCassandraMistakes(t *testing.T) {
	whole(t)
	empty := settingsFile(t, "")
	const address, keys, period, moment = `want HOST or HOST:PORT such as 10.0.0.1, db1.example:9042 or [::1]:9042`,
		`want a letter and up to 47 letters, digits and underscores`,
		`want KEYSPACE, KEYSPACE@HOST+HOST or either with /FROM..TO, such as old@10.0.0.1+10.0.0.2/..2018-01-01T00:00Z: `,
		`want a time such as 2018-01-01T00:00Z, 2018-01-01T00:00+0100 or 2018-01-01T00:00:00+01:00`
	const all = "want one of ANY, ONE, TWO, THREE, QUORUM, ALL, LOCAL_QUORUM, EACH_QUORUM, LOCAL_ONE"
	tests := []struct{ args, want string }{
		{"--cassandra.hosts=a:b:c", `hosts: got "a:b:c", ` + address},
		{"--cassandra.hosts=10.0.0.1,x:0", `hosts: got "x:0", ` + address},
		{"--cassandra.hosts=", `hosts: got none, ` + address},
		{"--cassandra.hosts=a:1,b,c:2", `hosts: got the ports 1 and 2, want the same one for all hosts`},
		{"--cassandra.read-keyspaces=x@a:1+b:2", `read-keyspaces: got "x@a:1+b:2", ` + period + `got the ports 1 and 2, want the same one for all hosts`},
		{"--cassandra.keyspace=kairos-db", `keyspace: got "kairos-db", ` + keys},
		{"--cassandra.replication=3", `replication: got "3", want CQL such as {'class': 'NetworkTopologyStrategy', 'dc1': 3}`},
		{"--cassandra.consistency=MOST", `consistency: got "MOST", ` + all},
		{"--cassandra.write-consistency=2", `write-consistency: got "2", ` + all},
		{"--cassandra.consistency=any", `read-consistency: got "ANY", at which Cassandra does not read; want ONE, LOCAL_QUORUM or another one`},
		{"--cassandra.user=me", `user: got "me" without a password; want --cassandra.password-file, too`},
		{"--cassandra.password-file=x", `password-file: there is nobody to log in as; want --cassandra.user, too`},
		{"--cassandra.user=me --cassandra.password-file=absent", `password-file: open absent: no such file or directory`},
		{"--cassandra.user=me --cassandra.password-file=" + empty, `password-file: ` + empty + `: the first line is empty; want the password there`},
		{"--cassandra.tls-ca=x", `tls-ca: got "x" without TLS; want --cassandra.tls, too`},
		{"--cassandra.tls --cassandra.tls-ca=" + empty, `tls-ca: ` + empty + `: got no certificate in it, want PEM`},
		{"--cassandra.tls --cassandra.tls-ca=absent", `tls-ca: open absent: no such file or directory`},
		{"--cassandra.tls --cassandra.tls-cert=x", `tls-cert: got "x" without a key; want --cassandra.tls-key, too`},
		{"--cassandra.tls --cassandra.tls-key=x", `tls-key: got "x" without a certificate; want --cassandra.tls-cert, too`},
		{"--cassandra.tls --cassandra.tls-cert=absent --cassandra.tls-key=x", `tls-cert: open absent: no such file or directory`},
		{"--cassandra.ttl=1500ms", `ttl: got "1.5s", want whole seconds, 7300d at most`},
		{"--cassandra.ttl=7301d", `ttl: got "175224h", want whole seconds, 7300d at most`},
		{"--cassandra.force-ttl", `force-ttl: got true, but there is no life to give; want --cassandra.ttl, too`},
		{"--cassandra.tag-indexed-metrics=cpu=", `tag-indexed-metrics: got "cpu=", want METRIC, METRIC=TAG+TAG or *, with \ before a = or + that belongs to a name`},
		{"--cassandra.tag-indexed-metrics=cpu,cpu=host", `tag-indexed-metrics: got "cpu" twice, want every metric once`},
		{"--cassandra.read-keyspaces=1x", `read-keyspaces: got "1x", ` + period + `got "1x", ` + keys},
		{"--cassandra.read-keyspaces=x@a:b", `read-keyspaces: got "x@a:b", ` + period + `got "a:b", ` + address},
		{"--cassandra.read-keyspaces=x/2015", `read-keyspaces: got "x/2015", ` + period + `got "2015", want FROM..TO`},
		{"--cassandra.read-keyspaces=x/2015..", `read-keyspaces: got "x/2015..", ` + period + `got "2015", ` + moment},
		{"--cassandra.read-keyspaces=x/2018-01-01T00:00Z..2015-01-01T00:00Z", `read-keyspaces: got "x/2018-01-01T00:00Z..2015-01-01T00:00Z", ` + period + `got "2018-01-01T00:00Z..2015-01-01T00:00Z", want an end that is not before the beginning`},
		{"--cassandra.meta-keyspace=x/..2015-01-01T00:00Z", `meta-keyspace: got times, but metadata have none; want KEYSPACE or KEYSPACE@HOST+HOST`},
		{"--cassandra.connections=0", `connections: got 0, want 1 or more`},
		{"--cassandra.timeout=0s", `timeout: got 0s, want more than none`},
	}
	for _, tt := range tests {
		var out, errs strings.Builder
		code := run(t.Context(), append([]string{"serve", "--storage=cassandra"}, strings.Fields(tt.args)...), env(nil), &out, &errs)
		if want := "aion: --cassandra." + tt.want + "\n"; code != 2 || errs.String() != want {
			t.Errorf("%s:\ngot  %d %swant 2 %s", tt.args, code, &errs, want)
		}
	}
}

// FuzzCassandraValues reads any text as the values that have a form of their own.
func FuzzCassandraValues(f *testing.F) {
	for _, text := range []string{"[::1]:9042", "old@a+b:1/2015-01-01T00:00Z..", `a\=b=c+d\`, "{'class': 'x'}", "any"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var a, again address
		if a.UnmarshalText([]byte(text)) == nil && (again.UnmarshalText([]byte(a)) != nil || again != a) {
			t.Errorf("got %q from %q, and %q from that; want the same", a, text, again)
		}
		var x indexed
		if x.UnmarshalText([]byte(text)) == nil && (x.Metric == "" || slices.Contains(x.Tags, "")) {
			t.Errorf("got %q from %q, want names", x, text)
		}
		var e elsewhere
		if e.UnmarshalText([]byte(text)) == nil && (e.Keyspace == "" || e.Within != nil && e.Within.Empty()) {
			t.Errorf("got %+v from %q, want a keyspace and times", e, text)
		}
	})
}

// driverConfig is what a file of settings says to the driver.
func driverConfig(t *testing.T, file string) cassandra.Config {
	t.Helper()
	var c cli
	parse(t, &c, []string{"serve", "--storage=cassandra", "--config", settingsFile(t, file)}, nil)
	got, err := c.Serve.Cassandra.config(time.Duration(c.Serve.Expiry.TTL))
	if err != nil {
		t.Fatal(err)
	}
	return got
}
