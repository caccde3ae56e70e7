package main

import (
	"bytes"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aion/api"
	"aion/storage/cassandra/cassandratest"
)

// TestServeCassandra writes to a keyspace that does not exist yet, asks, and
// starts again.
func TestServeCassandra(t *testing.T) {
	node := cassandratest.Shared(t)
	args := []string{"--storage=cassandra", "--cassandra.hosts=" + node.Host(), "--cassandra.keyspace=" + node.Keyspace(t)}
	s := start(t, args...)
	if status, body := s.ask(t, "POST", "/api/v1/datapoints", aPoint); status != http.StatusNoContent {
		t.Fatalf("got %d %s from the write, want 204", status, body)
	}
	if _, body := s.ask(t, "GET", "/metrics", ""); !strings.Contains(body, "aion_cassandra_connected 1\n") || strings.Contains(body, "aion_spool") {
		t.Errorf("got no aion_cassandra_connected 1, or figures of a spool that is not there:\n%s", body)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("got exit code %d, want 0", code)
	}
	s = start(t, args...)
	if status, body := s.ask(t, "POST", "/api/v1/datapoints/query", askForIt); status != 200 || !strings.Contains(body, theValue) {
		t.Errorf("after a restart: got %d %s, want 200 and %s", status, body, theValue)
	}
}

// TestServeRefusesAForeignKeyspace starts on a keyspace that belongs to
// something else.
func TestServeRefusesAForeignKeyspace(t *testing.T) {
	node := cassandratest.Shared(t)
	keyspace := node.Keyspace(t)
	session := node.Session(t, "")
	for _, statement := range []string{
		"CREATE KEYSPACE " + keyspace + " WITH REPLICATION = {'class': 'SimpleStrategy', 'replication_factor': 1}",
		"CREATE TABLE " + keyspace + ".people (name text PRIMARY KEY)",
	} {
		if err := session.Query(statement).Exec(); err != nil {
			t.Fatal(err)
		}
	}
	var out, errs bytes.Buffer
	args := []string{"serve", "--http.listen=127.0.0.1:0", "--telnet.listen=", "--log.level=error",
		"--storage=cassandra", "--cassandra.hosts=" + node.Host(), "--cassandra.keyspace=" + keyspace}
	code := run(t.Context(), args, env(nil), &out, &errs)
	if text := errs.String(); code != 1 || !strings.Contains(text, "aion: --cassandra.keyspace: ") || !strings.Contains(text, "people") {
		t.Errorf("got %d %s, want 1 and a line that names the table that was found", code, text)
	}
}

// TestServeLogsInOverTLS proves who it is to a node that asks for everything, and
// says why it is not let in.
func TestServeLogsInOverTLS(t *testing.T) {
	node := cassandratest.Start(t, cassandratest.Options{Auth: true, TLS: true, ClientAuth: true})
	secret := filepath.Join(t.TempDir(), "password")
	certificate, key := node.ClientCertificate(t)
	all := []string{"--storage=cassandra", "--cassandra.hosts=" + node.Host(), "--cassandra.tls", "--cassandra.tls-ca=" + node.CA(t),
		"--cassandra.tls-cert=" + certificate, "--cassandra.tls-key=" + key,
		"--cassandra.user=" + cassandratest.User, "--cassandra.password-file=" + secret}
	for _, tt := range []struct {
		name, password, further string
		want                    int
		why                     string
	}{
		{"right", cassandratest.Password, "--cassandra.tls-server-name=127.0.0.1", 200, "Datastore-Query: OK"},
		{"wrong password", "guessed", "--cassandra.tls-server-name=127.0.0.1", 503, "password"},
		{"wrong name", cassandratest.Password, "--cassandra.tls-server-name=elsewhere", 503, "certificate"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := os.WriteFile(secret, []byte(tt.password+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			s := launch(t, append(all, tt.further)...)
			if status, body := s.ask(t, "POST", "/api/v1/datapoints/query", askForIt); status != tt.want {
				t.Errorf("got %d %s, want %d", status, body, tt.want)
			}
			var said string
			defer func() {
				if t.Failed() {
					t.Logf("health says %s, want a word about %s", said, tt.why)
				}
			}()
			await(t, func() bool { // a busy node loses a connection, which is made anew
				_, said = s.ask(t, "GET", "/api/v1/health/status", "")
				return strings.Contains(said, tt.why)
			})
		})
	}
}

// nowhere is an address where nobody listens.
func nowhere(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// TestServeWithoutCassandra starts where there is no Cassandra.
func TestServeWithoutCassandra(t *testing.T) {
	host := nowhere(t)
	s := launch(t, "--storage=cassandra", "--cassandra.hosts="+host)
	for _, request := range [][2]string{{"/api/v1/datapoints", aPoint}, {"/api/v1/datapoints/query", askForIt}} {
		status, header, body := s.headers(t, "POST", request[0], request[1])
		if status != 503 || header.Get("Retry-After") == "" || !strings.HasPrefix(body, `{"errors":["`) || !strings.Contains(body, host) {
			t.Errorf("%s: got %d %v %s, want 503, Retry-After and the host", request[0], status, header, body)
		}
	}
	if status, body := s.ask(t, "GET", "/api/v1/health/check", ""); status != 500 {
		t.Errorf("got health %d %s, want 500", status, body)
	}
	if _, body := s.ask(t, "GET", "/api/v1/health/status", ""); !strings.Contains(body, `"Datastore-Query: FAIL","Datastore: `) || !strings.Contains(body, host) {
		t.Errorf("got %s, want the host and why", body)
	}
	if _, body := s.ask(t, "GET", "/metrics", ""); !strings.Contains(body, "aion_cassandra_connected 0\n") {
		t.Errorf("got no aion_cassandra_connected 0:\n%s", body)
	}
	if log := s.log.text(); !strings.Contains(log, "level=WARN") || !strings.Contains(log, host) {
		t.Errorf("got no warning that names the host:\n%s", log)
	}
}

// TestServeSpools writes while there is no Cassandra, and again when it is back.
func TestServeSpools(t *testing.T) {
	node := cassandratest.Shared(t)
	folder := filepath.Join(t.TempDir(), "spool")
	args := []string{"--storage=cassandra", "--cassandra.spool=" + folder, "--cassandra.keyspace=" + node.Keyspace(t)}
	away := launch(t, append(args, "--cassandra.hosts="+nowhere(t))...)
	if status, body := away.ask(t, "POST", "/api/v1/datapoints", aPoint); status != http.StatusNoContent {
		t.Fatalf("got %d %s from the write, want 204", status, body)
	}
	if _, header, _ := away.headers(t, "GET", "/api/v1/version", ""); header.Get(api.WaitingHeader) != "1" {
		t.Errorf("got headers %v, want %s: 1", header, api.WaitingHeader)
	}
	for _, figure := range []string{"aion_spool_points 1\n", "aion_spool_spooled_points_total 1\n", "aion_spool_delivered_points_total 0\n"} {
		if _, body := away.ask(t, "GET", "/metrics", ""); !strings.Contains(body, figure) {
			t.Errorf("got no %s in\n%s", figure, body)
		}
	}
	if code := away.stop(); code != 0 {
		t.Errorf("got exit code %d, want 0", code)
	}
	back := start(t, append(args, "--cassandra.hosts="+node.Host())...)
	await(t, func() bool {
		_, header, body := back.headers(t, "POST", "/api/v1/datapoints/query", askForIt)
		return header.Get(api.WaitingHeader) == "" && strings.Contains(body, theValue)
	})
	if _, body := back.ask(t, "GET", "/metrics", ""); !strings.Contains(body, "aion_spool_delivered_points_total 1\n") {
		t.Errorf("got no aion_spool_delivered_points_total 1 in\n%s", body)
	}
}

// TestKillBothServers kills Cassandra in the middle of writes, then the server
// that spools, and looks for every point that was acknowledged.
func TestKillBothServers(t *testing.T) {
	node, dir := cassandratest.Start(t, cassandratest.Options{}), t.TempDir()
	args := []string{"--storage=cassandra", "--cassandra.hosts=" + node.Host(), "--cassandra.timeout=500ms",
		"--cassandra.spool=" + filepath.Join(dir, "spool")}
	kept, child := acknowledged{}, startChild(t, dir, args...)
	some, more, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		kept.write(child.address, 0, func(total int) {
			switch total {
			case 50:
				close(some)
			case 300:
				close(more)
			}
		})
	}()
	reached := func(what <-chan struct{}) {
		select {
		case <-what:
		case <-ended:
			t.Fatal("a write was not acknowledged, want all to be")
		}
	}
	reached(some)
	node.Kill(t)
	reached(more)
	child.kill(t)
	<-ended
	node.Restart(t)
	child = startChild(t, dir, args...)
	await(t, func() bool {
		status, header, _ := send(t, "http://"+child.address+"/api/v1/health/check", "GET", "")
		return status == http.StatusNoContent && header.Get(api.WaitingHeader) == ""
	})
	kept.verify(t, child.address)
}

// TestServeRefusesASpoolOfAnother starts with a folder that cannot be one.
func TestServeRefusesASpoolOfAnother(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	args := []string{"serve", "--http.listen=127.0.0.1:0", "--telnet.listen=", "--log.level=error",
		"--storage=cassandra", "--cassandra.hosts=" + nowhere(t), "--cassandra.spool=" + file}
	code := run(t.Context(), args, env(nil), &out, &errs)
	if code != 1 || !strings.Contains(errs.String(), "aion: --cassandra.spool: ") || !strings.Contains(errs.String(), file) {
		t.Errorf("got %d %s, want 1 and a line that names the folder", code, &errs)
	}
}

// await waits until the condition holds.
func await(t *testing.T, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("got nothing within a minute, want the condition to hold")
		}
	}
}
