package cassandra

import (
	"testing"

	"aion/storage/cassandra/cassandratest"
)

// TestRecordsMakeTheirTable: who only asks for records leaves a keyspace with
// KairosDB's tables alone; the first record makes ours, and another server that
// has been there before finds it.
func TestRecordsMakeTheirTable(t *testing.T) {
	s := opened(t, Config{})
	other := opened(t, Config{Write: Cluster{Keyspace: s.config.Write.Keyspace}})
	for _, store := range []*Store{s, other} {
		if got, err := store.Records().Record(t.Context(), "k", "a"); err != nil || got.Revision != 0 {
			t.Errorf("got %v, %v, want no record", got, err)
		}
		if got, err := store.Records().List(t.Context(), "k", "", "", 10); err != nil || len(got) != 0 {
			t.Errorf("got %v, %v, want no records", got, err)
		}
	}
	session := cassandratest.Shared(t).Session(t, "")
	defer session.Close()
	tables := func() (n int) {
		err := session.Query(`SELECT count(*) FROM system_schema.tables WHERE keyspace_name = ? AND table_name = 'aion_records'`, s.config.Write.Keyspace).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := tables(); n != 0 {
		t.Error("who asks for records has made a table")
	}
	if _, err := s.Records().Put(t.Context(), "k", "a", []byte("v"), 0); err != nil {
		t.Fatal(err)
	}
	if got, err := other.Records().Record(t.Context(), "k", "a"); err != nil || string(got.Value) != "v" || tables() != 1 {
		t.Errorf("got %q, %v and %d tables, want the record that was just stored", got.Value, err, tables())
	}
}
