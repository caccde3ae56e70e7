package main

import (
	"cmp"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// rival is a server that is measured, in a process of its own.
type rival struct {
	*child
	dir   string
	write string // URL that points are posted to
	form  form   // how they are written there
	read  string // URL of questions, without their paths
	ready string // URL that answers well once the server is ready
	start func(b *testing.B)
}

// newAion starts Aion on a folder, with memory for whatever is asked.
func newAion(b *testing.B, dir string) *rival {
	r := &rival{dir: dir, form: appendColumns}
	r.start = func(b *testing.B) {
		r.child = spawn(b, benchProgram(), "1", served(dir, []string{"--query.timeout=30m", "--query.max-memory=4GiB", "--query.max-series=10000000"})...)
		r.read = "http://" + r.address
		r.write, r.ready = r.read+"/api/v1/datapoints", r.read+"/api/v1/health/check"
		r.awaitReady(b)
	}
	r.start(b)
	return r
}

// benchProgram is the Aion to measure: the program as users run it where the
// environment names one, else the one that measures, which is larger and has cgo.
func benchProgram() string { return cmp.Or(os.Getenv("AION_BENCH_AION"), os.Args[0]) }

// peerProgram is the VictoriaMetrics to compare with, found in PATH unless the
// environment names it; empty where there is none.
func peerProgram() string {
	if named := os.Getenv("AION_BENCH_VICTORIAMETRICS"); named != "" {
		return named
	}
	found, _ := exec.LookPath("victoria-metrics") // not found: no peer
	return found
}

// newPeer starts VictoriaMetrics on a folder; nil where there is none. Its
// caches of answers are off.
func newPeer(b *testing.B, dir string) *rival {
	program := peerProgram()
	if program == "" {
		return nil
	}
	listen, puts := freeAddress(b), freeAddress(b)
	r := &rival{dir: dir, form: appendPuts, read: "http://" + listen, write: "http://" + puts + "/api/put", ready: "http://" + listen + "/health"}
	r.start = func(b *testing.B) {
		r.child = &child{address: listen, process: exec.CommandContext(b.Context(), program,
			"-storageDataPath="+dir, "-httpListenAddr="+listen, "-opentsdbHTTPListenAddr="+puts, "-retentionPeriod=100y",
			"-search.disableCache", "-search.latencyOffset=0", "-search.maxUniqueTimeseries=2000000", "-search.maxSeries=2000000", "-loggerLevel=ERROR")}
		if err := r.process.Start(); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { r.kill(b) })
		r.awaitReady(b)
	}
	r.start(b)
	return r
}

// freeAddress is an address on the loopback that nobody listens at.
func freeAddress(b *testing.B) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// awaitReady asks until the server says that it is ready.
func (r *rival) awaitReady(b *testing.B) {
	deadline := time.Now().Add(2 * time.Minute)
	for {
		res, err := benchClient.Get(r.ready)
		if err == nil {
			res.Body.Close()
			if res.StatusCode/100 == 2 {
				return
			}
		}
		if time.Now().After(deadline) {
			b.Fatalf("%s is not ready: %v", r.ready, err)
		}
		time.Sleep(time.Millisecond)
	}
}

// restarted ends the server, politely or not, starts it again and tells how long
// it took until it was ready.
func (r *rival) restarted(b *testing.B, politely bool) time.Duration {
	if politely {
		if err := r.process.Process.Signal(syscall.SIGTERM); err != nil {
			b.Fatal(err)
		}
		r.once.Do(func() { _ = r.process.Wait() }) // a server may end with any code
	}
	r.kill(b)
	benchClient.CloseIdleConnections()
	return timed(func() { r.start(b) })
}

// question is what a rival is asked: with a body it is posted, else got.
type question struct{ path, body string }

// ask asks and reads the answer to its end; it tells how many bytes it had and
// when the first of them came.
func (r *rival) ask(b *testing.B, q question) (size int64, first time.Duration) {
	method := http.MethodGet
	if q.body != "" {
		method = http.MethodPost
	}
	began := time.Now()
	res := exchange(b, method, r.read+q.path, strings.NewReader(q.body))
	if res == nil {
		return 0, 0
	}
	defer res.Body.Close()
	_, err := io.ReadFull(res.Body, make([]byte, 1))
	first = time.Since(began)
	if errors.Is(err, io.EOF) {
		return 0, first // nothing is an answer, too
	}
	if err == nil {
		size, err = io.Copy(io.Discard, res.Body)
	}
	if err != nil {
		b.Errorf("%s: %v", q.path, err)
	}
	return size + 1, first
}

// post writes a body of points.
func (r *rival) post(b *testing.B, body io.Reader) {
	res := exchange(b, http.MethodPost, r.write, body)
	if res == nil {
		return
	}
	_, _ = io.Copy(io.Discard, res.Body) // a success says nothing
	res.Body.Close()
}

// exchange sends a request for an answer that is not compressed and answers it,
// a success, or nil after a failure, which it reports.
func exchange(b *testing.B, method, url string, body io.Reader) *http.Response {
	req, err := http.NewRequestWithContext(b.Context(), method, url, body)
	if err != nil {
		b.Error(err)
		return nil
	}
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("Content-Type", "application/json")
	res, err := benchClient.Do(req)
	if err != nil {
		b.Error(err)
		return nil
	}
	if res.StatusCode/100 != 2 {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 500)) // the status is said in any case
		res.Body.Close()
		b.Errorf("%s: got %d %s", url, res.StatusCode, text)
		return nil
	}
	return res
}

// benchClient keeps as many connections as the benchmarks have clients.
var benchClient = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}}

// parameters are those of a question that is got.
func parameters(path string, pairs ...string) question {
	values := url.Values{"nocache": {"1"}}
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	return question{path: path + "?" + values.Encode()}
}
