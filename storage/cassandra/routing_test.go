package cassandra

import (
	"slices"
	"testing"
)

// TestRouting: the driver library can tell the partition of every statement
// that has one, and so asks a node that owns it.
func TestRouting(t *testing.T) {
	s := opened(t, Config{})
	c, err := s.writer()
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string][]string{
		"data_points": {"key"}, "row_key_index": {"key"}, "string_index": {"key"},
		"row_key_time_index": {"metric"}, "row_keys": {"metric", "table_name", "row_time"},
		"tag_indexed_row_keys": {"metric", "table_name", "row_time", "single_tag_pair"},
		"service_index":        {"service", "service_key"},
	}
	for _, statement := range []string{
		insertPoint, removePoint, removeRange, removeRow, readAsc, readDesc, readLife, readLifeAsc,
		insertTime, readTimes, removeTime,
		insertRow, readRows, listRows, readRowsTime, readRow, readAnyRow, removeRowKey, removeRows,
		insertTagRow, readTagRows, removeTagRow, removeTagRows,
		readLegacy, removeLegacy, removeLegacyMetric,
		insertName, readNames, readNamesFrom, readAnyName, removeName,
		setService, touchService, readService, readServiceKeys, readServiceTime, removeService, clearService,
	} {
		meta, err := c.session.StatementMetadata(t.Context(), statement, c.cluster.config.Keyspace)
		if err != nil {
			t.Errorf("%s: %v", statement, err)
			continue
		}
		var bound []string
		for _, i := range meta.PKBindColumnIndexes {
			bound = append(bound, meta.BindColumns[i].Name)
		}
		if want := keys[meta.Table]; !slices.Equal(bound, want) {
			t.Errorf("%s\nis routed by %q, want %q", statement, bound, want)
		}
	}
}
