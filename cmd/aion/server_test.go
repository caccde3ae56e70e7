package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"aion/storage/cassandra/cassandratest"
)

// asChild, set in the environment, makes the test binary the program itself, so
// that tests can kill it.
const asChild = "AION_TEST_CHILD"

// TestMain is the server itself in a process that a test starts as a child.
func TestMain(m *testing.M) {
	switch os.Getenv(asChild) {
	case "":
	case emptyChild:
		serveEmpty()
		return
	default:
		main()
		return
	}
	goleak.VerifyTestMain(withNode{m})
}

// withNode runs the tests with a Cassandra for those that ask for it.
type withNode struct{ m *testing.M }

// Run answers the exit code.
func (w withNode) Run() int { return cassandratest.Main(w.m) }

// server is the program under test, in this process.
type server struct {
	address string
	stop    func() int // ends it as a signal does, and answers the exit code
	out     *output
	log     *output
}

// start runs serve on a free port and waits until it is ready. It is stopped at
// the end of the test at the latest.
func start(t testing.TB, args ...string) *server {
	t.Helper()
	s := launch(t, args...)
	if status, body := s.ask(t, "GET", "/api/v1/health/check", ""); status != http.StatusNoContent {
		t.Fatalf("got health %d %q, want 204", status, body)
	}
	return s
}

// launch is start for a server whose store may be away.
func launch(t testing.TB, args ...string) *server {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	stdout, stderr := &output{}, &output{address: make(chan string, 1)}
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, append([]string{"serve", "--http.listen=127.0.0.1:0", "--telnet.listen=", "--log.format=text"}, args...), env(nil), stdout, stderr)
	}()
	s := &server{out: stdout, log: stderr}
	s.stop = sync.OnceValue(func() int {
		cancel()
		http.DefaultClient.CloseIdleConnections()
		return <-code
	})
	t.Cleanup(func() { s.stop() })
	select {
	case s.address = <-stderr.address:
	case c := <-code:
		code <- c
		t.Fatalf("got exit code %d before the server was ready:\n%s", c, stderr.text())
	}
	return s
}

// stdout is what the server has printed.
func (s *server) stdout() string { return s.out.text() }

// ask sends a request and answers status and body.
func (s *server) ask(t testing.TB, method, path, body string) (int, string) {
	t.Helper()
	return ask(t, "http://"+s.address+path, method, body)
}

// headers sends a request and answers status, headers and body.
func (s *server) headers(t testing.TB, method, path, body string) (int, http.Header, string) {
	t.Helper()
	return send(t, "http://"+s.address+path, method, body)
}

// ask sends a request and answers status and body.
func ask(t testing.TB, url, method, body string) (int, string) {
	t.Helper()
	status, _, answer := send(t, url, method, body)
	return status, answer
}

// send sends a request and answers status, headers and body.
func send(t testing.TB, url, method, body string) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(answer)
}

// output keeps what is written to it and finds the address of the start line.
type output struct {
	mu      sync.Mutex
	kept    bytes.Buffer
	found   bool
	address chan string // nil: nobody asks
}

// started finds the address in the start line.
var started = regexp.MustCompile(`msg=serving address=(\S+) .*\n`)

// Write keeps p.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.kept.Write(p)
	if o.found || o.address == nil {
		return len(p), nil
	}
	if line := started.FindSubmatch(o.kept.Bytes()); line != nil {
		o.address <- string(line[1])
		o.found = true
	}
	return len(p), nil
}

// text is what was written.
func (o *output) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.kept.String()
}
