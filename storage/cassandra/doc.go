// Package cassandra keeps points in the tables of KairosDB, byte for byte, while
// a KairosDB may work on the same keyspace.
//
// A series is cut into rows, one partition of data_points for each row time
// (package codec has the bytes). Three index tables lead to them: string_index
// lists the metrics, row_key_time_index the row times of a metric, row_keys the
// series of a metric in a row time, and tag_indexed_row_keys the same by tag
// where a metric is configured so.
//
// Write times are milliseconds everywhere, as KairosDB's are: a microsecond more
// would hide what KairosDB writes later.
package cassandra
