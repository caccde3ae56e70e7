package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"aion/storage/cassandra/cassandratest"
)

// TestSoak has clients write, delete and ask while Cassandra and the server are
// killed, or hang, at random, and compares what is there with what was
// acknowledged. AION_SOAK says for how long, such as 5m; it is run by hand.
func TestSoak(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("AION_SOAK"))
	if err != nil {
		t.Skip("takes minutes: AION_SOAK=5m runs it")
	}
	for _, spool := range []bool{false, true} {
		t.Run(fmt.Sprintf("spool=%v", spool), func(t *testing.T) { soak(t, length, spool) })
	}
}

// soak works and kills for some time and then compares.
func soak(t *testing.T, length time.Duration, spool bool) {
	node, dir := cassandratest.Start(t, cassandratest.Options{}), t.TempDir()
	args := append(hasty(node.Host()), "--cassandra.index-refresh=5s")
	if spool {
		args = append(args, "--cassandra.spool="+filepath.Join(dir, "spool"))
	}
	at := &soaked{node: node, start: func() *child { return startChild(t, dir, args...) }, harms: map[string]int{}}
	at.begin()
	models := make([]*model, 6)
	for n := range models {
		models[n] = newModel(n, &at.address)
	}
	work := startClients(t, len(models), func(ctx context.Context, _ *clients, n int) (goOn bool) {
		models[n].step(ctx)
		return true
	})
	random := rand.New(rand.NewPCG(3, 3))
	for end := time.Now().Add(length); time.Now().Before(end); {
		at.harm(t, random)
	}
	work.stop()
	total := tally{}
	for _, m := range models {
		for _, metric := range m.metrics {
			await(t, func() bool { return m.check(t.Context(), metric) })
		}
		total.add(&m.tally)
	}
	at.note()
	t.Logf("%+v; harm: %v; the server's memory: %d MB at most", total, at.harms, at.memory>>10)
	for _, fault := range total.Faults {
		t.Error(fault)
	}
}

// soaked is what is killed: a node and the server on it.
type soaked struct {
	node    *cassandratest.Node
	start   func() *child
	server  *child
	address atomic.Pointer[string]
	memory  int // in KiB, the most so far
	harms   map[string]int
}

// begin starts the server.
func (s *soaked) begin() {
	s.server = s.start()
	s.address.Store(&s.server.address)
}

// harm waits some seconds and then does one of four kinds of harm.
func (s *soaked) harm(t *testing.T, random *rand.Rand) {
	time.Sleep(time.Duration(2+random.IntN(8)) * time.Second)
	s.note()
	down := time.Duration(random.IntN(4000)) * time.Millisecond
	switch random.IntN(4) {
	case 0:
		s.harms["cassandra killed"]++
		s.node.Kill(t)
		time.Sleep(down)
		s.node.Restart(t)
	case 1:
		s.harms["cassandra hung"]++
		s.node.Pause(t)
		time.Sleep(3 * down)
		s.node.Resume(t)
	case 2:
		s.harms["server killed"]++
		s.server.kill(t)
		s.begin()
	default:
		s.harms["both killed"]++
		s.node.Kill(t)
		time.Sleep(down / 2)
		s.server.kill(t)
		s.begin()
		time.Sleep(down / 2)
		s.node.Restart(t)
	}
}

// peak is the line of the most memory that a process has had.
var peak = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// note notes the memory of the server.
func (s *soaked) note() {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.server.process.Process.Pid))
	if found := peak.FindSubmatch(text); found != nil {
		n, _ := strconv.Atoi(string(found[1]))
		s.memory = max(s.memory, n)
	}
}
