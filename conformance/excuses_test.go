package conformance

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// excuse is a recorded answer that is not ours, and why. Excuses stand in
// testdata/vectors/excuses.txt, which says how it is read.
type excuse struct {
	set, item, reason string
	used              bool
}

// excuses is the table of what is excused, and the drivers that were there.
type excuses struct {
	list   []*excuse
	played map[string]bool
}

// readExcuses reads the table. A reason that names a difference names one that
// there is.
func readExcuses(t *testing.T) *excuses {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "vectors", "excuses.txt"))
	if err != nil {
		t.Fatal(err)
	}
	differences, err := Differences()
	if err != nil {
		t.Fatal(err)
	}
	e := &excuses{played: map[string]bool{}}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0][0] == '#' {
			continue
		}
		if len(fields) < 4 {
			t.Fatalf("excuse %q: a set, an item and a reason", line)
		}
		x := &excuse{set: fields[0], item: fields[1], reason: strings.Join(fields[2:], " ")}
		kind, number := fields[2], fields[3]
		known := slices.ContainsFunc(differences, func(d Difference) bool { return d.Number == strings.TrimSuffix(number, ":") })
		if kind == "difference" && !known {
			t.Errorf("excuse %s %s: there is no difference %s", x.set, x.item, number)
		}
		e.list = append(e.list, x)
	}
	return e
}

// find is the excuse for an item of a set, or nil. What follows @ is the release
// or the driver that it is about.
func (e *excuses) find(c *tally, item string) *excuse {
	for _, x := range e.list {
		name, only, _ := strings.Cut(x.item, "@")
		ok, err := path.Match(name, item)
		if err == nil && ok && x.set == c.set && (only == "" || only == c.release || only == c.driver) {
			return x
		}
	}
	return nil
}

// tally counts what became of the items of a set.
type tally struct {
	excuses              *excuses
	set, release, driver string
	ran, passed, excused int
}

// take counts one item with its problems. Problems that are not excused fail
// the test.
func (c *tally) take(t *testing.T, item string, problems []string, err error) {
	t.Helper()
	c.ran++
	if err == nil && len(problems) == 0 {
		c.passed++
		return
	}
	if x := c.excuses.find(c, item); x != nil {
		x.used = true
		c.excused++
		return
	}
	t.Errorf("%s in %s: %s: %v %s", c.set, c.release, item, err, strings.Join(problems, "\n    "))
}

// report prints the counts.
func (c *tally) report(t *testing.T) {
	t.Helper()
	c.excuses.played[c.driver] = true
	t.Logf("%s in %s on %s: %d ran, %d passed, %d excused", c.set, c.release, c.driver, c.ran, c.passed, c.excused)
}

// unused fails the test for every excuse of a set that nothing needed. What is
// about Cassandra alone may be needed where that runs.
func (e *excuses) unused(t *testing.T, set string) {
	t.Helper()
	for _, x := range e.list {
		_, only, _ := strings.Cut(x.item, "@")
		away := only == "cassandra" && !e.played[only]
		if x.set == set && !x.used && !away && !t.Failed() {
			t.Errorf("excuse %s %s is not needed any more: %s", x.set, x.item, x.reason)
		}
	}
}
