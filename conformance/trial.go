package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Trial holds a server to everything that fits it: the scripts, the differences
// and the examples of KairosDB's manual. What it writes has metrics of its own,
// below a prefix, and is deleted again.
type Trial struct {
	Target *Remote
	Setup  Setup            // its Prefix must be one that nobody else uses
	Server Server           // what the server is
	Now    func() time.Time // of examples that write what is new; near the server's clock
	Only   []string         // areas, of which kairosdb is all that are no other protocol's; empty: all
	Watch  func(Result)
}

// Server is what is known of a server.
type Server struct {
	Version   string // as it says of itself
	Kairos    bool   // it is a KairosDB, not an Aion
	Cassandra bool   // its store is Cassandra
}

// Status is what became of a case.
type Status string

// What may become of a case.
const (
	Passed  Status = "passed"
	Failed  Status = "failed"
	Excused Status = "excused" // answered otherwise, for a reason that is known
	LeftOut Status = "left out"
)

// Result is what became of one case.
type Result struct {
	Area   string        `json:"area"`
	Name   string        `json:"name"`
	Status Status        `json:"status"`
	Reason string        `json:"reason,omitempty"` // of what is excused or left out
	Detail string        `json:"detail,omitempty"` // what was answered, and wanted
	Took   time.Duration `json:"nanoseconds"`
}

// The sets of cases, as excuses name them.
const (
	setScripts = "scripts"
	setDiffs   = "diffs"
	setManual  = "manual"
)

// attempts is how often a case is tried on a server that stores some time after
// it has acknowledged.
const attempts = 3

// trying is a trial under way.
type trying struct {
	*Trial
	target  Target
	excuses []Excuse
	results []Result
	tries   int
}

// Run plays everything and answers what became of each case. A server that does
// not answer at all is an error.
func (t *Trial) Run(ctx context.Context) ([]Result, error) {
	excuses, err := Excuses(t.Server.Kairos)
	if err != nil {
		return nil, err
	}
	r := &trying{Trial: t, excuses: excuses, target: t.Target, tries: 1}
	if t.Server.Kairos {
		r.target, r.tries = &settled{Target: t.Target, metric: t.Setup.Prefix + "settled"}, attempts
	}
	scripts, err := Scripts()
	if err == nil {
		err = r.scripts(ctx, setScripts, scripts)
	}
	if err == nil {
		err = r.differences(ctx)
	}
	if err == nil {
		err = r.manual(ctx)
	}
	return r.results, errors.Join(err, r.clean(ctx))
}

// clean takes away what the trial itself has written.
func (r *trying) clean(ctx context.Context) error {
	if s, ok := r.target.(*settled); ok {
		return s.clean(ctx)
	}
	return nil
}

// wanted tells whether an area is to be played.
func (r *trying) wanted(area string) bool {
	if _, other := protocols()[area]; !other && slices.Contains(r.Only, "kairosdb") {
		return true
	}
	return len(r.Only) == 0 || slices.Contains(r.Only, area)
}

// add notes a result.
func (r *trying) add(result Result) {
	r.results = append(r.results, result)
	if r.Watch != nil {
		r.Watch(result)
	}
}

// differences plays the scripts of all differences. A KairosDB is not sent them:
// some keep it busy for ever.
func (r *trying) differences(ctx context.Context) error {
	list, err := Differences()
	if err != nil {
		return err
	}
	if r.Server.Kairos {
		r.unasked(list)
		return nil
	}
	scripts := make([]*Script, len(list))
	for i := range list {
		scripts[i] = list[i].Script
	}
	return r.scripts(ctx, setDiffs, scripts)
}

// unasked excuses all cases of differences.
func (r *trying) unasked(list []Difference) {
	for _, d := range list {
		area := areaOf(setDiffs, d.Script.Name)
		for i := range d.Script.Cases {
			if r.wanted(area) {
				r.add(Result{Area: area, Name: caseName(d.Script, &d.Script.Cases[i]), Status: Excused, Reason: "difference " + d.Number + ": " + d.Title})
			}
		}
	}
}

// scripts plays the scripts of a set.
func (r *trying) scripts(ctx context.Context, set string, scripts []*Script) error {
	for _, s := range scripts {
		area := areaOf(set, s.Name)
		if !r.wanted(area) {
			continue
		}
		if why := s.Unfit(r.target, r.Setup); why != "" {
			for i := range s.Cases {
				r.add(Result{Area: area, Name: caseName(s, &s.Cases[i]), Status: LeftOut, Reason: "it " + why})
			}
			continue
		}
		if err := r.script(ctx, set, area, s); err != nil {
			return err
		}
	}
	return nil
}

// areaOf is the area of a script: the first word of its name, or all differences.
func areaOf(set, name string) string {
	if set == setDiffs {
		return "differences"
	}
	area, _, _ := strings.Cut(name, "-")
	return area
}

// caseName is the name of a case of a script, which excuses use.
func caseName(s *Script, c *Case) string { return fmt.Sprintf("%s:%d", s.Name, c.Line) }

// script plays one script, again where an answer is not the one wanted and the
// server may only have been slow.
func (r *trying) script(ctx context.Context, set, area string, s *Script) error {
	var outcomes []Outcome
	begun := time.Now()
	for try := 1; ; try++ {
		setup := r.Setup
		setup.Prefix = fmt.Sprintf("%s%d.", r.Setup.Prefix, try)
		var err error
		if outcomes, err = s.Run(ctx, r.target, setup); err != nil {
			return err
		}
		wrong := func(o Outcome) bool { return !o.OK() && r.excuse(set, caseName(s, o.Case)) == "" }
		if try >= r.tries || !slices.ContainsFunc(outcomes, wrong) {
			break
		}
	}
	took := time.Since(begun) / time.Duration(max(1, len(outcomes)))
	for i := range outcomes {
		o := &outcomes[i]
		var detail string
		if !o.OK() {
			detail = fmt.Sprintf("got\n%swant\n%s", o.Got, o.Case.Want)
		}
		r.judge(set, Result{Area: area, Name: caseName(s, o.Case), Detail: detail, Took: took})
	}
	return nil
}

// judge says what a case without a status has come to: where it has a detail, it
// was answered otherwise.
func (r *trying) judge(set string, result Result) {
	result.Status = Passed
	if result.Detail != "" {
		result.Status = Failed
		if result.Reason = r.excuse(set, result.Name); result.Reason != "" {
			result.Status = Excused
		}
	}
	r.add(result)
}

// excuse is why a case may be answered otherwise, or nothing.
func (r *trying) excuse(set, item string) string {
	on := []string{r.Setup.Release}
	if r.Server.Cassandra {
		on = append(on, "cassandra")
	} else if r.Server.Kairos {
		on = append(on, "cassandra", "h2") // it does not say which it has
	}
	if r.Setup.Extensions {
		on = append(on, "extensions")
	}
	for i := range r.excuses {
		if r.excuses[i].fits(set, item, on...) {
			return r.excuses[i].Reason
		}
	}
	return ""
}
