package cassandra

import (
	"encoding/hex"
	"fmt"
	"slices"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/codec"
	"aion/storage/points"
)

// rewriting is a keyspace of KairosDB's that a store writes anew: all points of
// the series that row_keys lists.
type rewriting struct {
	testing.TB
	*vector
	layout  codec.Layout
	listed  map[string]points.Key // the series of row_keys, by the row key of data_points
	markers map[string]int64      // how long their rows in row_keys live
	rows    map[string]string     // what is written of data_points: key and column, to the row's text
	times   map[timeKey]bool      // of these
}

// rewrite reads which series a keyspace lists.
func rewrite(t testing.TB, v *vector) *rewriting {
	w := &rewriting{t, v, v.layout(t), map[string]points.Key{}, map[string]int64{}, map[string]string{}, map[timeKey]bool{}}
	for _, row := range v.Tables["row_keys"] {
		if row["data_type"] == nil {
			continue
		}
		k := points.Key{Metric: row["metric"].(string), Type: codec.KeyType(row["data_type"].(string))}
		k.Tags, _ = codec.ParseTags(unhex(t, row["tags"]))
		key := string(codec.AppendRowKey(nil, &k, number(row["row_time"])))
		w.listed[key] = k
		if marker, ok := row["marker"].(map[string]any); ok {
			w.markers[key] = lifeOf(marker["ttl"])
		}
	}
	return w
}

// batch puts the points, each with the life that asks answers for the one that
// it has in the keyspace. Left out are times that KairosDB reads back as others.
func (w *rewriting) batch(asks func(seconds int64) time.Duration) *storage.Batch {
	w.Helper()
	var b storage.Batch
	for _, row := range w.Tables["data_points"] {
		key, column := unhex(w, row["key"]), unhex(w, row["column1"])
		parsed, err := codec.ParseRowKey(key)
		if err != nil {
			w.Fatal(err)
		}
		k, ok := w.listed[string(key)]
		at := w.layout.Time(parsed.Row, column)
		if !ok || w.layout.RowTime(at) != parsed.Row {
			continue
		}
		block := points.Block{Kind: k.Kind()}
		if err := codec.AppendPoint(&block, at, k.Type, unhex(w, row["value"])); err != nil {
			w.Fatal(err)
		}
		b.Put(k, block, asks(lifeOf(row["ttl"])))
		w.rows[string(key)+string(column)] = pointText(key, column, unhex(w, row["value"]), lifeOf(row["ttl"]))
		w.times[timeKey{k.Metric, parsed.Row}] = true
		if lifeOf(row["ttl"]) == 0 {
			w.markers[string(key)] = 0 // KairosDB goes by the first point, which may be another
		}
	}
	return &b
}

// lifeOf is a TTL of the vectors, 0 for ever.
func lifeOf(v any) int64 {
	if v == nil {
		return 0
	}
	return number(v)
}

// pointText is a row of data_points as text. Lives are rounded up to minutes,
// for some of them has passed when they are read.
func pointText(key, column, value []byte, life int64) string {
	return fmt.Sprintf("%q %x = %x, %d min", key, column, value, (life+59)/60)
}

// points compares data_points with what KairosDB wrote; write times are
// milliseconds between from and to.
func (w *rewriting) points(c *conn, from, to int64) {
	w.Helper()
	var want, got []string
	for _, text := range w.rows {
		want = append(want, text)
	}
	rows := c.session.Query(`SELECT key, column1, value, TTL(value), WRITETIME(value) FROM data_points`).IterContext(w.Context())
	var key, column, value []byte
	var life *int64
	var at int64
	for rows.Scan(&key, &column, &value, &life, &at) {
		if life == nil {
			life = new(int64)
		}
		got = append(got, pointText(key, column, value, *life))
		if at < from || at > to {
			w.Errorf("%q %x was written at %d, want a time from %d to %d", key, column, at, from, to)
		}
	}
	if err := rows.Close(); err != nil {
		w.Fatal(err)
	}
	slices.Sort(want)
	slices.Sort(got)
	sameTexts(w, "data_points", got, want)
}

// table compares an index table with what KairosDB wrote into it of the row times
// that are written: the columns as bytes or texts.
func (w *rewriting) table(c *conn, name string, columns ...string) {
	w.Helper()
	var want, got []string
	for _, row := range w.Tables[name] {
		if row["data_type"] == nil && slices.Contains(columns, "data_type") || !w.times[timeKey{row["metric"].(string), number(row["row_time"])}] {
			continue
		}
		text := ""
		for _, column := range columns {
			text += fmt.Sprint(row[column]) + " "
		}
		want = append(want, text)
	}
	list := ""
	for _, column := range columns {
		list += column + ", "
	}
	rows := c.session.Query(`SELECT ` + list + `value FROM ` + name).IterContext(w.Context())
	cells := make([]rawColumn, len(columns))
	dest := make([]any, 0, len(columns)+1)
	for i := range cells {
		dest = append(dest, &cells[i])
	}
	var null *string
	for rows.Scan(append(dest, &null)...) {
		text := ""
		for i, column := range columns {
			text += columnText(column, cells[i]) + " "
		}
		if got = append(got, text); null != nil {
			w.Errorf("%s: %s has the value %q, want none", name, text, *null)
		}
	}
	if err := rows.Close(); err != nil {
		w.Fatal(err)
	}
	slices.Sort(want)
	slices.Sort(got)
	sameTexts(w, name, got, want)
}

// columnText shows a column as the vectors do.
func columnText(column string, b []byte) string {
	switch column {
	case "row_time", "tag_collection_hash":
		var v int64
		for i, c := range b {
			if v = v<<8 | int64(c); i == 0 {
				v = int64(int8(c))
			}
		}
		return fmt.Sprint(v)
	case "tags":
		return hex.EncodeToString(b)
	}
	return string(b)
}

// names compares the metrics that are listed.
func (w *rewriting) names(c *conn) {
	w.Helper()
	var want, got []string
	for key := range w.times {
		want = append(want, fmt.Sprintf("6d65747269635f6e616d6573 %s 00", key.metric))
	}
	slices.Sort(want)
	rows := c.session.Query(`SELECT key, column1, value FROM string_index`).IterContext(w.Context())
	var key, value []byte
	var metric string
	for rows.Scan(&key, &metric, &value) {
		got = append(got, fmt.Sprintf("%x %s %x", key, metric, value))
	}
	if err := rows.Close(); err != nil {
		w.Fatal(err)
	}
	sameTexts(w, "string_index", got, slices.Compact(want))
}

// lives compares how long the index rows live with their markers on KairosDB's
// disk.
func (w *rewriting) lives(s *Store, now int64) {
	w.Helper()
	for key, want := range w.markers {
		slot, ok := s.index.rows[s.index.seeds.hash([]byte(key))]
		if !ok {
			continue
		}
		if got := indexLife(now, s.index.known.at(slot).until); got != want {
			w.Errorf("%q is listed for %d s, want %d", key, got, want)
		}
	}
}

// TestWriteVectors: the points of every keyspace that a KairosDB wrote, written
// by a store, give the same rows byte for byte.
func TestWriteVectors(t *testing.T) {
	week := 604_800 * time.Second
	same := func(seconds int64) time.Duration { return time.Duration(seconds) * time.Second }
	tests := map[string]struct {
		config Config
		asks   func(seconds int64) time.Duration
	}{
		"defaults":         {Config{}, same},
		"deletes":          {Config{}, same},
		"hour_rows":        {Config{}, same},
		"legacy":           {Config{}, same},
		"seconds":          {Config{}, same},
		"seconds_wide":     {Config{}, same},
		"tag_index_list":   {Config{TagIndexed: map[string][]string{"idx.all": nil, "idx.gone": nil}}, same},
		"tag_index_object": {Config{TagIndexed: map[string][]string{"idx.some": {"host"}, "idx.empty": nil, "idx.star": {"*"}, "idx.two": {"client", "host"}}}, same},
		"default_ttl": {Config{TTL: week}, func(seconds int64) time.Duration {
			if seconds == 604_800 {
				return 0
			}
			return same(seconds)
		}},
		"forced_ttl": {Config{TTL: week, ForceTTL: true}, func(int64) time.Duration { return time.Hour }},
	}
	for _, v := range vectors(t) {
		tt, ok := tests[v.Keyspace]
		if !ok {
			continue
		}
		t.Run(v.Keyspace, func(t *testing.T) {
			now := newClock(time.Now().UnixMilli())
			w := rewrite(t, &v)
			tt.config.Layout, tt.config.Now = w.layout, now.now
			s := opened(t, tt.config)
			c, _ := s.writer()
			writes(t, s, w.batch(tt.asks))
			w.points(c, now.at.Load(), now.at.Load())
			w.table(c, "row_keys", "metric", "table_name", "row_time", "data_type", "tags")
			w.table(c, "row_key_time_index", "metric", "table_name", "row_time")
			w.table(c, "tag_indexed_row_keys", "metric", "table_name", "row_time", "single_tag_pair", "tag_collection_hash", "data_type", "tags")
			w.names(c)
			w.lives(s, now.at.Load())
		})
	}
}
