package rollup

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"aion/storage"
)

// TestMain fails where a test leaves a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestRun: the workers of a running scheduler run what is due when it is, and have
// ended when Run returns.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.now = time.Now()
		s := b.server("one", func(c *Config) { c.Now = time.Now })
		for i := range 20 {
			name := fmt.Sprintf("m%02d", i)
			b.add(s, name, name, every(int64(1+i%3), name))
		}
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { s.Run(ctx) })
		time.Sleep(12*time.Minute + 30*time.Second)
		cancel()
		running.Wait()
		for i := range 20 {
			st := b.state(s, fmt.Sprintf("m%02d", i))
			if want := 12 / (1 + i%3); len(st.Runs) != want || st.Owner != "" || st.Runs[0].Missed != 0 {
				t.Errorf("task %d: got %d runs, want %d: %+v", i, len(st.Runs), want, st)
			}
		}
	})
}

// TestStop: what is under way when the server stops is begun anew later, and the
// task is free at once.
func TestStop(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var parsed atomic.Int64
	s := b.server("one")
	b.add(s, "a", "v1", every(10, "m"))
	s.Step(ctx)
	b.write("m", "x", 30, 1)
	b.pass(10 * time.Minute)
	now := s.Now
	s.Now = func() time.Time {
		if parsed.Add(1) > 6 {
			cancel() // in the middle of the run
		}
		return now()
	}
	s.Step(ctx)
	other := b.server("two")
	other.Step(t.Context())
	st := b.state(other, "a")
	if len(st.Runs) != 1 || st.Runs[0].Host != "two" {
		t.Errorf("got %+v, want the other server to run the task", st)
	}
	b.wants("m.sum", "host=x,saved_from=m double 30=1")
}

// buggy is a store of which no snapshot can be made without a panic.
type buggy struct{ storage.Store }

// Snapshot panics.
func (buggy) Snapshot(context.Context) (storage.Snapshot, error) { panic("a bug of the store") }

// TestBug: a task that meets a bug fails, and its status and the log say so; others are
// run, and it is run again.
func TestBug(t *testing.T) {
	b := newBench(t)
	var log bytes.Buffer
	s := b.server("one", func(c *Config) {
		c.Store, c.Log = buggy{b.store}, slog.New(slog.NewTextHandler(&log, nil))
	})
	for _, id := range []string{"a", "b"} {
		b.add(s, id, id, every(10, id))
	}
	s.Step(t.Context())
	b.pass(10 * time.Minute)
	s.Step(t.Context())
	for _, id := range []string{"a", "b"} {
		st := b.state(s, id)
		if len(st.Runs) != 1 || !strings.Contains(st.Runs[0].Error, "panic: a bug of the store") || st.Owner != "" || st.Next == 0 {
			t.Errorf("task %s: got %+v, want a run that failed with the bug", id, st)
		}
	}
	if !strings.Contains(log.String(), "a roll-up task has met a bug") || !strings.Contains(log.String(), "rollup.buggy.Snapshot") {
		t.Errorf("the log does not say where the bug is:\n%s", log.String())
	}
}

// BenchmarkIdle lets a second pass on a server with a thousand tasks, each of
// which is due every ten minutes and finds nothing new. It reports the share of a
// core that this costs.
func BenchmarkIdle(b *testing.B) {
	for _, minutes := range []int64{1, 10} {
		b.Run(fmt.Sprintf("tasks=1000/minutes=%d", minutes), func(b *testing.B) {
			r := newBench(b)
			s := r.server("one", func(c *Config) { c.Alone = true })
			for i := range 1000 {
				name := fmt.Sprintf("m%03d", i)
				r.add(s, name, name, every(minutes, name))
				r.write(name, "x", 0, 1)
				s.Step(b.Context()) // so that they are due one after the other
				r.pass(time.Duration(minutes) * time.Minute / 1000)
			}
			b.ReportAllocs()
			before := processorTime(b)
			for b.Loop() {
				r.pass(time.Second)
				s.Step(b.Context())
			}
			b.ReportMetric(100*(processorTime(b)-before).Seconds()/float64(b.N), "%core")
		})
	}
}

// processorTime is what the process has used.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
