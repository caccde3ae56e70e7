package cassandra

// Every statement, in KairosDB's own words where KairosDB has it (its write
// times travel beside the statement, in milliseconds). None uses what Scylla or
// Cassandra 3.11 lack.
const (
	insertPoint = `INSERT INTO data_points (key, column1, value) VALUES (?, ?, ?) USING TTL ?`
	// Where data_points is not compact, rows have a marker of being there, which
	// lives as long as the last insertion says and which an update leaves alone. So
	// values that end are inserted there: the marker of a point that they replace
	// would outlive them, and with it a row without a value.
	insertPoints = `UPDATE data_points USING TTL ? SET value = ? WHERE key = ? AND column1 IN ?`
	removePoint  = `DELETE FROM data_points WHERE key = ? AND column1 = ?`
	removeRange  = `DELETE FROM data_points WHERE key = ? AND column1 >= ? AND column1 <= ?`
	removeRow    = `DELETE FROM data_points WHERE key = ?`
	readAsc      = `SELECT column1, value FROM data_points WHERE key = ? AND column1 >= ? AND column1 < ? ORDER BY column1 ASC`
	readDesc     = `SELECT column1, value FROM data_points WHERE key = ? AND column1 >= ? AND column1 < ? ORDER BY column1 DESC`
	readLife     = `SELECT TTL(value) FROM data_points WHERE key = ? ORDER BY column1 DESC LIMIT 1`
	readLifeAsc  = `SELECT TTL(value) FROM data_points WHERE key = ? ORDER BY column1 ASC LIMIT 1`

	insertTime = `INSERT INTO row_key_time_index (metric, table_name, row_time) VALUES (?, ?, ?) USING TTL ?`
	readTimes  = `SELECT row_time FROM row_key_time_index WHERE metric = ? AND table_name = ? AND row_time >= ? AND row_time <= ?`
	removeTime = `DELETE FROM row_key_time_index WHERE metric = ? AND table_name = ? AND row_time = ?`

	insertRow = `INSERT INTO row_keys (metric, table_name, row_time, data_type, tags, mtime)
		VALUES (?, ?, ?, ?, ?, now()) USING TTL ?`
	readRows     = `SELECT data_type, tags FROM row_keys WHERE metric = ? AND table_name = ? AND row_time = ?`
	listRows     = `SELECT data_type, tags, mtime FROM row_keys WHERE metric = ? AND table_name = ? AND row_time = ?`
	readRowsTime = `SELECT mtime FROM row_keys WHERE metric = ? AND table_name = ? AND row_time = ? LIMIT 1`
	readRow      = `SELECT data_type FROM row_keys WHERE metric = ? AND table_name = ? AND row_time = ? AND data_type = ? AND tags = ?`
	readAnyRow   = `SELECT data_type FROM row_keys WHERE metric = ? AND table_name = ? AND row_time = ? LIMIT 1`
	removeRowKey = `DELETE FROM row_keys WHERE metric = ? AND table_name = ? AND row_time = ? AND data_type = ? AND tags = ?`
	removeRows   = `DELETE FROM row_keys WHERE metric = ? AND table_name = ? AND row_time = ?`

	insertTagRow = `INSERT INTO tag_indexed_row_keys (metric, table_name, row_time, data_type, single_tag_pair, tag_collection_hash, tags, mtime)
		VALUES (?, ?, ?, ?, ?, ?, ?, now()) USING TTL ?`
	readTagRows = `SELECT data_type, tags, tag_collection_hash FROM tag_indexed_row_keys
		WHERE metric = ? AND table_name = ? AND row_time = ? AND single_tag_pair = ?`
	removeTagRow = `DELETE FROM tag_indexed_row_keys WHERE metric = ? AND table_name = ? AND row_time = ?
		AND single_tag_pair = ? AND data_type = ? AND tag_collection_hash = ? AND tags = ?`
	removeTagRows = `DELETE FROM tag_indexed_row_keys WHERE metric = ? AND table_name = ? AND row_time = ? AND single_tag_pair = ?`

	readLegacy         = `SELECT column1 FROM row_key_index WHERE key = ? AND column1 >= ? AND column1 < ?`
	readAnyLegacy      = `SELECT key FROM row_key_index LIMIT 1`
	removeLegacy       = `DELETE FROM row_key_index WHERE key = ? AND column1 = ?`
	removeLegacyMetric = `DELETE FROM row_key_index WHERE key = ?`

	insertName    = `INSERT INTO string_index (key, column1, value) VALUES (?, ?, 0x00)`
	readNames     = `SELECT column1 FROM string_index WHERE key = ?`
	readNamesFrom = `SELECT column1 FROM string_index WHERE key = ? AND column1 >= ?`
	readAnyName   = `SELECT column1 FROM string_index WHERE key = ? LIMIT 1`
	removeName    = `DELETE FROM string_index WHERE key = ? AND column1 = ?`

	setService      = `INSERT INTO service_index (service, service_key, key, value, mtime) VALUES (?, ?, ?, ?, now())`
	touchService    = `INSERT INTO service_index (service, service_key, mtime) VALUES (?, ?, now())`
	readService     = `SELECT value, WRITETIME(value) FROM service_index WHERE service = ? AND service_key = ? AND key = ?`
	readServiceKeys = `SELECT key FROM service_index WHERE service = ? AND service_key = ?`
	listServiceKeys = `SELECT DISTINCT service, service_key FROM service_index`
	readServiceTime = `SELECT mtime FROM service_index WHERE service = ? AND service_key = ? LIMIT 1`
	clearService    = `DELETE FROM service_index WHERE service = ? AND service_key = ?`
	removeService   = `DELETE FROM service_index WHERE service = ? AND service_key = ? AND key = ?`

	insertRecord = `INSERT INTO aion_records (kind, bucket, id, revision, change, value) VALUES (?, ?, ?, ?, ?, ?) IF NOT EXISTS`
	updateRecord = `UPDATE aion_records SET revision = ?, change = ?, value = ? WHERE kind = ? AND bucket = ? AND id = ? IF revision = ?`
	removeRecord = `DELETE FROM aion_records WHERE kind = ? AND bucket = ? AND id = ? IF revision = ?`
	readRecord   = `SELECT revision, change, value FROM aion_records WHERE kind = ? AND bucket = ? AND id = ?`

	listRecordsFrom   = `SELECT id, revision, value FROM aion_records WHERE kind = ? AND bucket = ? AND id >= ? LIMIT ?`
	listRecordsBehind = `SELECT id, revision, value FROM aion_records WHERE kind = ? AND bucket = ? AND id > ? LIMIT ?`

	readSpec  = `SELECT value FROM spec WHERE spec_type = 'cluster_config' AND name = ?`
	writeSpec = `INSERT INTO spec (spec_type, name, value) VALUES ('cluster_config', ?, ?)`

	readFlags = `SELECT flags FROM system_schema.tables WHERE keyspace_name = ? AND table_name = 'data_points'`

	ping        = `SELECT release_version FROM system.local`
	readCentre  = `SELECT data_center FROM system.local`
	readCentres = `SELECT data_center FROM system.peers`
)

// pointTable is what table_name holds in the index tables. It is bound like the
// rest of their partition keys, from which the driver library tells the node that
// owns a partition.
const pointTable = "data_points"

// metricNames is the partition of string_index that lists all metrics.
const metricNames = "metric_names"

// table is one table of the schema.
type table struct {
	name    string
	columns []string // sorted
	create  string   // behind CREATE TABLE IF NOT EXISTS name
	with    string   // an option that is tried first, as KairosDB's settings have it
}

// dataTables are the tables of a write cluster in the order in which KairosDB
// creates them.
func dataTables() []table {
	const old = `(key blob, column1 blob, value blob, PRIMARY KEY ((key), column1))`
	return []table{
		{"data_points", []string{"column1", "key", "value"}, old, "WITH COMPACT STORAGE"},
		{"row_key_index", []string{"column1", "key", "value"}, old, ""},
		{"string_index", []string{"column1", "key", "value"}, `(key blob, column1 text, value blob, PRIMARY KEY ((key), column1))`, ""},
		{"row_keys", []string{"data_type", "metric", "mtime", "row_time", "table_name", "tags", "value"},
			`(metric text, table_name text, row_time timestamp, data_type text, tags frozen<map<text, text>>,
			mtime timeuuid static, value text, PRIMARY KEY ((metric, table_name, row_time), data_type, tags))`, ""},
		{"tag_indexed_row_keys", []string{"data_type", "metric", "mtime", "row_time", "single_tag_pair", "table_name", "tag_collection_hash", "tags", "value"},
			`(metric text, table_name text, row_time timestamp, single_tag_pair text, tag_collection_hash int,
			data_type text, tags frozen<map<text, text>>, mtime timeuuid static, value text,
			PRIMARY KEY ((metric, table_name, row_time, single_tag_pair), data_type, tag_collection_hash, tags))`, ""},
		{"row_key_time_index", []string{"metric", "row_time", "table_name", "value"},
			`(metric text, table_name text, row_time timestamp, value text, PRIMARY KEY ((metric), table_name, row_time))`, ""},
		{"spec", []string{"name", "spec_type", "value"}, `(spec_type text, name text, value text, PRIMARY KEY ((spec_type), name))`, ""},
	}
}

// serviceTable is the table of a metadata cluster.
func serviceTable() table {
	return table{"service_index", []string{"key", "mtime", "service", "service_key", "value"},
		`(service text, service_key text, key text, mtime timeuuid static, value text, PRIMARY KEY ((service, service_key), key))`, ""}
}
