package cassandratest

import (
	"testing"
	"time"
)

// tables are eight tables in the manner of KairosDB's.
var tables = []string{
	"data_points (key blob, column1 blob, value blob, PRIMARY KEY ((key), column1))",
	"row_key_index (key blob, column1 blob, value blob, PRIMARY KEY ((key), column1))",
	"row_key_time_index (metric text, table_name text, row_time timestamp, value text, PRIMARY KEY ((metric), table_name, row_time))",
	"row_keys (metric text, table_name text, row_time timestamp, data_type text, tags frozen<map<text, text>>, mtime timeuuid static, " +
		"value text, PRIMARY KEY ((metric, table_name, row_time), data_type, tags))",
	"tag_indexed_row_keys (metric text, table_name text, row_time timestamp, single_tag_pair text, tag_collection_hash int, " +
		"data_type text, tags frozen<map<text, text>>, mtime timeuuid static, value text, " +
		"PRIMARY KEY ((metric, table_name, row_time, single_tag_pair), data_type, tag_collection_hash, tags))",
	"string_index (key blob, column1 text, value blob, PRIMARY KEY ((key), column1))",
	"service_index (service text, service_key text, key text, mtime timeuuid static, value text, PRIMARY KEY ((service, service_key), key))",
	"spec (spec_type text, name text, value text, PRIMARY KEY ((spec_type), name))",
}

// BenchmarkKeyspace tells what a keyspace of its own costs a test: a schema, some
// rows in it, and its end.
func BenchmarkKeyspace(b *testing.B) {
	for _, c := range []struct {
		name  string
		start func() *Node
	}{
		{"node=shared", func() *Node { return Shared(b) }},
		{"node=own", func() *Node { return Start(b, Options{}) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			n := c.start()
			s := n.Session(b, "")
			run := func(statement string) {
				if err := s.Query(statement).Exec(); err != nil {
					b.Fatal(err)
				}
			}
			var create, drop time.Duration
			for b.Loop() {
				begun := time.Now()
				keyspace := n.Keyspace(b)
				run("CREATE KEYSPACE " + keyspace + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
				for _, table := range tables {
					run("CREATE TABLE " + keyspace + "." + table)
				}
				create += time.Since(begun)
				begun = time.Now()
				run("INSERT INTO " + keyspace + ".spec (spec_type, name, value) VALUES ('a', 'b', 'c')")
				run("DROP KEYSPACE " + keyspace)
				drop += time.Since(begun)
			}
			b.ReportMetric(float64(create.Milliseconds())/float64(b.N), "ms/create")
			b.ReportMetric(float64(drop.Milliseconds())/float64(b.N), "ms/drop")
		})
	}
}
