package conformance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // times are printed in zones on machines that have none
)

// Setup says how the server under test was started and where scripts may write.
type Setup struct {
	Release    string // 1.2, 1.3 or develop
	Extensions bool
	With       []string // settings that are switched on: forked, return-query
	Protocols  []string // that the server answers beside KairosDB's: operator, grafana
	Asks       bool     // the server asks everybody for credentials
	Zone       string   // the server's own; empty: UTC
	Prefix     string   // before every metric's name; empty only for a server of our own
}

// Outcome is what a server answered to a case.
type Outcome struct {
	Case *Case
	Got  string
}

// OK tells whether the answer is the one wanted. A wanted line that ends in …
// stands for all lines that begin with what is before it.
func (o *Outcome) OK() bool {
	want, got := strings.Split(o.Case.Want, "\n"), strings.Split(o.Got, "\n")
	return slices.EqualFunc(want, got, func(want, got string) bool {
		if begin, ok := strings.CutSuffix(want, "…"); ok {
			return strings.HasPrefix(got, begin)
		}
		return want == got
	})
}

// Unfit says why s does not apply to a server that was set up like that, or
// nothing if it does.
func (s *Script) Unfit(t Target, u Setup) string {
	releases := s.Releases
	if len(releases) == 0 {
		releases = []string{"1.3", "develop"}
	}
	_, clocked := t.(*Clocked)
	switch {
	case !slices.Contains(releases, u.Release):
		return "is about release " + strings.Join(releases, ", ")
	case s.Extensions != "" && (s.Extensions == "on") != u.Extensions:
		return "needs extensions " + s.Extensions
	case !slices.Equal(s.With, u.With):
		return "needs a server with " + cmp.Or(strings.Join(s.With, ", "), "no setting of that kind")
	case (s.Protocol == operator || !s.Plan.empty()) && !slices.Contains(u.Protocols, operator):
		return "needs a server with the operator's API, and an administrator's credentials"
	case s.Protocol != "" && !slices.Contains(u.Protocols, s.Protocol):
		return "needs a server that answers " + s.Protocol
	case s.uses("as") && !u.Asks:
		return "needs a server that asks for credentials"
	case cmpZone(s.ServerZone) != cmpZone(u.Zone):
		return "needs a server in zone " + cmpZone(s.ServerZone)
	case !clocked && s.uses("now"):
		return "needs a server whose clock can be set"
	case !clocked && s.uses("telnet") && telnetOf(t) == "":
		return "needs a server whose telnet port is known"
	}
	return ""
}

// cmpZone is the name of a zone, which is UTC unless it is given.
func cmpZone(name string) string {
	if name == "" {
		return "UTC"
	}
	return name
}

// uses tells whether a step of the script has that verb.
func (s *Script) uses(verb string) bool {
	return slices.ContainsFunc(s.Cases, func(c Case) bool {
		return slices.ContainsFunc(c.Steps, func(st Step) bool { return st.Verb == verb })
	})
}

// Run sends the script's steps to the server. What the script needs is there before,
// and it and the script's metrics are gone after. It ends with the first request
// that is not answered at all.
func (s *Script) Run(ctx context.Context, t Target, u Setup) ([]Outcome, error) {
	loc, err := time.LoadLocation(cmpZone(s.Zone))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	r := &run{script: s, target: t, setup: u, loc: loc, made: map[string]string{}, tokens: map[string]string{}}
	if err := r.clean(ctx); err != nil {
		return nil, err
	}
	var outcomes []Outcome
	err = r.provide(ctx)
	if err == nil {
		outcomes, err = r.cases(ctx)
	}
	return outcomes, errors.Join(err, r.leave(ctx))
}

// cases plays the cases one after the other.
func (r *run) cases(ctx context.Context) (outcomes []Outcome, err error) {
	for i := range r.script.Cases {
		c := &r.script.Cases[i]
		got := ""
		r.who = caller{}
		for j := range c.Steps {
			part, err := r.step(ctx, &c.Steps[j])
			if err != nil {
				return outcomes, fmt.Errorf("%s:%d: %w", r.script.Name, c.Steps[j].Line, err)
			}
			got += part
		}
		outcomes = append(outcomes, Outcome{Case: c, Got: got})
	}
	return outcomes, nil
}

// run is a script on its way through a server.
type run struct {
	script *Script
	target Target
	setup  Setup
	loc    *time.Location
	names  names             // of entities, as they are sent
	made   map[string]string // secrets that the server has made, by "key ID" or "user NAME"
	tokens map[string]string // of users who have logged in
	who    caller            // sends the next request
}

// clean deletes every metric of the script.
func (r *run) clean(ctx context.Context) error {
	for _, name := range r.script.Metrics {
		where := &url.URL{Path: "/api/v1/metric/" + r.setup.Prefix + name}
		where.RawPath = "/api/v1/metric/" + url.PathEscape(r.setup.Prefix+name)
		a, err := r.send(ctx, http.MethodDelete, where.String(), nil, "")
		if err != nil {
			return err
		}
		if a.status >= 400 {
			return fmt.Errorf("delete metric %s: %s", name, strings.TrimSpace(showError(a.status, a.body)))
		}
	}
	return nil
}

// step sends one step and shows its answer.
func (r *run) step(ctx context.Context, st *Step) (string, error) {
	switch st.Verb {
	case "now":
		return "", r.setNow(st.Args)
	case "as":
		return "", r.as(ctx, st.Args)
	case "request":
		return r.request(ctx, st)
	case "telnet":
		return r.telnet(ctx, st)
	case "names":
		a, err := r.send(ctx, http.MethodGet, "/api/v1/metricnames?prefix="+url.QueryEscape(r.setup.Prefix), nil, "")
		return showNames(a.status, a.body), err
	case "write":
		body, err := parseWrite(st.Args, r.loc)
		if err != nil {
			return "", err
		}
		a, err := r.send(ctx, http.MethodPost, "/api/v1/datapoints", nil, body)
		if a.status == http.StatusNoContent {
			return "", err
		}
		return showError(a.status, a.body), err
	}
	a, err := r.send(ctx, http.MethodPost, endpoint(st.Verb), nil, r.completed(st.Args))
	return r.show(st.Verb, a), err
}

// endpoint is where a step's query goes.
func endpoint(verb string) string {
	switch verb {
	case "tags":
		return "/api/v1/datapoints/query/tags"
	case "delete":
		return "/api/v1/datapoints/delete"
	}
	return "/api/v1/datapoints/query"
}

// show is the answer to a step in short.
func (r *run) show(verb string, a received) string {
	switch verb {
	case "samples":
		return showSamples(a.status, a.body)
	case "delete":
		return showError(a.status, a.body)
	}
	text := showQuery(a.status, a.body, r.loc)
	if verb == "tags" {
		return strings.ReplaceAll(text, " untyped\n", "\n")
	}
	return text
}

// setNow sets the server's clock.
func (r *run) setNow(args string) error {
	ms, err := parseTime(args, r.loc)
	if err != nil {
		return err
	}
	c, ok := r.target.(*Clocked)
	if !ok {
		return fmt.Errorf("the server's clock cannot be set")
	}
	c.SetNow(time.UnixMilli(ms))
	return nil
}

// completed gives a query the start and the zone that it lacks.
func (r *run) completed(query string) string {
	rest, ok := strings.CutPrefix(strings.TrimSpace(query), "{")
	if !ok {
		return query
	}
	if r.script.Zone != "" && !strings.Contains(query, `"time_zone"`) {
		rest = `"time_zone":` + quote(r.script.Zone) + `,` + rest
	}
	if !strings.Contains(query, `start_absolute`) && !strings.Contains(query, `start_relative`) {
		rest = `"start_absolute":0,` + rest
	}
	return "{" + rest
}
