package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// clientPrograms is where the programs lie that let KairosDB's clients work.
const clientPrograms = "testdata/clients"

// TestNodeClient lets the npm package kairosdb write and ask.
func TestNodeClient(t *testing.T) {
	modules := fetched(t, "npm", []string{"package.json", "package-lock.json"}, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=optional")
	s := start(t, "--storage=memory")
	host, port := hostPort(t, s.address)
	got := printed(t, []string{"NODE_PATH=" + filepath.Join(modules, "node_modules")}, "node", "--no-deprecation", filepath.Join(clientPrograms, "npm", "work.js"), host, port)
	want := `version: true
version of another API: 404: page not found
write: ""
write a text: 400: server error
write at no time: 400: server error
query: {"queries":[{"results":[{"name":"npm.many","group_by":[{"name":"type","type":"number"}],"tags":{"host":["a","b"]},"values":[[1767225600000,11],[1767225601000,2.5],[1767225602000,3]]}],"sample_size":4},{"results":[{"name":"npm.one","group_by":[{"name":"type","type":"number"}],"tags":{"host":["a"]},"values":[[1767225600000,21.5]]}],"sample_size":1}]}
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	s.wants(t, "npm.many", `"values":[[1767225600000,1],[1767225600000,10],[1767225601000,2.5],[1767225602000,3]]`)
}

// TestJavaClient lets org.kairosdb:client do all it can, with every builder that
// it has. A real KairosDB 1.3.0 answered it with java/answers.txt. Then it
// works with a partner's key for two devices of three.
func TestJavaClient(t *testing.T) {
	jars := fetched(t, "java", []string{"pom.xml"}, "mvn", "-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=lib")
	classpath, classes := filepath.Join(jars, "lib", "*"), t.TempDir()
	programs := filepath.Join(clientPrograms, "java")
	printed(t, nil, "javac", "-cp", classpath, "-d", classes, filepath.Join(programs, "Work.java"), filepath.Join(programs, "Partner.java"))
	classpath = classes + string(filepath.ListSeparator) + classpath
	for _, storage := range []string{"memory", "pebble"} {
		t.Run(storage, func(t *testing.T) {
			s := start(t, "--storage="+storage, "--data.dir="+t.TempDir(), "--telnet.listen=127.0.0.1:0")
			host, port := hostPort(t, s.telnet(t))
			likeFile(t, filepath.Join(programs, "answers.txt"), printed(t, nil, "java", "-cp", classpath, "Work", "http://"+s.address, host, port))
			s.wants(t, "java.telnet", `"values":[[1767225600000,7],[1767225600001,7.25]]`)
		})
	}
	t.Run("partner", func(t *testing.T) {
		data := "--data.dir=" + t.TempDir()
		s := start(t, data, "--auth.mode=required")
		first, key := s.partner(t, data, "--scope=device:read-data", "--scope=device:write-data", "--context=device:d1,d2")
		for i := 1; i <= 3; i++ {
			s.mustBe(t, http.StatusNoContent, first, "/api/v1/datapoints", fmt.Sprintf(`[{"name": "power", "tags": {"device": "d%[1]d", "site": "berlin"},
				"datapoints": [[1767225600000, %[1]d]]}, {"name": "only.d%[1]d", "tags": {"device": "d%[1]d"}, "datapoints": [[1767225600000, 1]]}]`, i))
		}
		likeFile(t, filepath.Join(programs, "partner.txt"), printed(t, nil, "java", "-cp", classpath, "Partner", "http://"+s.address, key.ID, key.Secret))
		left := s.mustBe(t, http.StatusOK, first, "/api/v1/datapoints/query", `{"start_absolute": 1, "metrics": [{"name": "power"}]}`)
		if want := `"tags":{"device":["d3"],"site":["berlin"]},"values":[[1767225600000,3]]`; !strings.Contains(left, want) {
			t.Errorf("got %s, want %s", left, want)
		}
	})
}

// TestStatsd lets statsd forward a counter, a timer and a gauge through its
// backend for KairosDB.
func TestStatsd(t *testing.T) {
	modules := fetched(t, "npm", []string{"package.json", "package-lock.json"}, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=optional")
	s := start(t, "--storage=memory", "--telnet.listen=127.0.0.1:0")
	host, port := hostPort(t, s.telnet(t))
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	to := packets.LocalAddr()
	packets.Close() // statsd takes the port over
	config := filepath.Join(t.TempDir(), "config.js")
	text := fmt.Sprintf(`{address: "127.0.0.1", port: %d, mgmt_address: "127.0.0.1", mgmt_port: 0, backends: ["statsd-kairosdb-backend"], kairosdb: {host: %q, port: %s}}`,
		to.(*net.UDPAddr).Port, host, port)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	background(t, "node", "--no-deprecation", filepath.Join(modules, "node_modules", "statsd", "stats.js"), config)
	sender, err := net.Dial("udp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	s.await(t, func() { _, _ = sender.Write([]byte("web.hits:2|c\nweb.time:7.5|ms\nweb.load:3|g")) },
		"web.hits", `"client":["127.0.0.1"],"source":["statsd"]`, "web.time", ",7.5]", "web.load", ",3]")
}

// TestCollectd lets collectd write through both of its plug-ins: write_http in
// KairosDB's form, and write_tsdb by telnet.
func TestCollectd(t *testing.T) {
	needs(t, "collectd")
	s := start(t, "--storage=memory", "--telnet.listen=127.0.0.1:0")
	host, port := hostPort(t, s.telnet(t))
	dir := t.TempDir()
	config := filepath.Join(dir, "collectd.conf")
	text := fmt.Sprintf(`Hostname "My.host_1"
FQDNLookup false
Interval 1
BaseDir %q
PIDFile %q
LoadPlugin load
LoadPlugin write_http
LoadPlugin write_tsdb
<Plugin write_http>
  <Node "aion">
    URL "http://%s/api/v1/datapoints"
    Format "KAIROSDB"
    BufferSize 1024
    Attribute "dc" "DC1"
  </Node>
</Plugin>
<Plugin write_tsdb>
  <Node>
    Host %q
    Port %q
    HostTags "status=production dc=DC1"
  </Node>
</Plugin>
`, dir, filepath.Join(dir, "pid"), s.address, host, port)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	background(t, "collectd", "-f", "-C", config)
	s.await(t, func() {}, "collectd.load", `"ds":["longterm","midterm","shortterm"]`, "load.load.shortterm", `"status":["production"]`)
}

// TestTelegraf lets Telegraf's OpenTSDB output write by telnet and over HTTP.
func TestTelegraf(t *testing.T) {
	whole(t)
	program := filepath.Join(t.TempDir(), "telegraf")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	build.Dir = filepath.Join(clientPrograms, "telegraf")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	s := start(t, "--storage=memory", "--telnet.listen=127.0.0.1:0")
	host, port := hostPort(t, s.telnet(t))
	printed(t, nil, program, "tcp://"+host, port, "tcp.")
	s.await(t, func() {}, "tcp.cpu_usage", `"tags":{"city":["Zürich"],"host":["h-1"]},"values":[[1767225600000,12.5],[1767225601000,12.5]]`,
		"tcp.cpu_n", `"values":[[1767225600000,3],[1767225601000,3]]`, "tcp.lone_v", `"tags":{"add":["tag"]}`)
	_, httpPort := hostPort(t, s.address)
	printed(t, nil, program, "http://"+host, httpPort, "http.")
	s.wants(t, "http.cpu_usage", `"tags":{"city":["Zürich"],"host":["h-1"]},"values":[[1767225600000,12.5],[1767225601000,12.5]]`)
	s.wants(t, "http.cpu_n", `"values":[[1767225600000,3],[1767225601000,3]]`)
}

// hostPort parts an address.
func hostPort(t *testing.T, address string) (host, port string) {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return host, port
}

// wants asks over HTTP for all points of a metric.
func (s *server) wants(t *testing.T, metric, want string) {
	t.Helper()
	if got := s.pointsOf(t, metric); !strings.Contains(got, want) {
		t.Errorf("%s: got %s, want %s", metric, got, want)
	}
}

// pointsOf is the answer to a query for all points of a metric.
func (s *server) pointsOf(t *testing.T, metric string) string {
	t.Helper()
	status, body := s.ask(t, http.MethodPost, "/api/v1/datapoints/query", fmt.Sprintf(`{"start_absolute": 1, "metrics": [{"name": %q}]}`, metric))
	if status != http.StatusOK {
		t.Fatalf("%s: got %d %s", metric, status, body)
	}
	return body
}

// await does something again and again until the points of all metrics have
// what is wanted of them: metric and text in turn.
func (s *server) await(t *testing.T, again func(), wanted ...string) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		again()
		missing := ""
		for i := 0; i < len(wanted); i += 2 {
			if got := s.pointsOf(t, wanted[i]); !strings.Contains(got, wanted[i+1]) {
				missing = fmt.Sprintf("%s: got %s, want %s", wanted[i], got, wanted[i+1])
			}
		}
		switch {
		case missing == "":
			return
		case time.Now().After(deadline):
			t.Fatal(missing)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
