package cassandra

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/codec"
	"aion/storage/points"
)

// someTime is a time in the row of 1698278400000 of the default layout.
const someTime = 1_700_000_000_000

// someRow is the row time of someTime.
const someRow = 1_698_278_400_000

// cpu is a series of longs.
func cpu(host string) points.Key {
	return points.Key{Metric: "cpu", Tags: points.Tags{{Name: "host", Value: host}}, Type: points.TypeLong}
}

// longs is a block of integers: time, value, time, value …
func longs(pairs ...int64) points.Block {
	var b points.Block
	for i := 0; i < len(pairs); i += 2 {
		b.AppendInt(pairs[i], pairs[i+1])
	}
	return b
}

// put is a batch with points of one series.
func put(k points.Key, ttl time.Duration, pairs ...int64) *storage.Batch {
	var b storage.Batch
	b.Put(k, longs(pairs...), ttl)
	return &b
}

// writes makes a store write batches one after the other.
func writes(t testing.TB, s *Store, batches ...*storage.Batch) {
	t.Helper()
	for _, b := range batches {
		if err := s.Write(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
}

// rowsOf are the rows of a statement as text.
func rowsOf(t testing.TB, s *Store, statement string, args ...any) []string {
	t.Helper()
	c, err := s.writer()
	if err != nil {
		t.Fatal(err)
	}
	rows := c.session.Query(statement, args...).IterContext(t.Context())
	var all []string
	for row := map[string]any{}; rows.MapScan(row); row = map[string]any{} {
		var texts []string
		for _, column := range rows.Columns() {
			texts = append(texts, fmt.Sprint(row[column.Name]))
		}
		all = append(all, strings.Join(texts, " "))
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// stored are the integers of a series in the row of someTime: time=value.
func stored(t testing.TB, s *Store, k points.Key) []string {
	t.Helper()
	c, err := s.writer()
	if err != nil {
		t.Fatal(err)
	}
	key := codec.AppendRowKey(nil, &k, c.layout.RowTime(someTime))
	rows := c.session.Query(`SELECT column1, value FROM data_points WHERE key = ?`, key).IterContext(t.Context())
	var column, value []byte
	all := []string{}
	for rows.Scan(&column, &value) {
		v, _ := binary.Varint(value)
		all = append(all, fmt.Sprintf("%d=%d", c.layout.Time(c.layout.RowTime(someTime), column)-someTime, v))
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	return all
}

// wants compares lists of texts.
func wants(t testing.TB, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

// TestWriteLastWins: of several changes to a point in one batch the last one
// counts, whatever their order of time and however Cassandra would break a tie.
func TestWriteLastWins(t *testing.T) {
	s := opened(t, Config{})
	at := int64(someTime)
	tests := []struct {
		name string
		make func(b *storage.Batch, k points.Key)
		want []string
	}{
		{"smaller bytes later", func(b *storage.Batch, k points.Key) { b.Put(k, longs(at, 500, at, 3), 0) }, []string{"0=3"}},
		{"greater bytes later", func(b *storage.Batch, k points.Key) { b.Put(k, longs(at, 3, at, 500), 0) }, []string{"0=500"}},
		{"out of order", func(b *storage.Batch, k points.Key) { b.Put(k, longs(at+2, 1, at, 2, at+1, 3, at, 4), 0) }, []string{"0=4", "1=3", "2=1"}},
		{"put, removed", func(b *storage.Batch, k points.Key) { b.Put(k, longs(at, 1, at+1, 2), 0); b.Remove(k, at) }, []string{"1=2"}},
		{"removed, put", func(b *storage.Batch, k points.Key) { b.Remove(k, at, at+1); b.Put(k, longs(at, 1), 0) }, []string{"0=1"}},
		{"removed and put in one change", func(b *storage.Batch, k points.Key) {
			b.Changes = append(b.Changes, storage.Change{Key: k, Points: longs(at, 7), Remove: []int64{at, at + 1}})
		}, []string{"0=7"}},
		{"in three changes", func(b *storage.Batch, k points.Key) {
			b.Put(k, longs(at, 900), 0)
			b.Put(cpu("other"), longs(at, 1), 0)
			b.Put(k, longs(at, 1), 0)
		}, []string{"0=1"}},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k := cpu(fmt.Sprint("h", i))
			var b storage.Batch
			tt.make(&b, k)
			writes(t, s, &b)
			wants(t, "stored", stored(t, s, k), tt.want...)
		})
	}
}

// TestWriteSameMillisecond: while the clock stands still, what is written later
// wins over what was acknowledged, also where Cassandra would prefer the other by
// its bytes or because it removes.
func TestWriteSameMillisecond(t *testing.T) {
	c := newClock(time.Now().UnixMilli())
	s := opened(t, Config{Now: c.now})
	k, at := cpu("a"), int64(someTime)
	remove := func() *storage.Batch { var b storage.Batch; b.Remove(k, at); return &b }
	steps := []struct {
		what  string
		batch *storage.Batch
		want  []string
	}{
		{"put", put(k, 0, at, 900), []string{"0=900"}},
		{"put smaller bytes", put(k, 0, at, 1), []string{"0=1"}},
		{"removed", remove(), nil},
		{"put again", put(k, 0, at, 1), []string{"0=1"}},
		{"put expiring", put(k, time.Hour, at, 5), []string{"0=5"}},
		{"put for ever", put(k, 0, at, 2), []string{"0=2"}},
	}
	for _, step := range steps {
		writes(t, s, step.batch)
		wants(t, step.what, stored(t, s, k), step.want...)
	}
	conn, err := s.writer()
	if err != nil {
		t.Fatal(err)
	}
	for i := range int64(20) {
		row := codec.AppendRowKey(nil, &k, someRow)
		if err := conn.change(t.Context(), "delete", s.stamps.deleting(), removeRow, row); err != nil {
			t.Fatal(err)
		}
		wants(t, "after a delete", stored(t, s, k))
		writes(t, s, put(k, 0, at, 20-i))
		wants(t, "after a put behind a delete", stored(t, s, k), fmt.Sprintf("0=%d", 20-i))
	}
}

// TestWriteSameMillisecondForgotten: a row that was forgotten to make room still
// gets later write times.
func TestWriteSameMillisecondForgotten(t *testing.T) {
	c := newClock(time.Now().UnixMilli())
	s := opened(t, Config{Now: c.now})
	s.index.limit = 1
	for i := range int64(10) {
		writes(t, s, put(cpu("a"), 0, someTime, 100-i), put(cpu("b"), 0, someTime, 1))
		wants(t, "stored", stored(t, s, cpu("a")), fmt.Sprintf("0=%d", 100-i))
	}
	if len(s.index.rows) != 1 || len(s.index.times) != 1 {
		t.Errorf("it remembers %d rows and %d row times, want 1 and 1", len(s.index.rows), len(s.index.times))
	}
}

// TestWriteSeconds: where a column is a second, the point that the batch has
// last is kept.
func TestWriteSeconds(t *testing.T) {
	s := opened(t, Config{Layout: codec.Layout{Unit: codec.Seconds, Width: 1_814_400}})
	writes(t, s, put(cpu("a"), 0, someTime+150, 900, someTime+100, 2, someTime+1900, 7))
	c, _ := s.writer()
	row := c.layout.RowTime(someTime)
	var want []string
	for at, v := range map[int64]int64{someTime + 100: 2, someTime + 1900: 7} {
		var column [4]byte
		c.layout.PutColumn(&column, at, row)
		want = append(want, fmt.Sprintf("%d=%d", c.layout.Time(row, column[:])-someTime, v))
	}
	slices.Sort(want)
	got := stored(t, s, cpu("a"))
	slices.Sort(got)
	wants(t, "stored", got, want...)
}

// TestWriteRefuses: a batch with a point that cannot be stored is not stored at
// all, and the error names the point.
func TestWriteRefuses(t *testing.T) {
	s := opened(t, Config{})
	text := func(v string) points.Block { b := points.Block{Kind: points.Text}; b.AppendText(someTime, v); return b }
	long := strings.Repeat("x", 65536)
	tests := []struct {
		name  string
		key   points.Key
		block points.Block
		ttl   time.Duration
		says  string
	}{
		{"a long text", points.Key{Metric: "log", Type: points.TypeText}, text(long), 0, "log{} kairos_string at 1700000000000"},
		{"zeros that take two bytes", points.Key{Metric: "log", Type: points.TypeText}, text(strings.Repeat("\x00", 32768)), 0, "at 1700000000000"},
		{"a long name", cpu(long), longs(someTime, 1), 0, "65535"},
		{"a long type", points.Key{Metric: "x", Type: long[:300]}, points.Block{Kind: points.Opaque, Times: []int64{1}, Bytes: [][]byte{{1}}}, 0, "type"},
		{"no name", points.Key{Type: points.TypeLong}, longs(someTime, 1), 0, "name"},
		{"a life below nothing", cpu("a"), longs(someTime, 1), -time.Second, "cpu{host=a} kairos_long: a life of -1s"},
		{"a life of a century", cpu("a"), longs(someTime, 1), 100 * 365 * 24 * time.Hour, "630720000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := put(cpu("neighbour"), 0, someTime, 1)
			b.Put(tt.key, tt.block, tt.ttl)
			err := s.Write(t.Context(), b)
			var invalid *points.InvalidError
			if !errors.As(err, &invalid) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %.200v, want it refused with %q", err, tt.says)
			}
			wants(t, "stored", stored(t, s, cpu("neighbour")))
		})
	}
	wants(t, "metrics", rowsOf(t, s, `SELECT column1 FROM string_index`))
}

// TestWriteServerRefuses: what only the server refuses is named, and everything
// else of the call is stored.
func TestWriteServerRefuses(t *testing.T) {
	s := opened(t, Config{})
	var b storage.Batch
	for i := range 300 {
		ttl := time.Duration(0)
		if i == 177 {
			ttl = 600_000_000 * time.Second // it ends after 2038
		}
		b.Put(cpu(fmt.Sprint(i)), longs(someTime, int64(i)), ttl)
	}
	err := s.Write(t.Context(), &b)
	var invalid *points.InvalidError
	if !errors.As(err, &invalid) || len(invalid.Problems) != 1 || !strings.Contains(invalid.Problems[0], "cpu{host=177} kairos_long at 1700000000000") {
		t.Errorf("got %v, want the point of host 177 refused", err)
	}
	if got := len(rowsOf(t, s, `SELECT key FROM data_points`)); got != 299 {
		t.Errorf("%d points are stored, want 299", got)
	}
}
