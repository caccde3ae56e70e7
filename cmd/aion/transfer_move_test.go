package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"aion/storage/cassandra/cassandratest"
)

// movedQueries are asked of both servers: each metric raw, by tag, and through
// some aggregators.
func movedQueries() []string {
	var list []string
	for _, metric := range []string{"t.long", "t.double", "t.text", "t.many"} {
		for _, more := range []string{
			``, `,"order":"desc"`, `,"group_by":[{"name":"tag","tags":["host"]}]`, `,"tags":{"host":["h03","h17","a"]}`,
			`,"aggregators":[{"name":"sum","sampling":{"value":30,"unit":"days"},"align_start_time":true}]`,
			`,"aggregators":[{"name":"count","sampling":{"value":1,"unit":"years"}}]`,
			`,"aggregators":[{"name":"first","sampling":{"value":3,"unit":"weeks"}}]`,
			`,"aggregators":[{"name":"max","sampling":{"value":10,"unit":"days"}},{"name":"scale","factor":0.5}],"group_by":[{"name":"tag","tags":["host"]}]`,
			`,"aggregators":[{"name":"dev","sampling":{"value":7,"unit":"days"}}],"tags":{"host":"h05"}`,
			`,"aggregators":[{"name":"percentile","percentile":0.9,"sampling":{"value":60,"unit":"days"}}],"tags":{"host":["h07","a"]}`,
			`,"aggregators":[{"name":"rate","unit":"hours"}],"tags":{"host":"h11"}`,
			`,"aggregators":[{"name":"diff"}],"tags":{"host":"h19"}`,
			`,"group_by":[{"name":"time","range_size":{"value":1,"unit":"weeks"},"group_count":4}],"tags":{"host":"h01"}`,
		} {
			list = append(list, fmt.Sprintf(`{"start_absolute":-100000,"end_absolute":1800000000000,"metrics":[{"name":%q%s}]}`, metric, more))
		}
	}
	return list
}

// TestMoveAKairosDB moves what a real KairosDB has in Cassandra to the embedded
// engine and back into a KairosDB on an empty keyspace. At every place fifty
// queries have the same answers.
func TestMoveAKairosDB(t *testing.T) {
	node := cassandratest.Shared(t)
	first, second := node.Keyspace(t), node.Keyspace(t)
	dir := t.TempDir()
	on := func(keyspace string) []string {
		return []string{"--storage=cassandra", "--cassandra.hosts=" + node.Host(), "--cassandra.keyspace=" + keyspace}
	}
	move := func(command string, args []string, more ...string) {
		t.Helper()
		if code, out, told := commandLine(t.Context(), append(append([]string{command}, args...), more...)...); code != exitWell {
			t.Fatalf("%s %v %v: got %d, %s%s", command, args, more, code, out, told)
		}
	}
	kairos := cassandratest.StartKairos(t, node, first)
	if status, answer := ask(t, kairos.URL+"/api/v1/datapoints", http.MethodPost, "["+strings.Join(exportLines(), ",")+"]"); status != http.StatusNoContent {
		t.Fatalf("got %d %s", status, answer)
	}
	want := movedAnswers(t, kairos.URL, nil)
	kairos.Stop(t)
	there, back := filepath.Join(dir, "there.json.gz"), filepath.Join(dir, "back.json.gz")
	move("export", on(first), "--except=kairosdb.*", there)
	move("import", []string{"--data.dir=" + filepath.Join(dir, "data")}, there)
	aion := start(t, "--data.dir="+filepath.Join(dir, "data"))
	movedAnswers(t, "http://"+aion.address, want)
	aion.stop()
	move("export", []string{"--data.dir=" + filepath.Join(dir, "data")}, back)
	move("import", on(second), back)
	returned := cassandratest.StartKairos(t, node, second)
	movedAnswers(t, returned.URL, want)
}

// movedAnswers asks all queries until all points are there and, if answers are
// wanted, these are given.
func movedAnswers(t *testing.T, url string, want []any) []any {
	t.Helper()
	const points = `{"start_absolute":-100000,"metrics":[{"name":"t.long"},{"name":"t.double"},{"name":"t.text"},{"name":"t.many"}]}`
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		_, answer := ask(t, url+"/api/v1/datapoints/query", http.MethodPost, points)
		if strings.Count(answer, "],[")+strings.Count(answer, "[[") == 4005 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: got %.500s, want 4005 points", url, answer)
		}
	}
	var got []any
	for i, query := range movedQueries() {
		status, answer := ask(t, url+"/api/v1/datapoints/query", http.MethodPost, query)
		got = append(got, map[string]any{"status": status, "answer": inOrder(decode(t, answer))})
		if want != nil && fmt.Sprint(got[i]) != fmt.Sprint(want[i]) {
			t.Errorf("%s: %s:\ngot  %v\nwant %v", url, query, got[i], want[i])
		}
	}
	return got
}

// inOrder is an answer whose lists of texts and of groups are in order: KairosDB
// lists tags in the order of its hashes.
func inOrder(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name := range v {
			v[name] = inOrder(v[name])
		}
	case []any:
		for i := range v {
			v[i] = inOrder(v[i])
		}
		if len(v) == 0 {
			break
		}
		if _, pair := v[0].([]any); !pair {
			slices.SortStableFunc(v, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		}
	}
	return v
}
