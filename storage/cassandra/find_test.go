package cassandra

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
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
		p.Fatal(err)
	}
}

// all plants the indexes of a keyspace.
func (p *planter) all(v *vector) {
	p.Helper()
	for _, row := range v.Tables["string_index"] {
		p.do(insertName, unhex(p, row["key"]), row["column1"])
	}
	for _, row := range v.Tables["row_key_time_index"] {
		p.do(insertTime, row["metric"], number(row["row_time"]), 0)
	}
	for _, row := range v.Tables["row_key_index"] {
		p.do(`INSERT INTO row_key_index (key, column1, value) VALUES (?, ?, ?)`, unhex(p, row["key"]), unhex(p, row["column1"]), []byte{})
	}
	for _, row := range v.Tables["row_keys"] {
		if row["data_type"] == nil {
			p.do(`INSERT INTO row_keys (metric, table_name, row_time, mtime) VALUES (?, 'data_points', ?, now())`, row["metric"], number(row["row_time"]))
			continue
		}
		p.do(insertRow, row["metric"], number(row["row_time"]), row["data_type"], storedMap(unhex(p, row["tags"])), 0)
	}
	for _, row := range v.Tables["tag_indexed_row_keys"] {
		if row["data_type"] != nil {
			p.do(insertTagRow, row["metric"], number(row["row_time"]), row["data_type"], row["single_tag_pair"],
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
		p.do(insertTime, k.Metric, at, 0)
		p.do(insertRow, k.Metric, at, codec.StoredType(k.Type), storedMap(codec.AppendTags(nil, k.Tags)), 0)
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

// TestFindVectors: every series that KairosDB has listed is found with all its
// rows, and by the time of each of its points.
func TestFindVectors(t *testing.T) {
	for layout, v := range joined(t) {
		t.Run(fmt.Sprint(layout), func(t *testing.T) {
			s := opened(t, Config{Layout: layout})
			plant(t, s).all(v)
			sameTexts(t, "all", found(t, s, storage.Selection{}, points.Always), v.listed(t, ""))
			for _, name := range v.names() {
				sel := storage.Selection{Metrics: []string{name}}
				sameTexts(t, name, found(t, s, sel, points.Always), v.listed(t, name))
			}
			everyPoint(t, s, v)
		})
	}
}

// everyPoint: the row of each point is found by the point's time, unless KairosDB
// has left it without an index row, as it may after deletions.
func everyPoint(t *testing.T, s *Store, v *vector) {
	t.Helper()
	listed := v.listed(t, "")
	for _, p := range v.Tables["data_points"] {
		k, err := codec.ParseRowKey(unhex(t, p["key"]))
		if err != nil {
			t.Fatal(err)
		}
		key := points.Key{Metric: k.Metric, Type: k.Type, Tags: k.Tags}
		at := s.config.Layout.Time(k.Row, unhex(t, p["column1"]))
		got := hasRow(found(t, s, storage.Selection{Metrics: []string{k.Metric}}, points.Range{From: at, To: at}), key, k.Row)
		if want := hasRow(listed, key, k.Row); got != want {
			t.Errorf("%v row %d is found by the time %d: %t, want %t", key, k.Row, at, got, want)
		}
	}
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

// TestFindRanges: only row times that can hold points of the range are looked
// at, and only those that the time index lists.
func TestFindRanges(t *testing.T) {
	s := opened(t, Config{Layout: codec.Layout{Unit: codec.Milliseconds, Width: 1000}})
	p := plant(t, s)
	p.series(longKey("m", "h", "a"), -2998, -1000, -2, 0, 1000, 2000, 7000)
	p.do(insertRow, "m", int64(3000), points.TypeLong, storedMap(codec.AppendTags(nil, nil)), 0) // no row in the time index
	p.do(insertTime, "m", int64(4000), 0)                                                        // no row key
	for _, c := range []struct {
		from, to int64
		want     string
	}{
		{0, 0, "0"}, {0, 999, "0"}, {999, 1000, "0 1000"}, {1000, 1999, "1000"}, {1500, 1500, "1000"}, {3000, 6999, ""}, {3000, 7000, "7000"},
		{-1, -1, "-1000 -2"}, {-1, 0, "-1000 -2 0"}, {-2999, -1999, "-2998"}, {-5000, -2999, ""}, {5, 4, ""}, {math.MinInt64, math.MaxInt64, "-2998 -1000 -2 0 1000 2000 7000"},
		{math.MinInt64, -1500, "-2998"}, {math.MaxInt64, math.MaxInt64, ""}, {2500, 3500, "2000"}, {0, math.MaxInt64, "0 1000 2000 7000"}, {7999, math.MaxInt64, "7000"},
	} {
		var want []string
		if c.want != "" {
			want = []string{seriesText(longKey("m", "h", "a"), nil) + " " + c.want}
		}
		sameTexts(t, fmt.Sprintf("%d to %d", c.from, c.to), found(t, s, storage.Selection{Metrics: []string{"m"}}, points.Range{From: c.from, To: c.to}), want)
	}
}

// TestFindClusters: rows of all clusters come together, the write cluster's
// first; a cluster is left alone where its points lie outside.
func TestFindClusters(t *testing.T) {
	layout := codec.Layout{Unit: codec.Milliseconds, Width: 1000}
	first := opened(t, Config{Layout: layout})
	second := opened(t, Config{Layout: layout})
	plant(t, first).series(longKey("m", "h", "a"), 1000, 2000)
	plant(t, second).series(longKey("m", "h", "a"), 0, 1000)
	plant(t, second).series(longKey("m", "h", "b"), 0)
	plant(t, second).series(longKey("n"), 0)
	both := opened(t, Config{Layout: layout, Write: first.config.Write, Reads: []Cluster{second.config.Write}})
	var got []string
	for series, err := range both.find(t.Context(), storage.Selection{Metrics: []string{"m"}}, points.Always) {
		if err != nil {
			t.Fatal(err)
		}
		text := series.key.String()
		for _, r := range series.rows {
			text += fmt.Sprintf(" %d of %s", r.time, r.conn.cluster.role)
		}
		got = append(got, text)
	}
	sameTexts(t, "m", got, []string{"m{h=a} kairos_long 0 of read 1000 of write 1000 of read 2000 of write", "m{h=b} kairos_long 0 of read"})
	sameTexts(t, "metrics", texts(t, both.Metrics(t.Context(), storage.Selection{})), []string{"m", "n"})

	second.config.Write.Within = &points.Range{From: 0, To: 999}
	bounded := opened(t, Config{Layout: layout, Write: first.config.Write, Reads: []Cluster{second.config.Write}})
	later := points.Range{From: 1000, To: 5000}
	sameTexts(t, "later", texts(t, bounded.Metrics(t.Context(), storage.Selection{Within: &later})), []string{"m"})
}

// TestFindManyRowTimes: a metric may have thousands of row times.
func TestFindManyRowTimes(t *testing.T) {
	s := opened(t, Config{Layout: codec.Layout{Unit: codec.Seconds, Width: 1000}})
	p := plant(t, s)
	want := map[string]string{}
	for i := range int64(1200) {
		for _, host := range []string{"a", "b", "c"} {
			if host == "a" || i%7 == 0 {
				p.do(insertRow, "m", i*1000, points.TypeLong, storedMap(codec.AppendTags(nil, points.Tags{{Name: "h", Value: host}})), 0)
				want[host] += fmt.Sprintf(" %d", i*1000)
			}
		}
		p.do(insertTime, "m", i*1000, 0)
	}
	var texts []string
	for _, host := range []string{"a", "b", "c"} {
		texts = append(texts, seriesText(longKey("m", "h", host), nil)+want[host])
	}
	sameTexts(t, "m", found(t, s, storage.Selection{Metrics: []string{"m"}}, points.Always), texts)
}

// TestFindStops: nothing runs on when the caller stops, or when its context
// ends, which is the error then.
func TestFindStops(t *testing.T) {
	s := opened(t, Config{})
	p := plant(t, s)
	for i := range 40 {
		for m := range 12 {
			p.series(longKey(fmt.Sprint("m", m), "h", fmt.Sprint(i)), 0)
		}
	}
	for range s.Select(t.Context(), storage.Selection{}) {
		break
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	var last error
	for _, err := range s.find(ctx, storage.Selection{}, points.Always) {
		if last = err; err == nil {
			n++
			cancel()
		}
	}
	if last != context.Canceled || n > 12*40/2 {
		t.Errorf("got %d series and the error %v, want few and %v", n, last, context.Canceled)
	}
}
