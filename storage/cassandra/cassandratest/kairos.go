package cassandratest

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Kairos is a running KairosDB 1.3.0, the last published release.
type Kairos struct {
	URL    string // of its HTTP interface, without a slash at the end
	Telnet string // host:port of its telnet interface

	process *process
}

// StartKairos starts a KairosDB on the node's keyspace, which it creates if it
// is missing, and waits until it answers. Each override is a line of its
// configuration file, such as `kairosdb.datastore.cassandra.datapoint_ttl = 60`.
// It is ended with the test. What it acknowledges it stores some time later. On
// a node for measuring it runs with both of Java's compilers, too.
func StartKairos(t testing.TB, n *Node, keyspace string, overrides ...string) *Kairos {
	t.Helper()
	require(t, "kairosdb-"+kairosVersion)
	k, err := newKairos(t.TempDir(), n, keyspace, overrides)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := k.process.kill(); err != nil {
			t.Error(err)
		}
	})
	if err := k.start(); err != nil {
		t.Fatal(err)
	}
	return k
}

// newKairos is a KairosDB with its files in dir; it is not started yet.
func newKairos(dir string, n *Node, keyspace string, overrides []string) (*Kairos, error) {
	if err := unpack(dir); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "overrides.conf"), []byte(strings.Join(overrides, "\n")+"\n"), 0o600); err != nil {
		return nil, fmt.Errorf("configure KairosDB: %w", err)
	}
	port, err := freePorts(1, "127.0.0.1")
	if err != nil {
		return nil, err
	}
	jars, err := jarsFolder()
	if err != nil {
		return nil, err
	}
	jvm := "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
	if n.options.Measured {
		jvm = ""
	}
	web, telnet := strconv.Itoa(port), strconv.Itoa(port+1)
	return &Kairos{
		URL:    "http://" + net.JoinHostPort("127.0.0.1", web),
		Telnet: net.JoinHostPort("127.0.0.1", telnet),
		process: &process{
			dir:  dir,
			args: []string{filepath.Join(dir, "kairosdb.sh"), dir, web, telnet, n.host, keyspace, kairosVersion},
			env:  []string{"AION_JARS=" + jars, "HEAP=512M", "JVM=" + jvm},
		},
	}, nil
}

// start starts the program and waits until it answers.
func (k *Kairos) start() error {
	if err := k.process.start(); err != nil {
		return err
	}
	return k.process.await(k.answers)
}

// answers tells whether the program answers over HTTP.
func (k *Kairos) answers() bool {
	client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get(k.URL + "/api/v1/version")
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// Stop ends the program in order and waits until it is gone.
func (k *Kairos) Stop(t testing.TB) {
	t.Helper()
	if err := k.process.stop(); err != nil {
		t.Fatal(err)
	}
}

// Kill ends the program at once, as kill -9 does, and waits until it is gone.
func (k *Kairos) Kill(t testing.TB) {
	t.Helper()
	if err := k.process.kill(); err != nil {
		t.Fatal(err)
	}
}

// Restart starts the program again with the same files on the same ports and
// waits until it answers. One that runs is stopped first.
func (k *Kairos) Restart(t testing.TB) {
	t.Helper()
	k.Stop(t)
	if err := k.start(); err != nil {
		t.Fatal(err)
	}
}
