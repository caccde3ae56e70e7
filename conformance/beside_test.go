package conformance

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"aion/storage/cassandra/cassandratest"
)

// patience is how long one server may take to see what the other has done. What
// KairosDB acknowledges it stores some time later.
const patience = time.Minute

// besideMode is a way in which a keyspace may be laid out.
type besideMode struct {
	name     string
	settings []string // lines of KairosDB's configuration
	before   []string // CQL that makes an old keyspace
}

// besideModes are the three layouts, two of them with a tag index.
func besideModes(t *testing.T) []besideMode {
	t.Helper()
	list := []besideMode{{name: "milliseconds", settings: []string{
		`kairosdb.datastore.cassandra.write_cluster.tag_indexed_row_key_lookup_metrics = ["pick", "same.pick", "same.del.pick"]`,
	}}, {name: "seconds", settings: []string{
		`kairosdb.datastore.cassandra.write_cluster.row_time_unit = "SECONDS"`,
		`kairosdb.datastore.cassandra.write_cluster.tag_indexed_row_key_lookup_metrics = ` +
			`{"pick": ["*"], "same.pick": ["host", "dc"], "same.picked": [], "same.del.pick": ["host"]}`,
	}}}
	for _, k := range recordedKeyspaces(t) {
		if k.Keyspace == "legacy" {
			list = append(list, besideMode{name: "legacy", before: k.Before})
		}
	}
	return list
}

// beside is a KairosDB 1.3.0 and an Aion on one keyspace, and an Aion on another
// one of the same layout.
type beside struct {
	mode    besideMode
	node    *cassandratest.Node
	shared  string // the keyspace of both
	own     string // the keyspace of Aion alone
	kairos  *cassandratest.Kairos
	remote  *Remote
	aion    *server
	apart   *server
	settled int // how often KairosDB's queue was waited for
}

// TestBeside lets a KairosDB and Aion work on one keyspace at the same time. First
// each is sent the same on a keyspace of its own, and the rows are compared; then
// both write to one keyspace and delete from it, and both are asked. What comes
// out otherwise stands in testdata/vectors/excuses.txt.
func TestBeside(t *testing.T) {
	excused := readExcuses(t)
	for _, m := range besideModes(t) {
		t.Run(m.name, func(t *testing.T) {
			b := startBeside(t, m)
			from := time.Now().Add(-time.Minute).UnixMilli()
			b.send(t, "same.txt")
			b.compareRows(t, excused)
			b.send(t, "each.txt")
			b.compareAnswers(t, excused)
			if m.name == "milliseconds" {
				b.takeTurns(t)
			}
			rowsOf(t, b.node, b.shared).checkWritten(t, from, time.Now().Add(time.Second).UnixMilli())
		})
	}
	if excused.played["cassandra"] {
		excused.unused(t, "same")
		excused.unused(t, "beside")
	}
}

// takeTurns lets each of the two delete what the other has written, which then
// writes on.
func (b *beside) takeTurns(t *testing.T) {
	t.Run("kairos-deletes", func(t *testing.T) {
		servers := two{one: b.aion.target, other: b.remote, metric: "kairos.deletes"}
		writeAfterDeletes(t, []string{"metric", "all", "row", "tag"}, servers)
	})
	t.Run("aion-deletes", func(t *testing.T) {
		servers := two{one: b.remote, other: b.aion.target, metric: "aion.deletes"}
		writeAfterDeletes(t, []string{"metric", "all", "row", "tag"}, servers)
	})
}

// startBeside starts the servers. KairosDB keeps its queue in memory, so that
// nothing is sent twice, and empties it in order.
func startBeside(t *testing.T, m besideMode) *beside {
	t.Helper()
	b := &beside{mode: m, node: cassandratest.Shared(t)}
	b.shared, b.own = b.node.Keyspace(t), b.node.Keyspace(t)
	before(t, b.node, b.shared, m.before)
	before(t, b.node, b.own, m.before)
	b.kairos = cassandratest.StartKairos(t, b.node, b.shared, append(slices.Clone(m.settings),
		`kairosdb.queue_processor.class = "org.kairosdb.core.queue.MemoryQueueProcessor"`,
		`kairosdb.queue_processor.min_batch_size = 1`,
		`kairosdb.queue_processor.min_batch_wait = 10`,
		`kairosdb.ingest_executor.thread_count = 1`)...)
	base, err := url.Parse(b.kairos.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	b.remote = &Remote{Base: base, Client: client}
	c := configOf(t, m.settings)
	b.aion = start(t, keyspaceDriver(b.node, b.shared, &c), Setup{Release: "1.3"})
	b.apart = start(t, keyspaceDriver(b.node, b.own, &c), Setup{Release: "1.3"})
	b.aion.target.SetNow(time.Now())
	return b
}

// lines reads a file of testdata/beside without its comments. A line that begins
// with modes in brackets is for these alone.
func (b *beside) lines(t *testing.T, file string) []string {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "beside", file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []string
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		if modes, rest, ok := strings.Cut(line, "] "); ok && strings.HasPrefix(modes, "[") {
			if !slices.Contains(strings.Fields(modes[1:]), b.mode.name) {
				continue
			}
			line = rest
		}
		if line != "" && line[0] != '#' {
			list = append(list, line)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// send sends the requests of a file. Before Aion is asked to follow KairosDB,
// KairosDB has stored what it was sent.
func (b *beside) send(t *testing.T, file string) {
	t.Helper()
	last := ""
	for _, line := range b.lines(t, file) {
		if line == "settle" {
			b.settle(t)
			continue
		}
		who, rest, _ := strings.Cut(line, " ")
		method, rest, _ := strings.Cut(rest, " ")
		where, body, _ := strings.Cut(rest, " ")
		if last == "kairos" && (who == "aion" || method == http.MethodDelete || strings.HasSuffix(where, "/delete")) {
			b.settle(t)
		}
		last = who
		switch {
		case method == "telnet":
			b.telnet(t, rest)
		case who == "both":
			b.request(t, b.remote, method, where, body)
			b.request(t, b.apart.target, method, where, body)
		case who == "kairos":
			b.request(t, b.remote, method, where, body)
		default:
			b.request(t, b.aion.target, method, where, body)
		}
	}
	b.settle(t)
}

// request sends one request, which is fulfilled.
func (b *beside) request(t *testing.T, to Target, method, where, body string) {
	t.Helper()
	if got := ask(t, to, method, where, body); got.status != http.StatusNoContent {
		t.Fatalf("%s %s %.200s: got %d %s, want 204", method, where, body, got.status, got.body)
	}
}

// telnet sends KairosDB a line by telnet and waits until the other end has read
// it: a version that is asked for behind it is answered.
func (b *beside) telnet(t *testing.T, line string) {
	t.Helper()
	c, err := net.DialTimeout("tcp", b.kairos.Telnet, patience)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(c, "%s\nversion\n", line)
	if _, err := bufio.NewReader(c).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
}

// settle waits until KairosDB has stored what it has acknowledged: until it finds
// a point that was sent behind all others.
func (b *beside) settle(t *testing.T) {
	t.Helper()
	b.settled++
	at := 1700000000000 + 1000*b.settled
	b.request(t, b.remote, http.MethodPost, "/api/v1/datapoints",
		fmt.Sprintf(`[{"name":"kairosdb.settled","tags":{"by":"test"},"datapoints":[[%d,%d]]}]`, at, b.settled))
	query := fmt.Sprintf(`{"start_absolute":%d,"end_absolute":%d,"metrics":[{"name":"kairosdb.settled"}]}`, at, at)
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		got := ask(t, b.remote, http.MethodPost, "/api/v1/datapoints/query", query)
		if countPoints(got.body) == 1 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("KairosDB does not store: got %d %s", got.status, got.body)
		}
	}
}
