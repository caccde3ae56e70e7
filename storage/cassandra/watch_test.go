package cassandra

import (
	"bytes"
	"context"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/codec"
	"aion/storage/points"
)

// unindexed writes a point and no index row, as a KairosDB does that has
// entered the row before.
func unindexed(t testing.TB, s *Store, k points.Key, at, v int64) {
	t.Helper()
	p := plant(t, s)
	p.at = s.stamps.last()
	var column [4]byte
	row := p.conn.layout.RowTime(at)
	p.conn.layout.PutColumn(&column, at, row)
	p.do(insertPoint, codec.AppendRowKey(nil, &k, row), column[:], codec.AppendLong(nil, v), 0)
}

// TestWatch: what somebody else writes to rows that we have deleted, and does
// not enter into the indexes, is found nevertheless.
func TestWatch(t *testing.T) {
	s := opened(t, Config{TagIndexed: map[string][]string{"cpu": nil}})
	cpu := storage.Selection{Metrics: []string{"cpu"}}
	writes(t, s, hosts("cpu", 0, 3, someTime))
	if err := s.Delete(t.Context(), cpu, points.Always); err != nil {
		t.Fatal(err)
	}
	back := longKey("cpu", "dc", "one", "host", "1")
	unindexed(t, s, back, someTime, 7)
	eventually(t, "a deleted series with points is found", func() bool { return len(found(t, s, cpu, points.Always)) == 1 })
	want := map[string]int{"data_points": 1, "row_keys": 1, "tag_indexed_row_keys": 2, "row_key_time_index": 1, "string_index": 1}
	if got := tablesThere(t, s); !maps.Equal(got, want) {
		t.Errorf("the tables have %v, want %v", got, want)
	}
	eventually(t, "what is found is watched no longer", func() bool {
		s.watch.mu.Lock()
		defer s.watch.mu.Unlock()
		return len(s.watch.rows) == 2 && len(s.watch.due) == 2
	})
}

// TestWatchRowTime: a series that is new in a row time whose entry we have
// deleted is found, though whoever wrote it did not enter the row time again.
func TestWatchRowTime(t *testing.T) {
	s := opened(t, Config{})
	cpu := storage.Selection{Metrics: []string{"cpu"}}
	writes(t, s, hosts("cpu", 0, 1, someTime))
	if err := s.Delete(t.Context(), cpu, points.Always); err != nil {
		t.Fatal(err)
	}
	fresh := longKey("cpu", "host", "new")
	unindexed(t, s, fresh, someTime, 7)
	p := plant(t, s)
	p.at = s.stamps.last()
	tags := cell(codec.AppendTags(nil, fresh.Tags))
	p.do(insertRow, "cpu", pointTable, int64(someRow), points.TypeLong, &tags, 0)
	eventually(t, "the new series is found", func() bool { return len(found(t, s, cpu, points.Always)) == 1 })
	wants(t, "names", texts(t, s.Metrics(t.Context(), storage.Selection{})), "cpu")
}

// TestWatchLife: the index rows that are entered again live as long as the
// points, and a row time more.
func TestWatchLife(t *testing.T) {
	s := opened(t, Config{})
	w := &watched{s.write, longKey("cpu", "host", "a"), someRow}
	p := plant(t, s)
	put := func(column byte, ttl int) {
		p.do(insertPoint, codec.AppendRowKey(nil, &w.key, someRow), []byte{0, 0, 0, column}, []byte{2}, ttl)
	}
	for _, tt := range []struct {
		column byte
		ttl    int
		want   int64
	}{{5, 3600, 3600 + 1814400}, {1, 7200, 7200 + 1814400}, {9, 0, 0}} {
		put(tt.column, tt.ttl)
		got, err := s.life(t.Context(), p.conn, w)
		if err != nil || got > tt.want || got < tt.want-60 {
			t.Errorf("a row with a point of %d s: got %d %v, want %d", tt.ttl, got, err, tt.want)
		}
	}
}

// TestWatchUnlisted: a series that was entered after its metric was listed, and
// before its partition is cleared, is entered again.
func TestWatchUnlisted(t *testing.T) {
	s := opened(t, Config{})
	cpu := storage.Selection{Metrics: []string{"cpu"}}
	writes(t, s, hosts("cpu", 0, 1, someTime))
	d, err := s.deletion(cpu, points.Always)
	if err != nil {
		t.Fatal(err)
	}
	m := &metricDeletion{deletion: d, metric: "cpu", tallies: map[rowTime]*tally{}}
	at := rowTime{conn: d.conns[0], time: someRow}
	if err := m.clear(t.Context(), at, m.tally(at, "", nil)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the series is found", func() bool { return len(found(t, s, cpu, points.Always)) == 1 })
}

// TestWatchBounds: no more rows than the limit are watched, the oldest ones go
// and that is logged; a row is watched once, and not for ever.
func TestWatchBounds(t *testing.T) {
	var log bytes.Buffer
	now := time.UnixMilli(someTime)
	c := &cluster{}
	c.open.Store(&conn{cluster: c, layout: codec.Default()})
	w := newWatch(&Store{now: func() time.Time { return now }, log: slog.New(slog.NewTextHandler(&log, nil))})
	w.limit = 3
	for i := range 5 {
		w.add(watched{c, longKey("cpu", "host", strconv.Itoa(i)), someRow})
		w.add(watched{c, longKey("cpu", "host", strconv.Itoa(i)), someRow})
	}
	var hosts []string
	for _, row := range w.rows {
		host, _ := row.key.Tags.Value("host")
		hosts = append(hosts, host)
	}
	slices.Sort(hosts)
	if !slices.Equal(hosts, []string{"2", "3", "4"}) || len(w.due) != 3 || w.dropped != 2 {
		t.Errorf("%q are watched, %d are due, %d were dropped", hosts, len(w.due), w.dropped)
	}
	if n := strings.Count(log.String(), "too many deleted rows"); n != 1 {
		t.Errorf("%d warnings: %s", n, &log)
	}
	begun := time.Now()
	if rows, wait := w.take(begun); len(rows) != 0 || wait <= 0 || wait > time.Second {
		t.Errorf("at once: %d rows, then %v", len(rows), wait)
	}
	if rows, _ := w.take(begun.Add(2 * time.Second)); len(rows) != 3 {
		t.Errorf("after two seconds: %d rows", len(rows))
	}
	// The row time ends 1,814,400,000 ms after it begins, and an hour is added.
	left := time.Duration(someRow+1814400000-someTime) * time.Millisecond
	if rows, _ := w.take(begun.Add(left + 50*time.Minute)); len(rows) != 3 {
		t.Errorf("within the last hour: %d rows", len(rows))
	}
	if rows, _ := w.take(begun.Add(left + 62*time.Minute)); len(rows) != 0 || len(w.rows) != 0 {
		t.Errorf("after the end: %d rows, %d are watched", len(rows), len(w.rows))
	}
}

// TestWatchEnds: nothing runs on when the store is closed, whatever is watched.
func TestWatchEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	w := newWatch(&Store{now: time.Now, log: slog.New(slog.DiscardHandler)})
	ended := make(chan struct{})
	go func() {
		w.run(ctx)
		close(ended)
	}()
	cancel()
	<-ended
}
