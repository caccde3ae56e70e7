package conformance

import (
	"slices"
	"strings"
	"testing"
)

// excuse is a recorded answer that is not ours, and why. Excuses stand in
// testdata/vectors/excuses.txt, which says how it is read.
type excuse struct {
	Excuse
	used bool
}

// excuses is the table of what is excused, and the drivers that were there.
type excuses struct {
	list   []*excuse
	played map[string]bool
}

// readExcuses reads the table.
func readExcuses(t *testing.T) *excuses {
	t.Helper()
	return excusesOf(t, "excuses.txt")
}

// excusesOf reads a table. A reason that names a difference names one that there
// is.
func excusesOf(t *testing.T, name string) *excuses {
	t.Helper()
	list, err := readExcuseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	differences, err := Differences()
	if err != nil {
		t.Fatal(err)
	}
	e := &excuses{played: map[string]bool{}}
	for _, x := range list {
		number := x.Difference()
		known := slices.ContainsFunc(differences, func(d Difference) bool { return d.Number == number })
		if number != "" && !known {
			t.Errorf("excuse %s %s: there is no difference %s", x.Set, x.Item, number)
		}
		e.list = append(e.list, &excuse{Excuse: x})
	}
	return e
}

// find is the excuse for an item of a set, or nil.
func (e *excuses) find(c *tally, item string) *excuse {
	for _, x := range e.list {
		if x.fits(c.set, item, c.release, c.driver) {
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

// report prints the counts. Where each item was skipped, as a driver's that is not
// there, the driver was not.
func (c *tally) report(t *testing.T) {
	t.Helper()
	if c.ran != 0 {
		c.excuses.played[c.driver] = true
	}
	t.Logf("%s in %s on %s: %d ran, %d passed, %d excused", c.set, c.release, c.driver, c.ran, c.passed, c.excused)
}

// unused fails the test for every excuse of a set that nothing needed. What is
// about Cassandra alone may be needed where that runs, what is about extensions
// by a trial.
func (e *excuses) unused(t *testing.T, set string) {
	t.Helper()
	for _, x := range e.list {
		away := x.Only == "cassandra" && !e.played[x.Only] || x.Only == "extensions"
		if x.Set == set && !x.used && !away && !t.Failed() {
			t.Errorf("excuse %s %s is not needed any more: %s", x.Set, x.Item, x.Reason)
		}
	}
}
