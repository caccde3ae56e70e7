package main

import (
	"fmt"
	"net"
	"regexp"
	"strings"
	"testing"
)

// runningHash finds the hash of a query that runs.
var runningHash = regexp.MustCompile(`"query hash":"([^"]+)"`)

// stalls asks for more than fits into sockets, reads nothing of it, and waits until
// the server reads no more points for it. It answers the hash of the query.
func (s *server) stalls(t *testing.T) (hash string) {
	t.Helper()
	var points []string
	for i := range 20_000 {
		points = append(points, fmt.Sprintf("[%d,%d]", 1_700_000_000_000+i, i))
	}
	if status, body := s.ask(t, "POST", "/api/v1/datapoints", `[{"name":"m","tags":{"a":"b"},"datapoints":[`+strings.Join(points, ",")+`]}]`); status != 204 {
		t.Fatalf("got %d %s", status, body)
	}
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	body := `{"start_absolute":0,"metrics":[` + strings.Repeat(`{"name":"m"},`, 79) + `{"name":"m"}]}`
	if _, err := fmt.Fprintf(conn, "POST /api/v1/datapoints/query HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(body), body); err != nil {
		t.Fatal(err)
	}
	was, same := "", 0
	becomes(t, "the query waits for its client", func() bool {
		_, text := s.ask(t, "GET", "/metrics", "")
		_, read, _ := strings.Cut(text, "\naion_points_read_total ")
		read, _, _ = strings.Cut(read, "\n")
		if same++; read != was || read == "0" {
			was, same = read, 0
		}
		_, running := s.ask(t, "GET", "/api/v1/admin/runningqueries", "")
		if found := runningHash.FindStringSubmatch(running); found != nil {
			hash = found[1]
		}
		return same > 30 && hash != ""
	})
	return hash
}

// over waits until no query runs.
func (s *server) over(t *testing.T) {
	t.Helper()
	becomes(t, "no query runs", func() bool {
		_, running := s.ask(t, "GET", "/api/v1/admin/runningqueries", "")
		return !runningHash.MatchString(running)
	})
}

// TestKilledWhileNobodyReads: a query that is killed ends although its client reads
// nothing of the answer.
func TestKilledWhileNobodyReads(t *testing.T) {
	s := start(t, "--storage=memory")
	hash := s.stalls(t)
	if status, body := s.ask(t, "GET", "/api/v1/admin/killquery/"+hash, ""); status != 204 {
		t.Fatalf("got %d %s", status, body)
	}
	s.over(t)
	becomes(t, "the log says that the answer was cut", func() bool { return strings.Contains(s.log.text(), "cut=true") })
}

// TestLateWhileNobodyReads: the time of a query ends, too, and the log names the
// limit.
func TestLateWhileNobodyReads(t *testing.T) {
	s := start(t, "--storage=memory", "--query.timeout=3s")
	s.stalls(t)
	s.over(t)
	becomes(t, "the log names the limit and says that the answer was cut", func() bool {
		log := s.log.text()
		return strings.Contains(log, "query.timeout of 3s") && strings.Contains(log, "cut=true")
	})
}
