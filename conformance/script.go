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
//	protocol NAME          only for servers that answer this protocol, too
//	server-zone ZONE       only for servers whose own time zone is this one
//	zone ZONE              queries name this zone unless they name one, and times
//	                       are printed in it
//	metric NAME …          further names that belong to the script
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
//	request POST /api/v1/datapoints
//	Content-Type: application/gzip
//	show Content-Type Allow
//	gzip [{"name":"cpu"}]
//
// A line that begins with a blank continues the step before it; for telnet it is
// one more line of the same connection, in which \r, \t and \\ stand for those
// characters. request takes all lines up to the dashes; where the first of them
// is only NAME …, a list of names in the answer is shown with these alone,
// whatever else the server has. Points are set apart by two blanks. A query that
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
var verbs = [...]string{"write", "query", "samples", "tags", "delete", "names", "now", "request", "telnet"}

// Parse reads a script.
func Parse(name, text string) (*Script, error) {
	s := &Script{Name: name, lines: strings.Split(strings.TrimSuffix(text, "\n"), "\n")}
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
