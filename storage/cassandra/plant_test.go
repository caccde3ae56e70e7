package cassandra

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"aion/storage"
	"aion/storage/codec"
	"aion/storage/points"
)

// vector is a keyspace as a KairosDB left it.
type vector struct {
	Keyspace string
	Tables   map[string][]map[string]any
}

// vectors are all that codec's testdata has.
func vectors(t testing.TB) []vector {
	t.Helper()
	text, err := os.ReadFile("../codec/testdata/cassandra.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Keyspaces []vector }
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	if err := decoder.Decode(&file); err != nil {
		t.Fatal(err)
	}
	return file.Keyspaces
}

// number is a column that is a number.
func number(v any) int64 {
	n, _ := v.(json.Number).Int64()
	return n
}

// storedMap binds the bytes of a map as they are.
type storedMap []byte

// MarshalCQL answers the bytes.
func (m storedMap) MarshalCQL(gocql.TypeInfo) ([]byte, error) { return m, nil }

// unhex reads what a test has as hex.
func unhex(t testing.TB, v any) []byte {
	t.Helper()
	b, err := hex.DecodeString(v.(string))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// layout is the layout of the keyspace.
func (v *vector) layout(t testing.TB) codec.Layout {
	t.Helper()
	spec := map[string]string{}
	for _, row := range v.Tables["spec"] {
		spec[row["name"].(string)] = row["value"].(string)
	}
	l, err := codec.ParseLayout(spec["row_time_unit"], spec["row_width"])
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// planter writes rows as they are into the tables of a store's write cluster.
type planter struct {
	testing.TB
	conn *conn
	at   int64
}

// plant makes a planter.
func plant(t testing.TB, s *Store) *planter {
	t.Helper()
	c, err := s.writer()
	if err != nil {
		t.Fatal(err)
	}
	return &planter{t, c, 1_700_000_000_000}
}

// do runs a statement.
func (p *planter) do(statement string, args ...any) {
	p.Helper()
	if err := p.conn.change(p.Context(), "plant", p.at, statement, args...); err != nil {
		p.Error(err)
	}
}

// each does something count times, several at once.
func (p *planter) each(count int, do func(i int)) {
	p.Helper()
	err := inParallel(p.Context(), 16, count, func(_ context.Context, i int) error {
		do(i)
		return nil
	})
	if err != nil || p.Failed() {
		p.Fatal("not all was planted: ", err)
	}
}

// all plants the indexes of a keyspace.
func (p *planter) all(v *vector) {
	p.Helper()
	for _, row := range v.Tables["string_index"] {
		p.do(insertName, unhex(p, row["key"]), row["column1"])
	}
	for _, row := range v.Tables["row_key_time_index"] {
		p.do(insertTime, row["metric"], pointTable, number(row["row_time"]), 0)
	}
	for _, row := range v.Tables["row_key_index"] {
		p.do(`INSERT INTO row_key_index (key, column1, value) VALUES (?, ?, ?)`, unhex(p, row["key"]), unhex(p, row["column1"]), []byte{})
	}
	for _, row := range v.Tables["row_keys"] {
		if row["data_type"] == nil {
			p.do(`INSERT INTO row_keys (metric, table_name, row_time, mtime) VALUES (?, 'data_points', ?, now())`, row["metric"], number(row["row_time"]))
			continue
		}
		p.do(insertRow, row["metric"], pointTable, number(row["row_time"]), row["data_type"], storedMap(unhex(p, row["tags"])), 0)
	}
	for _, row := range v.Tables["tag_indexed_row_keys"] {
		if row["data_type"] != nil {
			p.do(insertTagRow, row["metric"], pointTable, number(row["row_time"]), row["data_type"], row["single_tag_pair"],
				int(number(row["tag_collection_hash"])), storedMap(unhex(p, row["tags"])), 0)
		}
	}
	if err := p.conn.findLegacy(p.Context()); err != nil {
		p.Fatal(err)
	}
}

// series plants the index rows of one series.
func (p *planter) series(k points.Key, rows ...int64) {
	p.Helper()
	p.do(insertName, []byte(metricNames), k.Metric)
	for _, at := range rows {
		p.do(insertTime, k.Metric, pointTable, at, 0)
		p.do(insertRow, k.Metric, pointTable, at, codec.StoredType(k.Type), storedMap(codec.AppendTags(nil, k.Tags)), 0)
	}
}

// seriesText prints a series with its rows.
func seriesText(k points.Key, rows []row) string {
	out := fmt.Sprintf("%q %s %q", k.Metric, k.Type, k.Tags)
	for _, r := range rows {
		out += fmt.Sprintf(" %d", r.time)
		if r.untyped {
			out += "u"
		}
	}
	return out
}

// found are the series that find yields as text, sorted.
func found(t testing.TB, s *Store, sel storage.Selection, r points.Range) []string {
	t.Helper()
	var all []string
	for series, err := range s.find(t.Context(), sel, r) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, seriesText(series.key, series.rows))
	}
	slices.Sort(all)
	return all
}

// sameTexts compares texts with those wanted.
func sameTexts(t testing.TB, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got\n  %s\nwant\n  %s", what, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// listed are the series of the vector's indexes as text, sorted; of one metric,
// or of all if it is empty.
func (v *vector) listed(t testing.TB, metric string) []string {
	t.Helper()
	var texts []string
	for _, s := range v.series(t) {
		if metric == "" || s.key.Metric == metric {
			texts = append(texts, seriesText(s.key, s.rows))
		}
	}
	slices.Sort(texts)
	return texts
}

// series are the series of the vector's indexes. What the time index does not
// lead to is not listed: KairosDB forgets a row time in it when it writes on
// after a deletion (D-34).
func (v *vector) series(t testing.TB) []*series {
	t.Helper()
	times := map[string]bool{}
	for _, r := range v.Tables["row_key_time_index"] {
		times[fmt.Sprint(r["metric"], " ", r["row_time"])] = true
	}
	var all gathered
	for _, r := range v.Tables["row_key_index"] {
		k, err := codec.ParseRowKey(unhex(t, r["column1"]))
		if err != nil {
			t.Fatal(err)
		}
		all.add(nil, points.Key{Metric: k.Metric, Type: k.Type, Tags: k.Tags}, row{time: k.Row, untyped: k.Untyped})
	}
	for _, r := range v.Tables["row_keys"] {
		if r["data_type"] == nil || !times[fmt.Sprint(r["metric"], " ", r["row_time"])] {
			continue
		}
		tags, err := codec.ParseTags(unhex(t, r["tags"]))
		if err != nil {
			t.Fatal(err)
		}
		all.add(nil, points.Key{Metric: r["metric"].(string), Type: codec.KeyType(r["data_type"].(string)), Tags: tags}, row{time: number(r["row_time"])})
	}
	return all.finish(nil)
}

// names are the metrics of the vector's string_index, ascending.
func (v *vector) names() []string {
	var names []string
	for _, row := range v.Tables["string_index"] {
		names = append(names, row["column1"].(string))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// joined are the vectors whose keyspaces are laid out alike, as one.
func joined(t testing.TB) map[codec.Layout]*vector {
	t.Helper()
	all := map[codec.Layout]*vector{}
	for _, v := range vectors(t) {
		l := v.layout(t)
		if all[l] == nil {
			all[l] = &vector{Tables: map[string][]map[string]any{}}
		}
		for table, rows := range v.Tables {
			all[l].Tables[table] = append(all[l].Tables[table], rows...)
		}
	}
	return all
}

// hasRow tells whether one of the texts is of the series and has the row.
func hasRow(texts []string, k points.Key, at int64) bool {
	head := seriesText(k, nil)
	return slices.ContainsFunc(texts, func(text string) bool {
		rest, ok := strings.CutPrefix(text, head+" ")
		return ok && slices.ContainsFunc(strings.Fields(rest), func(f string) bool { return strings.TrimSuffix(f, "u") == fmt.Sprint(at) })
	})
}

// longKey makes a key of a metric of longs.
func longKey(metric string, tags ...string) points.Key {
	k := points.Key{Metric: metric, Type: points.TypeLong}
	for i := 0; i < len(tags); i += 2 {
		k.Tags = append(k.Tags, points.Tag{Name: tags[i], Value: tags[i+1]})
	}
	k.Tags.Sort()
	return k
}
