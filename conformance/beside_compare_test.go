package conformance

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// compareRows compares the rows of the two keyspaces once nothing changes them
// any more.
func (b *beside) compareRows(t *testing.T, excused *excuses) {
	t.Helper()
	c := &tally{excuses: excused, set: "same", release: "1.3", driver: "cassandra"}
	var found map[string][]string
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		found = rowsOf(t, b.node, b.own).differences(rowsOf(t, b.node, b.shared))
		open := false
		for item, problems := range found {
			open = open || len(problems) != 0 && c.excuses.find(c, b.mode.name+"/"+item) == nil
		}
		if !open || time.Now().After(deadline) {
			break
		}
	}
	for item, problems := range found {
		c.take(t, b.mode.name+"/"+item, problems, nil)
	}
	c.report(t)
}

// compareAnswers asks both servers all queries.
func (b *beside) compareAnswers(t *testing.T, excused *excuses) {
	t.Helper()
	c := &tally{excuses: excused, set: "beside", release: "1.3", driver: "cassandra"}
	found := 0
	for _, line := range b.lines(t, "queries.txt") {
		name, rest, _ := strings.Cut(line, " ")
		verb, body, _ := strings.Cut(rest, " ")
		name, count, counted := strings.Cut(name, "=")
		item := b.mode.name + "/" + name
		problems, n := b.compareAnswer(t, verb, body, count, c.excuses.find(c, item) != nil)
		if counted && count != strconv.Itoa(n) {
			problems = append(problems, fmt.Sprintf("got %d points, want %s", n, count))
		}
		c.take(t, item, problems, nil)
		found += n
	}
	c.report(t)
	if found < 1000 {
		t.Errorf("got %d points in all answers, want some thousand", found)
	}
}

// compareAnswer asks both servers until they say the same, with so many points if
// count says how many. It tells how their answers differ if they never do, and how
// many points Aion's has. Servers that may differ are asked once.
func (b *beside) compareAnswer(t *testing.T, verb, body, count string, once bool) (problems []string, n int) {
	t.Helper()
	method, where := http.MethodPost, endpoint(verb)
	if verb == "names" {
		method, where, body = http.MethodGet, "/api/v1/metricnames?prefix="+url.QueryEscape(body), ""
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		got := ask(t, b.aion.target, method, where, body)
		want := ask(t, b.remote, method, where, body)
		n = countPoints(got.body)
		same := got.status == want.status && sameAnswer(got.body, want.body)
		if same && (count == "" || count == strconv.Itoa(n) || time.Now().After(deadline)) {
			return nil, n
		}
		if once || time.Now().After(deadline) {
			return []string{fmt.Sprintf("%s\n  got %d %.1500s\n want %d %.1500s", body, got.status, got.body, want.status, want.body)}, n
		}
	}
}
