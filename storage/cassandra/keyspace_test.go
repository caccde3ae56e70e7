package cassandra

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"aion/storage/cassandra/cassandratest"
	"aion/storage/codec"
	"aion/storage/points"
)

// spaces makes keyspaces with what is in them by plain CQL, in which {ks} stands
// for the keyspace.
func spaces(t testing.TB, n *cassandratest.Node, statements ...string) (keyspace string) {
	t.Helper()
	keyspace = n.Keyspace(t)
	session := n.Session(t, "")
	create := "CREATE KEYSPACE {ks} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"
	for _, statement := range append([]string{create}, statements...) {
		if err := session.Query(strings.ReplaceAll(statement, "{ks}", keyspace)).ExecContext(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return keyspace
}

// The tables of old releases, and a metric in them.
const (
	oldPoints = `CREATE TABLE {ks}.data_points (key blob, column1 blob, value blob, PRIMARY KEY (key, column1)) WITH COMPACT STORAGE`
	oldIndex  = `CREATE TABLE {ks}.row_key_index (key blob, column1 blob, value blob, PRIMARY KEY (key, column1)) WITH COMPACT STORAGE`
	oldNames  = `CREATE TABLE {ks}.string_index (key blob, column1 text, value blob, PRIMARY KEY (key, column1)) WITH COMPACT STORAGE`
	oldMetric = `INSERT INTO {ks}.string_index (key, column1, value) VALUES (0x6d65747269635f6e616d6573, 'old', 0x00) USING TIMESTAMP 1400000000000`
	specTable = `CREATE TABLE {ks}.spec (spec_type text, name text, value text, PRIMARY KEY ((spec_type), name))`
)

// specRow stores a row of the table spec.
func specRow(name, value string) string {
	return fmt.Sprintf("INSERT INTO {ks}.spec (spec_type, name, value) VALUES ('cluster_config', '%s', '%s') USING TIMESTAMP 1400000000000", name, value)
}

// TestLayouts: a keyspace says how it is laid out, an old one that does not is
// LEGACY with the old width whatever the settings are, and a new one is what
// they say. What a write cluster was found to be is stored.
func TestLayouts(t *testing.T) {
	hour := codec.Layout{Unit: codec.Milliseconds, Width: 3_600_000}
	for _, tt := range []struct {
		name       string
		statements []string
		set        codec.Layout
		want       string
	}{
		{"new", nil, codec.Layout{}, "MILLISECONDS 1814400000"},
		{"new by settings", nil, hour, "MILLISECONDS 3600000"},
		{"new in seconds", nil, codec.Layout{Unit: codec.Seconds, Width: 1814400}, "SECONDS 1814400"},
		{"old", []string{oldPoints, oldIndex, oldNames, oldMetric}, hour, "LEGACY 1814400000"},
		{"old and empty", []string{oldPoints, oldIndex, oldNames}, hour, "MILLISECONDS 3600000"},
		{"says all", []string{oldPoints, specTable, specRow("row_time_unit", "SECONDS"), specRow("row_width", "600")}, hour, "SECONDS 600"},
		{"says its width", []string{specTable, specRow("row_width", "600")}, hour, "MILLISECONDS 600"},
		{"says its unit", []string{specTable, specRow("row_time_unit", "LEGACY")}, codec.Layout{}, "LEGACY 1814400000"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := opened(t, Config{Write: Cluster{Keyspace: spaces(t, cassandratest.Shared(t), tt.statements...)}, Layout: tt.set})
			c, err := s.writer()
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(c.layout.Unit, c.layout.Width); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			got := rowsOf(t, s, `SELECT value FROM spec WHERE spec_type = 'cluster_config'`)
			if want := strings.Fields(tt.want); !slices.Contains(got, want[0]) || !slices.Contains(got, want[1]) || len(got) != 2 {
				t.Errorf("stored is %q, want %s", got, tt.want)
			}
		})
	}
}

// TestLayoutOfReadClusters: a read cluster without the table spec is an old one
// if it lists metrics, and its tables stay as they are; what it lacks is empty.
func TestLayoutOfReadClusters(t *testing.T) {
	node := cassandratest.Shared(t)
	keyspace := spaces(t, node, oldPoints, oldIndex, oldNames, oldMetric,
		`INSERT INTO {ks}.row_key_index (key, column1, value) VALUES (0x6f6c64, 0x6f6c64000000018b6947e000000b6b6169726f735f6c6f6e67686f73743d413a, 0x) USING TIMESTAMP 1400000000000`,
		`INSERT INTO {ks}.data_points (key, column1, value) VALUES (0x6f6c64000000018b6947e000000b6b6169726f735f6c6f6e67686f73743d413a, 0xcd3b1000, 0x54) USING TIMESTAMP 1400000000000`)
	s := opened(t, Config{Reads: []Cluster{{Hosts: []string{node.Host()}, Keyspace: keyspace}}})
	if got := found(t, s, sel("old"), points.Always); len(got) != 1 {
		t.Errorf("found %q, want the old series", got)
	}
	open, err := s.reads[1].conn()
	if err != nil {
		t.Fatal(err)
	}
	if got := open.layout.Unit; got != codec.Legacy {
		t.Errorf("got %v, want LEGACY", got)
	}
	if err := s.Delete(t.Context(), sel("old"), points.Always); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := node.Session(t, keyspace).Query(`SELECT COUNT(*) FROM data_points`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d points are left: %v", n, err)
	}
	if err := node.Session(t, "").Query(`SELECT COUNT(*) FROM system_schema.tables WHERE keyspace_name = ?`, keyspace).Scan(&n); err != nil || n != 3 {
		t.Errorf("the read cluster has %d tables: %v", n, err)
	}
}

// TestForeignKeyspaces: a keyspace that is not KairosDB's is refused with what
// was found, and nothing is created in it.
func TestForeignKeyspaces(t *testing.T) {
	node := cassandratest.Shared(t)
	foreign := spaces(t, node, "CREATE TABLE {ks}.users (id int PRIMARY KEY)", "CREATE TABLE {ks}.carts (id int PRIMARY KEY)")
	other := spaces(t, node, "CREATE TABLE {ks}.data_points (device text PRIMARY KEY, value double)")
	odd := spaces(t, node, specTable, specRow("row_time_unit", "MILLISECONDS"), specRow("row_width", "9999999999"))
	for _, tt := range []struct {
		name   string
		config Config
		want   string
	}{
		{"other tables", Config{Write: Cluster{Keyspace: foreign}}, "carts, users"},
		{"other columns", Config{Write: Cluster{Keyspace: other}}, "device, value"},
		{"a width that no column can hold", Config{Write: Cluster{Keyspace: odd}}, "row_width"},
		{"as a metadata cluster", Config{Write: Cluster{Keyspace: node.Keyspace(t)}, Meta: &Cluster{Hosts: []string{node.Host()}, Keyspace: foreign}}, "carts, users"},
		{"a read cluster that is not there", Config{Write: Cluster{Keyspace: node.Keyspace(t)}, Reads: []Cluster{{Hosts: []string{node.Host()}, Keyspace: node.Keyspace(t)}}}, "does not exist"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.config.Write.Hosts = []string{node.Host()}
			s, err := Open(t.Context(), tt.config)
			var refused *ForeignError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want a ForeignError about %s", err, tt.want)
			}
			if s != nil {
				t.Errorf("a store was opened: %v", s.Close())
			}
		})
	}
	var n int
	if err := node.Session(t, "").Query(`SELECT COUNT(*) FROM system_schema.tables WHERE keyspace_name = ?`, foreign).Scan(&n); err != nil || n != 2 {
		t.Errorf("the foreign keyspace has %d tables: %v", n, err)
	}
}

// TestSettings: settings that no waiting mends are refused, and those that the
// cluster does not meet are told by health.
func TestSettings(t *testing.T) {
	node := cassandratest.Shared(t)
	for _, tt := range []struct {
		config Cluster
		want   string
	}{
		{Cluster{Hosts: []string{"db:port"}}, `host "db:port"`},
		{Cluster{Hosts: []string{node.Host()}, Compression: "zip"}, `compression "zip"`},
		{Cluster{Hosts: []string{node.Host()}, Read: "MOST"}, `consistency "MOST"`},
	} {
		if s, err := Open(t.Context(), Config{Write: tt.config}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v %v, want an error about %s", s, err, tt.want)
		}
	}
	for _, tt := range []struct {
		config Cluster
		want   string
	}{
		{Cluster{LocalDC: "dc9"}, "no data centre dc9: the cluster has datacenter1"},
		{Cluster{Replication: "{'class': 'SimpleStrategy', 'replication_factor': 3}", Read: "QUORUM", Write: "QUORUM"}, "QUORUM"},
		{Cluster{Replication: "{'class': 'NoStrategy'}"}, "NoStrategy"},
	} {
		tt.config.Hosts, tt.config.Keyspace = []string{node.Host()}, node.Keyspace(t)
		s, err := Open(t.Context(), Config{Write: tt.config, Timeout: 100 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "health tells "+tt.want, func() bool {
			err := s.Health(t.Context())
			return errors.Is(err, points.ErrUnavailable) && strings.Contains(err.Error(), tt.want)
		})
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestSchema: the tables that we create are those that a KairosDB 1.3.0 creates,
// column for column and option for option.
func TestSchema(t *testing.T) {
	node := cassandratest.Shared(t)
	ours, theirs := opened(t, Config{}), node.Keyspace(t)
	cassandratest.StartKairos(t, node, theirs)
	session := node.Session(t, "")
	describe := func(keyspace string) []string {
		var all []string
		for _, statement := range []string{
			`SELECT table_name, column_name, clustering_order, kind, position, type FROM system_schema.columns WHERE keyspace_name = ?`,
			`SELECT table_name, bloom_filter_fp_chance, caching, compaction, compression, default_time_to_live, flags, gc_grace_seconds, speculative_retry
				FROM system_schema.tables WHERE keyspace_name = ?`,
			`SELECT durable_writes, replication FROM system_schema.keyspaces WHERE keyspace_name = ?`,
		} {
			rows := session.Query(statement, keyspace).IterContext(t.Context())
			for row := map[string]any{}; rows.MapScan(row); row = map[string]any{} {
				all = append(all, fmt.Sprint(row))
			}
			if err := rows.Close(); err != nil {
				t.Fatal(err)
			}
		}
		slices.Sort(all)
		return all
	}
	eventually(t, "KairosDB has created its tables", func() bool { return len(describe(theirs)) == len(describe(ours.config.Write.Keyspace)) })
	sameTexts(t, "the schema", describe(ours.config.Write.Keyspace), describe(theirs))
}

// TestKairosOnOurKeyspace: a KairosDB works on a keyspace that we have created,
// and takes it for one of its own release.
func TestKairosOnOurKeyspace(t *testing.T) {
	node := cassandratest.Shared(t)
	s := opened(t, Config{})
	writes(t, s, hosts("cpu", 0, 1, someTime))
	k := cassandratest.StartKairos(t, node, s.config.Write.Keyspace)
	if n := kairosCount(t, k, "cpu"); n != 1 {
		t.Errorf("KairosDB finds %d points, want 1", n)
	}
	kairosPut(t, k, "cpu", "b", someTime+1, 2)
	eventually(t, "we find KairosDB's point", func() bool { return len(found(t, s, sel("cpu"), points.Always)) == 2 })
	got := rowsOf(t, s, `SELECT name, value FROM spec WHERE spec_type = 'cluster_config'`)
	wants(t, "spec", got, "row_time_unit MILLISECONDS", "row_width 1814400000")
	c, err := s.writer()
	if err != nil {
		t.Fatal(err)
	}
	key := codec.AppendRowKey(nil, &points.Key{Metric: "cpu", Tags: points.Tags{{Name: "host", Value: "b"}}, Type: points.TypeLong}, someRow)
	var column []byte
	if err := c.session.Query(`SELECT column1 FROM data_points WHERE key = ?`, key).ScanContext(t.Context(), &column); err != nil {
		t.Fatal(err)
	}
	if got := c.layout.Time(someRow, column); got != someTime+1 {
		t.Errorf("KairosDB's point is at %d, want %d", got, int64(someTime+1))
	}
}
