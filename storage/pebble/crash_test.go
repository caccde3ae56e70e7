package pebble

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/points"
)

// crashRounds is how often a crash is tried: three times, once in a short run, or as
// often as the environment says.
func crashRounds(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("AION_CRASH_ROUNDS"))
	if err != nil {
		return 1 + 2/slower()
	}
	t.Logf("%d rounds", n)
	return n
}

// crashSeries is how many series every batch of the crash tests writes to.
const crashSeries = 5

// crashKey is the key of a series of one writer.
func crashKey(writer, i int) points.Key {
	return cpu(fmt.Sprintf("w%d-%d", writer, i))
}

// crashBatch is batch n of a writer: point n of all its series, and now and then
// a series that only this batch has, or a removal.
func crashBatch(writer, n int) *storage.Batch {
	var batch storage.Batch
	for i := range crashSeries {
		var b points.Block
		b.AppendInt(int64(n), int64(n))
		batch.Put(crashKey(writer, i), b, 0)
	}
	if n%10 == 0 {
		var b points.Block
		b.AppendInt(1, int64(n))
		batch.Put(cpu(fmt.Sprintf("w%d-once-%d", writer, n)), b, 0)
		batch.Remove(cpu(fmt.Sprintf("w%d-once-%d", writer, n-20)), 1)
	}
	return &batch
}

// afterCrash checks a store that has been opened after a crash: it is whole, and
// of each writer it has the first batches, at least those acknowledged.
func afterCrash(t *testing.T, s *Store, acknowledged []int64) {
	t.Helper()
	verified(t, s)
	for w, least := range acknowledged {
		n := int64(-1)
		for i := range crashSeries {
			b := read(t, s, crashKey(w, i), points.Always)
			if i == 0 {
				n = int64(b.Len())
			}
			if int64(b.Len()) != n || n < least || n > 0 && b.Times[n-1] != n-1 {
				t.Fatalf("series %d of writer %d has %d points, another %d, and %d were acknowledged", i, w, b.Len(), n, least)
			}
		}
		if last := (least - 1) / 10 * 10; least > 0 {
			b := read(t, s, cpu(fmt.Sprintf("w%d-once-%d", w, last)), points.Always)
			if b.Len() != 1 {
				t.Errorf("writer %d: the series of batch %d has %d points", w, last, b.Len())
			}
		}
	}
}

// TestPowerCut: of a disk that loses what was not synced, and of some of that
// only a part, everything acknowledged comes back.
func TestPowerCut(t *testing.T) {
	for round := range crashRounds(t) {
		rng := rand.New(rand.NewPCG(uint64(round), 1))
		fs := vfs.NewCrashableMem()
		acknowledged := make([]int64, 3)
		for life := range 3 {
			s := mustOpen(t, Config{Dir: "db", fs: fs})
			afterCrash(t, s, acknowledged)
			clone := crashWhileWriting(t, s, fs, acknowledged, rng)
			if err := s.Close(); err != nil {
				t.Fatalf("life %d: %v", life, err)
			}
			fs = clone
		}
		s := mustOpen(t, Config{Dir: "db", fs: fs})
		afterCrash(t, s, acknowledged)
		if err := settleAll(s); err != nil {
			t.Fatal(err)
		}
		afterCrash(t, s, acknowledged)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// crashWhileWriting writes and settles for a while, and answers the disk as it
// is after a crash in the middle of it. It notes what was acknowledged then.
func crashWhileWriting(t *testing.T, s *Store, fs *vfs.MemFS, acknowledged []int64, rng *rand.Rand) *vfs.MemFS {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var wg sync.WaitGroup
	counts := make([]atomic.Int64, len(acknowledged))
	var all atomic.Int64
	enough, until := make(chan struct{}), int64(300+rng.IntN(600))
	for w := range acknowledged {
		have := int64(read(t, s, crashKey(w, 0), points.Always).Len())
		counts[w].Store(have)
		wg.Go(func() {
			for n := int(have); ctx.Err() == nil; n++ {
				if err := s.Write(ctx, crashBatch(w, n)); err != nil {
					return
				}
				counts[w].Add(1)
				if all.Add(1) == until {
					close(enough)
				}
			}
		})
	}
	wg.Go(func() {
		for ctx.Err() == nil {
			if err := settleSome(s); err != nil {
				t.Error(err)
				return
			}
		}
	})
	<-enough
	for w := range acknowledged {
		acknowledged[w] = counts[w].Load()
	}
	clone := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: rng.IntN(101), RNG: rng})
	cancel()
	wg.Wait()
	return clone
}

// TestKilled: a process that is killed while it writes and settles leaves all
// that it has acknowledged.
func TestKilled(t *testing.T) {
	if dir := os.Getenv("AION_CRASH_DIR"); dir != "" {
		writeUntilKilled(t, dir)
		return
	}
	for round := range crashRounds(t) {
		dir := t.TempDir()
		rng := rand.New(rand.NewPCG(uint64(round), 2))
		acknowledged := make([]int64, 2)
		for range 2 {
			killOnce(t, dir, 100+rng.IntN(400), acknowledged)
			s := mustOpen(t, Config{Dir: dir})
			afterCrash(t, s, acknowledged)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// killOnce starts a process that writes, kills it after so many batches, and
// notes what was acknowledged.
func killOnce(t *testing.T, dir string, batches int, acknowledged []int64) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilled$")
	cmd.Env = append(os.Environ(), "AION_CRASH_DIR="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		var w int
		var have int64
		if _, err := fmt.Sscanf(lines.Text(), "stored %d %d", &w, &have); err != nil {
			t.Errorf("the child says %q", lines.Text())
			continue
		}
		acknowledged[w] = max(acknowledged[w], have)
		if n == batches {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the child ended by itself")
	}
}

// writeUntilKilled is the process that is killed: it says what is stored.
func writeUntilKilled(t *testing.T, dir string) {
	s := mustOpen(t, Config{Dir: dir})
	var mu sync.Mutex
	var wg sync.WaitGroup
	for w := range 2 {
		n := read(t, s, crashKey(w, 0), points.Always).Len()
		wg.Go(func() {
			for ; ; n++ {
				if err := s.Write(t.Context(), crashBatch(w, n)); err != nil {
					return
				}
				mu.Lock()
				_, err := io.WriteString(os.Stdout, fmt.Sprintf("stored %d %d\n", w, n+1))
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	wg.Go(func() {
		for settleSome(s) == nil {
		}
	})
	wg.Wait()
}
