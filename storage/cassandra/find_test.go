package cassandra

import (
	"context"
	"fmt"
	"math"
	"testing"

	"aion/storage"
	"aion/storage/codec"
	"aion/storage/points"
)

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

// TestFindRanges: only row times that can hold points of the range are looked
// at, and only those that the time index lists.
func TestFindRanges(t *testing.T) {
	s := opened(t, Config{Layout: codec.Layout{Unit: codec.Milliseconds, Width: 1000}})
	p := plant(t, s)
	p.series(longKey("m", "h", "a"), -2998, -1000, -2, 0, 1000, 2000, 7000)
	p.do(insertRow, "m", pointTable, int64(3000), points.TypeLong, storedMap(codec.AppendTags(nil, nil)), 0) // no row in the time index
	p.do(insertTime, "m", pointTable, int64(4000), 0)                                                        // no row key
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

// TestFindOldClusters: keyspaces of old releases lack tables: the tag index, or
// all but the legacy index. They are read for what they have.
func TestFindOldClusters(t *testing.T) {
	layout := codec.Layout{Unit: codec.Legacy, Width: codec.Default().Width}
	indexed := map[string][]string{"m": nil}
	now, old, oldest := opened(t, Config{Layout: layout}), opened(t, Config{Layout: layout}), opened(t, Config{Layout: layout})
	plant(t, now).tagged(longKey("m", "h", "a"), layout.Width, "h")
	plant(t, old).series(longKey("m", "h", "a"), 0)
	plant(t, old).series(longKey("m", "h", "b"), 0)
	plant(t, oldest).old(longKey("m", "h", "a"), 2*layout.Width)
	plant(t, oldest).do(insertName, []byte(metricNames), "n")
	plant(t, old).do(`DROP TABLE tag_indexed_row_keys`)
	for _, table := range []string{"tag_indexed_row_keys", "row_keys", "row_key_time_index", "spec"} {
		plant(t, oldest).do(`DROP TABLE ` + table)
	}
	s := opened(t, Config{Layout: layout, TagIndexed: indexed, Write: now.config.Write, Reads: []Cluster{old.config.Write, oldest.config.Write}})
	sel := storage.Selection{Metrics: []string{"m"}, Matchers: []storage.Matcher{{Tag: "h", Values: []string{"a"}}}}
	want := seriesText(longKey("m", "h", "a"), []row{{}, {time: layout.Width}, {time: 2 * layout.Width}})
	sameTexts(t, "by tag", found(t, s, sel, points.Always), []string{want})
	sameTexts(t, "metrics", texts(t, s.Metrics(t.Context(), storage.Selection{})), []string{"m", "n"})
}

// TestFindManyRowTimes: a metric may have thousands of row times.
func TestFindManyRowTimes(t *testing.T) {
	s := opened(t, Config{Layout: codec.Layout{Unit: codec.Seconds, Width: 1000}})
	p := plant(t, s)
	want := map[string]string{}
	of := func(host string, i int) bool { return host == "a" || i%7 == 0 }
	hosts := []string{"a", "b", "c"}
	p.each(1200, func(i int) {
		at := int64(i) * 1000
		for _, host := range hosts {
			if of(host, i) {
				p.do(insertRow, "m", pointTable, at, points.TypeLong, storedMap(codec.AppendTags(nil, points.Tags{{Name: "h", Value: host}})), 0)
			}
		}
		p.do(insertTime, "m", pointTable, at, 0)
	})
	for i := range 1200 {
		for _, host := range hosts {
			if of(host, i) {
				want[host] += fmt.Sprintf(" %d", i*1000)
			}
		}
	}
	var texts []string
	for _, host := range hosts {
		texts = append(texts, seriesText(longKey("m", "h", host), nil)+want[host])
	}
	sameTexts(t, "m", found(t, s, storage.Selection{Metrics: []string{"m"}}, points.Always), texts)
}

// TestFindStops: nothing runs on when the caller stops, or when its context
// ends, which is the error then.
func TestFindStops(t *testing.T) {
	s := opened(t, Config{})
	p := plant(t, s)
	p.each(12*40, func(i int) { p.series(longKey(fmt.Sprint("m", i%12), "h", fmt.Sprint(i/12)), 0) })
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
	if last != context.Canceled || n != 1 {
		t.Errorf("got %d series and the error %v, want one and %v", n, last, context.Canceled)
	}
}
