package conformance

import (
	"fmt"
	"slices"
	"strings"
)

// Script is a file of cases that run one after the other on one set of metrics.
//
// A script begins with comments, which say what it is about, and directives:
//
//	release 1.2 1.3        only for servers that behave as one of these releases
//	extensions on          only for servers with extensions on (or off)
//	with SETTING …         only for servers with just these settings switched on:
//	                       forked, return-query; other scripts are for servers
//	                       without any of them
//	protocol NAME          only for servers that answer this protocol, too, to an
//	                       administrator
//	server-zone ZONE       only for servers whose own time zone is this one
//	zone ZONE              queries name this zone unless they name one, and times
//	                       are printed in it
//	metric NAME …          further names that belong to the script
//	provision PLAN         devices, profiles, apps, users and keys that are there
//	                       before the script and gone after it
//	makes LIST ID …        entities of such a list that requests of the script make
//
// A plan is JSON as aion provision takes it, without organizations, all of which
// is of the organization of whoever runs the scripts:
//
//	provision {"devices":[{"id":"d1","aliases":["507f1f77bcf86cd799439011"]}],
//	  "users":[{"name":"ann","role":"member"}],
//	  "keys":[{"id":"reader","scope":["device:read-data"],"context":{"type":"device","ids":["d1"]}}]}
//
// Its ids, names, aliases and secrets are words of the script: wherever one
// stands as a word, in capitals and small letters too, in paths, headers, bodies
// and points, a server of others is sent one that is unique to the run, and in
// answers the script's own stands again. Numbers, hex digits and ids such as
// _dev_867347085435988080 become others of the same form; everything else gets a
// prefix. So choose words that requests use for nothing else. Points of devices
// are deleted with them; metrics are not renamed unless they belong to the script.
// Secrets and passwords may be left out.
//
// Then come cases: steps, a line of four dashes, and what the steps answer, up
// to the first blank line. Steps are
//
//	write cpu host=a :type=double :ttl=60  0m 1  10m 2.5  20m..2h/10m 3
//	query {"metrics":[{"name":"cpu"}]}
//	samples {"metrics":[{"name":"cpu"}]}
//	tags {"metrics":[{"name":"cpu"}]}
//	delete {"metrics":[{"name":"cpu"}]}
//	names
//	telnet put cpu 1700000000 1 host=a
//	now 2024-03-31T10:00Z
//	as reader
//	request POST /api/v1/datapoints
//	Content-Type: application/gzip
//	show Content-Type Allow
//	gzip [{"name":"cpu"}]
//
// A line that begins with a blank continues the step before it; for telnet it is
// one more line of the same connection, in which \r, \t and \\ stand for those
// characters. request takes all lines up to the dashes: headers, a body, and before
// them lines that are about the answer:
//
//	show NAME …            these headers are shown
//	only NAME …            of a list of names these, whatever else the server has
//	hide NAME …            the values of these members, at any depth, show as …
//	keep WORD PATH         the member at a path, such as results.0.id, is WORD from
//	                       here on: in this answer, in later requests and answers
//
// as has the steps behind it in a case be sent by a key or a user of the plan, by
// any ID and SECRET, by nobody, or again by the operator, who runs the scripts.
// Where the script's protocol has a login, users log in and show their tokens;
// everybody else is known by HTTP Basic. Points are set apart by two blanks. A query that
// names no start begins at the epoch. Lines that begin with # are comments.
type Script struct {
	Name       string
	About      string   // the comment that the script begins with
	Releases   []string // empty: 1.3 and develop
	Extensions string   // on, off, or empty for either
	With       []string // settings
	Protocol   string   // beside KairosDB's; empty: none
	ServerZone string   // empty: UTC
	Zone       string   // of queries; empty: UTC
	Metrics    []string // every metric that the script writes or names
	Plan       Plan     // what it needs beside metrics
	Cases      []Case

	lines []string
}

// Case is some steps and what they answer together.
type Case struct {
	Line  int // of the first step, from 1
	Steps []Step
	Want  string // lines, each with its line feed

	from, to int // the lines of Want
}

// Step is one line of a script with what continues it.
type Step struct {
	Verb, Args string
	Lines      []string // request and telnet: the lines below it
	Line       int
}

// verbs are the words that a step may begin with.
var verbs = [...]string{"write", "query", "samples", "tags", "delete", "names", "now", "as", "request", "telnet"}

// Parse reads a script.
func Parse(name, text string) (*Script, error) {
	s := &Script{Name: name, lines: strings.Split(strings.TrimSuffix(text, "\n"), "\n")}
	s.Plan.Keys, s.Plan.Users = map[string]string{}, map[string]string{}
	at := s.parseAbout()
	for at < len(s.lines) {
		line := s.lines[at]
		switch verb, args, _ := strings.Cut(line, " "); {
		case strings.TrimSpace(line) == "" || line[0] == '#':
			at++
		case slices.Contains(verbs[:], verb):
			next, err := s.parseCase(at)
			if err != nil {
				return nil, err
			}
			at = next
		case len(s.Cases) == 0 && verb == "provision":
			next, err := s.parsePlan(at)
			if err != nil {
				return nil, err
			}
			at = next
		case len(s.Cases) == 0 && s.directive(verb, strings.Fields(args)):
			at++
		default:
			return nil, s.wrong(at, "%q is neither a step nor a directive before the first step", verb)
		}
	}
	return s, nil
}

// parseAbout takes the comment at the head and answers the line after it.
func (s *Script) parseAbout() int {
	at := 0
	var about []string
	for ; at < len(s.lines) && strings.HasPrefix(s.lines[at], "#"); at++ {
		about = append(about, strings.TrimSpace(s.lines[at][1:]))
	}
	s.About = strings.Join(about, "\n")
	return at
}

// directive takes one directive. It answers false where there is none such.
func (s *Script) directive(verb string, args []string) bool {
	one := strings.Join(args, " ")
	switch verb {
	case "release":
		s.Releases = args
	case "extensions":
		s.Extensions = one
		return one == "on" || one == "off"
	case "with":
		s.With = args
	case "protocol":
		s.Protocol = one
	case "server-zone":
		s.ServerZone = one
	case "zone":
		s.Zone = one
	case "metric":
		s.owns(args...)
	case "makes":
		return s.makes(args)
	default:
		return false
	}
	return len(args) > 0
}

// owns notes metrics that belong to the script.
func (s *Script) owns(names ...string) {
	for _, n := range names {
		if !slices.Contains(s.Metrics, n) {
			s.Metrics = append(s.Metrics, n)
		}
	}
}

// makes notes entities of a list that requests make. It answers false where there
// is no such list, or no entity.
func (s *Script) makes(args []string) bool {
	if len(args) < 2 || !slices.Contains(lists(), args[0]) {
		return false
	}
	s.Plan.own(args[0], args[1:]...)
	return true
}

// parsePlan reads the plan that begins at a line and answers the line after it.
func (s *Script) parsePlan(at int) (int, error) {
	from, text := at, strings.TrimPrefix(s.lines[at], "provision")
	for at++; at < len(s.lines) && strings.HasPrefix(s.lines[at], " "); at++ {
		text += "\n" + s.lines[at]
	}
	if s.Plan.Body != "" {
		return 0, s.wrong(from, "a script has one plan")
	}
	if err := s.Plan.parse(strings.TrimSpace(text)); err != nil {
		return 0, s.wrong(from, "%v", err)
	}
	return at, nil
}

// parseCase reads the case whose first step stands at a line and answers the
// line after the case.
func (s *Script) parseCase(at int) (int, error) {
	c := Case{Line: at + 1}
	for ; at < len(s.lines) && s.lines[at] != "----"; at++ {
		line := s.lines[at]
		if strings.TrimSpace(line) == "" {
			return 0, s.wrong(at, "a blank line where steps or ---- belong")
		}
		if line[0] == '#' && !c.inRequest() {
			continue
		}
		if err := s.step(&c, at); err != nil {
			return 0, err
		}
	}
	if at == len(s.lines) {
		return 0, s.wrong(c.Line-1, "a case without ----")
	}
	at++
	c.from = at
	for at < len(s.lines) && s.lines[at] != "" {
		c.Want += s.lines[at] + "\n"
		at++
	}
	c.to = at
	s.Cases = append(s.Cases, c)
	return at, nil
}

// inRequest tells whether the case's last step takes every line.
func (c *Case) inRequest() bool {
	return len(c.Steps) > 0 && c.Steps[len(c.Steps)-1].Verb == "request"
}

// step adds a line to a case: a step or what continues one.
func (s *Script) step(c *Case, at int) error {
	line := s.lines[at]
	verb, args, _ := strings.Cut(line, " ")
	last := len(c.Steps) - 1
	switch {
	case c.inRequest():
		c.Steps[last].Lines = append(c.Steps[last].Lines, line)
		return nil
	case line[0] == ' ' && last >= 0 && c.Steps[last].Verb == "telnet":
		c.Steps[last].Lines = append(c.Steps[last].Lines, strings.TrimSpace(line))
		return nil
	case line[0] == ' ' && last >= 0:
		c.Steps[last].Args += "  " + strings.TrimSpace(line)
		return nil
	case !slices.Contains(verbs[:], verb):
		return s.wrong(at, "unknown step %q", verb)
	case verb == "write":
		name, _, _ := strings.Cut(strings.TrimSpace(args), " ")
		s.owns(name)
	}
	c.Steps = append(c.Steps, Step{Verb: verb, Args: strings.TrimSpace(args), Line: at + 1})
	return nil
}

// wrong is an error that names a line.
func (s *Script) wrong(at int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", s.Name, at+1, fmt.Sprintf(format, args...))
}

// Rewritten is the script's text with other answers, one for each case.
func (s *Script) Rewritten(answers []string) string {
	var b strings.Builder
	at := 0
	for i, c := range s.Cases {
		b.WriteString(strings.Join(s.lines[at:c.from], "\n") + "\n" + answers[i])
		at = c.to
	}
	if at < len(s.lines) {
		b.WriteString(strings.Join(s.lines[at:], "\n") + "\n")
	}
	return b.String()
}
