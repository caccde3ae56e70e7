package main

import (
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// processor is how much time of processors the server's threads have used, by what
// the kernel's scheduler says of each: a process's own sum comes in hundredths of a
// second, user and system each, which is a tenth of a short round. None where it is no
// process of its own. Go's threads do not end while the process lasts.
func (r *rival) processor(b *testing.B) (used time.Duration) {
	if r.child == nil {
		return 0
	}
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", r.process.Process.Pid))
	if err != nil || len(threads) == 0 {
		b.Errorf("got no threads of the server: %v", err)
	}
	for _, thread := range threads {
		stat, err := os.ReadFile(thread)
		if err != nil {
			b.Error(err)
			continue
		}
		ran, _, _ := strings.Cut(string(stat), " ")
		ns, err := strconv.ParseInt(ran, 10, 64)
		if err != nil {
			b.Error(err)
		}
		used += time.Duration(ns)
	}
	return used
}

// reportProcessor tells the time of processors that the server has used since
// then, for each of so many. Where others load the machine it is the better
// figure to compare.
func (r *rival) reportProcessor(b *testing.B, since time.Duration, n float64) {
	if r.child != nil {
		b.ReportMetric(float64((r.processor(b)-since).Nanoseconds())/n, "processor-ns")
	}
}

// ownProcessor is how much time of processors this process has used.
func ownProcessor() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// awaitQuiet waits until the server has nothing to do, so that what it does behind
// its answers is no load on the next one's; at most a minute. It looks for seconds,
// since work that is put off until nobody asks, as compactions are, begins up to a
// second behind the last request.
func (r *rival) awaitQuiet(b *testing.B) {
	const look = 3 * time.Second
	deadline := time.Now().Add(time.Minute)
	for used := r.processor(b); time.Now().Before(deadline); {
		time.Sleep(look)
		now := r.processor(b)
		if now-used <= look/50 {
			return
		}
		used = now
	}
}

// settled waits until the folder has stayed as large as it is for some seconds,
// at most a minute and a half, and tells how large that is: blocks, as du counts
// them.
func (r *rival) settled(b *testing.B) int64 {
	const still = 12 * time.Second
	deadline := time.Now().Add(90 * time.Second)
	size, since := allocated(b, r.dir), time.Now()
	for time.Since(since) < still && time.Now().Before(deadline) {
		time.Sleep(500 * time.Millisecond)
		if now := allocated(b, r.dir); now != size {
			size, since = now, time.Now()
		}
	}
	return size
}

// allocated is how much of the disk the files of a folder take.
func allocated(b *testing.B, dir string) (total int64) {
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil // gone meanwhile
		}
		if err != nil {
			return err
		}
		var stat syscall.Stat_t
		if err := syscall.Lstat(path, &stat); err == nil {
			total += stat.Blocks * 512
		}
		return nil
	})
	if err != nil {
		b.Error(err)
	}
	return total
}

// leastResident is the least memory that the server is seen to have in some
// seconds: what it keeps when it does nothing.
func (r *rival) leastResident(b *testing.B) int64 {
	least := int64(math.MaxInt64)
	for began := time.Now(); time.Since(began) < 15*time.Second; time.Sleep(250 * time.Millisecond) {
		least = min(least, resident(b, r.child))
	}
	return least
}

// mostResident is the most memory that the server is seen to have while f runs.
func (r *rival) mostResident(b *testing.B, f func()) int64 {
	most, done := resident(b, r.child), make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	for {
		select {
		case <-done:
			return most
		case <-time.After(10 * time.Millisecond):
			most = max(most, resident(b, r.child))
		}
	}
}

// mebibytes is n bytes in units of 2^20.
func mebibytes(n int64) float64 { return float64(n) / (1 << 20) }
