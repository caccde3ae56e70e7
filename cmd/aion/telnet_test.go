package main

import (
	"io"
	"net"
	"regexp"
	"strings"
	"testing"
)

// telnet is the address of the server's telnet port, from its start line.
func (s *server) telnet(t testing.TB) string { return s.way(t, "telnet") }

// way is the address of one of the ways in beside HTTP.
func (s *server) way(t testing.TB, name string) string {
	t.Helper()
	found := regexp.MustCompile(`msg=serving .*\b` + name + `=(\S+)`).FindStringSubmatch(s.log.text())
	if found == nil {
		t.Fatalf("the start line names no address of %s:\n%s", name, s.log.text())
	}
	return found[1]
}

// converse sends a text to an address and answers all that comes back.
func converse(t testing.TB, address, text string) string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

// awaitMetrics waits until /metrics has all of these lines: a server counts a
// connection as gone a little after its client has read the end of it.
func (s *server) awaitMetrics(t *testing.T, lines ...string) {
	t.Helper()
	for _, line := range lines {
		t.Logf("awaits %q of /metrics", line)
		await(t, func() bool {
			_, got := s.ask(t, "GET", "/metrics", "")
			return strings.Contains(got, line)
		})
	}
}

// TestTelnet: what is sent by telnet is found over HTTP, what is refused is
// counted and logged, and a second server on the port says whose it is.
func TestTelnet(t *testing.T) {
	s := start(t, "--storage=memory", "--telnet.listen=127.0.0.1:0", "--kairosdb.version-text=KairosDB 5")
	address := s.telnet(t)
	if got := converse(t, address, "put m 1700000000 5 h=1\r\nput m now 1\nput m 1700000001 5.5\nversion\n"); got != "KairosDB 5\n" {
		t.Errorf("got %q, want the version", got)
	}
	_, got := s.ask(t, "POST", "/api/v1/datapoints/query", `{"start_absolute":1,"metrics":[{"name":"m"}]}`)
	if !strings.Contains(got, `"values":[[1700000000000,5],[1700000001000,5.5]]`) {
		t.Errorf("got %s, want both points", got)
	}
	s.awaitMetrics(t, "aion_telnet_points_total 2\n", "aion_telnet_refused_total 1\n", "aion_telnet_connections 0\n", "aion_telnet_waiting_bytes 0\n")
	if got := s.log.text(); !strings.Contains(got, `msg=refused protocol=telnet reason="Malformed:  now" text="put m now 1"`) {
		t.Errorf("the log lacks the refusal:\n%s", got)
	}
	errs := &output{}
	code := run(t.Context(), []string{"serve", "--storage=memory", "--http.listen=127.0.0.1:0", "--telnet.listen=" + address}, env(nil), io.Discard, errs)
	if code != 1 || !strings.Contains(errs.text(), "--telnet.listen: ") {
		t.Errorf("got %d and %s, want 1 and the setting", code, errs.text())
	}
	if code := s.stop(); code != 0 {
		t.Errorf("got exit code %d, want 0", code)
	}
}
