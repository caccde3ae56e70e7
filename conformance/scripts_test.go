package conformance

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

// update rewrites the scripts with what the server answers.
func update() bool { return given("update") == "true" }

// TestMain defines the flags before they are read.
func TestMain(m *testing.M) {
	flag.Bool("update", false, "rewrite the answers of scripts that the server answers otherwise")
	flag.String("target", "", "the address of a running server, as a URL, for TestLive")
	flag.String("release", "1.3", "the release of KairosDB that the target behaves as")
	flag.Bool("extensions", true, "whether the target has extensions on")
	flag.Parse()
	os.Exit(m.Run())
}

// setups are the servers that scripts run on. On a driver whose stores are
// costly to open they are the two that matter most.
func setups(d driver) []Setup {
	if d.costly {
		return []Setup{{Release: "1.3", Extensions: true, Prefix: "conform.x."}, {Release: "develop"}}
	}
	return []Setup{
		{Release: "1.2"},
		{Release: "1.3", Extensions: true},
		{Release: "1.3"},
		{Release: "develop"},
		{Release: "develop", Prefix: "conform.x."},
		{Release: "1.3", Zone: "America/New_York"},
	}
}

// TestScripts plays what Aion shares with KairosDB.
func TestScripts(t *testing.T) {
	scripts, err := Scripts()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scripts {
		t.Run(s.Name, func(t *testing.T) { runScript(t, s, filepath.Join("testdata", s.Name+".txt")) })
	}
}

// TestDifferences plays what Aion answers otherwise.
func TestDifferences(t *testing.T) {
	differences, err := Differences()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range differences {
		t.Run(d.Script.Name, func(t *testing.T) {
			runScript(t, d.Script, filepath.Join("testdata", "diffs", d.Script.Name+".txt"))
		})
	}
}

// runScript runs a script on every driver and every server that it applies to.
func runScript(t *testing.T, s *Script, file string) {
	ran := 0
	for _, d := range drivers() {
		for _, u := range setups(d) {
			if s.Unfit(&Clocked{}, u) != "" {
				continue
			}
			server := start(t, d, u)
			ran++
			outcomes, err := s.Run(t.Context(), server.target, u)
			if err != nil {
				t.Fatalf("%s, release %s: %v", d.name, u.Release, err)
			}
			if update() {
				rewrite(t, s, file, outcomes)
				return
			}
			for _, o := range outcomes {
				if !o.OK() {
					t.Errorf("%s, release %s: %s:%d: got\n%s\nwant\n%s", d.name, u.Release, file, o.Case.Line, o.Got, o.Case.Want)
				}
			}
		}
	}
	if ran == 0 {
		t.Error("no server is set up as the script asks")
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
