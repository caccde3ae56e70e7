package spool

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestKilled kills a process that spools and delivers, and looks at what it left:
// nothing that was acknowledged is missing.
func TestKilled(t *testing.T) {
	if dir := os.Getenv("AION_SPOOL_DIR"); dir != "" {
		writeUntilKilled(t, dir)
		return
	}
	dir := t.TempDir()
	acknowledged, all := make([]int64, crashWriters), newTarget(nil)
	for round := range 4 {
		killOnce(t, dir, 50+100*round, acknowledged)
	}
	s := reopened(t, Config{Dir: dir, Target: all})
	drained(t, s)
	if w := s.Waiting(); w.Damaged != 0 {
		t.Errorf("%d damaged, want 0", w.Damaged)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// The children's targets have died with them: what they had taken they
	// wrote down, and the rest has come to this one.
	taken := string(content(t, filepath.Join(dir, "taken")))
	for _, d := range all.got() {
		taken += d.batch + "\n"
	}
	for w, n := range acknowledged {
		for i := range n {
			if want := fmt.Sprintf("w%d{host=a} kairos_long %d=%d", w, i, i); !strings.Contains(taken, want) {
				t.Errorf("%s was acknowledged and is nowhere", want)
			}
		}
	}
	t.Logf("acknowledged %v", acknowledged)
}

// crashWriters is how many write at once until they are killed.
const crashWriters = 3

// killOnce starts a process that writes, kills it after so many batches, and
// notes how many of each writer were acknowledged.
func killOnce(t *testing.T, dir string, batches int, acknowledged []int64) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilled$")
	cmd.Env = append(os.Environ(), "AION_SPOOL_DIR="+dir, "AION_SPOOL_FROM="+strings.Trim(fmt.Sprint(acknowledged), "[]"))
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

// writeUntilKilled is the process that is killed: it says what is stored. Its
// target comes and goes, and writes down what it takes before it says so.
func writeUntilKilled(t *testing.T, dir string) {
	taken, err := os.OpenFile(filepath.Join(dir, "taken"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	g := newTarget(nil)
	g.taken = taken
	s, err := Open(Config{Dir: dir, Target: g, Segment: 2000})
	if err != nil {
		t.Fatal(err)
	}
	from := make([]int64, crashWriters)
	if _, err := fmt.Sscan(os.Getenv("AION_SPOOL_FROM"), &from[0], &from[1], &from[2]); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for w := range crashWriters {
		wg.Go(func() {
			for n := from[w]; ; n++ {
				if err := s.Write(t.Context(), put(fmt.Sprint("w", w), n, n)); err != nil {
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
	for i := 0; ; i++ {
		g.set([]error{errAway, nil}[i%2])
		time.Sleep(20 * time.Millisecond)
	}
}
