package conformance

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"aion/storage/cassandra/cassandratest"
)

// update rewrites the scripts with what the server answers.
func update() bool { return given("update") == "true" }

// TestMain defines the flags before they are read.
func TestMain(m *testing.M) {
	flag.Bool("update", false, "rewrite the answers of scripts that the server answers otherwise")
	flag.String("target", "", "the address of a running server, as a URL, for TestLive")
	flag.String("telnet", "", "the address of the target's telnet port")
	flag.String("release", "1.3", "the release of KairosDB that the target behaves as")
	flag.Bool("extensions", true, "whether the target has extensions on")
	flag.Parse()
	os.Exit(cassandratest.Main(m))
}

// setups are the servers that scripts run on. On a driver whose stores are
// costly to open they are the two that matter most.
func setups(d driver) []Setup {
	protocols := slices.Sorted(maps.Keys(protocols()))
	list := []Setup{
		{Release: "1.3", With: []string{"forked"}},
		{Release: "1.3", With: []string{"return-query"}},
		{Release: "1.2"},
		{Release: "1.3", Extensions: true, Protocols: protocols},
		{Release: "1.3"},
		{Release: "develop"},
		{Release: "develop", Protocols: protocols, Prefix: "conform.x."},
		{Release: "1.3", Zone: "America/New_York"},
	}
	if d.costly {
		list = []Setup{{Release: "1.3", Extensions: true, Protocols: protocols, Prefix: "conform.x."}, {Release: "develop", Protocols: protocols}}
	}
	for i := range list {
		list[i].Asks = asks(d, list[i])
	}
	return list
}

// TestScripts plays what Aion shares with KairosDB.
func TestScripts(t *testing.T) {
	scripts, err := Scripts()
	if err != nil {
		t.Fatal(err)
	}
	runScripts(t, "scripts", "testdata", scripts)
}

// TestDifferences plays what Aion answers otherwise.
func TestDifferences(t *testing.T) {
	differences, err := Differences()
	if err != nil {
		t.Fatal(err)
	}
	scripts := make([]*Script, len(differences))
	for i := range differences {
		scripts[i] = differences[i].Script
	}
	runScripts(t, "diffs", filepath.Join("testdata", "diffs"), scripts)
}

// runScripts runs the scripts of a folder on every driver. What a driver may
// answer otherwise stands in testdata/vectors/excuses.txt, by script and line.
func runScripts(t *testing.T, set, folder string, scripts []*Script) {
	excused := readExcuses(t)
	for _, d := range drivers(t) {
		t.Run(d.name, func(t *testing.T) {
			c := &tally{excuses: excused, set: set, driver: d.name}
			for _, s := range scripts {
				t.Run(s.Name, func(t *testing.T) { runScript(t, d, c, s, filepath.Join(folder, s.Name+".txt")) })
			}
			c.release = "all releases"
			c.report(t)
		})
		if update() {
			return
		}
	}
	for _, s := range scripts {
		if fits := func(u Setup) bool { return s.Unfit(&Clocked{}, u) == "" }; !slices.ContainsFunc(setups(inMemory()), fits) {
			t.Errorf("%s: no server is set up as the script asks", s.Name)
		}
	}
	excused.unused(t, set)
}

// runScript runs a script on a driver and every server that it applies to.
func runScript(t *testing.T, d driver, c *tally, s *Script, file string) {
	for _, u := range setups(d) {
		if s.Unfit(&Clocked{}, u) != "" {
			continue
		}
		server := start(t, d, u)
		outcomes, err := s.Run(t.Context(), server.target, u)
		if err != nil {
			t.Fatalf("release %s: %v", u.Release, err)
		}
		if update() {
			rewrite(t, s, file, outcomes)
			return
		}
		c.release = u.Release
		for _, o := range outcomes {
			var problems []string
			if !o.OK() {
				problems = []string{fmt.Sprintf("%s:%d: got\n%s\nwant\n%s", file, o.Case.Line, o.Got, o.Case.Want)}
			}
			c.take(t, fmt.Sprintf("%s:%d", s.Name, o.Case.Line), problems, nil)
		}
	}
}

// rewrite puts the answers into the file of a script. Answers that are fine
// stay as they are.
func rewrite(t *testing.T, s *Script, file string, outcomes []Outcome) {
	answers := make([]string, len(outcomes))
	for i, o := range outcomes {
		if answers[i] = o.Got; o.OK() {
			answers[i] = o.Case.Want
		}
	}
	if err := os.WriteFile(file, []byte(s.Rewritten(answers)), 0o600); err != nil {
		t.Fatal(err)
	}
}
