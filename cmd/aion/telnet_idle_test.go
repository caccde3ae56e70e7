package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// idleConnections is how many quiet clients a server must bear, and idleBytes how
// much memory one of them may cost it.
const (
	idleConnections = 10_000
	idleBytes       = 12 << 10
)

// TestTelnetIdle: a server with ten thousand quiet connections keeps little of
// each, takes what they send in the end, and nothing is left of them. A third of
// them have sent nothing, a third a line, and a third half of a line.
func TestTelnetIdle(t *testing.T) {
	dir, n := t.TempDir(), idleNumber(t)
	c := startChild(t, dir, "--telnet.listen=127.0.0.1:0")
	address := regexp.MustCompile(` telnet=(\S+)`).FindStringSubmatch(c.line)[1]
	before := c.collected(t, dir)
	conns := make([]net.Conn, n)
	sent := 0
	for i := range conns {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		defer conn.Close()
		conns[i] = conn
		sent += idleSend(t, conn, i, 0)
	}
	c.awaits(t, "aion_telnet_connections", float64(n))
	c.awaits(t, "aion_telnet_points_total", float64(sent))
	each := (c.collected(t, dir) - before) / float64(n)
	t.Logf("%d connections cost %.0f bytes each", n, each)
	if each > idleBytes {
		t.Errorf("got %.0f bytes for a connection, want %d at most", each, idleBytes)
	}
	for i, conn := range conns {
		sent += idleSend(t, conn, i, 1)
	}
	c.awaits(t, "aion_telnet_points_total", float64(sent))
	for _, conn := range conns {
		conn.Close()
	}
	c.awaits(t, "aion_telnet_connections", 0)
	c.settles(t, "go_goroutines", func(left float64) bool { return left <= 200 }) // they end after their connections
	if err := c.end(t, syscall.SIGTERM); err != nil {
		t.Errorf("got %v, want exit code 0", err)
	}
}

// idleSend sends what connection i sends before it is quiet, or after, and tells
// how many points are whole then.
func idleSend(t *testing.T, conn net.Conn, i, after int) (points int) {
	t.Helper()
	line := fmt.Sprintf("put idle %d %d connection=c%d\n", 1_700_000_000_000+i, i, i%100)
	half := len(line) / 2
	text := [][2]string{{"", line}, {line, line}, {line[:half], line[half:]}}[i%3][after]
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatalf("connection %d: %v", i, err)
	}
	return strings.Count(text, "\n")
}

// idleNumber is how many connections can be opened here.
func idleNumber(t *testing.T) int {
	t.Helper()
	n := idleConnections
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	if most := int(min(files.Max, 1<<20)) - 500; most < n {
		n = most
		t.Logf("%d connections only: a process may have %d files here", n, files.Max)
	}
	const goroutines = 8000
	info, _ := debug.ReadBuildInfo()
	if raced := slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}); raced && goroutines-1000 < n {
		n = goroutines - 1000
		t.Logf("%d connections only: the race detector bears hardly more than %d goroutines", n, goroutines)
	}
	return n
}

// figure is a figure of the server's /metrics.
func (c *child) figure(t *testing.T, name string) float64 {
	t.Helper()
	_, text := ask(t, "http://"+c.address+"/metrics", http.MethodGet, "")
	_, rest, _ := strings.Cut(text, "\n"+name+" ")
	number, _, _ := strings.Cut(rest, "\n")
	v, err := strconv.ParseFloat(number, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return v
}

// awaits waits until a figure is what it should be.
func (c *child) awaits(t *testing.T, name string, want float64) {
	t.Helper()
	c.settles(t, fmt.Sprintf("%s %v", name, want), func(got float64) bool { return got == want })
}

// settles waits until a figure, the first word of what, is well.
func (c *child) settles(t *testing.T, what string, well func(float64) bool) {
	t.Helper()
	name, _, _ := strings.Cut(what, " ")
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		got := c.figure(t, name)
		if well(got) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: got %v", what, got)
		}
	}
}

// collected is how much memory the server uses when its garbage is collected.
func (c *child) collected(t *testing.T, dir string) float64 {
	t.Helper()
	r, running, err := reach(t.Context(), dir)
	if err != nil || !running {
		t.Fatalf("the server cannot be reached: %v", err)
	}
	defer r.close()
	for range 2 { // what pools hold goes with the second collection
		res, err := r.client.Get("http://aion/debug/pprof/heap?gc=1")
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(io.Discard, res.Body)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
	return c.figure(t, "go_memstats_heap_alloc_bytes") + c.figure(t, "go_memstats_stack_inuse_bytes")
}
