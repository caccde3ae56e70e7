package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestKill kills the server with SIGKILL in the middle of writes, again and
// again on one folder, and looks for every point that was acknowledged.
// AION_KILLS sets how often; in CI it is ten times, else three.
func TestKill(t *testing.T) {
	kills := 3
	if os.Getenv("CI") != "" {
		kills = 10
	}
	if n, err := strconv.Atoi(os.Getenv("AION_KILLS")); err == nil {
		kills = n
	}
	dir, random := t.TempDir(), rand.New(rand.NewPCG(9, 9))
	kept := acknowledged{}
	for round := range kills {
		child := startChild(t, dir)
		kept.verify(t, child.address)
		enough := 1 + random.IntN(300)
		kept.write(child.address, round, func(total int) {
			if total == enough {
				child.kill(t)
			}
		})
	}
	child := startChild(t, dir)
	kept.verify(t, child.address)
	child.kill(t)
}

// acknowledged counts the points of each series that the server has
// acknowledged: their times are 1, 2, 3, …
type acknowledged map[string]int

// writers is how many clients write at once.
const writers = 4

// write has clients write, each into a series of its own, until that fails, and
// tells how many writes have been acknowledged, one after the other.
func (a acknowledged) write(address string, round int, tell func(total int)) {
	var mu sync.Mutex
	var clients sync.WaitGroup
	total := 0
	for w := range writers {
		series := fmt.Sprintf("round%d-writer%d", round, w)
		clients.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for at := 1; post(client, address, series, at); at++ {
				mu.Lock()
				a[series] = at
				total++
				tell(total)
				mu.Unlock()
			}
		})
	}
	clients.Wait()
}

// post writes one point, whose value is its time, and tells whether it was
// acknowledged.
func post(client *http.Client, address, series string, at int) bool {
	body := fmt.Sprintf(`{"name": "kill", "tags": {"series": %q}, "datapoints": [[%d, %d]]}`, series, at, at)
	res, err := client.Post("http://"+address+"/api/v1/datapoints", "application/json", strings.NewReader(body))
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusNoContent
}

// verify asks for all series. A write that was cut off may be there or not;
// those before it must.
func (a acknowledged) verify(t *testing.T, address string) {
	t.Helper()
	for series, last := range a {
		query := fmt.Sprintf(`{"start_absolute": 0, "end_absolute": 1000000, "metrics": [{"name": "kill", "tags": {"series": [%q]}}]}`, series)
		_, body := ask(t, "http://"+address+"/api/v1/datapoints/query", "POST", query)
		values := pointsUpTo(last)
		if !strings.Contains(body, values+"]") && !strings.Contains(body, fmt.Sprintf("%s,[%[2]d,%[2]d]]", values, last+1)) {
			t.Fatalf("%s: got %.200s… (%d points), want the %d that were acknowledged",
				series, body, strings.Count(body, "],[")+1, last)
		}
	}
}

// pointsUpTo is how an answer begins to list the points of a series.
func pointsUpTo(last int) string {
	var list strings.Builder
	for at := 1; at <= last; at++ {
		fmt.Fprintf(&list, "[%d,%d],", at, at)
	}
	return `"values":[` + strings.TrimSuffix(list.String(), ",")
}

// child is the server as a process of its own.
type child struct {
	address string
	line    string // its start line
	process *exec.Cmd
	once    sync.Once
}

// childStarted finds the start line in a log, and the address in it.
var childStarted = regexp.MustCompile(`[^\n]*msg=serving address=(\S+)[^\n]*\n`)

// startChild runs this test binary as the server and waits until it listens.
func startChild(t testing.TB, dir string, args ...string) *child {
	t.Helper()
	return spawn(t, os.Args[0], "1", served(dir, args)...)
}

// served are the arguments of a server on a folder, behind which more are given.
func served(dir string, args []string) []string {
	return append([]string{"serve", "--http.listen=127.0.0.1:0", "--telnet.listen=", "--log.format=text", "--data.dir=" + dir}, args...)
}

// spawn starts a program, this one as a child of that kind, and waits for the line
// that tells its address. The log goes into a file, as where a server is run: a line
// about every request, through a pipe, is work for whoever measures the requests.
func spawn(t testing.TB, program, kind string, args ...string) *child {
	t.Helper()
	c := &child{process: exec.CommandContext(t.Context(), program, args...)}
	c.process.Env = append(os.Environ(), asChild+"="+kind)
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	c.process.Stderr = log
	stdout, err := c.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.kill(t) })
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, stdout) // which ends with the process
	}()
	c.awaitStart(t, log.Name(), ended)
	return c
}

// awaitStart reads a log until the start line is there.
func (c *child) awaitStart(t testing.TB, log string, ended <-chan struct{}) {
	t.Helper()
	for over := false; ; time.Sleep(time.Millisecond) {
		said, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		if found := childStarted.FindSubmatch(said); found != nil {
			c.line, c.address = string(found[0]), string(found[1])
			return
		}
		if over {
			t.Fatalf("the server ended before it listened:\n%s", said)
		}
		select {
		case <-ended:
			over = true // its last words are read once more
		default:
		}
	}
}

// kill ends the process as a power cut does, and waits for its end.
func (c *child) kill(t testing.TB) {
	t.Helper()
	c.once.Do(func() {
		if err := c.process.Process.Kill(); err != nil {
			t.Errorf("kill the server: %v", err)
		}
		// It ends by the signal, which Wait tells as an error.
		_ = c.process.Wait()
	})
}
