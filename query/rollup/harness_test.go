package rollup

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"aion/aggregators"
	"aion/query"
	"aion/storage"
	"aion/storage/catalog"
	"aion/storage/memory"
	"aion/storage/points"
)

// begin is where the clocks of tests begin: noon of a Monday.
var begin = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// bench is a store with tasks, a clock, and servers that run them.
type bench struct {
	t     testing.TB
	store storage.Store
	now   time.Time
	tasks map[string]*Task // by their texts
	clock sync.Mutex
}

// newBench is an empty store in memory.
func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{t: t, now: begin, tasks: map[string]*Task{}}
	b.store = storage.Checked(memory.New(memory.Config{Now: b.time}))
	t.Cleanup(func() {
		if err := b.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// time is what the clock shows.
func (b *bench) time() time.Time {
	b.clock.Lock()
	defer b.clock.Unlock()
	return b.now
}

// pass lets time pass.
func (b *bench) pass(d time.Duration) {
	b.clock.Lock()
	defer b.clock.Unlock()
	b.now = b.now.Add(d)
}

// parse finds a task by its text.
func (b *bench) parse(id, text string) (*Task, error) {
	found, ok := b.tasks[text]
	if !ok {
		return nil, fmt.Errorf("%q makes no sense", text)
	}
	t := *found
	t.ID, t.Text = id, text
	return &t, nil
}

// server is a scheduler of a name on the store.
func (b *bench) server(name string, change ...func(*Config)) *Scheduler {
	b.t.Helper()
	records, ok := catalog.New(b.store)
	texts, has := catalog.Services(b.store, b.time)
	if !ok || !has {
		b.t.Fatal("the store keeps no records")
	}
	c := Config{
		Store: b.store, Texts: texts, Catalog: records, Parse: b.parse, Owner: name, Host: name, Now: b.time,
		Options: query.Options{Specs: aggregators.Builtin(), Release: aggregators.V13}, Limits: query.DefaultLimits(),
		Late: time.Hour, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	for _, f := range change {
		f(&c)
	}
	return New(c)
}

// add stores a task under an id; its text is the version.
func (b *bench) add(s *Scheduler, id, version string, t Task) {
	b.t.Helper()
	b.tasks[version] = &t
	b.do(s.Book().Put(b.t.Context(), id, version))
}

// do fails the test on an error.
func (b *bench) do(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// write stores a number at so many seconds after the beginning.
func (b *bench) write(metric, host string, seconds int, v float64) {
	b.t.Helper()
	var batch storage.Batch
	var block points.Block
	stored := points.TypeDouble
	if at := begin.UnixMilli() + int64(seconds)*1000; v == float64(int64(v)) {
		stored = points.TypeLong
		block.AppendInt(at, int64(v))
	} else {
		block.AppendFloat(at, v)
	}
	batch.Put(points.Key{Metric: metric, Tags: points.TagsOf(map[string]string{"host": host}), Type: stored}, block, 0)
	b.do(b.store.Write(b.t.Context(), &batch))
}

// stored prints the points of a metric, a series a line, times in seconds after
// the beginning.
func (b *bench) stored(metric string) string {
	b.t.Helper()
	var lines []string
	for s, err := range b.store.Select(b.t.Context(), storage.Selection{Metrics: []string{metric}}) {
		b.do(err)
		line := s.Key().Tags.String() + " " + strings.TrimPrefix(s.Key().Type, "kairos_")
		cursor, block := s.Points(points.Always, points.Asc), points.Block{}
		for {
			err := cursor.Next(b.t.Context(), &block)
			if err == io.EOF {
				break
			}
			b.do(err)
			for i, at := range block.Times {
				value := fmt.Sprint(block.Floats)
				if block.Kind == points.Number {
					value = fmt.Sprint(block.Floats[i])
				}
				line += fmt.Sprintf(" %v=%s", float64(at-begin.UnixMilli())/1000, value)
			}
		}
		b.do(cursor.Close())
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// wants compares what a metric holds.
func (b *bench) wants(metric string, lines ...string) {
	b.t.Helper()
	if got, want := b.stored(metric), strings.Join(lines, "\n"); got != want {
		b.t.Errorf("%s at %s:\ngot  %s\nwant %s", metric, b.now.Sub(begin), got, want)
	}
}

// state is the state of a task.
func (b *bench) state(s *Scheduler, id string) State {
	b.t.Helper()
	st, _, err := s.State(b.t.Context(), id)
	b.do(err)
	return st
}

// status is the status of a task.
func (b *bench) status(s *Scheduler, id string) Status {
	b.t.Helper()
	st, _, err := s.Book().Status(b.t.Context(), id)
	b.do(err)
	return st
}

// every is a task that sums a metric, by host, every so many minutes into one
// value a minute, under the metric's name with .sum behind it.
func every(minutes int64, metric string) Task {
	return Task{
		Name: metric, Interval: points.Span{Value: minutes, Unit: points.Minutes},
		Rollups: []Rollup{{SaveAs: metric + ".sum", Metrics: []query.Metric{summed(metric)}}},
	}
}

// summed sums a metric by host and minute.
func summed(metric string) query.Metric {
	return query.Metric{
		Name: metric, Groupers: []query.Grouper{query.TagGrouper{Tags: []string{"host"}}},
		Aggregators: []query.Aggregation{{
			Name: "sum", Values: aggregators.Values{"sampling": points.Span{Value: 1, Unit: points.Minutes}},
		}},
	}
}
