package cassandra

import (
	"fmt"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/codec"
	"aion/storage/points"
)

// indexedIn is how a series is found: whether each index table has it.
func indexedIn(t testing.TB, s *Store, k points.Key) string {
	t.Helper()
	c, err := s.writer()
	if err != nil {
		t.Fatal(err)
	}
	row := c.layout.RowTime(someTime)
	tags := cell(codec.AppendTags(nil, k.Tags))
	return fmt.Sprintf("name %d, time %d, row %d",
		len(rowsOf(t, s, `SELECT column1 FROM string_index WHERE key = ? AND column1 = ?`, []byte(metricNames), k.Metric)),
		len(rowsOf(t, s, readTimes, k.Metric, pointTable, row, row)),
		len(rowsOf(t, s, readRow, k.Metric, pointTable, row, k.Type, &tags)))
}

// everywhere is what indexedIn answers for a series that is in all indexes.
const everywhere = "name 1, time 1, row 1"

// expel takes a series out of the indexes as another server would, a moment
// after now.
func expel(t testing.TB, s *Store, k points.Key, now int64, wholeTime bool) {
	t.Helper()
	c, err := s.writer()
	if err != nil {
		t.Fatal(err)
	}
	tags := cell(codec.AppendTags(nil, k.Tags))
	row := c.layout.RowTime(someTime)
	if err := c.change(t.Context(), "expel", now, removeRowKey, k.Metric, pointTable, row, k.Type, &tags); err != nil {
		t.Fatal(err)
	}
	if !wholeTime {
		return
	}
	for _, err := range []error{
		c.change(t.Context(), "expel", now, removeTime, k.Metric, pointTable, row),
		c.change(t.Context(), "expel", now, removeName, []byte(metricNames), k.Metric),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestIndexOnce: a row is entered into the indexes with its first point and then
// left alone, until the time of a refresh has come.
func TestIndexOnce(t *testing.T) {
	c := newClock(time.Now().UnixMilli())
	s := opened(t, Config{Now: c.now, IndexRefresh: time.Hour})
	k := cpu("a")
	writes(t, s, put(k, 0, someTime, 1))
	if got := indexedIn(t, s, k); got != everywhere {
		t.Fatalf("after the first point: %s", got)
	}
	expel(t, s, k, c.at.Load()+1, false)
	c.at.Add(10)
	writes(t, s, put(k, 0, someTime+1, 1))
	if got, want := indexedIn(t, s, k), "name 1, time 1, row 0"; got != want {
		t.Errorf("after the second point: got %s, want %s", got, want)
	}
	c.at.Add(2 * time.Hour.Milliseconds())
	writes(t, s, put(k, 0, someTime+2, 1))
	if got := indexedIn(t, s, k); got != everywhere {
		t.Errorf("two hours later: got %s, want %s", got, everywhere)
	}
}

// TestIndexDeletedElsewhere: where another server has deleted a metric, what is
// written from a second later on is found, with all of its series.
func TestIndexDeletedElsewhere(t *testing.T) {
	c := newClock(time.Now().UnixMilli())
	s := opened(t, Config{Now: c.now, IndexRefresh: time.Hour})
	a, b := cpu("a"), cpu("b")
	writes(t, s, put(a, 0, someTime, 1), put(b, 0, someTime, 1))
	c.at.Add(5)
	expel(t, s, a, c.at.Load(), true)
	expel(t, s, b, c.at.Load(), true)
	c.at.Add(1000)
	writes(t, s, put(a, 0, someTime+1, 2), put(b, 0, someTime+1, 2))
	for _, k := range []points.Key{a, b} {
		if got := indexedIn(t, s, k); got != everywhere {
			t.Errorf("%s: got %s, want %s", k, got, everywhere)
		}
	}
}

// TestIndexForgotten: what this store deletes is entered again with the next
// point, in the very same millisecond.
func TestIndexForgotten(t *testing.T) {
	c := newClock(time.Now().UnixMilli())
	s := opened(t, Config{Now: c.now, IndexRefresh: time.Hour})
	k := cpu("a")
	for i := range int64(3) {
		writes(t, s, put(k, 0, someTime+i, 1))
		if got := indexedIn(t, s, k); got != everywhere {
			t.Errorf("round %d: got %s, want %s", i, got, everywhere)
		}
		expel(t, s, k, s.index.deleting(func(metric string, row int64) bool { return metric == "cpu" && row == someRow }), true)
		if got, want := indexedIn(t, s, k), "name 0, time 0, row 0"; got != want {
			t.Errorf("round %d, deleted: got %s, want %s", i, got, want)
		}
	}
	if at := s.stamps.deleting(); at > c.at.Load()+10 {
		t.Errorf("after three rounds write times are %d ms ahead", at-c.at.Load())
	}
}

// lifeListed is how long the row of a series in row_keys lives, in minutes
// rounded up; 0 for ever.
func lifeListed(t testing.TB, s *Store, k points.Key) int64 {
	t.Helper()
	c, err := s.writer()
	if err != nil {
		t.Fatal(err)
	}
	var life *int64
	err = c.session.Query(`SELECT TTL(mtime) FROM row_keys WHERE metric = ? AND table_name = 'data_points' AND row_time = ? LIMIT 1`,
		k.Metric, c.layout.RowTime(someTime)).ScanContext(t.Context(), &life)
	if err != nil {
		t.Fatal(err)
	}
	if life == nil {
		return 0
	}
	return (*life + 59) / 60
}

// alone is a series that is the only one of its metric.
func alone(metric string) points.Key { return points.Key{Metric: metric, Type: points.TypeLong} }

// TestIndexLife: an index row lives as long as the longest life of a point that
// this process has written, and a row's width more; it never gets less.
func TestIndexLife(t *testing.T) {
	now := newClock(time.Now().UnixMilli())
	s := opened(t, Config{Now: now.now})
	const day, margin = 24 * 60, 1_814_400 / 60
	tests := []struct {
		metric string
		lives  []time.Duration // of the points, in days
		want   []int64
	}{
		{"for.ever", []time.Duration{0, 1}, []int64{0, 0}},
		{"short", []time.Duration{1, 0}, []int64{day + margin, 0}},
		{"longer", []time.Duration{1, 100}, []int64{day + margin, 100*day + margin}},
		{"shorter", []time.Duration{100, 1}, []int64{100*day + margin, 100*day + margin}},
		{"too.long", []time.Duration{4000}, []int64{4000*day + margin}},
	}
	for _, tt := range tests {
		for i, life := range tt.lives {
			writes(t, s, put(alone(tt.metric), life*24*time.Hour, someTime+int64(i), 1))
			now.at.Add(1)
			if got := lifeListed(t, s, alone(tt.metric)); got != tt.want[i] {
				t.Errorf("%s, point %d: listed for %d min, want %d", tt.metric, i, got, tt.want[i])
			}
		}
	}
}

// TestIndexLifeOfOthers: a process that knows nothing of a row leaves its index
// to live as long as points that are there need it.
func TestIndexLifeOfOthers(t *testing.T) {
	now := newClock(time.Now().UnixMilli())
	first := opened(t, Config{Now: now.now})
	writes(t, first, put(alone("for.ever"), 0, someTime, 1), put(alone("long"), 1000*time.Hour, someTime, 1),
		put(alone("short"), time.Hour, someTime, 1))
	second := opened(t, Config{Now: now.now, Write: Cluster{Keyspace: first.config.Write.Keyspace}})
	now.at.Add(5)
	writes(t, second, put(alone("for.ever"), 10*time.Hour, someTime+1, 1), put(alone("long"), 10*time.Hour, someTime+1, 1),
		put(alone("short"), 10*time.Hour, someTime+1, 1), put(alone("new"), 10*time.Hour, someTime+1, 1))
	const margin = 1_814_400 / 60
	for metric, want := range map[string]int64{"for.ever": 0, "long": 60_000 + margin, "short": 600 + margin, "new": 600 + margin} {
		if got := lifeListed(t, second, alone(metric)); got != want {
			t.Errorf("%s: listed for %d min, want %d", metric, got, want)
		}
	}
}

// TestWriteAt: what is delivered late has the write time that it had, what is
// left of its life, and hides what was there before even if its life is over.
func TestWriteAt(t *testing.T) {
	at := time.Now().UnixMilli()
	now := newClock(at)
	s := opened(t, Config{Now: now.now})
	k := cpu("a")
	late := func(at int64, b *storage.Batch) {
		t.Helper()
		if err := s.WriteAt(t.Context(), b, at); err != nil {
			t.Fatal(err)
		}
	}
	late(at-7_200_000, put(k, 0, someTime, 1, someTime+1, 1))
	late(at-3_600_000, put(k, 2*time.Hour, someTime, 2, someTime+2, 2))
	late(at-3_600_000, put(k, time.Hour, someTime+1, 3))
	wants(t, "stored", stored(t, s, k), "0=2", "2=2")
	wants(t, "write times and lives", rowsOf(t, s, `SELECT WRITETIME(value) FROM data_points`), fmt.Sprint(at-3_600_000), fmt.Sprint(at-3_600_000))
	for _, life := range rowsOf(t, s, `SELECT TTL(value) FROM data_points`) {
		if life > "3600" || life < "3500" {
			t.Errorf("a point lives for %s s more, want nearly 3600", life)
		}
	}
	if got := indexedIn(t, s, k); got != everywhere {
		t.Errorf("got %s, want %s", got, everywhere)
	}
	writes(t, s, put(k, 0, someTime, 9))
	late(at-60_000, put(k, 0, someTime, 8, someTime+5, 8))
	wants(t, "stored after a late one", stored(t, s, k), "0=9", "2=2", "5=8")
}
