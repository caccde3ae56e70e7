package conformance

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"aion/storage/cassandra/cassandratest"
)

// table says how a table of KairosDB's is read.
type table struct {
	name    string
	columns []column
	cell    string // whose time to live and write time are read; empty: none has them
}

// column is a column with what it holds: a blob, a text, a number, a time in
// milliseconds or tags.
type column struct{ name, holds string }

// keptTables are the tables that hold points and what leads to them. The table
// service_index belongs to services that Aion does not have yet.
func keptTables() []table {
	key, value := column{"key", "blob"}, column{"value", "blob"}
	metric, row := column{"metric", "text"}, column{"row_time", "time"}
	name, typ, tags := column{"table_name", "text"}, column{"data_type", "text"}, column{"tags", "tags"}
	pair, hash, text := column{"single_tag_pair", "text"}, column{"tag_collection_hash", "number"}, column{"value", "text"}
	return []table{
		{"data_points", []column{key, {"column1", "blob"}, value}, "value"},
		{"row_key_index", []column{key, {"column1", "blob"}, value}, "value"},
		{"string_index", []column{key, {"column1", "text"}, value}, "value"},
		{"row_key_time_index", []column{metric, name, row, text}, ""},
		{"row_keys", []column{metric, name, row, typ, tags, text}, "mtime"},
		{"tag_indexed_row_keys", []column{metric, name, row, pair, typ, hash, tags, text}, "mtime"},
		{"spec", []column{{"spec_type", "text"}, {"name", "text"}, text}, "value"},
	}
}

// storedRow is a row of a table.
type storedRow struct {
	text    string // its columns, blobs and tags as hex
	life    *int   // seconds that its cell has to live; nil: for ever
	written int64  // when its cell was written
}

// storedRows are the rows of a keyspace by table and metric, such as
// row_keys/cpu, each in order of their texts. Metrics that KairosDB keeps about
// itself are left out.
type storedRows map[string][]storedRow

// add puts a row of a table into its place; columns are as texts.
func (all storedRows) add(t table, columns []string, r storedRow) {
	metric := strings.Trim(columns[0], `"`)
	switch t.name {
	case "data_points", "row_key_index":
		name, _ := hex.DecodeString(columns[0])
		name, _, _ = bytes.Cut(name, []byte{0})
		metric = string(name)
	case "string_index":
		metric = strings.Trim(columns[1], `"`)
	}
	if strings.HasPrefix(metric, "kairosdb.") {
		return
	}
	r.text = strings.Join(columns, " ")
	item := t.name + "/" + strings.ReplaceAll(metric, "/", "_")
	at, _ := slices.BinarySearchFunc(all[item], r, func(a, b storedRow) int { return strings.Compare(a.text, b.text) })
	all[item] = slices.Insert(all[item], at, r)
}

// rowsOf reads all rows of a keyspace.
func rowsOf(t *testing.T, n *cassandratest.Node, keyspace string) storedRows {
	t.Helper()
	session, all := n.Session(t, keyspace), storedRows{}
	defer session.Close()
	for _, of := range keptTables() {
		rows := session.Query(of.statement()).Iter()
		for {
			columns, r := make([]string, len(of.columns)), storedRow{}
			var written *int64
			if !rows.Scan(append(pointers(columns), &r.life, &written)...) {
				break
			}
			if written != nil {
				r.written = *written
			}
			for i, c := range of.columns {
				columns[i] = c.text(t, columns[i])
			}
			all.add(of, columns, r)
		}
		if err := rows.Close(); err != nil {
			t.Fatalf("%s: %v", of.name, err)
		}
	}
	return all
}

// statement reads all of a table, each column as JSON: so Cassandra itself says
// in which order it keeps tags.
func (t *table) statement() string {
	list := make([]string, len(t.columns))
	for i, c := range t.columns {
		list[i] = "toJson(" + c.name + ")"
		if c.holds == "time" {
			list[i] = "toJson(toUnixTimestamp(" + c.name + "))"
		}
	}
	life, written := "(int)null", "(bigint)null"
	if t.cell != "" {
		life, written = "TTL("+t.cell+")", "WRITETIME("+t.cell+")"
	}
	return "SELECT " + strings.Join(list, ", ") + ", " + life + ", " + written + " FROM " + t.name
}

// pointers are where each of the texts lies.
func pointers(texts []string) []any {
	list := make([]any, len(texts))
	for i := range texts {
		list[i] = &texts[i]
	}
	return list
}

// text is how a value of the column that Cassandra gives as JSON is written
// here.
func (c column) text(t *testing.T, value string) string {
	t.Helper()
	if value == "null" {
		return value
	}
	var text string
	switch c.holds {
	case "blob", "text":
		if err := json.Unmarshal([]byte(value), &text); err != nil {
			t.Fatal(err)
		}
		if c.holds == "blob" {
			return strings.TrimPrefix(text, "0x")
		}
		return strconv.Quote(text)
	case "tags":
		return hex.EncodeToString(tagBytes(t, value))
	}
	return value
}

// tagBytes is a frozen map of tags as Cassandra's native protocol has it, in the
// order of the JSON object.
func tagBytes(t *testing.T, object string) []byte {
	t.Helper()
	list, err := members([]byte(object))
	if err != nil {
		t.Fatal(err)
	}
	out := binary.BigEndian.AppendUint32(nil, uint32(len(list)))
	for _, m := range list {
		var value string
		if err := json.Unmarshal(m.Value, &value); err != nil {
			t.Fatal(err)
		}
		for _, s := range []string{m.Name, value} {
			out = append(binary.BigEndian.AppendUint32(out, uint32(len(s))), s...)
		}
	}
	return out
}

// differences compares two keyspaces and tells by table and metric what is
// otherwise, a line each. Times to live may be apart by what passes between
// writing and reading.
func (all storedRows) differences(want storedRows) map[string][]string {
	found := map[string][]string{}
	items := slices.Concat(slices.Collect(maps.Keys(all)), slices.Collect(maps.Keys(want)))
	for _, item := range items {
		var problems []string
		got, other := byText(all[item]), byText(want[item])
		for text, g := range got {
			w, ok := other[text]
			switch {
			case !ok:
				problems = append(problems, "got "+text)
			case !sameLife(g.life, w.life):
				problems = append(problems, fmt.Sprintf("got %s seconds to live, want %s: %s", lifeText(g.life), lifeText(w.life), text))
			}
		}
		for text := range other {
			if _, ok := got[text]; !ok {
				problems = append(problems, "want "+text)
			}
		}
		slices.Sort(problems)
		found[item] = problems
	}
	return found
}

// byText are rows by their texts, which differ: a text has the primary key.
func byText(rows []storedRow) map[string]storedRow {
	m := map[string]storedRow{}
	for _, r := range rows {
		m[r.text] = r
	}
	return m
}

// sameLife tells whether two cells were written with the same time to live, a
// few minutes apart.
func sameLife(a, b *int) bool {
	if a == nil || b == nil {
		return a == b
	}
	return max(*a-*b, *b-*a) < 300
}

// lifeText is a time to live for people.
func lifeText(life *int) string {
	if life == nil {
		return "endless"
	}
	return strconv.Itoa(*life)
}

// checkWritten complains of rows that were not written in that time, in
// milliseconds. Rows of an old keyspace were written long before.
func (all storedRows) checkWritten(t *testing.T, from, to int64) {
	t.Helper()
	for item, rows := range all {
		for _, r := range rows {
			if r.written != 0 && r.written != 1400000000000 && (r.written < from || r.written > to) {
				t.Errorf("%s: written at %d, want a time from %d to %d: %s", item, r.written, from, to, r.text)
			}
		}
	}
}
