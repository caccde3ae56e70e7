package kairosdb

import (
	"strconv"
)

// How many problems of one request are named, and how long they may be
// together.
const (
	maxProblems      = 10_000
	maxProblemsBytes = 4 << 20
)

// problems lists what is wrong with the points of a request, in KairosDB's
// words and in the order of the request. What exceeds its bounds is counted.
type problems struct {
	list   []string
	bytes  int
	beyond int
}

// add names a problem.
func (p *problems) add(message string) {
	if len(p.list) >= maxProblems || p.bytes+len(message) > maxProblemsBytes && len(p.list) > 0 {
		p.beyond++
		return
	}
	p.list = append(p.list, message)
	p.bytes += len(message)
}

// count is the number of problems, the ones that are not named included.
func (p *problems) count() int { return len(p.list) + p.beyond }

// messages are the problems, the last line saying how many more there are.
func (p *problems) messages() []string {
	if p.beyond == 0 {
		return p.list
	}
	return append(p.list, "further problems: "+strconv.Itoa(p.beyond))
}

// reset forgets all problems.
func (p *problems) reset() { *p = problems{} }
