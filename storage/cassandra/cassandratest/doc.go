// Package cassandratest starts real Cassandra nodes, and a real KairosDB beside
// them, for tests. Both run from the jars that their projects publish: Java 17
// is needed, and Maven for the first start, which fetches the jars into a folder
// of the user's cache (AION_JARS names another). The scripts and poms beside
// this file do the starting; they work by hand, too.
//
// Most tests share one node and live in keyspaces of their own:
//
//	func TestMain(m *testing.M) { os.Exit(cassandratest.Main(m)) }
//
//	func TestRows(t *testing.T) {
//		node := cassandratest.Shared(t)
//		keyspace := node.Keyspace(t)
//		...
//	}
//
// All test processes of a checkout that run at the same time share that node; the
// first to ask starts it and stops it when the others are done.
// AION_TEST_CASSANDRA=host:port names a node that is there already,
// AION_TEST_CASSANDRA_VERSION another release to start, such as 4.1.10. Tests that
// stop, kill or configure a node have one of their own from Start, or three from
// StartCluster. Nothing that was started outlives the process that started it.
//
// Where Java or Maven is missing, tests that need them are skipped with the
// reason; they fail instead if CI is true or AION_REQUIRE_CASSANDRA is 1.
package cassandratest
