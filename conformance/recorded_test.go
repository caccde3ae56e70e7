package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/cassandra"
	"aion/storage/cassandra/cassandratest"
	"aion/storage/codec"
)

// recordedKeyspace is what KairosDB 1.3.0 was sent, what it answered and what
// its keyspace held then.
type recordedKeyspace struct {
	Keyspace string
	Settings []string // lines of its configuration
	Before   []string // CQL that made an old keyspace
	Steps    []recordedStep
	Tables   map[string][]map[string]json.RawMessage
}

// recordedStep is a request with its answer, a line of telnet, a wait, or a new
// start with further settings.
type recordedStep struct {
	Method, Path string
	Body, Answer json.RawMessage
	Text         *string
	AnswerText   *string `json:"answer_text"`
	Status       int
	Telnet       string
	Restart      []string // nil: none
}

// recordedKeyspaces reads the recording, which package codec keeps.
func recordedKeyspaces(t *testing.T) []recordedKeyspace {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "storage", "codec", "testdata", "cassandra.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Keyspaces []recordedKeyspace }
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all.Keyspaces
}

// TestRecordedKeyspaces sends to Aion what KairosDB 1.3.0 was sent when its
// keyspaces were recorded, and compares the answers and all rows of all tables.
// What comes out otherwise stands in testdata/vectors/excuses.txt: an answer by
// the number of its step, rows by table and metric.
func TestRecordedKeyspaces(t *testing.T) {
	excused := readExcuses(t)
	for _, k := range recordedKeyspaces(t) {
		t.Run(k.Keyspace, func(t *testing.T) {
			node := cassandratest.Shared(t)
			keyspace := node.Keyspace(t)
			before(t, node, keyspace, k.Before)
			c := configOf(t, k.Settings)
			from := time.Now().UnixMilli()
			s := start(t, keyspaceDriver(node, keyspace, &c), Setup{Release: "1.3"})
			steps := &tally{excuses: excused, set: "recorded", release: "1.3", driver: "cassandra"}
			made := &Made{}
			for i, step := range k.Steps {
				if step.Restart != nil {
					k.Settings = append(k.Settings, step.Restart...)
					c = configOf(t, k.Settings)
					s.restart(t)
				}
				steps.take(t, fmt.Sprintf("%s/%d", k.Keyspace, i), step.problems(t, s.target, made), nil)
			}
			steps.report(t)
			got := rowsOf(t, node, keyspace)
			got.checkWritten(t, from, time.Now().Add(time.Second).UnixMilli())
			rows := &tally{excuses: excused, set: "rows", release: "1.3", driver: "cassandra"}
			for item, problems := range got.differences(k.rows(t)) {
				rows.take(t, k.Keyspace+"/"+item, problems, nil)
			}
			rows.report(t)
		})
	}
	if excused.played["cassandra"] {
		excused.unused(t, "recorded")
		excused.unused(t, "rows")
	}
}

// keyspaceDriver opens one keyspace in the way that c says when it is opened.
func keyspaceDriver(n *cassandratest.Node, keyspace string, c *cassandra.Config) driver {
	return driver{name: "cassandra", lasts: true, costly: true, open: func(t *testing.T, _ string, _ storage.Now) storage.Store {
		t.Helper()
		return openCassandra(t, n, keyspace, *c)
	}}
}

// before makes an old keyspace.
func before(t *testing.T, n *cassandratest.Node, keyspace string, statements []string) {
	t.Helper()
	if len(statements) == 0 {
		return
	}
	session := n.Session(t, "")
	defer session.Close()
	for _, cql := range statements {
		if err := session.Query(strings.ReplaceAll(cql, "{ks}", keyspace)).Exec(); err != nil {
			t.Fatalf("%s: %v", cql, err)
		}
	}
}

// configOf is what lines of KairosDB's configuration mean to Aion.
func configOf(t *testing.T, lines []string) cassandra.Config {
	t.Helper()
	var c cassandra.Config
	for _, line := range lines {
		switch name, value, _ := strings.Cut(strings.TrimPrefix(line, "kairosdb."), " = "); name {
		case "datastore.cassandra.write_cluster.row_time_unit":
			c.Layout = codec.Layout{Unit: codec.Seconds, Width: 1814400}
		case "datastore.cassandra.write_cluster.row_width":
			if c.Layout == (codec.Layout{}) {
				c.Layout = codec.Default()
			}
			if err := json.Unmarshal([]byte(value), &c.Layout.Width); err != nil {
				t.Fatal(err)
			}
		case "datastore.cassandra.write_cluster.tag_indexed_row_key_lookup_metrics":
			c.TagIndexed = tagIndexed(t, value)
		case "datastore.cassandra.datapoint_ttl":
			c.TTL, _ = time.ParseDuration(value + "s")
		case "datastore.cassandra.force_default_datapoint_ttl":
			c.ForceTTL = value == "true"
		case "queue_processor.class", "service.rollups", "rollups.server_assignment.check_update_delay_millseconds",
			"host_service_manager.check_delay_time_millseconds":
			// These are about services that Aion has otherwise or not at all.
		default:
			t.Fatalf("the setting %s means nothing here", line)
		}
	}
	return c
}

// tagIndexed reads a setting whose value is a list of metrics or an object with
// the tags of each.
func tagIndexed(t *testing.T, value string) map[string][]string {
	t.Helper()
	value = strings.NewReplacer("[host]", `["host"]`, "[client, host]", `["client","host"]`).Replace(value)
	byMetric := map[string][]string{}
	var list []string
	if json.Unmarshal([]byte(value), &list) == nil {
		for _, metric := range list {
			byMetric[metric] = nil
		}
		return byMetric
	}
	if err := json.Unmarshal([]byte(value), &byMetric); err != nil {
		t.Fatalf("%s: %v", value, err)
	}
	return byMetric
}

// problems sends a step and tells what the answer has otherwise. A wait needs
// nothing: what Aion acknowledges is stored. What went by telnet goes over HTTP.
func (s *recordedStep) problems(t *testing.T, target Target, made *Made) []string {
	t.Helper()
	body := string(s.Body)
	switch {
	case s.Telnet != "":
		s.Method, s.Path, s.Status = http.MethodPost, "/api/v1/datapoints", http.StatusNoContent
		if body = telnetAsHTTP()[s.Telnet]; body == "" {
			return []string{"no request is known that says the same: " + s.Telnet}
		}
	case s.Method == "":
		return nil
	case s.Text != nil:
		body = *s.Text
	}
	got := ask(t, target, s.Method, made.path(s.Path), body)
	made.learn(s.Method, string(s.Answer), got.body)
	want := s.Answer
	if s.AnswerText != nil {
		want = []byte(*s.AnswerText)
	}
	if got.status != s.Status {
		return []string{fmt.Sprintf("%s %s: got %d %.200s, want %d", s.Method, s.Path, got.status, got.body, s.Status)}
	}
	if want != nil && !sameAnswer(got.body, want) {
		return []string{fmt.Sprintf("%s %s %.200s: got %.600s, want %.600s", s.Method, s.Path, body, got.body, want)}
	}
	return nil
}

// telnetAsHTTP are the bodies that store what lines of telnet do. KairosDB reads
// those as Latin-1, turns seconds into milliseconds and adds a tag where there
// is none.
func telnetAsHTTP() map[string]string {
	return map[string]string{
		"put tel.sec 1700000000 5 host=A":                      `[{"name":"tel.sec","tags":{"host":"A"},"datapoints":[[1700000000000,5]]}]`,
		"put tel.ms 1700000000123 5 host=A":                    `[{"name":"tel.ms","tags":{"host":"A"},"datapoints":[[1700000000123,5]]}]`,
		"putm tel.putm 1700000000 5.25 host=A dc=x":            `[{"name":"tel.putm","tags":{"host":"A","dc":"x"},"datapoints":[[1700000000,5.25]]}]`,
		"puts tel.puts 1700000000123 hello host=A":             `[{"name":"tel.puts","tags":{"host":"A"},"type":"string","datapoints":[[1700000000123,"hello"]]}]`,
		"put tel.notag 1700000000 1":                           `[{"name":"tel.notag","tags":{"add":"tag"},"datapoints":[[1700000000000,1]]}]`,
		"put tel.ttl 1700000000 1 host=A kairos_opt.ttl=86400": `[{"name":"tel.ttl","tags":{"host":"A"},"ttl":86400,"datapoints":[[1700000000000,1]]}]`,
		"put tel.é 1700000000 1 städt=ü":                       `[{"name":"tel.Ã©","tags":{"stÃ¤dt":"Ã¼"},"datapoints":[[1700000000000,1]]}]`,
		"put tel.neg -5 1 host=A":                              `[{"name":"tel.neg","tags":{"host":"A"},"datapoints":[[-5000,1]]}]`,
		"put tel.eq 1700000000 1 a=b=c":                        `[{"name":"tel.eq","tags":{"a":"b"},"datapoints":[[1700000000000,1]]}]`,
	}
}

// rows are the recorded rows.
func (k *recordedKeyspace) rows(t *testing.T) storedRows {
	t.Helper()
	all := storedRows{}
	for _, of := range keptTables() {
		for _, recorded := range k.Tables[of.name] {
			var r storedRow
			if err := json.Unmarshal(recorded["ttl"], &r.life); err != nil && recorded["ttl"] != nil {
				t.Fatal(err)
			}
			columns := make([]string, len(of.columns))
			for i, c := range of.columns {
				columns[i] = recordedText(t, c, recorded[c.name])
			}
			all.add(of, columns, r)
		}
	}
	return all
}

// recordedText is a recorded value as storedRow has it.
func recordedText(t *testing.T, c column, value json.RawMessage) string {
	t.Helper()
	if c.holds == "tags" && string(value) != "null" {
		c.holds = "blob"
	}
	if value == nil {
		return "null"
	}
	return c.text(t, string(value))
}
