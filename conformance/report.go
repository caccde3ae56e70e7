package conformance

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Tally counts what became of the cases of an area.
type Tally struct {
	Area                             string
	Passed, Failed, Excused, LeftOut int
	Reasons                          []string // of what is excused, each once
}

// Tallies count results by area, in the order in which areas come first.
func Tallies(results []Result) []Tally {
	var list []Tally
	for _, r := range results {
		i := slices.IndexFunc(list, func(t Tally) bool { return t.Area == r.Area })
		if i < 0 {
			i = len(list)
			list = append(list, Tally{Area: r.Area})
		}
		list[i].count(r)
	}
	return list
}

// count counts a result.
func (t *Tally) count(r Result) {
	switch r.Status {
	case Passed:
		t.Passed++
	case Failed:
		t.Failed++
	case LeftOut:
		t.LeftOut++
	case Excused:
		t.Excused++
		if short := shortReason(r.Reason); !slices.Contains(t.Reasons, short) {
			t.Reasons = append(t.Reasons, short)
		}
	}
}

// shortReason is the number of the difference that is the reason, or the reason's
// first word.
func shortReason(reason string) string {
	x := Excuse{Reason: reason}
	if number := x.Difference(); number != "" {
		return "difference " + number
	}
	word, _, _ := strings.Cut(reason, " ")
	return strings.TrimSuffix(word, ":")
}

// Total counts all results.
func Total(results []Result) Tally {
	all := Tally{Area: "all"}
	for _, r := range results {
		all.count(r)
	}
	return all
}

// WriteTable prints what failed, with what was answered, a row for each area, and why
// how many cases were left out.
func WriteTable(w io.Writer, results []Result) error {
	for _, r := range results {
		if r.Status != Failed {
			continue
		}
		if _, err := fmt.Fprintf(w, "%s %s: %s\n\n", r.Area, r.Name, strings.TrimSpace(r.Detail)); err != nil {
			return err
		}
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "area\tpassed\tfailed\texcused\tleft out\texcused by")
	for _, t := range append(Tallies(results), Total(results)) {
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%s\n", t.Area, t.Passed, t.Failed, t.Excused, t.LeftOut, strings.Join(t.Reasons, ", "))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return writeLeftOut(w, results)
}

// writeLeftOut prints each reason why cases were left out and how many, in the order in
// which reasons come first.
func writeLeftOut(w io.Writer, results []Result) error {
	var reasons []string
	counts := map[string]int{}
	for _, r := range results {
		if r.Status != LeftOut {
			continue
		}
		if counts[r.Reason]++; counts[r.Reason] == 1 {
			reasons = append(reasons, r.Reason)
		}
	}
	for _, reason := range reasons {
		if _, err := fmt.Fprintf(w, "left out %d: %s\n", counts[reason], reason); err != nil {
			return err
		}
	}
	return nil
}

// WriteJSON prints the server, the counts and every result.
func WriteJSON(w io.Writer, s Server, results []Result) error {
	total := Total(results)
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		Version  string   `json:"version"`
		KairosDB bool     `json:"kairosdb"`
		Passed   int      `json:"passed"`
		Failed   int      `json:"failed"`
		Excused  int      `json:"excused"`
		LeftOut  int      `json:"left_out"`
		Results  []Result `json:"results"`
	}{s.Version, s.Kairos, total.Passed, total.Failed, total.Excused, total.LeftOut, results})
}

// The elements of JUnit's XML.
type (
	// junitSuites is the whole.
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Suites  []junitSuite `xml:"testsuite"`
	}

	// junitSuite is an area.
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
	}

	// junitCase is a case.
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitFailure `xml:"failure"`
		Skipped *junitReason  `xml:"skipped"`
	}

	// junitFailure is why a case failed.
	junitFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}

	// junitReason is why a case does not count.
	junitReason struct {
		Message string `xml:"message,attr"`
	}
)

// WriteJUnit prints the results as JUnit's XML: what is excused or left out is
// skipped there, with the reason.
func WriteJUnit(w io.Writer, results []Result) error {
	var all junitSuites
	for _, t := range Tallies(results) {
		suite := junitSuite{Name: t.Area, Tests: t.Passed + t.Failed + t.Excused + t.LeftOut, Failures: t.Failed, Skipped: t.Excused + t.LeftOut}
		for _, r := range results {
			if r.Area == t.Area {
				suite.Cases = append(suite.Cases, junitOf(r))
			}
		}
		all.Suites = append(all.Suites, suite)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// junitOf is a result as an element.
func junitOf(r Result) junitCase {
	c := junitCase{Class: "conform." + r.Area, Name: r.Name, Time: fmt.Sprintf("%.3f", float64(r.Took)/float64(time.Second))}
	switch r.Status {
	case Failed:
		c.Failure = &junitFailure{Message: "answered otherwise", Text: r.Detail}
	case Excused, LeftOut:
		c.Skipped = &junitReason{Message: string(r.Status) + ": " + r.Reason}
	}
	return c
}
