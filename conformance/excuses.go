package conformance

import (
	"fmt"
	"path"
	"strings"
)

// Excuse is an answer that is not the one wanted, and why that is right.
type Excuse struct {
	Set    string // scripts, diffs, manual, …
	Item   string // with stars
	Only   string // the release, the store or the server that it is about; empty: all
	Reason string
}

// Excuses are those of a server that is a KairosDB, or of Aion.
func Excuses(kairos bool) ([]Excuse, error) {
	if kairos {
		return readExcuseFile("excuses-kairosdb.txt")
	}
	return readExcuseFile("excuses.txt")
}

// readExcuseFile reads a file of excuses.
func readExcuseFile(name string) ([]Excuse, error) {
	text, err := files.ReadFile("testdata/vectors/" + name)
	if err != nil {
		return nil, err
	}
	var list []Excuse
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0][0] == '#' {
			continue
		}
		if len(fields) < 4 {
			return nil, fmt.Errorf("excuse %q: want a set, an item and a reason", line)
		}
		item, only, _ := strings.Cut(fields[1], "@")
		list = append(list, Excuse{Set: fields[0], Item: item, Only: only, Reason: strings.Join(fields[2:], " ")})
	}
	return list, nil
}

// Difference is the number of the difference that is the reason, or nothing.
func (x *Excuse) Difference() string {
	rest, ok := strings.CutPrefix(x.Reason, "difference ")
	if !ok {
		return ""
	}
	number, _, _ := strings.Cut(rest, ":")
	return number
}

// fits tells whether the excuse is for that item on a server that is all of
// these.
func (x *Excuse) fits(set, item string, on ...string) bool {
	same, err := path.Match(x.Item, item)
	if err != nil || !same || x.Set != set {
		return false
	}
	for _, word := range on {
		if x.Only == word {
			return true
		}
	}
	return x.Only == ""
}
