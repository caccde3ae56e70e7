package fleet

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"aion/storage"
	"aion/storage/catalog"
	"aion/storage/memory"
	"aion/storage/points"
)

// TestMain fails where a test leaves a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// begin is where the clocks of tests begin.
var begin = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// yard is a store in memory with a clock, and the tenancy of its fleets.
type yard struct {
	t     testing.TB
	store storage.Store
	mu    sync.Mutex
	now   time.Time
	share Tenancy
}

// newYard is an empty store.
func newYard(t testing.TB) *yard {
	t.Helper()
	y := &yard{t: t, now: begin}
	y.store = storage.Checked(memory.New(memory.Config{Now: y.time}))
	t.Cleanup(func() {
		if err := y.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return y
}

// time is what the clock shows.
func (y *yard) time() time.Time {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.now
}

// pass lets time pass.
func (y *yard) pass(d time.Duration) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.now = y.now.Add(d)
}

// tenancy is how the yard's organizations share the store.
func (y *yard) tenancy(context.Context) (Tenancy, error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.share, nil
}

// shared sets how organizations share the store.
func (y *yard) shared(t Tenancy) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.share = t
}

// fleet is a fleet on the yard's store.
func (y *yard) fleet(change ...func(*Config)) *Fleet {
	y.t.Helper()
	records, ok := catalog.New(y.store)
	if !ok {
		y.t.Fatal("the store keeps no records")
	}
	c := Config{Store: y.store, Catalog: records, Tenancy: y.tenancy, Now: y.time, AutoCreate: true, Owner: "one", Workers: 2}
	for _, f := range change {
		f(&c)
	}
	return New(c)
}

// keyOf reads a series: temp{device=d1,profile=p}, of doubles, or of texts with
// a quote behind.
func keyOf(text string) points.Key {
	stored := points.TypeDouble
	if cut, ok := strings.CutSuffix(text, `"`); ok {
		text, stored = cut, points.TypeText
	}
	metric, rest, _ := strings.Cut(strings.TrimSuffix(text, "}"), "{")
	tags := map[string]string{}
	for _, pair := range strings.Split(rest, ",") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			tags[name] = value
		}
	}
	return points.Key{Metric: metric, Tags: points.TagsOf(tags), Type: stored}
}

// blockOf is a value of 1 at each time, as the series stores it.
func blockOf(k points.Key, times ...int64) points.Block {
	b := points.Block{Kind: k.Kind()}
	for _, at := range times {
		if b.Kind == points.Text {
			b.AppendText(at, "on")
		} else {
			b.AppendFloat(at, 1)
		}
	}
	return b
}

// write stores points of a series.
func write(t testing.TB, s storage.Store, series string, times ...int64) {
	t.Helper()
	var b storage.Batch
	k := keyOf(series)
	b.Put(k, blockOf(k, times...), 0)
	if err := s.Write(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
}

// held prints all that a store holds: series and times, sorted.
func held(t testing.TB, s storage.Store) string {
	t.Helper()
	var lines []string
	for series, err := range s.Select(t.Context(), storage.Selection{}) {
		if err != nil {
			t.Fatal(err)
		}
		k := series.Key()
		line := fmt.Sprintf("%s{%s}", k.Metric, k.Tags)
		if k.Kind() == points.Text {
			line += `"`
		}
		c := series.Points(points.Always, points.Asc)
		var b points.Block
		for c.Next(t.Context(), &b) == nil {
			line += strings.ReplaceAll(strings.Trim(fmt.Sprint(" ", b.Times), "]"), "[", "")
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	slices.Sort(lines)
	return strings.Join(lines, "; ")
}
