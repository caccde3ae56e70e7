package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"aion/storage/memory"
)

// visit is a row of the tables: a request, and what each caller gets.
type visit struct {
	route string // as the server lists it
	path  string // empty: the route's
	body  string
	want  string // the statuses, in the order of callers
	shows string // what is in the answer where the status is a success
}

// filled is a text of a row for a caller: OWN, FOREIGN and SECRET are sentinels,
// TAGS and OTHERTAGS the tags of a series of theirs.
func (c *caller) filled(text string) string {
	tags := func(sentinel string) string {
		s := `{"device":"` + sentinel + `"`
		if strings.HasPrefix(sentinel, "zq-acme") {
			s += `,"organization":"acme"`
		}
		return s + "}"
	}
	secret := homeSecret
	if strings.HasPrefix(c.own, "zq-acme") {
		secret = acmeSecret
	}
	return strings.NewReplacer("SECRET", secret, "OTHERTAGS", tags(c.foreign), "TAGS", tags(c.own), "OWN", c.own, "FOREIGN", c.foreign).Replace(text)
}

// filled is a text of a row with the ids of the estate.
func (e *estate) filled(text string) string {
	return strings.NewReplacer("TASK", e.task, "OURKEY", e.secrets["viewer"].ID, "THEIRKEY", e.secrets["guest"].ID).Replace(text)
}

// TestEveryRoute asks everything of the server as everybody. A route without a row
// fails; what each gets stands in the row; nobody is told of anything that is not
// theirs, or changes it.
func TestEveryRoute(t *testing.T) {
	settings := requiring(t)
	fresh := func() *estate { return newEstate(t, settings, memory.New(memory.Config{})) }
	e := fresh()
	rows := slices.Concat(kairosdbVisits(), adminVisits(), grafanaVisits(), connioVisits(), connioWriteVisits(), yggioVisits(), otherVisits())
	for _, route := range e.api.Routes() {
		method, _, _ := strings.Cut(route, " ")
		known := slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, method)
		if known && !slices.ContainsFunc(rows, func(v visit) bool { return v.route == route }) {
			t.Errorf("the route %s has no row", route)
		}
	}
	for _, v := range rows {
		method, path, _ := strings.Cut(v.route, " ")
		if v.path != "" {
			path = v.path
		}
		want := strings.Fields(v.want)
		if len(want) != len(callers()) {
			t.Errorf("%s: got %d columns, want %d", v.route, len(want), len(callers()))
			continue
		}
		var got []string
		for i, c := range callers() {
			if strings.Contains(v.route, "/users") {
				e.users()
			}
			target, body := e.filled(c.filled(path)), c.filled(v.body)
			before := e.kept(c.sees)
			status, answer := e.as(c.name, method, target, body)
			got = append(got, fmt.Sprint(status))
			for _, s := range sentinels {
				if strings.Contains(answer, s) && !slices.Contains(c.sees, s) && !strings.Contains(target+body, s) {
					t.Errorf("%s %s as %s: the answer tells of %s: %.300s", method, target, c.name, s, answer)
				}
			}
			if shows := c.filled(v.shows); status < 300 && !strings.Contains(answer, shows) {
				t.Errorf("%s %s as %s: got %.300s, want %s in it", method, target, c.name, answer, shows)
			}
			if after := e.kept(c.sees); !slices.Equal(before, after) {
				t.Errorf("%s %s as %s: what others have has changed from\n%q to\n%q", method, target, c.name, before, after)
			}
			if status < 300 && method != "GET" {
				e = fresh()
			}
			if status != 0 && want[i] != fmt.Sprint(status) && want[i] != "?" {
				t.Logf("%s %s as %s: %d %.200s", method, target, c.name, status, answer)
			}
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s %s\ngot  %s\nwant %s", v.route, v.path, strings.Join(got, " "), strings.Join(want, " "))
		}
		strangers(t, e, method, strings.NewReplacer("OWN", homeD1, "FOREIGN", acmeG1).Replace(path), v.body)
	}
}

// unknown tells whether a status is that for nobody, who may have asked too often.
func unknown(status int) bool { return status == 401 || status == 429 }

// strangers asks with no credentials, wrong ones, revoked ones and such whose time
// is over: only the health check answers.
func strangers(t *testing.T, e *estate, method, path, body string) {
	t.Helper()
	for who, credentials := range map[string]string{
		"nobody": "", "wrong": "Basic " + "X19rZXk6eA==", "a token of no issuer": "Bearer e30.e30.", "another scheme": "Digest x",
	} {
		status, answer := e.with(credentials, method, path, body)
		if public := path == "/api/v1/health/check"; public != (status == 204) || !public && !unknown(status) && !yggioRefuses(path, credentials, status) {
			t.Errorf("%s %s as %s: got %d %s, want 401", method, path, who, status, answer)
		}
	}
	for _, who := range []string{"revoked", "expired"} {
		if status, _ := e.as(who, method, path, body); path != "/api/v1/health/check" && !unknown(status) {
			t.Errorf("%s %s with a key that is %s: got %d, want 401", method, path, who, status)
		}
	}
}
