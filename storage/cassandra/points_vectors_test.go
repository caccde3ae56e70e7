package cassandra

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"aion/storage/codec"
	"aion/storage/points"
)

// recordedKeyspace is what KairosDB 1.3.0 was sent, stored and answered.
type recordedKeyspace struct {
	Keyspace string
	Before   []string
	Steps    []json.RawMessage
	Tables   struct {
		DataPoints []struct {
			Key, Column1, Value string
			Text                []any `json:"key_text"`
		} `json:"data_points"`
		RowKeys []struct {
			Metric string
			Row    int64   `json:"row_time"`
			Type   *string `json:"data_type"`
		} `json:"row_keys"`
		Spec []struct{ Name, Value string }
	}
}

// recordedAnswer is a query without aggregators and the values it was answered,
// apart from those beside its range that KairosDB answers in SECONDS.
type recordedAnswer struct {
	step   int
	metric string
	r      points.Range
	values []string
}

// recordedKeyspaces reads the vectors.
func recordedKeyspaces(t *testing.T) []recordedKeyspace {
	t.Helper()
	text, err := os.ReadFile("../codec/testdata/cassandra.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Keyspaces []recordedKeyspace }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.Keyspaces
}

// layout is what the keyspace's table spec says.
func (k *recordedKeyspace) layout(t *testing.T) codec.Layout {
	t.Helper()
	spec := map[string]string{}
	for _, s := range k.Tables.Spec {
		spec[s.Name] = s.Value
	}
	l, err := codec.ParseLayout(spec["row_time_unit"], spec["row_width"])
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// cells are the rows of data_points.
func (k *recordedKeyspace) cells(t *testing.T) []storedCell {
	t.Helper()
	var cells []storedCell
	for _, p := range k.Tables.DataPoints {
		cells = append(cells, storedCell{hexBytes(t, p.Key), hexBytes(t, p.Column1), hexBytes(t, p.Value)})
	}
	return cells
}

// hexBytes reads bytes.
func hexBytes(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// answers are the plain queries of single metrics.
func (k *recordedKeyspace) answers(t *testing.T) []recordedAnswer {
	t.Helper()
	var all []recordedAnswer
	for i, raw := range k.Steps {
		var step struct {
			Path   string
			Status int
			Body   json.RawMessage
			Answer struct {
				Queries []struct {
					Results []struct{ Values [][2]json.RawMessage }
				}
			}
		}
		if json.Unmarshal(raw, &step) != nil || step.Path != "/api/v1/datapoints/query" || step.Status != 200 {
			continue
		}
		var query struct {
			From    int64            `json:"start_absolute"`
			To      int64            `json:"end_absolute"`
			Metrics []map[string]any `json:"metrics"`
		}
		if err := json.Unmarshal(step.Body, &query); err != nil {
			t.Fatal(err)
		}
		if len(query.Metrics) != 1 || len(query.Metrics[0]) != 1 {
			continue
		}
		a := recordedAnswer{step: i, metric: query.Metrics[0]["name"].(string), r: points.Range{From: query.From, To: query.To}}
		for _, r := range step.Answer.Queries[0].Results {
			for _, v := range r.Values {
				if at, err := strconv.ParseInt(string(v[0]), 10, 64); err != nil || !a.r.Holds(at) {
					continue
				}
				a.values = append(a.values, string(v[0])+" "+plainValue(v[1]))
			}
		}
		slices.Sort(a.values)
		all = append(all, a)
	}
	return all
}

// plainValue is a value of an answer in the words of plainPoint.
func plainValue(v json.RawMessage) string {
	var text string
	if json.Unmarshal(v, &text) == nil && v[0] == '"' {
		return text
	}
	if f, err := strconv.ParseFloat(string(v), 64); err == nil {
		return strconv.FormatFloat(f+0, 'g', -1, 64)
	}
	return string(v)
}

// plainPoint is a point of ours in words that do not tell longs from doubles, nor
// zero from minus zero, and with half a surrogate pair as it is printed.
func plainPoint(b *points.Block, i int) string {
	if b.Kind == points.Number && !b.Null(i) {
		return strconv.FormatFloat(b.Floats[i]+0, 'g', -1, 64)
	}
	return strings.ToValidUTF8(printPoint(b, i), "?")
}

// unchanged tells whether nothing after step i was done to the metric. A restart
// does something: KairosDB sends again what it has sent of late.
func (k *recordedKeyspace) unchanged(i int, metric string) bool {
	name := strconv.Quote(metric)
	for _, raw := range k.Steps[i+1:] {
		text := string(raw)
		read := strings.Contains(text, "datapoints/query") && !strings.Contains(text, "save_as")
		if strings.HasPrefix(text, `{"restart"`) || !read && (strings.Contains(text, name) || strings.Contains(text, "metric/"+metric+`"`) || strings.Contains(text, "put "+metric+" ")) {
			return false
		}
	}
	return true
}

// series are the series that have points, as row_keys lists them: the index rows
// of some were refused, so that KairosDB does not find them.
func (k *recordedKeyspace) series(t *testing.T, store *Store, c *conn) map[string]*series {
	t.Helper()
	listed := map[string]bool{}
	for _, r := range k.Tables.RowKeys {
		if r.Type != nil {
			listed[fmt.Sprint(r.Metric, r.Row, codec.KeyType(*r.Type))] = true
		}
	}
	all := map[string]*series{}
	last := ""
	for _, p := range k.Tables.DataPoints {
		if p.Key == last {
			continue
		}
		last = p.Key
		metric := p.Text[0].(string) // which may hold the byte that ends it in a row key
		parsed, err := codec.ParseRowKey(append([]byte{'m'}, hexBytes(t, p.Key)[len(metric):]...))
		if err != nil {
			t.Fatal(err)
		}
		if !listed[fmt.Sprint(metric, parsed.Row, parsed.Type)] {
			continue
		}
		key := points.Key{Metric: metric, Tags: parsed.Tags, Type: parsed.Type}
		id := string(key.Append(nil))
		if all[id] == nil {
			all[id] = &series{store: store, key: key}
		}
		all[id].rows = append(all[id].rows, row{conn: c, time: parsed.Row})
	}
	for _, s := range all {
		slices.SortFunc(s.rows, func(a, b row) int { return cmp.Compare(a.time, b.time) })
	}
	return all
}

// valuesOf are all points of a metric in the words of the recorded answers.
func valuesOf(t *testing.T, all map[string]*series, metric string, r points.Range, o points.Order) []string {
	t.Helper()
	var out []string
	for _, s := range all {
		if s.key.Metric != metric {
			continue
		}
		c := s.Points(r, o)
		var b points.Block
		for c.Next(t.Context(), &b) == nil {
			for i := range b.Times {
				out = append(out, fmt.Sprint(b.Times[i], " ", plainPoint(&b, i)))
			}
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(out)
	return out
}

// checkPointsVectors: what KairosDB 1.3.0 has stored is read as it read it, in
// every keyspace of the vectors.
func checkPointsVectors(t *testing.T, room *pointsRoom) {
	room.use(codec.Default())
	compared := 0
	for _, k := range recordedKeyspaces(t) {
		room.use(k.layout(t))
		cells := k.cells(t)
		room.insert(cells)
		all := k.series(t, room.store, room.conn())
		for _, s := range all {
			readAllOf(t, s.Points(points.Always, points.Asc))
		}
		for _, a := range k.answers(t) {
			if !k.unchanged(a.step, a.metric) {
				continue
			}
			compared++
			for _, o := range []points.Order{points.Asc, points.Desc} {
				got := valuesOf(t, all, a.metric, a.r, o)
				sameLines(t, fmt.Sprintf("%s, step %d: %s in %v %s", k.Keyspace, a.step, a.metric, a.r, o), got, a.values)
			}
		}
		room.remove(cells)
	}
	if compared < 25 {
		t.Errorf("only %d answers were compared", compared)
	}
}

// checkPointsOldRows: rows of the oldest releases, without a type, beside one with
// a type. KairosDB misses a double at the very end of a range (D-15), we do not.
func checkPointsOldRows(t *testing.T, room *pointsRoom) {
	room.use(codec.Layout{Unit: codec.Legacy, Width: 1814400000})
	i := slices.IndexFunc(recordedKeyspaces(t), func(k recordedKeyspace) bool { return k.Keyspace == "legacy" })
	k := recordedKeyspaces(t)[i]
	for _, statement := range k.Before {
		if strings.HasPrefix(statement, "INSERT INTO {ks}.data_points") {
			if err := room.session.Query(strings.ReplaceAll(statement, "{ks}.", "")).ExecContext(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	tags := points.Tags{{Name: "host", Value: "A"}}
	w := row{conn: room.conn(), time: 1698278400000}
	typed := &series{store: room.store, key: points.Key{Metric: "old", Tags: tags, Type: points.TypeLong}, rows: []row{w}}
	twin := w
	twin.untyped = true
	old := &series{store: room.store, key: points.Key{Metric: "old", Tags: tags, Type: points.TypeLegacy}, rows: []row{w, twin}}
	all := map[string]*series{"typed": typed, "old": old}
	whole := k.answers(t)[0]
	for _, r := range []points.Range{whole.r, {From: 1700000000000, To: 1700000000005}} {
		for _, o := range []points.Order{points.Asc, points.Desc} {
			sameLines(t, fmt.Sprint(r, o), valuesOf(t, all, "old", r, o), whole.values)
		}
	}
}
